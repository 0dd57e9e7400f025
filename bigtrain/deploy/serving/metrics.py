"""What is counted of requests, as Prometheus reads it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds, the upper ends of the histogram's buckets."""


class Metrics:
    """Counters of one server; it runs in one thread, so nothing is locked."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0
        self.rows = self.reloads = self.failed_reloads = 0

    def request(self, path: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self._requests[path, status] += 1
        if path == "/invocations":
            self._buckets[bisect_left(BOUNDS, seconds)] += 1
            self._seconds += seconds

    def text(self, model: Mapping[str, str]) -> str:
        """Return everything in Prometheus' text format; `model` holds labels that say what is served."""
        total = sum(self._buckets)
        running = [sum(self._buckets[: place + 1]) for place in range(len(BOUNDS))]
        buckets = {
            **{f'le="{bound}"': count for bound, count in zip(BOUNDS, running, strict=True)},
            'le="+Inf"': total,
        }
        requests = {f'path="{path}",status="{status}"': n for (path, status), n in self._requests.items()}
        labels = ",".join(f'{key}="{value}"' for key, value in model.items())
        name = "bigtrain_invocation_seconds"
        lines = [
            *_metric("bigtrain_requests_total", "counter", "Requests answered.", requests),
            f"# HELP {name} Seconds from a request for predictions to its answer.",
            f"# TYPE {name} histogram",
            *(f"{name}_bucket{{{key}}} {value}" for key, value in buckets.items()),
            f"{name}_sum {self._seconds!r}",
            f"{name}_count {total}",
            *_metric("bigtrain_rows_total", "counter", "Rows predicted.", {"": self.rows}),
            *_metric(
                "bigtrain_reloads_total", "counter", "Versions taken in place of others.", {"": self.reloads}
            ),
            *_metric(
                "bigtrain_failed_reloads_total",
                "counter",
                "Times that the registry could not be asked, or its version not be loaded.",
                {"": self.failed_reloads},
            ),
            *_metric("bigtrain_model_info", "gauge", "What is served.", {labels: 1}),
        ]
        return "\n".join(lines) + "\n"


def _metric(name: str, kind: str, sentence: str, values: Mapping[str, int]) -> list[str]:
    samples = [
        f"{name}{{{labels}}} {value}" if labels else f"{name} {value}" for labels, value in values.items()
    ]
    return [f"# HELP {name} {sentence}", f"# TYPE {name} {kind}", *samples]
