"""Choose the smallest model that loses no more than was allowed, and register it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bigtrain.compression.candidates import Candidate, candidates, costs_over, front, method_of, smallest
from bigtrain.config import EngineConfig
from bigtrain.deploy.footprint import Footprint
from bigtrain.deploy.holdout import Table, require_table
from bigtrain.deploy.loading import LoadedModel, find_version
from bigtrain.engine import open_engine
from bigtrain.errors import ConfigError
from bigtrain.registry.derived import Derivation, give_alias, register_derived
from bigtrain.report.fronts import Contender, added, draw_front, front_table
from bigtrain.tracking import Store
from bigtrain.wording import some_of

Floats = NDArray[np.float64]
Say = Callable[[str], None]

ALIAS = "compressed"
"""What the last one that kept within its tolerance is called; no title, so nothing has to be beaten."""

FOLDS = 10
"""So many that a model of nine tenths of the rows stands for one of all: what fewer rows need is less."""

LEAST_JUDGED, LEAST_FOLDS = 2_000, 2
"""No more folds are used than judge so many rows, since each costs a fit of every way."""

PICTURE = "front.png"
MOST_SHOWN = 12
MOST_COLUMNS = 20


def compress(store: Store, model: LoadedModel, max_loss: float, say: Say, out: Path | None = None) -> None:
    """Register the smallest model like a registered one that loses no more than `max_loss`.

    What is left out is decided by rows of training that it was not fitted to. The holdout is predicted once
    the choice is made, and changes nothing of it: it only decides whether the alias `ALIAS` is given.

    Parameters
    ----------
    store : Store
        Where the version is.
    model : LoadedModel
        The version.
    max_loss : float
        Root mean squared error that may be added, relative: 0.01 is one per cent.
    say : callable
        Takes the table, and a line on what was done.
    out : Path, optional
        Where the picture goes besides the run's artifacts.

    Raises
    ------
    NoInputError, DataError
        If its table is gone, or isn't what it was.
    ConfigError
        If `out` can't be what it has to be.
    """
    _check_target(out)
    table = require_table(store, model)
    X, y = table.dataset.X.iloc[table.split.train].reset_index(drop=True), table.dataset.y[table.split.train]
    method, footprint = method_of(model.pipeline), Footprint.of(model.pipeline, model.columns)
    folds = _folds(table)
    judging = sum(len(judged) for _, judged in folds)
    say(f"  {judging:,} of {len(y):,} rows judge; sizes are those that format={footprint.form} writes")
    with open_engine(EngineConfig.model_validate({})) as engine:
        costs = costs_over(method, X, y, folds, engine, table.groups)
        found = candidates(method, X, y, model.columns, costs, footprint, max_loss)
    chosen, whole = smallest(found, max_loss), len(footprint.content(model.pipeline, model.columns))
    chosen = chosen if chosen is not None and chosen.size < whole else None
    contenders = _contenders(model, table, footprint, whole, found, chosen)
    say(front_table(contenders))
    if chosen is None:
        most = f"{100 * max_loss:.3g}% or less, its standard error counted"
        say(f"nothing smaller loses {most}: nothing is registered")
        return
    if len(chosen.columns) < len(model.columns):
        say(f"  columns that stay: {some_of(list(chosen.columns), MOST_COLUMNS)}")
    say(_register(store, model, table, chosen, contenders, max_loss, out))


def _check_target(out: Path | None) -> None:
    if out is not None and (not out.parent.is_dir() or out.suffix not in (".png", ".svg", ".pdf")):
        raise ConfigError(
            "no picture can be written there", where="out", received=str(out), allowed=".png, .svg, .pdf"
        )


def _folds(table: Table) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the last folds of the training rows, as places among these."""
    train = table.split.train
    wanted = max(LEAST_FOLDS, -(-LEAST_JUDGED * FOLDS // len(train)))
    drawn = table.folds(FOLDS)[-wanted:]
    return [(np.searchsorted(train, learned), np.searchsorted(train, judged)) for learned, judged in drawn]


def _contenders(
    model: LoadedModel,
    table: Table,
    footprint: Footprint,
    whole: int,
    found: Sequence[Candidate],
    chosen: Candidate | None,
) -> list[Contender]:
    """Return the model as it was, then the front: this is where the holdout is looked at."""
    row = table.dataset.X.iloc[table.split.train[:1]]
    latency = footprint.latency(model.pipeline, model.columns, row)
    first = Contender(f"{model}, as it was", whole, latency, None, _rmse(_residuals(table, model.pipeline)))
    others = [
        Contender(
            name=each.name,
            size=each.size,
            latency=footprint.latency(each.pipeline, each.columns, row),
            loss=each.cost.loss,
            error=each.cost.error,
            holdout_rmse=_rmse(_residuals(table, each.pipeline)),
            chosen=each is chosen,
        )
        for each in _thinned(front(found), chosen)
    ]
    return [first, *others]


def _thinned(shown: Sequence[Candidate], chosen: Candidate | None) -> list[Candidate]:
    """Return some of a long front, evenly, its ends and the chosen one among them."""
    places = set(np.linspace(0, len(shown) - 1, MOST_SHOWN).round().astype(int).tolist())
    return [each for index, each in enumerate(shown) if index in places or each is chosen]


def _residuals(table: Table, pipeline: object) -> Floats:
    """Return target minus prediction on the holdout."""
    holdout = table.split.holdout
    predicted: Floats = pipeline.predict(table.dataset.X.iloc[holdout])  # type: ignore[attr-defined]
    return table.dataset.y[holdout] - predicted


def _rmse(errors: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def _register(
    store: Store,
    model: LoadedModel,
    table: Table,
    chosen: Candidate,
    contenders: Sequence[Contender],
    max_loss: float,
    out: Path | None,
) -> str:
    """Register the chosen one with the picture, give it its alias if it deserves it; return what to say."""
    before, after = contenders[0], next(each for each in contenders if each.chosen)
    lost = added(after.holdout_rmse, before.holdout_rmse)
    with tempfile.TemporaryDirectory(prefix="bigtrain-") as folder:
        draw_front(contenders, max_loss, f"{model} made smaller", Path(folder, PICTURE))
        if out is not None:
            draw_front(contenders, max_loss, f"{model} made smaller", out)
        made = Derivation(
            kind="compression",
            origin=str(model),
            how=f"{chosen.name}; within {100 * max_loss:.3g}%",
            pipeline=chosen.pipeline,
            input_example=table.dataset.X.iloc[table.split.train[:5]][list(chosen.columns)],
            residuals=_residuals(table, chosen.pipeline),
            holdout_digest=table.split.digest,
            metrics={
                "max_loss": max_loss,
                "fold_loss": chosen.cost.loss,
                "fold_loss_error": chosen.cost.error,
                "holdout_loss": lost,
                "size_bytes": after.size,
                "size_bytes_before": before.size,
                "latency_seconds": after.latency,
                "latency_seconds_before": before.latency,
            },
            folder=Path(folder),
        )
        version, new = register_derived(store, find_version(store, str(model)), model.name, made)
    name = f"{'registered' if new else 'is there already'}: {version.name} version {version.version}"
    if lost > max_loss:
        return f"{name}, without an alias: on the holdout it loses {lost:.2%}, more than max_loss"
    smaller = f"{before.size / after.size:.3g} times smaller"
    give_alias(store, version, ALIAS, f"{smaller} than {model}, {lost:+.2%} RMSE on its holdout")
    return f"{name} @{ALIAS} ({smaller}, {lost:+.2%} RMSE)"
