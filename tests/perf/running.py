"""A cluster as a process of its own, for measurements from outside."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"


@contextlib.contextmanager
def cluster(directory: Path) -> Iterator[dict[str, str]]:
    """Starts a cluster of three nodes with its data below ``directory``; yields the environment that finds it."""
    environment = {
        "KUBECONFIG": str(directory / "kubeconfig"),
        "KUBECACHEDIR": str(directory / "cache"),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    pykubectl(environment, "up", "--detach", "--nodes", "3", "--data-dir", str(directory / "data"))
    try:
        yield environment
    finally:
        pykubectl(environment, "down", "--data-dir", str(directory / "data"))


def pykubectl(environment: dict[str, str], *arguments: str) -> str:
    """Runs a command and returns its output.

    Raises ``subprocess.CalledProcessError`` when it fails.
    """
    command = [sys.executable, "-m", "pykubectl", *arguments]
    return subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True).stdout


def server_pid(directory: Path) -> int:
    """Process number of the cluster that ``cluster(directory)`` has started."""
    return int(json.loads((directory / "data" / "cluster.json").read_text())["pid"])
