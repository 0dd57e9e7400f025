"""A look at what a SQLite store holds without loading MLflow, which takes seconds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bigtrain.tracking.address import read_address
from bigtrain.tracking.content import KIND, PARENT

_NEWEST = """
select runs.run_uuid, runs.status from experiments
join runs using (experiment_id) join tags using (run_uuid)
where experiments.name = ? and tags.key = ? and tags.value = 'sweep' and runs.lifecycle_stage = 'active'
order by runs.start_time desc limit 1
"""
_TRIALS = """
select count(*) from tags join runs using (run_uuid)
where tags.key = ? and tags.value = ? and runs.lifecycle_stage = 'active'
"""


def has_finished(uri: str | None, artifacts: str | None, root: Path, name: str, n_trials: int) -> bool:
    """Whether the newest sweep of a name has finished, with so many trials or more.

    Only an early word: where the store can't be looked at like this, it is no. Parameters are those of
    `open_store` and `Store.find_sweep`.

    Raises
    ------
    ConfigError
        If the URI is malformed.
    """
    database = read_address(uri, artifacts, root).database
    if database is None:
        return False
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute(_NEWEST, (name, KIND)).fetchone()
            if found is None or found[1] != "FINISHED":
                return False
            (trials,) = connection.execute(_TRIALS, (PARENT, found[0])).fetchone()
    except sqlite3.Error:
        return False
    return bool(trials >= n_trials)
