"""The ways in which training ends, each with its sentence."""

from __future__ import annotations

from enum import IntEnum


class StopReason(IntEnum):
    """How the training of a column ended; `sentence` says it to a person, with what to try next."""

    RUNNING = 0
    CONVERGED = 1
    EARLY_STOPPED = 2
    MAX_ITER = 3
    DIVERGED = 4
    PRUNED = 5

    @property
    def sentence(self) -> str:
        """What happened, and what to try next."""
        return _SENTENCES[self]


_SENTENCES = {
    StopReason.RUNNING: "Training has not ended yet.",
    StopReason.CONVERGED: "The objective improved by less than tol for n_iter_no_change epochs.",
    StopReason.EARLY_STOPPED: (
        "The loss on the held-back rows stopped falling; the weights that did best on them are kept."
    ),
    StopReason.MAX_ITER: (
        "max_iter epochs were done before the objective settled; raise max_iter, or change the rate."
    ),
    StopReason.DIVERGED: (
        "Training diverged: the objective grew without bound, and the weights are back where they started; "
        "lower learning_rate, or scale the features."
    ),
    StopReason.PRUNED: "Training was ended from outside because other settings did better.",
}
