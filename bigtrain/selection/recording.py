"""The runs of a search in MLflow, where they are wanted."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bigtrain.provenance import provenance_tags
from bigtrain.records import FinishedTrial, Outcome, Trial

if TYPE_CHECKING:
    from bigtrain.tracking import Store


@dataclass
class Recording:
    """Candidates of one search on their way into a store; without a store they go nowhere."""

    store: Store | None = None
    sweep_id: str | None = None
    best: list[tuple[int, float]] = field(default_factory=list)

    def write(self, trials: Sequence[Trial], outcomes: Sequence[Outcome], started_ms: int) -> None:
        """Record trials that began together and have just ended."""
        if self.store is None or self.sweep_id is None:
            return
        ended_ms = time.time_ns() // 1_000_000
        finished = [FinishedTrial(t, o, started_ms, ended_ms) for t, o in zip(trials, outcomes, strict=True)]
        self.store.write_trials(self.sweep_id, finished)
        for trial, outcome in zip(trials, outcomes, strict=True):
            if outcome.values and (not self.best or outcome.values[0] > self.best[-1][1]):
                self.best.append((trial.number, outcome.values[0]))
        self.store.progress(self.sweep_id, self.best)


@contextmanager
def recording(name: str, uri: str | None, facts: Mapping[str, Any]) -> Iterator[Recording]:
    """Give a recording in the store at `uri` for as long as the block lasts; each is a sweep of its own.

    Parameters
    ----------
    name : str
        The experiment's name.
    uri : str or None
        The store; None: nothing is recorded.
    facts : mapping
        What explains the search, kept as its configuration.
    """
    if uri is None:
        yield Recording()
        return
    from bigtrain.tracking import SweepStart, open_store  # noqa: PLC0415 - MLflow takes seconds to import

    store = open_store(uri, None, Path.cwd())
    with store.hold(name):
        start = SweepStart(name, {}, yaml.safe_dump(dict(facts), sort_keys=False), provenance_tags())
        sweep_id = store.start_sweep(start)
        try:
            yield Recording(store, sweep_id)
        except BaseException as error:
            status = "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
            store.finish_sweep(sweep_id, status, patient=False)
            raise
        store.finish_sweep(sweep_id, "FINISHED")
