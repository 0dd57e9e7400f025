"""What a sweep says to somebody who has a minute: sentences, each with its number."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from bigtrain.records import TrialRecord, TrialState
from bigtrain.report.material import Material, failed, kind_of
from bigtrain.report.standing import short
from bigtrain.space import Range

EDGE = 0.02
"""Share of a range, on its own scale, that counts as its edge."""

MOST = 0.5
FEWEST_FAILED = 3
LEAK = 0.999
TIE = 0.002
LATE = 0.9
MORE_FOLDS_APART = 2.0


class Weight(StrEnum):
    """How much a finding asks of its reader."""

    WARNING = "warning"
    GOOD = "good"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence or two, and whether something should be done about it."""

    weight: Weight
    text: str


def find(material: Material) -> list[Finding]:
    """Return what is worth saying: warnings, then what is well, then the rest."""
    found = [finding for rule in RULES for finding in rule(material)]
    return sorted(found, key=lambda finding: list(Weight).index(finding.weight))


def better_than_ridge(m: Material) -> Iterator[Finding]:
    """Compare the best trial with scikit-learn's Ridge on the same folds, and its gain with their spread."""
    ridge = m.state.metrics.get(f"baseline_ridge_cv_{m.scoring}")
    value = m.best.scores.get(f"cv_{m.scoring}")
    if ridge is None or value is None:
        return
    gain, both = m.gain(ridge, value), f"cv_{m.scoring} {value:.5g} against {ridge:.5g}"
    if gain <= 0:
        yield Finding(Weight.WARNING, f"No better than Ridge at its defaults: {both}.")
        return
    yield Finding(Weight.GOOD, f"{gain:.1%} better than Ridge at its defaults: {both}.")
    spread = statistics.pstdev(m.fold_errors) if len(m.fold_errors) > 1 else 0.0
    difference = abs(m.state.metrics.get("baseline_ridge_cv_rmse", math.inf) - m.best.scores["cv_rmse"])
    if spread > difference:
        yield Finding(
            Weight.NOTE,
            f"The folds differ more than the models: their RMSE spreads by {spread:.4g}, "
            f"the gain over Ridge is {difference:.4g}. Another seed may turn it around.",
        )


def holds_on_new_rows(m: Material) -> Iterator[Finding]:
    """Compare the holdout with the folds."""
    cv, holdout = m.best.scores.get("cv_rmse"), m.state.metrics.get("holdout_rmse")
    if cv is None or holdout is None or len(m.fold_errors) < 2:
        return
    away = (holdout - cv) / (statistics.stdev(m.fold_errors) or math.inf)
    both = f"RMSE {holdout:.5g} on the holdout, {cv:.5g} over the folds"
    if away > MORE_FOLDS_APART:
        yield Finding(
            Weight.WARNING, f"Worse on new rows than promised: {both}, {away:.1f} deviations apart."
        )
    else:
        yield Finding(Weight.GOOD, f"Holds on rows that nothing has seen: {both}.")


def at_an_edge(m: Material) -> Iterator[Finding]:
    """Name each knob whose best value lies at an end of its range."""
    for name, value in m.best.params.items():
        knob = m.knobs.get(name)
        if isinstance(knob, Range) and isinstance(value, (int, float)):
            share = place(knob, float(value))
            end = "low" if share <= EDGE else "high" if share >= 1 - EDGE else None
            if end:
                bound = knob.low if end == "low" else knob.high
                yield Finding(
                    Weight.NOTE,
                    f"The best {name} = {short(value)} lies at the {end} end of its range ({bound:g}): "
                    f"the best of all may lie beyond it.",
                )


def place(knob: Range, value: float) -> float:
    """Return where a value lies in its range, from 0 to 1, on the range's own scale."""
    if knob.log:
        return math.log(value / knob.low) / math.log(knob.high / knob.low)
    return (value - knob.low) / (knob.high - knob.low)


def diverged_above(m: Material) -> Iterator[Finding]:
    """Name, by optimizer, the rate above which most trials failed."""
    with_rate = [r for r in m.state.records if isinstance(r.settings.get("learning_rate"), float)]
    for kind, members in groupby(sorted(with_rate, key=kind_of), kind_of):
        trials = list(members)
        limit = limit_of_failure(trials)
        if limit is not None:
            above = [r for r in trials if rate(r) >= limit]
            yield Finding(
                Weight.NOTE,
                f"{len(failed(above))} of {len(above)} {kind} trials with learning_rate ≥ {limit:.3g} "
                "failed, "
                f"and {len(failed(trials)) - len(failed(above))} of {len(trials) - len(above)} below it: "
                "lower the top of the range.",
            )


def limit_of_failure(trials: Sequence[TrialRecord]) -> float | None:
    """Return the rate from which on most trials failed, the one that splits best; None if there is none."""
    ordered = sorted(trials, key=rate)
    n_failed = len(failed(ordered))
    best, limit = 0, None
    for start, record in enumerate(ordered):
        above = failed(ordered[start:])
        score = 2 * len(above) - len(ordered[start:])
        if len(above) >= FEWEST_FAILED and score > best and len(above) > MOST * n_failed:
            best, limit = score, rate(record)
    return limit


def rate(record: TrialRecord) -> float:
    """Return a trial's learning rate."""
    return float(record.settings["learning_rate"] or 0.0)


def how_many_failed(m: Material) -> Iterator[Finding]:
    """Say so where much of the budget bought nothing."""
    records = m.state.records
    share = len(failed(records)) / len(records)
    if share > 0.2:
        yield Finding(Weight.WARNING, f"{share:.0%} of all trials failed ({len(failed(records))}).")
    pruned = sum(r.state is TrialState.PRUNED for r in records)
    if pruned:
        yield Finding(Weight.GOOD, f"{pruned / len(records):.0%} of all trials were pruned ({pruned}).")


def leaks(m: Material) -> Iterator[Finding]:
    """Name columns that are the target in another form."""
    for column, correlation in (m.observed.correlations if m.observed else {}).items():
        if abs(correlation) >= LEAK:
            yield Finding(
                Weight.WARNING,
                f"The column {column} is all but the target (correlation {correlation:.4f}): if it is known "
                f"only after the target is, the score is worth nothing. data.drop=[{column}] leaves it out.",
            )


def one_optimizer(m: Material) -> Iterator[Finding]:
    """Say which optimizer did best, or that it makes no difference."""
    kinds = list(m.best_by_kind.items())
    if len(kinds) < 2:
        return
    values = [r.values[0] for _, r in kinds if r.values]
    apart = abs(values[-1] - values[0]) / (abs(values[0]) or 1.0)
    if apart < TIE:
        names = ", ".join(kind for kind, _ in kinds)
        yield Finding(Weight.NOTE, f"{names} tie: their best trials are within {apart:.2%} of one another.")
    else:
        step = m.gain(values[1], values[0])
        yield Finding(
            Weight.NOTE,
            f"{kinds[0][0]} did best ({values[0]:.5g}), {step:.2%} ahead of {kinds[1][0]}; "
            f"{kinds[-1][0]} came last ({values[-1]:.5g}).",
        )


def what_matters(m: Material) -> Iterator[Finding]:
    """Name the knob that separates good trials from the others."""
    for title, shares in m.importances.items():
        name, share = next(iter(shares.items()))
        yield Finding(Weight.NOTE, f"Among {title}, {name} matters most ({share:.0%} of the importance).")


def still_improving(m: Material) -> Iterator[Finding]:
    """Say when the best trial came."""
    n = len(m.state.records)
    if n >= 20 and m.best.number >= LATE * n:
        yield Finding(
            Weight.NOTE,
            f"The best trial came late ({m.best.number + 1} of {n}): more trials may find better.",
        )


def trained_to_the_end(m: Material) -> Iterator[Finding]:
    """Say so where the best trial ran out of epochs."""
    short_of = sum("max_iter" in reason for reason in m.best.stop_reasons)
    if short_of:
        yield Finding(
            Weight.NOTE,
            f"The best trial ran out of epochs in {short_of} of {len(m.best.stop_reasons)} folds: "
            "a larger estimator.params.max_iter may improve it.",
        )


def sparsity(m: Material) -> Iterator[Finding]:
    """Say how many coefficients L1 left."""
    path = m.observed.paths.get("l1") if m.observed else None
    own = m.best.settings.get("l1")
    if path is None or not isinstance(own, float) or own <= 0:
        return
    nearest = min(range(len(path.strengths)), key=lambda i: abs(math.log(path.strengths[i] / own)))
    coef = path.coef[nearest]
    if coef:
        zeros = sum(value == 0 for value in coef)
        yield Finding(
            Weight.NOTE, f"At l1 = {own:.3g} L1 sets {zeros} of {len(coef)} coefficients to exactly zero."
        )


RULES: tuple[Callable[[Material], Iterator[Finding]], ...] = (
    leaks,
    better_than_ridge,
    holds_on_new_rows,
    how_many_failed,
    diverged_above,
    at_an_edge,
    trained_to_the_end,
    still_improving,
    one_optimizer,
    what_matters,
    sparsity,
)
