"""The tables that can be named: two bundled ones, and files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from sklearn.datasets import load_diabetes

from bigtrain.data.dataset import Dataset, to_dataset
from bigtrain.data.delimited import read_delimited
from bigtrain.data.parquet import read_parquet
from bigtrain.data.table import RawTable
from bigtrain.errors import ConfigError

_FILES: dict[str, Callable[[str, Collection[str]], RawTable]] = {
    "csv": read_delimited,
    "parquet": read_parquet,
}


def load_dataset(
    kind: str,
    *,
    path: str | None = None,
    target: str | None = None,
    drop: Sequence[str] = (),
    categorical: Sequence[str] = (),
    split_column: str | None = None,
) -> Dataset:
    """Read a table and keep what can be learned from.

    Parameters
    ----------
    kind : str
        ``diabetes``: scikit-learn's bundled table, as `sklearn.datasets.load_diabetes` gives it by default
        (442 rows, 10 features centred and scaled there, target ``target``). ``document``: see
        `document_table`. ``csv``, ``parquet``: the file at ``path``.
    path : str, optional
        The file, for ``csv`` and ``parquet`` alone.
    target : str, optional
        The column to predict; the bundled tables know theirs.
    drop : sequence of str, default ()
        Columns to ignore.
    categorical : sequence of str, default ()
        Columns that are categories though their cells are numbers, dates or many different texts.
    split_column : str, optional
        The column that divides the rows into groups, or orders them; it is no feature.

    Raises
    ------
    ConfigError
        If the kind is unknown, or path or target do not go with it.
    DataError
        If the table can't be used as it is.
    NoInputError
        If the file can't be read.
    """
    if kind in _BUNDLED:
        if path is not None:
            raise ConfigError(
                f"{kind} is bundled and has no path", where="data.path", received=path, hint="use data=csv"
            )
        own_target, read = _BUNDLED[kind]
        return to_dataset(read(), own_target if target is None else target, drop, categorical, split_column)
    if kind not in _FILES:
        allowed = ", ".join([*_BUNDLED, *_FILES])
        raise ConfigError("unknown source of data", where="data.kind", received=kind, allowed=allowed)
    file, column = _given("path", path, kind), _given("target", target, kind)
    as_text = categorical if split_column is None else (*categorical, split_column)  # dates and all
    return to_dataset(_FILES[kind](file, as_text), column, drop, categorical, split_column)


def _given(key: str, value: str | None, kind: str) -> str:
    if not value:
        hint = f"say data={kind} data.path=FILE data.target=COLUMN"
        raise ConfigError(f"data={kind} needs it", where=f"data.{key}", received=value, hint=hint)
    return value


def diabetes_table() -> RawTable:
    """Return scikit-learn's diabetes table."""
    table = load_diabetes()
    names = [*table.feature_names, "target"]
    columns = np.column_stack([table.data, table.target]).T
    cells = {name: np.ascontiguousarray(column) for name, column in zip(names, columns, strict=True)}
    return RawTable("diabetes", "scikit-learn's load_diabetes", cells)


def document_table() -> RawTable:
    """Return the document's example: y = 3·x + 2 + 0.5·noise.

    x and the noise are standard normal. Both are drawn from ``numpy.random.default_rng(0)`` by
    ``standard_normal(100)``, first all of x, then all of the noise.
    """
    rng = np.random.default_rng(0)
    x, noise = rng.standard_normal(100), rng.standard_normal(100)
    return RawTable("document", "y = 3x + 2 + 0.5·noise, seed 0", {"x": x, "y": 3 * x + 2 + 0.5 * noise})


_BUNDLED: dict[str, tuple[str, Callable[[], RawTable]]] = {
    "diabetes": ("target", diabetes_table),
    "document": ("y", document_table),
}
