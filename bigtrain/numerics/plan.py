"""Which of the three ways of computing a gradient costs least, and which are open at all."""

from __future__ import annotations

import numpy as np

from bigtrain.errors import ParameterError

from .batches import Batches
from .register_tile import VECTOR
from .training_data import TrainingData

LARGEST_SPREAD = 1e7
"""A Gram whose features lie further apart keeps fewer than 9 digits of the smallest: the rows keep all."""

LEAST_VARIANCE = 1e-6
"""Part of a feature's mean square below which its variance isn't taken as their difference."""

LARGEST_STATISTICS = 2**28
"""Numbers that the statistics of all batches of an epoch may hold together (2 GB)."""


def choose_plan(
    data: TrainingData, loss: str, batches: Batches, columns: int, epochs: int, asked: str
) -> tuple[str, str]:
    """Return the plan for a group of columns, and why it is that one.

    Parameters
    ----------
    data : TrainingData
        The rows.
    loss : str
        Shared by the columns.
    batches : Batches
        Shared by the columns.
    columns, epochs : int
        How many columns, for how many epochs at most.
    asked : str
        ``"auto"``, or the plan that has been asked for.

    Returns
    -------
    plan : str
        ``"rows"``, ``"gram"`` or ``"batch_gram"``.
    reason : str
        A sentence for people.

    Raises
    ------
    ParameterError
        If the plan asked for is not open to these columns.
    """
    if asked == "rows":
        return "rows", "rows was asked for."
    statistics = "gram" if batches.count == 1 else "batch_gram"
    obstacle = _obstacle(data, loss, batches)
    if asked != "auto":
        if asked != statistics:
            obstacle = (
                obstacle
                or f"{asked} is for {_USES[asked]}, and here batch_size is {batches.size} of {batches.n} rows"
            )
        if obstacle is None:
            obstacle = _inaccuracy(data, batches)
        if obstacle is not None:
            raise ParameterError(
                obstacle,
                where="plan",
                received=asked,
                allowed=f"auto, rows or {statistics} where it is open",
                hint="plan='auto' chooses",
            )
        return asked, f"{asked} was asked for."
    if obstacle is not None:
        return "rows", f"rows, because {obstacle}."
    on_rows, on_statistics = operations(data, batches, columns, epochs)
    if on_rows <= on_statistics:
        return "rows", f"rows take {on_rows:.2g} operations, {statistics} {on_statistics:.2g}."
    obstacle = _inaccuracy(data, batches)
    if obstacle is not None:
        return "rows", f"rows, because {obstacle}."
    return statistics, f"{statistics} takes {on_statistics:.2g} operations, rows {on_rows:.2g}."


_USES = {"gram": "the full batch (batch_size=None)", "batch_gram": "mini-batches"}


def operations(data: TrainingData, batches: Batches, columns: int, epochs: int) -> tuple[float, float]:
    """Count the operations of all steps on the rows, and on statistics with what it takes to have them."""
    q = data.n_features + 1
    held = float(len(data.rows[0])) if data.sparse else float(data.n_rows) * q
    steps = float(epochs) * batches.count
    # A row on its own is read for one column at a time from memory: count its copy beside the two products.
    on_rows = epochs * held * (4.0 * columns + 2.0)
    # Where features are summed up, so are the targets beside them.
    summed = _summing(data, batches, epochs) * (held + data.n_rows * data.n_targets)
    return on_rows, summed + 2.0 * steps * q * q * columns


def _summing(data: TrainingData, batches: Batches, epochs: int) -> float:
    """Count the operations of summing the rows up, for each number that they and their targets hold."""
    z = _summed_up(data)
    if not batches.fixed:
        # In each epoch; gathered in a drawn order and multiplied in whole vectors, which takes twice as long.
        return epochs * 2.0 * (z + VECTOR)
    whole = data.shares_statistics or data.keeps("statistics")
    known = data.amortised or (whole if batches.count == 1 else data.keeps(batches))
    return 0.0 if known else z


def _summed_up(data: TrainingData) -> float:
    """Return how many numbers of a row are multiplied by each other: features, 1 and targets."""
    return float(data.n_features + 1 + data.n_targets)


def _obstacle(data: TrainingData, loss: str, batches: Batches) -> str | None:
    """Say why no statistics can stand for the rows, if so."""
    if loss != "squared":
        return f"the {loss} loss is no function of the products of the columns, only the squared loss is"
    if data.sparse and not batches.fixed:
        return (
            "batch_gram sums sparse rows up for fixed batches alone (shuffle='batches' or False), and "
            "shuffle=True draws them afresh"
        )
    if batches.count * _summed_up(data) * (_summed_up(data) + VECTOR - 1) > LARGEST_STATISTICS:
        return "the products of all batches would take more than 2 GB"
    return None


def _inaccuracy(data: TrainingData, batches: Batches) -> str | None:
    """Say why statistics would lose digits, if so. Computes them."""
    if batches.fixed:
        of_batches, share = data.moments(batches)
        moments = (share @ of_batches.reshape(len(share), -1)).reshape(of_batches.shape[1:])
    else:  # whatever is drawn, these are what an epoch's batches come to together
        moments = data.statistics.moments()
    p = data.n_features
    mean, moment = moments[p, :p], np.diag(moments)[:p]
    variance = moment - mean**2
    if (variance <= LEAST_VARIANCE * moment).any():  # moments can't tell: ask the deviations
        spread = data.statistics.spread()
    else:
        spread = float(max(moment.max(), 1.0) / min(variance.min(), 1.0))
    if spread > LARGEST_SPREAD:
        return (
            f"the features' squares lie {spread:.0e} apart, so their products would lose digits: scale them"
        )
    return None
