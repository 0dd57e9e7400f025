"""A sweep while it runs: a display that stays in place on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from bigtrain.records import TrialState
from bigtrain.report.standing import Standing, clock, short, value_text

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

SECONDS_BETWEEN_LINES = 2.0
SECONDS_WITHOUT_NEWS = 10.0
BAR_WIDTH = 40


class Display(Protocol):
    """What shows a standing, from its beginning to its end."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, standing: Standing) -> None:
        """Take note of how far the sweep is now."""


class Lines:
    """Says a line at most every two seconds (or for all news), and at least every ten.

    Parameters
    ----------
    say : callable
        Writes one line.
    now : callable
        Returns the present standing.
    all_news : bool
        Whether every standing gets its line.
    """

    def __init__(self, say: Callable[[str], None], now: Callable[[], Standing], *, all_news: bool) -> None:
        self._say, self._now, self._all_news = say, now, all_news
        self._last = time.monotonic()
        self._ended = Event()
        self._thread = Thread(target=self._keep_talking, name="bigtrain-lines", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def show(self, standing: Standing) -> None:
        """Say the line, if it is time for one."""
        news = self._all_news or standing.is_over
        if news or time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            self._say(standing.line())

    def _keep_talking(self) -> None:
        while not self._ended.wait(1.0):
            if time.monotonic() - self._last >= SECONDS_WITHOUT_NEWS:
                self._last = time.monotonic()
                try:
                    self._say(self._now().line())
                except OSError:
                    return  # whoever read it has left; who works will notice


class Screen:
    """Keeps a few lines of a terminal up to date, and leaves nothing of them behind.

    Parameters
    ----------
    now : callable
        Returns the present standing.
    """

    def __init__(self, now: Callable[[], Standing]) -> None:
        from rich.live import Live  # noqa: PLC0415 - a tenth of a second, and for terminals alone

        self._live = Live(get_renderable=lambda: drawn(now()), refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, standing: Standing) -> None:
        """Do nothing: what is shown is looked up when it is drawn."""


def drawn(standing: Standing) -> Group:
    """Return a standing as some lines for rich."""
    from rich.console import Group  # noqa: PLC0415 - see Screen
    from rich.progress_bar import ProgressBar  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    head = Table.grid(padding=(0, 1))
    left = f"{clock(standing.time_left)} left" if standing.time_left is not None else clock(standing.elapsed)
    head.add_row(
        Text(f"  {standing.told}/{standing.n_trials}", "bold"),
        ProgressBar(total=1.0, completed=standing.share, width=BAR_WIDTH),
        Text(f"{standing.rate:.3g} trials/s", "cyan"),
        Text(left, "dim"),
    )
    counts = Text("  ").append(f"{standing.counts[TrialState.COMPLETE]} done", "green")
    counts.append(f" · {standing.counts[TrialState.PRUNED]} pruned", "yellow")
    counts.append(f" · {standing.counts[TrialState.FAIL]} failed", "red")
    return Group(head, counts, _best(standing))


def _best(standing: Standing) -> Text:
    from rich.text import Text  # noqa: PLC0415 - see Screen

    if standing.best is None:
        return Text("  none completed yet", "dim")
    text = Text("  best ").append(value_text(standing.scoring, standing.best), "bold green")
    text.append(f"  trial {standing.best.number}", "dim")
    for name, value in standing.best.settings.items():
        text.append(f"  {name}=", "dim").append(short(value))
    return text
