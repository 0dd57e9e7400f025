"""What the server of `tests.forks` has before its first fork: only there is this imported.

One small sweep imports what commands import, and makes what they make once: kernels, plugins, mappings, the
list of installed packages.
"""

import gc
import importlib
import os
import tempfile
import threading

from filelock import FileLock
from platformdirs import user_cache_path

from tests.forks import run_module

# What a sweep on SQLite does not import by itself: others need it, or another process saves its model.
for name in ("mlflow.sklearn", "skops.io", "optuna.storages", "psycopg2", "sqlalchemy.dialects.postgresql"):
    try:
        importlib.import_module(name)
    except ImportError as error:  # which the server would take for a module that need not be there
        raise RuntimeError(f"{name} can't be imported") from error

# Each process of the tests has its own server: those that come later find what the first has compiled.
lock = user_cache_path("bigtrain", appauthor=False, ensure_exists=True) / "warm.lock"
with FileLock(lock), tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    run_module("bigtrain.sweep", "sweeps=document", "n_trials=1", "cv=2", "verbose=0", "report=false")
    os.chdir("/")

# A thread would not be in the forks, and whatever waits for it would wait for ever.
assert threading.active_count() == 1
# What the garbage collector does not look at stays shared with the forks.
gc.collect()
gc.freeze()
