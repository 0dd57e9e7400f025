"""The preprocessing of a pipeline, without what nothing reads any more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, SplineTransformer

from bigtrain.deploy.encoders import ENCODERS, encoded_width

Ints = NDArray[np.intp]


def inputs_of(columns: ColumnTransformer) -> list[str]:
    """Return the table's columns that a transformer reads, in its order."""
    return [name for _, _, names in columns.transformers for name in names]


def with_inputs(columns: ColumnTransformer, kept: Collection[str]) -> ColumnTransformer:
    """Return an unfitted transformer like this one that reads some of its columns alone."""
    branches = [
        (name, clone(step), [each for each in names if each in kept])
        for name, step, names in columns.transformers
    ]
    return _transformer([branch for branch in branches if branch[2]])


def with_terms(columns: ColumnTransformer, kept: Ints) -> tuple[ColumnTransformer, Ints]:
    """Return an unfitted transformer that makes some of the columns of this one, from as few as it takes.

    Parameters
    ----------
    columns : ColumnTransformer
        Fitted: a branch of numbers, perhaps with features made of them, and one of encoded categories.
    kept : int array, ascending
        Which of the columns it makes are wanted.

    Returns
    -------
    ColumnTransformer
        Fitted on the same rows it makes the same columns. What no wanted column is made of is not read; all
        that is made of one column of categories stays together.
    int array
        Where the wanted columns are among those it makes.
    """
    branches, places, width = [], [], 0
    for name, step, names in columns.transformers_:
        made = columns.output_indices_[name]
        own = kept[(kept >= made.start) & (kept < made.stop)] - made.start
        if not len(own):
            continue
        steps = [each for _, each in step.steps] if isinstance(step, Pipeline) else [step]
        branch = (_encoder if isinstance(steps[0], ENCODERS) else _numbers)(steps, len(names), own)
        branches.append((name, branch.step, [names[index] for index in branch.inputs]))
        places.append(branch.places + width)
        width += branch.width
    return _transformer(branches), np.concatenate(places)


@dataclass(frozen=True, slots=True)
class _Branch:
    """A branch that is left: what it reads, how many columns it makes, and which of them are wanted."""

    step: Any
    inputs: Ints
    places: Ints
    width: int


def _transformer(branches: Sequence[tuple[str, Any, list[str]]]) -> ColumnTransformer:
    return ColumnTransformer(list(branches), verbose_feature_names_out=False)


def _encoder(steps: Sequence[Any], n_inputs: int, own: Ints) -> _Branch:
    first = steps[0]
    one_hot = isinstance(first, OneHotEncoder)
    widths = np.array([encoded_width(first, i) if one_hot else 1 for i in range(n_inputs)])
    owner = np.repeat(np.arange(n_inputs), widths)
    inputs = np.unique(owner[own])
    left = np.isin(owner, inputs)
    places = (np.cumsum(left) - 1)[own]
    return _Branch(_chained(steps), inputs, places, int(left.sum()))


def _numbers(steps: Sequence[Any], n_inputs: int, own: Ints) -> _Branch:
    at = next(
        (i for i, s in enumerate(steps) if isinstance(s, (PolynomialFeatures, SplineTransformer))), None
    )
    if at is None:
        return _Branch(_chained(steps), own, np.arange(len(own)), len(own))
    makes = _products if isinstance(steps[at], PolynomialFeatures) else _splines
    made, inputs = makes(steps[at], n_inputs, own)
    step = _chained([*steps[:at], *made, *steps[at + 1 :]])
    return _Branch(step, inputs, np.arange(len(own)), len(own))


def _products(step: PolynomialFeatures, _n_inputs: int, own: Ints) -> tuple[list[Any], Ints]:
    """Return the steps that make some products, and the factors they are made of."""
    powers = step.powers_[own]
    inputs = np.flatnonzero(powers.any(axis=0))
    degree = int(powers.sum(axis=1).max())
    if degree == 1:
        return [], inputs
    fewer = clone(step).set_params(degree=degree)
    every = fewer.fit(np.zeros((1, len(inputs)))).powers_
    place = {tuple(row): index for index, row in enumerate(every.tolist())}
    wanted = np.array([place[tuple(row)] for row in powers[:, inputs].tolist()])
    return [fewer, *_selection(wanted, len(every))], inputs


def _splines(step: SplineTransformer, n_inputs: int, own: Ints) -> tuple[list[Any], Ints]:
    """Return the steps that make some splines, and the columns they are splines of."""
    each = step.n_features_out_ // n_inputs
    inputs, rank = np.unique(own // each, return_inverse=True)
    return [step, *_selection(rank * each + own % each, len(inputs) * each)], inputs


def _selection(wanted: Ints, made: int) -> list[ColumnTransformer]:
    """Return a step that takes some columns of a matrix, where these aren't all."""
    return [] if len(wanted) == made else [ColumnTransformer([("kept", "passthrough", wanted.tolist())])]


def _chained(steps: Sequence[Any]) -> Any:
    fresh = [clone(each, safe=False) for each in steps]  # a step may be the word passthrough
    return fresh[0] if len(fresh) == 1 else make_pipeline(*fresh)
