"""Models by size, speed and error: as a table in the terminal, and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Contender:
    """One of several models to choose from.

    Attributes
    ----------
    name : str
        What it is.
    size : int
        Bytes.
    latency : float
        Seconds for one row.
    loss : float or None
        Error that was added, relative, on the rows that decided; None for what wasn't in the choice.
    holdout_rmse : float
        In the target's unit.
    error : float
        Standard error of `loss`.
    chosen : bool
        Whether it was.
    """

    name: str
    size: int
    latency: float
    loss: float | None
    holdout_rmse: float
    error: float = 0.0
    chosen: bool = False


def added(rmse: float, before: float) -> float:
    """Return the error that was added, relative: infinite where there was none before, and now is some."""
    if before == 0:
        return 0.0 if rmse == 0 else float("inf")
    return rmse / before - 1


def front_table(contenders: Sequence[Contender]) -> str:
    """Return a table; the first row is what all are compared with, the chosen one has an arrow."""
    width = max(len(each.name) for each in contenders) + 2
    first = contenders[0].holdout_rmse
    lines = [f"  {'':{width}}{'bytes':>12}{'µs a row':>10}{'folds':>9}{'':8}{'holdout RMSE':>14}"]
    for each in contenders:
        loss = "" if each.loss is None else f"{each.loss:+.2%}"
        error = "" if each.loss is None else f" ± {100 * each.error:.2f}"
        lines.append(
            f"{'→' if each.chosen else ' '} {each.name:{width}}{each.size:>12,}{each.latency * 1e6:>10.0f}"
            f"{loss:>9}{error:8}{each.holdout_rmse:>14.5g}{added(each.holdout_rmse, first):>+9.2%}"
        )
    return "\n".join(lines)


def draw_front(contenders: Sequence[Contender], max_loss: float, title: str, path: Path) -> None:
    """Draw size against error, each point with its latency, and the tolerance as a line.

    Parameters
    ----------
    contenders : sequence of Contender
        As of `front_table`.
    max_loss : float
        The tolerance, relative.
    title : str
        Above it.
    path : Path
        The file to write; its ending says the kind.
    """
    from bigtrain.report.figures import style  # noqa: PLC0415 - matplotlib takes a second

    first, *others = contenders
    sizes, losses = [each.size for each in others], [100 * (each.loss or 0.0) for each in others]
    held_out = [100 * added(each.holdout_rmse, first.holdout_rmse) for each in others]
    with style.styled():
        figure, (ax,) = style.figure(3.6)
        errors = [100 * each.error for each in others]
        ax.errorbar(sizes, losses, errors, fmt="-o", capsize=2, color=style.BLUE, label="folds, which decide")
        ax.plot(sizes, held_out, "s", color=style.ORANGE, label="holdout")
        for each, size, loss in zip(others, sizes, losses, strict=True):
            ax.annotate(
                f"{each.latency * 1e6:.0f} µs",
                (size, loss),
                textcoords="offset points",
                xytext=(4, 6),
                fontsize=7,
            )
            if each.chosen:
                ax.axvline(size, color=style.BEST, linewidth=1, label="chosen")
        ax.axhline(100 * max_loss, color=style.FAINT, linestyle="--", label="max_loss")
        ax.axvline(first.size, color=style.FAINT, linewidth=1, label="as it was")
        style.logarithmic(ax)
        ax.set(xlabel="bytes", ylabel="RMSE beyond the model's, %", title=title)
        ax.legend()
        figure.savefig(path)
