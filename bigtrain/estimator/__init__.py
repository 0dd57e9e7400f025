"""The scikit-learn face of the numerics: one estimator, and many trained together."""

from .cohort import EstimatorCohort, fit_cohort
from .folds import CohortFolds
from .regressor import GradientRegressor

__all__ = ["CohortFolds", "EstimatorCohort", "GradientRegressor", "fit_cohort"]
