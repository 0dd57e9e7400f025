"""The coordinator: ask a group of trials, evaluate it, tell it, record it, until the budget is spent."""

from bigtrain.search.budget import Budget, most_trials, search_seconds, seconds_spent
from bigtrain.search.coordinator import run_search
from bigtrain.search.fingerprint import differences, fingerprint
from bigtrain.search.flight import Evaluator
from bigtrain.search.nested import nested_scores

__all__ = [
    "Budget",
    "Evaluator",
    "differences",
    "fingerprint",
    "most_trials",
    "nested_scores",
    "run_search",
    "search_seconds",
    "seconds_spent",
]
