"""The coordinator: ask a group of trials, evaluate it, tell it, record it, until the budget is spent."""

from bigtrain.ranking import best_first, best_so_far, pareto_front
from bigtrain.search.budget import Budget, most_trials, search_seconds, seconds_spent
from bigtrain.search.coordinator import run_search
from bigtrain.search.fingerprint import differences, fingerprint
from bigtrain.search.flight import Evaluator
from bigtrain.search.nested import nested_scores

__all__ = [
    "Budget",
    "Evaluator",
    "best_first",
    "best_so_far",
    "differences",
    "fingerprint",
    "most_trials",
    "nested_scores",
    "pareto_front",
    "run_search",
    "search_seconds",
    "seconds_spent",
]
