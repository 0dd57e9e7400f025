"""Places where a test can end the process, as an outage would: at once, without a last word."""

from __future__ import annotations

import os
import signal
from enum import StrEnum

VARIABLE = "BIGTRAIN_FAILPOINT"
"""The environment variable that names the point to end at; nothing else switches one on."""


class Failpoint(StrEnum):
    """What has just been done where the process ends, in the order of a sweep."""

    STORE_COPIED = "store-copied"
    STORE_OPENED = "store-opened"
    SWEEP_HELD = "sweep-held"
    EXPERIMENT_MADE = "experiment-made"
    PARENT_MADE = "parent-made"
    CONFIG_KEPT = "config-kept"
    SWEEP_STARTED = "sweep-started"
    ASKED = "asked"
    TRAINED = "trained"
    TOLD = "told"
    RUN_MADE = "run-made"  # from here to RUN_ENDED: the plain client's writing, a trial at a time
    RUN_FILLED = "run-filled"
    RUN_ENDED = "run-ended"
    RUNS_INSERTED = "runs-inserted"  # from here to ROWS_INSERTED: SQL's, inside the transaction
    ROWS_INSERTED = "rows-inserted"
    WRITTEN = "written"
    PROGRESSED = "progressed"
    REFITTED = "refitted"
    BASELINES_SCORED = "baselines-scored"
    MODEL_BEGUN = "model-begun"
    MODEL_SAVED = "model-saved"
    MODEL_UPLOADED = "model-uploaded"
    MODEL_LOGGED = "model-logged"
    MODEL_NAMED = "model-named"
    VERSION_MADE = "version-made"
    VERSION_LINKED = "version-linked"
    DECISION_NOTED = "decision-noted"
    ALIAS_SET = "alias-set"
    ALIAS_NOTED = "alias-noted"
    END_NOTED = "end-noted"
    ENDED = "ended"


def reach(point: Failpoint) -> None:
    """End the process here if the environment says so; else do nothing.

    Parameters
    ----------
    point : Failpoint
        Where we are.
    """
    if os.environ.get(VARIABLE) == point:
        os.kill(os.getpid(), signal.SIGKILL)
