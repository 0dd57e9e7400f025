"""An interrupted sweep ends, whatever its workers are doing."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

ENDLESS = (
    "space=none",
    "n_trials=1",
    "cohort=1",
    "estimator.params.optimizer=gd",
    "estimator.params.loss=huber",
    "estimator.params.max_iter=1000000000",
    "estimator.params.tol=null",
    "report=false",
)


def of_session(leader):
    """Return the processes that a command left in its session."""
    left = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                left.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return left


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_ctrl_c_ends_a_sweep_whose_trial_never_ends(kind, tmp_path):
    """It reaches every process of the terminal: the code for it, no traceback, and nothing left running."""
    command = [sys.executable, "-m", "bigtrain.sweep", f"engine={kind}", "engine.n_jobs=1", *ENDLESS]
    sweep = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in sweep.stdout:
        if "none completed yet" in line:  # which is said once trials have been at work for a while
            break
    os.killpg(sweep.pid, signal.SIGINT)
    said, wrong = sweep.communicate(timeout=120)
    assert sweep.returncode == 130, wrong
    assert "the same command again goes on from here" in said
    assert wrong == ""
    assert of_session(sweep.pid) == []
