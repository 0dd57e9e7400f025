"""The search as a scikit-learn estimator."""

from .search import SweepSearchCV

__all__ = ["SweepSearchCV"]
