"""A sweep that says where its seconds went: ``python -m benchmarks.scale.timed_sweep FILE OVERRIDE…``."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any

import psutil

SECONDS: dict[str, float] = defaultdict(float)
RUNNING: Counter[str] = Counter()
LOCK = Lock()


def timed(owner: Any, name: str, part: str) -> None:
    """Add the time in which a method runs to a part: what runs twice at once counts once."""
    method: Callable[..., Any] = getattr(owner, name)

    def count(more: int) -> None:
        with LOCK:
            before, RUNNING[part] = RUNNING[part], RUNNING[part] + more
            if 0 in (before, RUNNING[part]):
                SECONDS[part] -= more * time.perf_counter()

    @wraps(method)
    def measured(*args: Any, **kwargs: Any) -> Any:
        count(1)
        try:
            return method(*args, **kwargs)
        finally:
            count(-1)

    setattr(owner, name, measured)


def main() -> None:
    """Run the sweep, write the seconds of each part."""
    from bigtrain.config.app import compose
    from bigtrain.sweep import saver_beside, the_job

    file, overrides = Path(sys.argv[1]), sys.argv[2:]
    config = compose(overrides)
    beside = saver_beside()
    run_job = the_job()

    from bigtrain.evaluate import CrossValidation
    from bigtrain.job import outcome, problem
    from bigtrain.report import Console
    from bigtrain.search import brain, points, rust_brain, tree_brain
    from bigtrain.tracking import Store

    for owner in (brain.Brain, points.PointBrain, rust_brain.RustBrain, tree_brain.TreeBrain):
        timed(owner, "ask", "asking")
        timed(owner, "tell", "asking")
    timed(CrossValidation, "evaluate", "training and scoring")
    timed(Store, "write_trials", "recording")
    timed(Store, "progress", "recording")
    timed(problem, "load_dataset", "reading the table")
    timed(outcome, "run_search", "the search")
    SECONDS["imports and configuration"] = time.time() - psutil.Process().create_time()
    with beside as saver:
        run_job(config, Console(config), saver)
    SECONDS["all"] = time.time() - psutil.Process().create_time()
    file.write_text(json.dumps(SECONDS))


if __name__ == "__main__":
    main()
