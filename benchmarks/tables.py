"""The tables that whole sweeps read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.training.workloads import table


def write_parquet(path: Path, n: int, p: int) -> Path:
    """Write correlated features ``x0`` … and a noisy target ``y`` as a Parquet file; return its path."""
    X, y = table(n, p)
    pd.DataFrame({f"x{i}": X[:, i] for i in range(p)}).assign(y=y).to_parquet(path)
    return path
