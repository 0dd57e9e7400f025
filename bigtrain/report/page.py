"""One page about a sweep: self-contained HTML, figures inlined, words first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from bigtrain.records import METRICS, TrialState
from bigtrain.report import figures
from bigtrain.report.findings import find
from bigtrain.report.material import Material, failed, kind_of
from bigtrain.report.standing import clock, settings_text, short
from bigtrain.wording import counted

CSS = Path(__file__).with_name("page.css")
SHOWN_TRIALS = 20
SHOWN_REASONS = 10
NOTHING = "—"
MADE_OF = ("bigtrain.versions", "mlflow.source.git.commit", "bigtrain.git_dirty")


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure with its place on the page."""

    name: str
    title: str
    about: str
    draw: Callable[[Material], Any]


PLOTS = (
    Plot(
        "history",
        "How the best came about",
        "Each point is a trial, the star the best. The axis leaves out the poorest fifth.",
        figures.history,
    ),
    Plot(
        "importances",
        "What matters",
        "How well each knob alone tells good trials from the rest (PED-ANOVA).",
        figures.importance,
    ),
    Plot(
        "parallel",
        "All trials at once",
        "A line is a trial, darker where better, faint where poor, red the best; “none”: it lacks it.",
        figures.parallel,
    ),
    Plot("slices", "Knob by knob", "The value over each setting, whatever the others were.", figures.slices),
    Plot(
        "curves",
        "How training went",
        "Validation error by epoch: the best trial of each kind.",
        figures.learning_curves,
    ),
    Plot(
        "regularization",
        "What regularization does",
        "The best trial trained again along each penalty's strength, on three folds of the training rows: "
        "coefficients of the standardised target, and the error they come to.",
        figures.regularization,
    ),
    Plot(
        "predictions",
        "On rows that nothing has seen",
        "The final model's predictions of the holdout.",
        figures.predictions,
    ),
    Plot("outcomes", "How trials ended", "", figures.outcomes),
)


def html(m: Material, drawn: dict[str, str]) -> str:
    """Return the page; `drawn` holds the figures as SVG by the names in `PLOTS`."""
    plots = [_section(p.title, p.about, drawn[p.name]) for p in PLOTS if p.name in drawn]
    body = [
        f"<h1>{escape(m.config.name)}</h1>",
        f'<p class="sub">{_asked(m)}</p>',
        _numbers(m),
        _section("In words", "", _findings(m)),
        _section("Scores", "Beside what anyone would try first, on the same folds and rows.", _scores(m)),
        *plots,
        _section("Why training stopped", "", _reasons(m)),
        _section("The best trials", "", _trials(m)),
        _section("To repeat it", "", _repeat(m)),
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(m.config.name)}: bigtrain</title><style>{CSS.read_text('utf-8')}</style>"
    )
    return (
        f'<!doctype html><html lang="en"><head>{head}</head><body><main>{"".join(body)}</main></body></html>'
    )


def _asked(m: Material) -> str:
    c = m.config
    tags = m.state.tags
    rows = tags.get("bigtrain.rows")
    parts = [
        f"{counted(len(m.state.records), 'trial')} by {c.sampler.kind}",
        f"{c.cv} folds",
        f"seed {c.seed}",
        *([f"{rows} rows"] if rows else []),
        clock(m.state.metrics.get("seconds", 0.0)),
    ]
    return escape(" · ".join(parts))


def _numbers(m: Material) -> str:
    metrics = m.state.metrics
    states = Counter(r.state for r in m.state.records)
    cells = [
        (
            f"{m.best.values[0]:.5g}" if m.best.values else NOTHING,
            f"best cv_{m.scoring}, trial {m.best.number}",
        ),
        (_cell(metrics.get("holdout_rmse")), "RMSE on the holdout"),
        (_cell(metrics.get("holdout_r2")), "R² on the holdout"),
        (str(states[TrialState.COMPLETE]), "trials completed"),
        (f"{states[TrialState.PRUNED]} · {states[TrialState.FAIL]}", "pruned · failed"),
    ]
    return (
        '<div class="numbers">'
        + "".join(
            f'<div class="number"><b>{escape(value)}</b><span>{escape(label)}</span></div>'
            for value, label in cells
        )
        + "</div>"
    )


def _findings(m: Material) -> str:
    items = "".join(f'<li class="{f.weight.value}">{escape(f.text)}</li>' for f in find(m))
    return f'<ul class="findings">{items}</ul>'


def _scores(m: Material) -> str:
    columns = [f"{part}_{metric}" for part in ("cv", "holdout") for metric in METRICS]
    names = sorted({k.split("_")[1] for k in m.state.metrics if k.startswith("baseline_")}, reverse=True)
    rows = [["bigtrain", *(_cell({**m.best.scores, **m.state.metrics}.get(c)) for c in columns)]]
    rows += [[n, *(_cell(m.state.metrics.get(f"baseline_{n}_{c}")) for c in columns)] for n in names]
    return _table(["", *columns], rows, best=0)


def _reasons(m: Material) -> str:
    reasons = Counter((kind_of(r), reason) for r in m.state.records for reason in r.stop_reasons)
    failures = Counter(r.reason or "unknown" for r in failed(m.state.records))
    kinds = sorted({kind for kind, _ in reasons})
    rows = [
        [reason, *(str(reasons[kind, reason] or NOTHING) for kind in kinds)]
        for reason in sorted({reason for _, reason in reasons})
    ]
    text = _table(["how a fold's training ended", *kinds], rows, texts={0})
    if failures:
        listed = [[reason, str(n)] for reason, n in failures.most_common(SHOWN_REASONS)]
        text += "<br>" + _table(["why a trial failed", "trials"], listed, texts={0})
    return text


def _trials(m: Material) -> str:
    names = list(dict.fromkeys(name for r in m.ranked[:SHOWN_TRIALS] for name in r.settings))
    rows = [
        [
            str(r.number),
            f"{r.values[0]:.6g}" if r.values else NOTHING,
            *(_setting(r.settings, n) for n in names),
        ]
        for r in m.ranked[:SHOWN_TRIALS]
    ]
    best = next((i for i, r in enumerate(m.ranked[:SHOWN_TRIALS]) if r.number == m.best.number), None)
    return _table(["trial", f"cv_{m.scoring}", *names], rows, best=best)


def _repeat(m: Material) -> str:
    tags = m.state.tags
    command = tags.get("mlflow.source.name")
    made_of = [(key, tags[key]) for key in MADE_OF if key in tags]
    parts = [f"<pre>{escape(command)}</pre>"] if command else []
    parts.append(f"<p>The best trial's settings: <code>{escape(settings_text(m.best.settings))}</code></p>")
    parts.append(f"<details><summary>The whole configuration</summary><pre>{escape(m.asked)}</pre></details>")
    if made_of:
        listed = "\n".join(f"{key}: {value}" for key, value in made_of)
        parts.append(f"<details><summary>Versions</summary><pre>{escape(listed)}</pre></details>")
    return "".join(parts)


def _setting(settings: Any, name: str) -> str:
    return short(settings[name]) if name in settings else ""


def _cell(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.5g}"


def _section(title: str, about: str, inner: str) -> str:
    sentence = f"<p>{escape(about)}</p>" if about else ""
    return f"<section><h2>{escape(title)}</h2>{sentence}{inner}</section>"


def _table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, best: int | None = None, texts: Iterable[int] = ()
) -> str:
    of_text = set(texts)
    mark = [' class="text"' if i in of_text else "" for i in range(len(head))]
    top = "".join(f"<th{mark[i]}>{escape(cell)}</th>" for i, cell in enumerate(head))
    lines = [
        f"<tr{' class=best' if number == best else ''}>"
        + "".join(f"<td{mark[i]}>{escape(cell)}</td>" for i, cell in enumerate(row))
        + "</tr>"
        for number, row in enumerate(rows)
    ]
    return f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
