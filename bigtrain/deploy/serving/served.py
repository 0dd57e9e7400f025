"""What a server serves now: it follows the reference as it moves, and never has nothing."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

from bigtrain.deploy.loading import LoadedModel, find_version, load_version
from bigtrain.deploy.serving.metrics import Metrics
from bigtrain.deploy.serving.scorer import Scorer, make_scorer
from bigtrain.errors import BigtrainError
from bigtrain.tracking import Store

SECONDS_BETWEEN_LOOKS = 2.0


@dataclass(frozen=True, slots=True)
class Served:
    """A version and what computes it."""

    model: LoadedModel
    scorer: Scorer

    @property
    def labels(self) -> dict[str, str]:
        """What the metrics say of it."""
        return {"model": self.model.name, "version": self.model.version, "computed_by": self.scorer.name}

    def __str__(self) -> str:
        return f"{self.model} ({self.scorer.name})"


class Follower:
    """The version that a reference means.

    A request takes `current` once and keeps it to its end, so another version may take its place meanwhile.

    Parameters
    ----------
    store : Store
        The registry.
    reference : str
        As `find_version` takes it.
    """

    def __init__(self, store: Store, reference: str) -> None:
        self._store, self._reference = store, reference
        self.metrics = Metrics()
        self.current = self._load()

    def _load(self) -> Served:
        model = load_version(self._store, find_version(self._store, self._reference))
        return Served(model, make_scorer(model))

    async def follow(self) -> None:
        """Look again and again whether the reference has moved; load what it means now, then swap."""
        said = ""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            try:
                if await asyncio.to_thread(self._has_moved):
                    self.current = await asyncio.to_thread(self._load)
                    self.metrics.reloads += 1
                    _say(f"now serving {self.current}")
                said = ""
            except Exception as error:  # whatever it is, the next look may go well
                self.metrics.failed_reloads += 1
                kind = "" if isinstance(error, BigtrainError) else f"{type(error).__name__}: "
                if f"{kind}{error}" != said:
                    said = f"{kind}{error}"
                    _say(f"still serving {self.current}: {said}")

    def _has_moved(self) -> bool:
        return str(find_version(self._store, self._reference).version) != self.current.model.version


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
