"""How long a cluster takes to be ready, and how much memory it holds with the example shop loaded."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tests.perf.running import SHOP, cluster, pykubectl, server_pid

ROUNDS = 5


def measure() -> dict[str, float]:
    """Seconds of ``pykubectl up -d`` until it says ready, without and with data from before; resident megabytes."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        figures["first start to ready, s"] = statistics.median(
            _start_and_stop(Path(name) / str(number)) for number in range(ROUNDS)
        )
        figures["second start to ready, s"] = _start_and_stop(Path(name) / "0")
        directory = Path(name) / "shop"
        directory.mkdir()
        with cluster(directory) as environment:
            figures["empty cluster of three nodes, MB resident"] = _resident(directory)
            pykubectl(environment, "apply", "-f", str(SHOP))
            for deployment in ("catalog", "cart", "frontend"):
                pykubectl(environment, "rollout", "status", f"deployment/{deployment}", "-n", "shop")
            pykubectl(environment, "wait", "--for=condition=complete", "job/seed-catalog", "-n", "shop")
            figures["with the shop, MB resident"] = _resident(directory)
    return figures


def _start_and_stop(directory: Path) -> float:
    directory.mkdir(exist_ok=True)
    begun = time.perf_counter()
    with cluster(directory):
        return time.perf_counter() - begun


def _resident(directory: Path) -> float:
    """Megabytes by ``VmRSS`` of /proc; 0 where there is none."""
    status = Path(f"/proc/{server_pid(directory)}/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
