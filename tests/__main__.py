"""Every check there is, in the order in which they are quick to fail: style, types, layers, laws."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOOLS = Path(sys.executable).parent
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
    # Neighbours share what their folder sets up: each process begins with a stretch of them.
    ("pytest", "-n", "auto", "--dist", "worksteal", "-q", "--durations=40"),
)


def main() -> int:
    """Run all checks, the later ones too when an earlier one fails; return 1 if any failed."""
    failed = []
    for check in CHECKS:
        sys.stdout.write(f"== {' '.join(check)}\n")
        sys.stdout.flush()
        if subprocess.run([TOOLS / check[0], *check[1:]], cwd=ROOT, check=False).returncode:
            failed.append(check[0])
    if failed:
        sys.stdout.write(f"failed: {', '.join(failed)}\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
