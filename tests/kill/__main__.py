"""The whole dose, with the plain loop beside it: ``python -m tests.kill [STORE ...] [--instants 200]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bigtrain.failpoints import Failpoint
from tests.kill.harness import BENCHES, Bench


def main() -> int:
    """Print a line for each kind of store; return 1 if anything of ours was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("stores", nargs="*", metavar="store", help=f"of {', '.join(BENCHES)}; all by default")
    parser.add_argument("--instants", type=int, default=200, help="kills at random instants on each store")
    parser.add_argument("--failpoints", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--seed", type=int, default=0, help="of the instants")
    chosen = parser.parse_args()
    failed = False
    for name in chosen.stores or BENCHES:
        with (
            tempfile.TemporaryDirectory(prefix="kill-") as root,
            BENCHES[name](Path(root)) as bench,
        ):
            found = list(
                dose(bench, bench.failpoints if chosen.failpoints else [], chosen.instants, chosen.seed)
            )
        report(name, found)
        failed |= bool(name != "plain" and any(found))
    return int(failed)


def dose(bench: Bench, points: Sequence[Failpoint], instants: int, seed: int) -> Iterator[Sequence[str]]:
    """Kill at each of these failpoints, then at so many random instants; yield what was wrong after each."""
    for point in points:
        yield told(point, bench.at_failpoint(point))
    for seconds in bench.instants(instants, seed):
        yield told(f"{seconds:.3f} s", bench.at_instant(seconds))


def told(where: str, wrong: Sequence[str]) -> Sequence[str]:
    """Say at once what was wrong."""
    if wrong:
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {where}: {', '.join(wrong)}\n")
    return wrong


def report(name: str, found: Sequence[Sequence[str]]) -> None:
    """Print how many kills there were, and how many left what wrong."""
    kinds = Counter(kind.partition(" (")[0] for wrong in found for kind in wrong)
    sys.stdout.write(f"{name}: {len(found)} kills, {sum(map(bool, found))} of them left something wrong\n")
    for kind, times in kinds.most_common():
        sys.stdout.write(f"  {times:4d} {kind}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
