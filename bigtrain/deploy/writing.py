"""Write a table beside which predictions stand: whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray
from pandas import DataFrame

from bigtrain.data.block import Block
from bigtrain.errors import ConfigError, StorageError

PREDICTION = "prediction"
"""The column that is added, the last."""


@contextmanager
def whole_file(target: Path) -> Iterator[IO[bytes]]:
    """Open a file beside the target that takes its place when the block ends well, and goes if it doesn't.

    Raises
    ------
    StorageError
        If it can't be written.
    """
    try:
        with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            written = Path(file.name)
            try:
                yield file
                file.flush()
                # As files are made that nobody made private.
                written.chmod(0o644)
                written.replace(target)
            finally:
                written.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError("can't be written", where=str(target), hint=error.strerror or str(error)) from None


class CsvWriter:
    """Writes text: the rows of CSV as they are written, with one field more."""

    def __init__(self, file: IO[bytes], header: bytes | None, delimiter: str | None) -> None:
        self._file, self._header, self._delimiter = file, header, delimiter or ","

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def write(self, block: Block, _features: DataFrame, predicted: NDArray[np.float64]) -> None:
        """Add rows; before the first, the header."""
        if self._header is not None:
            self._file.write(self._longer(self._header, PREDICTION))
            self._header = None
        if block.records is not None:
            records = zip(block.records(), predicted.tolist(), strict=True)
            self._file.writelines(self._longer(record, repr(value)) for record, value in records)
            return
        table = block.cells.append_column(PREDICTION, pa.array(predicted))
        # The first block of a Parquet file has no rows.
        options = pa.csv.WriteOptions(include_header=not table.num_rows, delimiter=self._delimiter)
        try:
            pa.csv.write_csv(table, self._file, options)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            hint = f"name a .parquet file ({error})"
            raise ConfigError("a column of the input has no form in CSV", where="output", hint=hint) from None

    def _longer(self, record: bytes, field: str) -> bytes:
        return record + f"{self._delimiter}{field}\n".encode()


class ParquetWriter:
    """Writes columns with their types; of text, the model's own columns with the types it was trained on."""

    def __init__(self, file: IO[bytes], columns: Mapping[str, str], *, from_text: bool) -> None:
        self._file, self._columns, self._from_text = file, columns, from_text
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, block: Block, features: DataFrame, predicted: NDArray[np.float64]) -> None:
        """Add rows."""
        cells = block.cells
        if self._from_text:
            for name in self._columns:
                kind = pa.float64() if self._columns[name] == "double" else pa.string()
                values = pa.array(features[name], kind, from_pandas=True)
                cells = cells.set_column(cells.column_names.index(name), name, values)
        table = cells.append_column(PREDICTION, pa.array(predicted))
        if self._writer is None:
            self._writer = pa.parquet.ParquetWriter(self._file, table.schema)
        self._writer.write_table(table)
