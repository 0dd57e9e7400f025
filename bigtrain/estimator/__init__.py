"""The scikit-learn face of the numerics: one estimator, and many trained together."""

from .cohort import fit_cohort
from .folds import CohortFolds
from .regressor import GradientRegressor

__all__ = ["CohortFolds", "GradientRegressor", "fit_cohort"]
