"""Start-up of the command line beside the real kubectl: whole processes, taken in turn on the same machine.

Needs the project installed with compiled bytecode, as pip leaves it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.perf.running import SHOP, cluster, pykubectl

ROUNDS = 15
CASES: dict[str, Sequence[str]] = {
    "version --client": ("version", "--client"),
    "get pods": ("get", "pods", "-A"),
}


def measure() -> dict[str, float]:
    """Median milliseconds of each program for each case, and their ratio (below 1: ours is faster)."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as directory, cluster(Path(directory)) as environment:
        pykubectl(environment, "apply", "-f", str(SHOP))
        for case, arguments in CASES.items():
            ours, theirs = _paired(arguments, environment)
            figures[f"{case}: pykubectl, ms"] = ours * 1000
            figures[f"{case}: kubectl, ms"] = theirs * 1000
            figures[f"{case}: pykubectl / kubectl, ratio"] = ours / theirs
    return figures


def _paired(arguments: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    binaries = [str(Path(sys.executable).parent / name) for name in ("pykubectl", "kubectl")]
    for binary in binaries:  # fills the discovery cache and the disk's
        _seconds([binary, *arguments], environment)
    rounds = [[_seconds([binary, *arguments], environment) for binary in binaries] for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    return ours, theirs


def _seconds(command: Sequence[str], environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env=os.environ | environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun
