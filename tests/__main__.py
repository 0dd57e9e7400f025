"""Every check there is: style and layers, which are quick to fail, then laws; and types beside them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOOLS = Path(sys.executable).parent
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("lint-imports",),
    # Neighbours share what their folder sets up: each process begins with a stretch of them.
    ("pytest", "-n", "logical", "--dist", "worksteal", "-q", "--durations=40"),
)
# Dozens of processes import the same files: they are compiled once, whatever whoever starts this has set.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def start(*check: str, output: int | None = None) -> subprocess.Popen[str]:
    """Start one of the checks in the root of the repository."""
    command = [TOOLS / check[0], *check[1:]]
    return subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=output, text=True)


def say(line: str) -> None:
    """Write a line before what a check writes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run all checks, the later ones too when an earlier one fails; return 1 if any failed."""
    # It keeps one core busy for a minute, and the tests leave some of the others idle now and then.
    types = start("mypy", output=subprocess.PIPE)
    failed = []
    try:
        for check in CHECKS:
            say(f"== {' '.join(check)}")
            if start(*check).wait():
                failed.append(check[0])
    except KeyboardInterrupt:
        types.terminate()
        raise
    say(f"== mypy\n{types.communicate()[0]}")
    if types.returncode:
        failed.append("mypy")
    if failed:
        say(f"failed: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
