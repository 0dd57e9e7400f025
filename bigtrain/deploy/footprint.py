"""What a model takes: bytes of a file, and seconds for a row."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import skops.io
from pandas import DataFrame

from bigtrain.errors import RefusedError

CALLS, FIRST_CALLS = 300, 20
SECONDS = 0.5
"""Calls that are timed, after some that aren't, for as long as that at most."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """How models of one kind are measured: as ONNX graphs, or as scikit-learn's own file where there is none.

    Attributes
    ----------
    form : {"onnx", "sklearn"}
        What is measured.
    """

    form: str

    @classmethod
    def of(cls, pipeline: Any, columns: Mapping[str, str]) -> Footprint:
        """Measure ONNX graphs if the package is there and this pipeline has one."""
        try:
            _graph(pipeline, columns)
        except (ImportError, RefusedError):
            return cls("sklearn")
        return cls("onnx")

    def content(self, pipeline: Any, columns: Mapping[str, str]) -> bytes:
        """Return the file of a pipeline that reads these columns (``double`` or ``string``)."""
        if self.form == "onnx":
            return _graph(pipeline, columns)
        content: bytes = skops.io.dumps(pipeline)
        return content

    def latency(self, pipeline: Any, columns: Mapping[str, str], row: DataFrame) -> float:
        """Return the median seconds that one row takes, on this machine now."""
        if self.form == "sklearn":
            return _median_seconds(lambda: pipeline.predict(row))
        from bigtrain.deploy import graph  # noqa: PLC0415 - an extra that not everyone has

        session, fed = graph.open_session(_graph(pipeline, columns)), graph.inputs_of(row, columns)
        return _median_seconds(lambda: session.run(None, fed))


def _graph(pipeline: Any, columns: Mapping[str, str]) -> bytes:
    from bigtrain.deploy import graph  # noqa: PLC0415 - an extra that not everyone has

    content: bytes = graph.to_onnx(pipeline, columns).SerializeToString()
    return content


def _median_seconds(call: Callable[[], Any]) -> float:
    for _ in range(FIRST_CALLS):
        call()
    taken: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(taken) < CALLS and (not taken or time.perf_counter() < end):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return median(taken)
