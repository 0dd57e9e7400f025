"""Who takes part, with which settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
DEFAULTS = "bigtrain, as shipped"
ONE_COHORT = "bigtrain, all at once"
OURS = {DEFAULTS: [], ONE_COHORT: ["sampler=qmc", "cohort=200", "report=false"]}
NAIVE = "Optuna + MLflow, naive"
BARS = {NAIVE: "≥ 40×, ≥ 8×"}


@dataclass(frozen=True)
class Rival:
    """A rival.

    Attributes
    ----------
    name : str
        What it is called in the table.
    script : str
        Its file beside this one.
    arguments : sequence of str
        With ``{home}``, ``{trials}``, ``{seconds}`` and ``{jobs}`` where these belong.
    jobs : sequence of int
        Numbers of jobs to try.
    python : str
        The environment variable that names its Python; none for what has bigtrain's own.
    whole : bool
        Whether it runs all trials, because later ones cost more than the first.
    """

    name: str
    script: str
    arguments: Sequence[str]
    jobs: Sequence[int] = (1,)
    python: str = ""
    whole: bool = False

    def command(self, home: Path, trials: int, seconds: float, jobs: int) -> list[str]:
        """Return the script with its arguments."""
        given = {"home": home, "trials": trials, "seconds": seconds, "jobs": jobs}
        return [str(HERE / self.script), *(argument.format(**given) for argument in self.arguments)]


CORES = os.cpu_count() or 1


def loops(quick: bool) -> list[Rival]:
    """Return what many write by hand; `quick` tries one number of jobs each."""
    given = ("{home}", "{trials}")
    jobs = (1,) if quick else (1, CORES)
    return [
        Rival(NAIVE, "optuna_loop.py", [*given, "tpe", "1", "fluent"]),
        *(
            Rival(
                f"Optuna {sampler} + MLflow, best",
                "optuna_loop.py",
                [*given, sampler, "{jobs}", "client"],
                jobs,
            )
            for sampler in ("tpe", "random")
        ),
    ]


def tools() -> list[Rival]:
    """Return what searches by itself."""
    given = ("{home}", "{trials}")
    return [
        Rival(
            "hydra-optuna-sweeper 1.4 + MLflow's client",
            "hydra_sweep.py",
            ["-m", "folder={home}", "hydra.sweeper.n_trials={trials}"],
            python="HYDRA_OPTUNA_PYTHON",
        ),
        Rival("RandomizedSearchCV + autolog", "randomized_search.py", [*given, "{jobs}"], (CORES,)),
        Rival(
            "FLAML", "flaml_search.py", [*given, "{seconds}", "{jobs}"], (CORES,), "FLAML_PYTHON", whole=True
        ),
    ]
