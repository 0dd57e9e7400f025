"""Whether another process has the same bigtrain, and the same libraries that decide a number."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bigtrain.provenance import package_versions

DECIDING = ("python", "numba", "numpy", "pandas", "scikit-learn", "scipy")


@cache
def installed() -> dict[str, str]:
    """Return what this process has, by name: versions, and of bigtrain a digest of its code."""
    versions = package_versions()
    minor = versions["python"].rpartition(".")[0]  # a task is read by any Python of this version
    return {"bigtrain": _code(), **{name: versions[name] for name in DECIDING}, "python": minor}


def difference(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Say in what two processes differ: ``numpy 2.3.0 there, 2.4.6 here``; empty where in nothing."""
    unlike = [name for name in here if here[name] != there.get(name)]
    return ", ".join(f"{name} {there.get(name, 'missing')} there, {here[name]} here" for name in unlike)


def _code() -> str:
    """Return bigtrain's version and a digest of its source: in development the version stays the same."""
    root, digest = Path(__file__).parent.parent, hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return f"{package_versions()['bigtrain']} ({digest.hexdigest()[:8]})"
