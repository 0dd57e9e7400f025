"""The whole tracked sweep beside tools that search by themselves.

``FLAML_PYTHON`` and ``HYDRA_OPTUNA_PYTHON`` name Pythons that have FLAML, or hydra-optuna-sweeper 1.4, beside
MLflow and scikit-learn.
"""

from __future__ import annotations

from benchmarks.rivals.comparison import compare
from benchmarks.rivals.sides import tools
from benchmarks.table import Table

ABOUT = (
    "Hydra's jobs run one by one. Autolog makes a run of every candidate. FLAML searches its own learners, "
    "untracked (its own logging fails with this MLflow), for half a minute, and begins with cheap ones."
)


def run(quick: bool) -> Table:
    """Compare."""
    return compare("The whole tracked sweep, and other tools", ABOUT, tools(), quick)
