"""From a cohort of settings to honest scores: cross-validation, the final model, the baselines."""

from bigtrain.evaluate.crossvalidation import CrossValidation
from bigtrain.evaluate.final import FinalModel, baseline_scores, fit_final

__all__ = ["CrossValidation", "FinalModel", "baseline_scores", "fit_final"]
