"""``make bench``: figures of this project, each beside what it is measured against in the same run.

``python -m tests.perf [PART...]`` runs the named parts, or all. A part is a module with
``measure() -> dict[str, float]``; the key's last word is the unit.
"""

from __future__ import annotations

import importlib
import sys

PARTS = {
    "start": "tests.perf.bench_start",
    "cluster": "tests.perf.bench_cluster",
    "http": "tests.perf.bench_http",
    "kv": "tests.perf.bench_kv",
}


def main(arguments: list[str]) -> int:
    """Prints one line for each figure; the exit code is 2 for a part that doesn't exist."""
    unknown = [name for name in arguments if name not in PARTS]
    if unknown:
        sys.stderr.write(f"error: no part {', '.join(unknown)}; there are: {', '.join(PARTS)}\n")
        return 2
    for name in arguments or PARTS:
        sys.stdout.write(f"{name}\n")
        for key, value in importlib.import_module(PARTS[name]).measure().items():
            sys.stdout.write(f"  {key:<58} {value:>12,.3f}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
