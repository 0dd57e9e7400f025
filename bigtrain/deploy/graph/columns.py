"""From a table's columns to one matrix: a ColumnTransformer whose encoders become tables to look up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from bigtrain.deploy.encoders import ENCODERS, category_table
from bigtrain.deploy.graph.builder import ML, Graph

MISSING = ("", "nan")
"""What a missing category is in ONNX, whose text has no NaN: the empty text, and NumPy's text for NaN."""

Convert = Callable[[Graph, Any, str], str]


def columns(graph: Graph, transformer: ColumnTransformer, inputs: Mapping[str, str], convert: Convert) -> str:
    """Add a ColumnTransformer.

    Parameters
    ----------
    graph : Graph
        Where.
    transformer : ColumnTransformer
        Fitted; each branch takes columns by name.
    inputs : mapping
        The value of each column, a matrix of one column.
    convert : callable
        Adds any step that takes and returns a matrix.
    """
    parts = []
    for _, step, names in transformer.transformers_:
        if len(names) == 0 or step == "drop":
            continue
        values = {name: inputs[name] for name in names}
        first, *rest = [each for _, each in step.steps] if isinstance(step, Pipeline) else [step]
        if isinstance(first, ENCODERS):
            x = _encoded(graph, first, values)
            for later in rest:
                x = convert(graph, later, x)
        else:
            x = convert(graph, step, graph.concat(list(values.values())))
        parts.append(x)
    return graph.concat(parts)


def _encoded(graph: Graph, encoder: Any, values: Mapping[str, str]) -> str:
    """Add an encoder of categories, each of which is looked up in a table of what it becomes."""
    parts = []
    for index, value in enumerate(values.values()):
        known, table = category_table(encoder, list(values), index)
        text = graph.add("Squeeze", value, np.array([1]))
        missing = [word for word in MISSING if word not in known]
        keys = [*known, *missing]
        codes = [*range(len(known)), *[len(known)] * len(missing)]
        code = graph.add(
            "LabelEncoder",
            text,
            domain=ML,
            keys_strings=keys,
            values_int64s=codes,
            default_int64=len(known) + 1,
        )
        parts.append(graph.add("Gather", table, code, axis=0))
    return graph.concat(parts)
