"""Scores of candidates on the splits of a cross-validation; what candidates share is done once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import groupby
from threading import Lock
from typing import Any

import joblib
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _check_method_params

from bigtrain.estimator import GradientRegressor
from bigtrain.records import Judge
from bigtrain.selection.batch import Batch, Fit, Rows, Scores
from bigtrain.selection.rungs import Evaluated, run_rungs

KEPT_HEADS = 16
"""Transformed splits that are kept for later candidates, for each split."""

Candidate = Mapping[str, Any]


@dataclass
class Split:
    """Rows to fit on and rows to score on, and what transformers made of them."""

    train: Any
    test: Any
    heads: OrderedDict[str, tuple[Pipeline, Any, Any]] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class Evaluation:
    """Fits candidates and scores them.

    Candidates of a pipeline that differ in its last step alone share the fitted steps before it, on each
    split; candidates that end in a `GradientRegressor` are trained together. Neither changes a score.

    Attributes
    ----------
    estimator : BaseEstimator
        What the candidates' parameters are set on.
    X, y : array-like
        All rows.
    splits : sequence of Split
        The cross-validation.
    scorer : callable
        ``scorer(fitted, X, y)`` gives a number or a dict of them.
    needs_pipeline : bool
        Whether the scorer may look at more than predictions, so that it must be given whole pipelines.
    fit_params, score_params : mapping
        Given to each fit and score, those of one value a row by split.
    decisive : str
        The metric that decides.
    n_jobs : int or None
        As in joblib.
    """

    estimator: BaseEstimator
    X: Any
    y: Any
    splits: Sequence[Split]
    scorer: Callable[..., Scores]
    needs_pipeline: bool
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    decisive: str
    n_jobs: int | None

    def evaluate(self, candidates: Sequence[Candidate], judge: Judge | None = None) -> list[Evaluated]:
        """Return what came of each candidate.

        Parameters
        ----------
        candidates : sequence of mapping
            Parameters by name.
        judge : Judge, optional
            Who ends some before their time, by their place in `candidates`, where all train by epochs.
        """
        evaluated = [Evaluated() for _ in candidates]
        groups = list(self._grouped(candidates))
        tasks = [(split, members) for split in self.splits for members in groups]
        # The data and the fitted transformers are shared; scikit-learn and our kernels release the lock.
        parallel = Parallel(n_jobs=self.n_jobs, prefer="threads")
        batches = parallel(
            delayed(self._batch)(split, [candidates[k] for k in members]) for split, members in tasks
        )
        own = [members for _, members in tasks]
        if judge is not None and all(isinstance(batch, Batch) and batch.prunable for batch in batches):
            run_rungs(list(zip(own, batches, strict=True)), evaluated, judge, self.value, parallel)
        done = parallel(delayed(_to_end)(batch, len(k)) for batch, k in zip(batches, own, strict=True))
        for members, fits in zip(own, done, strict=True):
            for k, fit in zip(members, fits, strict=True):
                evaluated[k].fits.append(fit)
        return evaluated

    def value(self, fit: Fit) -> float:
        """Return the score that decides: that of `decisive`, or the first where none of several was named."""
        scores = fit.by_name
        return scores[self.decisive if self.decisive in scores else next(iter(scores))]

    @cached_property
    def _last_step(self) -> str | None:
        """The name of the step before which all can be shared."""
        shares = (
            isinstance(self.estimator, Pipeline) and len(self.estimator.steps) > 1 and not self.fit_params
        )
        return str(self.estimator.steps[-1][0]) if shares else None

    def _grouped(self, candidates: Sequence[Candidate]) -> Iterator[list[int]]:
        """Yield the numbers of candidates that are fitted in one go: those with the same head."""
        gradient = isinstance(self.estimator, GradientRegressor) and not self.fit_params
        keys = [
            self._head_key(c) if self._last_step else "" if gradient else str(k)
            for k, c in enumerate(candidates)
        ]
        for _, members in groupby(sorted(range(len(keys)), key=keys.__getitem__), key=keys.__getitem__):
            yield list(members)

    def _head_key(self, candidate: Candidate) -> str:
        last = self._last_step
        head = {n: v for n, v in candidate.items() if n != last and not n.startswith(f"{last}__")}
        return str(joblib.hash(head))

    def _batch(self, split: Split, candidates: Sequence[Candidate]) -> Batch | Exception:
        """Return the candidates ready to be fitted on a split, or why they can't be."""
        try:
            models = [configured(self.estimator, candidate) for candidate in candidates]
            X, y = _safe_split(self.estimator, self.X, self.y, split.train)
            X_test, y_test = _safe_split(self.estimator, self.X, self.y, split.test, split.train)
            rows = Rows(X, y, X_test, y_test)
            if self._last_step:
                rows.head, rows.X, rows.X_test = self._head(split, models[0], candidates[0], rows)
                models = [pipeline[-1] for pipeline in models]
        except Exception as error:
            return error
        return Batch(
            rows,
            models,
            fit_params=_check_method_params(self.X, dict(self.fit_params), split.train),
            scorer=partial(self._scores, split),
            whole=self._last_step if self.needs_pipeline else None,
            raw_test=X_test,
        )

    def _scores(self, split: Split, model: BaseEstimator, X: Any, y: Any) -> Scores:
        params = _check_method_params(self.X, dict(self.score_params), split.test)
        # An unsupervised scorer takes no target.
        return self.scorer(model, X, **params) if y is None else self.scorer(model, X, y, **params)

    def _head(
        self, split: Split, pipeline: Pipeline, candidate: Candidate, rows: Rows
    ) -> tuple[Pipeline, Any, Any]:
        """Return the fitted steps before the last one, and the split's rows as they leave them."""
        key = self._head_key(candidate)
        with split.lock:
            if key not in split.heads:
                head = pipeline[:-1]
                split.heads[key] = head, head.fit_transform(rows.X, rows.y), head.transform(rows.X_test)
            split.heads.move_to_end(key)
            while len(split.heads) > KEPT_HEADS:
                split.heads.popitem(last=False)
            return split.heads[key]


def configured(estimator: BaseEstimator, candidate: Candidate) -> BaseEstimator:
    """Return an unfitted copy with the candidate's parameters; values that are estimators are copied too."""
    return clone(estimator).set_params(**clone(dict(candidate), safe=False))


def _to_end(batch: Batch | Exception, count: int) -> list[Fit]:
    """Train what is not trained yet, and score it."""
    if isinstance(batch, Exception):
        return [Fit(error=batch) for _ in range(count)]
    batch.advance()
    return batch.scored()
