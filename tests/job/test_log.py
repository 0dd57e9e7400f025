"""What was said about a sweep is a file of its parent run."""

from pathlib import Path

from tests.job.conftest import plain_client, run, state


def log(folder: Path) -> str:
    """The sweep's log, read by MLflow's own client."""
    path = plain_client(folder).download_artifacts(state(folder).sweep_id, "log.txt", str(folder))
    return Path(path).read_text()


def test_every_process_adds_to_the_log(folder: Path) -> None:
    """The log has the first process's lines, then those of the one that went on."""
    run("n_trials=8")
    first = log(folder)
    assert "8/8 trials" in first
    assert "registered: document version 1" in first
    run("n_trials=16")
    assert log(folder).startswith(first)
    assert "resuming after 8 trials" in log(folder).removeprefix(first)
