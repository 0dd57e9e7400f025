"""From a cohort of settings to honest scores: cross-validation, the final model, the baselines."""

from bigtrain.evaluate.blend import fit_blend
from bigtrain.evaluate.crossvalidation import CrossValidation
from bigtrain.evaluate.final import FinalModel, baseline_scores, fit_final
from bigtrain.evaluate.recipe import complete_settings

EVALUATION_VERSION = 1
"""Raised whenever the same trained weights would be scored otherwise: preprocessing, folds, scores."""

__all__ = [
    "EVALUATION_VERSION",
    "CrossValidation",
    "FinalModel",
    "baseline_scores",
    "complete_settings",
    "fit_blend",
    "fit_final",
]
