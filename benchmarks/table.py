"""What a benchmark returns: a table that says what was compared and what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Cell: TypeAlias = str | float | int | None
NOT_INSTALLED = "not installed"


@dataclass(frozen=True)
class Table:
    """One comparison.

    Attributes
    ----------
    title : str
        The work, in a few words.
    compared : str
        What was done, on which data, and how it was timed.
    differs : str
        In what the sides are not the same, and what the figures don't say.
    rows : sequence of mappings
        Cells by column name; every row has the columns of the first.
    """

    title: str
    compared: str
    differs: str
    rows: Sequence[Mapping[str, Cell]]

    def to_markdown(self) -> str:
        """Return a section of Markdown."""
        columns = list(self.rows[0])
        lines = [columns, ["---"] * len(columns), *([_text(row[c]) for c in columns] for row in self.rows)]
        body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        return f"### {self.title}\n\n{self.compared}\n\n{body}\n\n{self.differs}\n"


def _text(cell: Cell) -> str:
    """Three digits are all that a shared machine can promise."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"


def times(ratio: float) -> str:
    """Write a ratio as ``12×``."""
    return f"{_text(float(ratio))}×"
