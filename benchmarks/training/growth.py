"""How cost grows with settings, rows and features, beside the counted floor."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.table import Cell, Table, times
from benchmarks.timing import seconds_of, side_by_side
from benchmarks.training.sweep import product_peak
from benchmarks.training.workloads import adam_with_l1, mixed_settings, table
from bigtrain import fit_cohort

STEPS = 200
EPOCHS, BATCH = 2, 256


def run(quick: bool) -> Table:
    """Vary one size at a time around 64 settings, 10⁵ rows and 100 features."""
    base = (4, 300, 6) if quick else (64, 100_000, 100)
    counts = (1, 4) if quick else (1, 8, 64, 512)
    lengths = (200, 400) if quick else (10_000, 100_000, 1_000_000)
    widths = (3, 6) if quick else (10, 100, 1000)
    sizes = list(
        dict.fromkeys(
            [
                *((k, base[1], base[2]) for k in counts),
                *((base[0], n, base[2]) for n in lengths),
                *((base[0], base[1], p) for p in widths),
            ]
        )
    )
    few, many = (2, 4) if quick else (64, 512)
    extra = ", ".join(f"{extra_setting(few, many, n, base[2]) * 1e3:.2g} ms at {n:,} rows" for n in lengths)
    return Table(
        title="Growth",
        compared=f"`fit_cohort` from raw rows: {STEPS} full-batch Adam steps with l1, and {EPOCHS} epochs "
        f"of mixed optimizers on fixed batches of {BATCH}, both with plan auto. The floor counts what "
        "can't be left out: the products' operations at the speed of a large matrix product measured in "
        "this run, or the bytes of one pass over the rows at 25 GB/s, whichever is more.",
        differs="The floor leaves out the element-wise updates, the checks of the input and the "
        f"estimators that come back. An extra full-batch setting, from {few} to {many} of them, costs "
        f"{extra}: only the statistics, paid once, grow with the rows.",
        rows=[row for size in sizes for row in measure(*size)],
    )


def extra_setting(few: int, many: int, n: int, p: int) -> float:
    """Return the seconds that each setting beyond `few` adds in full batch."""
    X, y = table(n, p)
    settings = adam_with_l1(many, STEPS)
    sides = {"few": lambda: fit_cohort(X, y, settings[:few]), "many": lambda: fit_cohort(X, y, settings)}
    timings = side_by_side(sides, rounds=3)
    return (timings.median("many") - timings.median("few")) / (many - few)


def measure(count: int, n: int, p: int) -> Iterator[dict[str, Cell]]:
    """Time both kinds of training at one size."""
    X, y = table(n, p)
    rounds = 1 if n * p * count >= 1e9 or n * p >= 5e7 else 3
    peak = product_peak()
    full = adam_with_l1(count, STEPS)
    mini = mixed_settings(count, batch_size=BATCH, max_iter=EPOCHS, shuffle="batches")
    statistics = n * p * p / peak  # XᵀX is symmetric: half of 2 n p²
    by_gram = statistics + 2 * p * p * count * STEPS / peak
    by_rows = 4 * n * p * count * EPOCHS / peak
    by_batch = statistics + 2 * p * p * count * EPOCHS * -(-n // BATCH) / peak
    one_pass = 8 * n * p / 25e9
    cases = (("full batch", full, by_gram), (f"batches of {BATCH}", mini, min(by_rows, by_batch)))
    for work, settings, operations in cases:
        seconds = seconds_of(lambda settings=settings: fit_cohort(X, y, settings), rounds)
        floor = max(operations, one_pass)
        yield {
            "settings": count,
            "rows": n,
            "features": p,
            "training": work,
            "ms": seconds * 1e3,
            "ms a setting": seconds * 1e3 / count,
            "floor, ms": floor * 1e3,
            "time / floor": times(seconds / floor),
        }
