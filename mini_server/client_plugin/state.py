"""What `up` leaves in the data directory for `down`, `status` and the next `up`."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict, dataclass, replace
from pathlib import Path


def default_data_dir() -> Path:
    """``$XDG_DATA_HOME/pykubectl/cluster``, or the same below ``~/.local/share``."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "pykubectl" / "cluster"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster as it was started last; ``pid`` is 0 after it was stopped.

    ``started`` tells its process from a later one with the same number.
    """

    pid: int
    started: str
    url: str
    kubeconfig: str
    context: str
    nodes: int

    @property
    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self.pid > 0 and process_start(self.pid) == self.started


class State:
    """The file ``cluster.json``, readable by its owner only."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.path = data_dir / "cluster.json"

    def last(self) -> Cluster | None:
        """The cluster that was started here last; None where there was none, or the file is no such file."""
        try:
            return Cluster(**json.loads(self.path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def running(self) -> Cluster | None:
        """The cluster whose process is alive."""
        last = self.last()
        return last if last is not None and last.is_running else None

    def write(self, cluster: Cluster) -> None:
        """In one step: a reader sees the old state or the new one."""
        temporary = self.path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(cluster), file)
        temporary.replace(self.path)

    def stopped(self, cluster: Cluster) -> None:
        """Notes an orderly end."""
        self.write(replace(cluster, pid=0, started=""))


def process_start(pid: int) -> str:
    """When a process was started, in words of the system's own; empty where there is none or it is a zombie."""
    if Path("/proc/self").is_dir():
        try:
            # The name, in parentheses, may hold anything.
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    found = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    return "" if not found or found[0].startswith("Z") else " ".join(found[1:])
