"""What a run has to say of where it came from: versions, commit, command line."""

from __future__ import annotations

import json
import platform
import shlex
import subprocess
import sys
from importlib.metadata import version

from bigtrain.redaction import redacted

PACKAGES = ("bigtrain", "hydra-core", "mlflow", "numba", "numpy", "optuna", "pandas", "scikit-learn", "scipy")


def provenance_tags() -> dict[str, str]:
    """Return tags for a run: MLflow's own where it has one, so that its UI shows them."""
    return {
        "mlflow.source.type": "LOCAL",
        "mlflow.source.name": _command_line(),
        "bigtrain.versions": json.dumps(package_versions()),
        **_git_tags(),
    }


def package_versions() -> dict[str, str]:
    """Return the version of Python and of every package that decides a result."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def _command_line() -> str:
    module = "-m bigtrain.sweep" if sys.argv[0].endswith("sweep.py") else shlex.quote(sys.argv[0])
    # One by one: quoting may tear a password apart.
    return f"python {module} {shlex.join(map(redacted, sys.argv[1:]))}".strip()


def _git_tags() -> dict[str, str]:
    """Return the commit of the working folder and whether it was changed; nothing where there is none."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return {}
    dirty = bool(_git("status", "--porcelain", "--untracked-files=no"))
    return {"mlflow.source.git.commit": commit, "bigtrain.git_dirty": str(dirty).lower()}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            # To look must not write, which `git status` otherwise does to the index.
            ["git", "--no-optional-locks", *arguments],  # noqa: S607 - the user's own git, wherever it is
            capture_output=True,
            check=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
