"""`SweepSearchCV`: a sweep with the interface of scikit-learn's searches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self, TypeVar, get_args

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, is_classifier
from sklearn.model_selection import check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state, get_tags, indexable
from sklearn.utils.validation import _check_method_params

from bigtrain.config import PrunerConfig, SamplerConfig
from bigtrain.errors import ParameterError
from bigtrain.estimator import GradientRegressor
from bigtrain.records import Outcome, TrialState
from bigtrain.search.brain import Question
from bigtrain.search.brains import make_brain
from bigtrain.search.pruning import judge_of
from bigtrain.search.samplers import last_trial
from bigtrain.selection.batch import Fit
from bigtrain.selection.evaluation import Evaluation, Split, configured
from bigtrain.selection.knobs import EstimatorSpace
from bigtrain.selection.recording import recording
from bigtrain.selection.rungs import Evaluated

Config = TypeVar("Config", SamplerConfig, PrunerConfig)

COHORT = 16
"""Candidates that end in a `GradientRegressor` and train together."""

WAVE = 4
"""Candidates of other estimators that are asked at once: few enough to learn from, enough for many cores."""


class SweepSearchCV(BaseSearchCV):  # type: ignore[misc]
    """Search the parameters of any estimator: Optuna asks, what candidates share is computed once.

    Candidates that end in a `GradientRegressor` train together, as the columns of one matrix; those of a
    pipeline that differ in its last step alone share the fitted steps before it, on each split.

    Parameters
    ----------
    estimator : estimator
        What is searched: a regressor, a classifier, a pipeline.
    space : mapping
        What to search, by parameter name (``step__param`` in a pipeline): a value, a list of values (any
        objects), ``{"low": …, "high": …, "log": …, "step": …}``, or ``{"choices": {option: {name: …}}}``,
        whose options carry parameters that exist only under them.
    n_trials : int, default=64
        Candidates in all; a grid that has fewer points ends earlier.
    cv : int, splitter or iterable, default=None
        As in scikit-learn; None: 5 folds.
    scoring : str, callable, list, tuple or dict, default=None
        As in scikit-learn, several metrics included; higher is better. None: the estimator's own score.
    sampler : {"tpe", "random", "qmc", "cmaes", "gp", "nsgaii", "grid"}, default="tpe"
        How candidates are chosen.
    pruner : {"none", "halving", "hyperband", "median"}, default="none"
        Which candidates end early, where all of them end in a `GradientRegressor`; they can't be the best.
    n_jobs : int, default=None
        Groups of fits that run at once, in threads; −1: one a core. The result doesn't depend on it.
    refit : bool, str or callable, default=True
        Whether to fit the best candidate on all rows; of several metrics, the one that decides.
    tracking_uri : str, default=None
        MLflow store in which every candidate becomes a run; None: none.
    random_state : int, RandomState or None, default=None
        Seed of the sampler.

    Attributes
    ----------
    best_estimator_, best_params_, best_score_, best_index_, cv_results_, scorer_, n_splits_, refit_time_
        As in `sklearn.model_selection.GridSearchCV`.
    sweep_id_ : str or None
        Id of the MLflow run under which the candidates' runs are.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from bigtrain import GradientRegressor, SweepSearchCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> pipeline = make_pipeline(StandardScaler(), GradientRegressor(optimizer="adam", random_state=0))
    >>> space = {"gradientregressor__l1": {"low": 1e-3, "high": 10, "log": True}}
    >>> search = SweepSearchCV(pipeline, space, n_trials=16, random_state=0).fit(X, y)
    >>> sorted(search.best_params_)
    ['gradientregressor__l1']
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        space: Mapping[str, Any],
        *,
        n_trials: int = 64,
        cv: Any = None,
        scoring: Any = None,
        sampler: str = "tpe",
        pruner: str = "none",
        n_jobs: int | None = None,
        refit: bool | str | Callable[[Mapping[str, Any]], int] = True,
        tracking_uri: str | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            estimator=estimator, scoring=scoring, n_jobs=n_jobs, refit=refit, cv=cv, return_train_score=False
        )
        self.space = space
        self.n_trials = n_trials
        self.sampler = sampler
        self.pruner = pruner
        self.tracking_uri = tracking_uri
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike | None = None, **params: Any) -> Self:
        """Search, and refit the best candidate; a second call starts afresh.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.
        y : array-like of shape (n,) or (n, m), optional
            Targets.
        **params
            For the estimator's ``fit``, the scorer and the splitter, as in scikit-learn.

        Raises
        ------
        ParameterError
            If the space isn't one of this estimator, or there is no such sampler.
        Exception
            If no candidate could be fitted and scored: what the first one raised.
        """
        space = EstimatorSpace.of(self.estimator, self.space)
        scorer, decisive = self._get_scorers()
        X, y = indexable(X, y)
        routed = self._get_routed_params_for_fit(_check_method_params(X, params=params))
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = [Split(train, test) for train, test in cv.split(X, y, **routed.splitter.split)]
        evaluation = Evaluation(
            self.estimator, X, y, splits, scorer,
            needs_pipeline=callable(self.scoring) or isinstance(self.scoring, Mapping),
            fit_params=routed.estimator.fit, score_params=routed.scorer.score,
            decisive=str(decisive), n_jobs=self.n_jobs,
        )  # fmt: skip
        self.n_splits_ = len(splits)
        candidates, evaluated = self._search(space, evaluation)
        _refuse_if_none([of_candidate.fits for of_candidate in evaluated])
        self._keep(candidates, evaluated, decisive)
        self.scorer_ = getattr(scorer, "_scorers", scorer)
        if self.refit:
            self._refit(X, y, routed.estimator.fit)
        return self

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: about targets, what is searched decides; arrays are NumPy's."""
        tags = super().__sklearn_tags__()
        tags.array_api_support = False
        tags.target_tags = get_tags(self.estimator).target_tags
        return tags

    def _search(
        self, space: EstimatorSpace, evaluation: Evaluation
    ) -> tuple[list[dict[str, Any]], list[Evaluated]]:
        """Run all trials; return their candidates and what came of them, in the order of their numbers."""
        config, pruner = _chosen(SamplerConfig, self.sampler), _chosen(PrunerConfig, self.pruner)
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        brain = make_brain(Question(space.space, config, seed, maximize=[True]))
        last = min(self.n_trials, last_trial(config, space.space))
        wave = COHORT if isinstance(_last(self.estimator), GradientRegressor) else WAVE
        candidates: list[dict[str, Any]] = []
        evaluated: list[Evaluated] = []
        told: list[Outcome] = []
        with recording(_experiment(self.estimator), self.tracking_uri, self._facts(space, seed)) as record:
            for first in range(0, last, wave):
                started = time.time_ns() // 1_000_000
                asked = brain.ask(first, min(wave, last - first))
                some = [space.arguments(trial.settings) for trial in asked]
                epochs = self._most_epochs(some) if self.pruner != "none" else 0
                judge = judge_of(pruner, epochs, cohort=first // wave, told=told, maximize=True)
                done = evaluation.evaluate(some, judge)
                outcomes = [_outcome(of_trial, evaluation.value) for of_trial in done]
                brain.tell(asked, outcomes)
                record.write(asked, outcomes, started)
                candidates += some
                evaluated += done
                told += outcomes
        self.sweep_id_ = record.sweep_id
        return candidates, evaluated

    def _most_epochs(self, candidates: Sequence[Mapping[str, Any]]) -> int:
        models = [_last(configured(self.estimator, candidate)) for candidate in candidates]
        return max((m.max_iter for m in models if isinstance(m, GradientRegressor)), default=0)

    def _facts(self, space: EstimatorSpace, seed: int) -> dict[str, Any]:
        """Return what explains the search, as plain data."""
        return {
            "estimator": " ".join(repr(self.estimator).split()),
            "space": space.space.to_data(),
            "n_trials": self.n_trials,
            "cv": str(self.cv),
            "scoring": str(self.scoring),
            "sampler": self.sampler,
            "pruner": self.pruner,
            "seed": seed,
        }

    def _keep(
        self, candidates: Sequence[dict[str, Any]], evaluated: Sequence[Evaluated], decisive: Any
    ) -> None:
        """Set the attributes that tell of the candidates."""
        names = _names(fit for of_candidate in evaluated for fit in of_candidate.fits)
        out = [fit.to_result(names) for of_candidate in evaluated for fit in of_candidate.fits]
        pruned = [of_candidate.pruned for of_candidate in evaluated]
        more = {} if self.pruner == "none" else {"pruned": pruned}
        self.cv_results_ = self._format_results(candidates, self.n_splits_, out, more)
        self.multimetric_ = names is not None
        if not self.refit and self.multimetric_:
            return
        if callable(self.refit):
            self.best_index_ = int(self._select_best_index(self.refit, decisive, self.cv_results_))
        else:
            # What a pruner ended has a score, but of a model that nobody trained to its end.
            ranks = np.where(pruned, len(pruned) + 1, self.cv_results_[f"rank_test_{decisive}"])
            self.best_index_ = int(ranks.argmin())
            self.best_score_ = self.cv_results_[f"mean_test_{decisive}"][self.best_index_]
        self.best_params_ = candidates[self.best_index_]

    def _refit(self, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
        started = time.perf_counter()
        self.best_estimator_ = configured(self.estimator, self.best_params_)
        self.best_estimator_.fit(X, y, **fit_params)
        self.refit_time_ = time.perf_counter() - started
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_


def _chosen(config: type[Config], kind: str) -> Config:
    """Return the configuration of a sampler or pruner by its name."""
    allowed = get_args(config.model_fields["kind"].annotation)
    where = config.__name__.removesuffix("Config").lower()
    if kind not in allowed:
        raise ParameterError(f"no such {where}", where=where, received=kind, allowed=", ".join(allowed))
    return config.model_validate({"kind": kind})


def _last(estimator: BaseEstimator) -> BaseEstimator:
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def _experiment(estimator: BaseEstimator) -> str:
    return f"SweepSearchCV-{type(_last(estimator)).__name__}"


def _refuse_if_none(fits: Sequence[Sequence[Fit]]) -> None:
    if any(fit.test_scores is not None for of_candidate in fits for fit in of_candidate):
        return
    error = next(fit.error for fit in fits[0] if fit.error is not None)
    error.add_note(
        f"None of {len(fits)} candidates could be fitted and scored; this is what the first one raised."
    )
    raise error


def _names(fits: Iterable[Fit]) -> tuple[str, ...] | None:
    """Return the names of the metrics, or None where there is one without a name."""
    scores = next(fit.test_scores for fit in fits if fit.test_scores is not None)
    return tuple(scores) if isinstance(scores, dict) else None


def _outcome(evaluated: Evaluated, value: Callable[[Fit], float]) -> Outcome:
    """Return what the sampler and the record are told of a candidate."""
    fits = evaluated.fits
    error = next((fit.error for fit in fits if fit.error is not None), None)
    if error is not None:
        return Outcome(TrialState.FAIL, reason=" ".join(f"{type(error).__name__}: {error}".split()))
    metrics = {f"fold_{i}_{name}": score for i, fit in enumerate(fits) for name, score in fit.by_name.items()}
    metrics |= {f"cv_{name}": float(np.mean([fit.by_name[name] for fit in fits])) for name in fits[0].by_name}
    metrics = {name: score for name, score in metrics.items() if np.isfinite(score)}
    if evaluated.pruned:
        reason = f"pruned at epoch {max(evaluated.rungs)}"
        return Outcome(TrialState.PRUNED, metrics=metrics, rungs=evaluated.rungs, reason=reason)
    mean = float(np.mean([value(fit) for fit in fits]))
    if not np.isfinite(mean):
        return Outcome(TrialState.FAIL, metrics=metrics, reason="the score is not finite")
    return Outcome(TrialState.COMPLETE, (mean,), metrics, rungs=evaluated.rungs)
