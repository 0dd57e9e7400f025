"""Sort the settings of a cohort into groups that share rows, batches and loss."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import randbits
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bigtrain.errors import ParameterError

from .batches import Batches, held_back
from .columns import by_optimizer, knobs, new_columns
from .evaluation import zero_model_loss
from .group import Group, OnRows, OnStatistics, Trainer
from .plan import choose_plan
from .setting import Setting
from .training_data import TrainingData

Array: TypeAlias = NDArray[Any]


class _Shared(NamedTuple):
    """What the members of a group have in common."""

    loss: str
    batch_size: int | None
    shuffle: bool | str
    seed: int
    held_back: float | None
    """Part of the rows held back for early stopping, drawn by the seed."""


def _shared(setting: Setting, n: int, seed: int) -> _Shared:
    """Leave out what makes no difference, so that more settings share: the full batch has no order."""
    full = setting.optimizer == "gd" or setting.batch_size is None or setting.batch_size >= n
    held = setting.validation_fraction if setting.early_stopping else None
    return _Shared(
        setting.loss,
        None if full else setting.batch_size,
        False if full else setting.shuffle,
        0 if held is None and (full or setting.shuffle is False) else seed,
        held,
    )


def grouped(
    data: TrainingData, settings: Sequence[Setting], start: Array, plan: str
) -> tuple[list[Group], dict[int, tuple[str, str]]]:
    """Sort settings into groups by what they share."""
    drawn = randbits(32)  # one seed for all that asked for none
    shared: dict[_Shared, list[int]] = {}
    for k, setting in enumerate(settings):
        seed = drawn if setting.random_state is None else int(setting.random_state)
        shared.setdefault(_shared(setting, data.n_rows, seed), []).append(k)
    groups, plans = [], {}
    for key, members in shared.items():
        group = _group(data, key, [settings[k] for k in members], np.array(members), start, plan)
        groups.append(group)
        plans.update(dict.fromkeys(members, (group.plan, group.reason)))
    return groups, plans


def _group(
    data: TrainingData, shared: _Shared, settings: Sequence[Setting], members: Array, start: Array, asked: str
) -> Group:
    held = None
    if shared.held_back is not None:
        if data.n_rows < 2:
            raise ParameterError(
                "one row can't be split", where="early_stopping", received=True, allowed="False on one row"
            )
        kept, back = held_back(data.n_rows, shared.held_back, shared.seed)
        data, held = data.take(kept), data.take(back)
    m, n = data.n_targets, data.n_rows
    batches = Batches(n, min(shared.batch_size or n, n), shared.shuffle, shared.seed)
    epochs = max(s.max_iter for s in settings)
    plan, reason = choose_plan(data, shared.loss, batches, len(settings) * m, epochs, asked)
    each = [s for s in settings for _ in range(m)]
    target = np.tile(np.arange(m), len(settings))
    index = np.repeat(members, m) * m + target
    order = by_optimizer(each)
    ordered = [each[k] for k in order]
    dtype = data.dtype if plan == "rows" else np.dtype(np.float64)
    trainer: Trainer = OnRows(data, batches, shared.loss) if plan == "rows" else OnStatistics(data, batches)
    columns = new_columns(
        ordered, index[order], target[order],
        np.ascontiguousarray(start[members].reshape(len(each), -1)[order].T, dtype=dtype),
        zero_model_loss(data, target[order], shared.loss, knobs(ordered)),
        early=held is not None, full_batch=batches.count == 1,
    )  # fmt: skip
    return Group(trainer, columns, plan=plan, reason=reason, held_back=held)
