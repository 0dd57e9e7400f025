"""The final model's way into the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bigtrain.config import SweepConfig
from bigtrain.evaluate import FinalModel
from bigtrain.job.problem import Problem
from bigtrain.job.tags import ALIAS, DECISION, MODEL, VERSION
from bigtrain.records import TrialRecord
from bigtrain.standby import Standby
from bigtrain.tracking import Store


def ship(
    store: Store,
    sweep_id: str,
    problem: Problem,
    best: TrialRecord,
    final: FinalModel,
    metrics: Mapping[str, float],
    saver: Standby | None,
    note: Callable[[str], None],
) -> dict[str, str]:
    """Register the final model, decide whether it is the champion; return what to note on the sweep."""
    from bigtrain.registry.promotion import promote  # noqa: PLC0415 - no trial should wait for it
    from bigtrain.registry.saved_model import saved_by  # noqa: PLC0415 - no trial should wait for it
    from bigtrain.registry.versions import register  # noqa: PLC0415 - no trial should wait for it

    dataset, split = problem.dataset, problem.split
    residuals = dataset.y[split.holdout] - final.pipeline.predict(dataset.X.iloc[split.holdout])
    version = register(
        store,
        sweep_id=sweep_id,
        trial=best.number,
        model=model_name(problem.config),
        pipeline=final.pipeline,
        input_example=dataset.X.iloc[split.train[:5]],
        residuals=residuals,
        metrics=final.metrics,
        made_of=final.made_of,
        save=saved_by(saver, note),
    )
    promotion = promote(
        store,
        version,
        alias=problem.config.registry.alias,
        holdout_digest=split.digest,
        residuals=residuals,
        baseline_rmse=metrics["baseline_mean_holdout_rmse"],
    )
    return {
        MODEL: version.name,
        VERSION: str(version.version),
        ALIAS: promotion.alias,
        DECISION: promotion.reason,
    }


def model_name(config: SweepConfig) -> str:
    """Return the name that the sweep's model is registered under."""
    return config.registry.model or config.name


def destination(config: SweepConfig, records: Sequence[TrialRecord]) -> str:
    """Say of how many trials the best goes where."""
    nested = f", nested={config.nested}" if config.nested else ""
    blend = f", blend={config.blend}" if config.blend else ""
    return f"{len(records)} trials, {model_name(config)}@{config.registry.alias}{nested}{blend}"
