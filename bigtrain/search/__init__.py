"""The coordinator: ask a cohort, evaluate it, tell it, record it, until the budget is spent."""

from bigtrain.search.brain import Brain
from bigtrain.search.coordinator import best_first, budget_spent, most_trials, run_search, seconds_spent
from bigtrain.search.fingerprint import differences, fingerprint

__all__ = [
    "Brain",
    "best_first",
    "budget_spent",
    "differences",
    "fingerprint",
    "most_trials",
    "run_search",
    "seconds_spent",
]
