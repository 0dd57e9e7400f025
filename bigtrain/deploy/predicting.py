"""Predict a file's rows in blocks, so that the file may be larger than memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from bigtrain.data.block import Block
from bigtrain.data.blocks import BLOCK_BYTES, Blocks, open_blocks
from bigtrain.deploy.loading import LoadedModel
from bigtrain.deploy.writing import PREDICTION, CsvWriter, ParquetWriter, whole_file
from bigtrain.errors import ConfigError, DataError

ROWS_AT_ONCE = 8192
"""Rows predicted at once: features made of one (splines, kernels) may take a thousand times its room."""


def predict_file(
    model: LoadedModel,
    source: Path,
    target: Path,
    progress: Callable[[int, float], None],
    block_bytes: int = BLOCK_BYTES,
) -> int:
    """Write a file's rows again, with a last column of what the model predicts.

    The new file comes into being whole, at the end; until then it has another name.

    Parameters
    ----------
    model : LoadedModel
        Takes its columns by name; the others are kept as they stand.
    source : Path
        A CSV or Parquet file.
    target : Path
        The file to write, ``.csv`` or ``.parquet``; an earlier one is replaced.
    progress : callable
        Told of each block: the rows so far, and the share of the file.
    block_bytes : int
        What is read at a time, about.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    DataError, NoInputError
        If the rows can't be read, or are not such as the model takes.
    ConfigError
        If the target is the source, or of another kind.
    StorageError
        If it can't be written.
    """
    _check_target(source, target)
    rows = 0
    with (
        open_blocks(str(source), block_bytes) as opened,
        whole_file(target) as file,
        _writer(file, target, model, opened) as writer,
    ):
        for block in opened.blocks:
            _refuse_predicted(block)
            features = block.features(model.columns)
            writer.write(block, features, predict_rows(model.pipeline, features))
            rows += len(features)
            progress(rows, block.done)
    return rows


def predict_rows(pipeline: Any, X: DataFrame) -> NDArray[np.float64]:
    """Return predictions, (n_rows,), made of some rows at a time."""
    starts = range(0, len(X), ROWS_AT_ONCE)
    parts = [pipeline.predict(X.iloc[start : start + ROWS_AT_ONCE]) for start in starts]
    return np.concatenate(parts).astype(np.float64) if parts else np.empty(0)


def _check_target(source: Path, target: Path) -> None:
    if target.suffix not in (".csv", ".parquet"):
        raise ConfigError(
            "not a kind of file that is written",
            where="output",
            received=str(target),
            allowed=".csv, .parquet",
        )
    if target.exists() and source.exists() and target.samefile(source):
        raise ConfigError("this is the input", where="output", received=str(target), hint="name another file")


def _writer(file: IO[bytes], target: Path, model: LoadedModel, opened: Blocks) -> CsvWriter | ParquetWriter:
    if target.suffix == ".csv":
        return CsvWriter(file, opened.header, opened.delimiter)
    return ParquetWriter(file, model.columns, from_text=opened.header is not None)


def _refuse_predicted(block: Block) -> None:
    if PREDICTION in block.cells.column_names:
        raise DataError(
            "a column has the name of the one that is added",
            where=f"{block.source}: column {PREDICTION!r}",
            hint="rename it, or take it out",
        )
