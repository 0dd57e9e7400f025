"""An evaluation that costs nothing: every law of the search can be tried on hundreds of trials."""

import math
import time
from functools import cache

from bigtrain.config.app import compose
from bigtrain.records import Outcome, OutOfTime, TrialState
from bigtrain.search import run_search
from bigtrain.seeds import derive_seed

EPOCHS = 100
PRUNED = ("pruner=halving", "pruner=hyperband", "pruner=median")


class Landscape:
    """Scores trials by a formula of their settings, after a time that has nothing to do with it.

    The score at an epoch falls to the value with a speed of its own, so that curves cross. Every
    seventh trial fails.
    """

    def __init__(self, objectives=1, slow=0.0, stop_after=None):
        self.objectives, self.slow, self.left = objectives, slow, stop_after
        self.stopped = False

    def evaluate(self, trials, judge=None, until=None):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
        if self.slow:
            time.sleep(self.slow * derive_seed(0, "pause", trials[0].number) / 2**32)
        if until is not None and time.monotonic() > until:
            raise OutOfTime
        running = {t.number: t for t in trials if t.number % 7 != 6}
        rungs = {t.number: {} for t in trials}
        out = {}
        for epoch in judge.rungs if judge else ():
            scores = {n: score(t, epoch) for n, t in running.items()}
            for n, value in scores.items():
                rungs[n][epoch] = value
            kept = judge.keep(epoch, scores)
            out |= {n: epoch for n in running if n not in kept}
            running = {n: t for n, t in running.items() if n in kept}
        return [self._outcome(t, running, rungs[t.number], out) for t in trials]

    def _outcome(self, trial, running, rungs, out):
        if trial.number in out:
            return Outcome(TrialState.PRUNED, rungs=rungs, reason=f"pruned at epoch {out[trial.number]}")
        if trial.number not in running:
            return Outcome(TrialState.FAIL, reason="diverged")
        values = (score(trial, EPOCHS), float(10 * trial.settings["l2"] // 0.01))
        return Outcome(TrialState.COMPLETE, values[: self.objectives], rungs=rungs)

    def stop(self):
        self.stopped = True


def score(trial, epoch):
    rate, l1, l2 = (float(trial.settings[name]) for name in ("learning_rate", "l1", "l2"))
    bowl = (math.log10(rate) + 2) ** 2 + 0.1 * (math.log10(l1) + 4) ** 2 + 0.1 * (math.log10(l2) + 3) ** 2
    return bowl + 20 * math.exp(-epoch * rate) + 0.01 * len(str(trial.settings["optimizer"]))


class Shelf:
    """A store that is a list."""

    def __init__(self):
        self.written, self.best = [], {}

    def write_trials(self, _, trials):
        self.written += [trial.record for trial in trials]

    def progress(self, _, best):
        self.best |= dict(best)


@cache
def configured(*overrides):
    """A configuration of 30 trials in cohorts, or a window, of 6."""
    own = ["cohort=6", "n_trials=30"]
    if not any(o.startswith("sampler=") and o not in ("sampler=tpe", "sampler=rustuna") for o in overrides):
        own.append("sampler.n_startup_trials=8")
    if any(o in PRUNED for o in overrides):
        own.append("pruner.min_epochs=5")
    return compose([*own, *overrides])


def search(config, records=(), evaluator=None, shelf=None):
    """Run a search over the landscape; return its records."""
    evaluator = evaluator or Landscape(len(config.objectives))
    return run_search(config, evaluator, shelf or Shelf(), "sweep", records, lambda _: None)


def essence(records):
    """What must be the same whenever the seed is: everything but the times."""
    return [(r.number, r.state, r.params, r.settings, r.values, r.rungs, r.reason) for r in records]
