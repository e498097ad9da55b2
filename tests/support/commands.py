"""Command lines run as processes: the real kubectl, and pykubectl, each in surroundings of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
KUBECTL = (str(Path(sys.executable).parent / "kubectl"),)
PYKUBECTL = (sys.executable, "-m", "pykubectl")
MINI_SERVER = (sys.executable, "-m", "mini_server")
TIMEOUT = 60.0

_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")


class Result(NamedTuple):
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Environment and folder of commands: nothing of the user's own configuration or caches reaches them.

    Each program has a home and a discovery cache of its own, so that neither profits from what the other has found.
    """

    home: Path
    kubeconfig: Path
    cwd: Path = ROOT
    extra: Mapping[str, str] = field(default_factory=dict)

    def environment(self, program: str) -> dict[str, str]:
        """The whole environment of a program called ``program``."""
        home = self.home / program
        home.mkdir(parents=True, exist_ok=True)
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        own = {"HOME": str(home), "KUBECACHEDIR": str(home / "cache"), "KUBECONFIG": str(self.kubeconfig)}
        return {**kept, "PYTHONPATH": str(ROOT), **own, **self.extra}

    def run(
        self, program: Sequence[str], arguments: Sequence[str], stdin: str | None = None, timeout: float = TIMEOUT
    ) -> Result:
        """Runs to the end. Without ``stdin`` the input is empty. Raises ``subprocess.TimeoutExpired``."""
        done = subprocess.run(
            [*program, *arguments],
            input=stdin or "",
            capture_output=True,
            text=True,
            check=False,
            cwd=self.cwd,
            env=self.environment(Path(program[0]).name if len(program) == 1 else program[-1]),
            timeout=timeout,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def start(self, program: Sequence[str], arguments: Sequence[str]) -> subprocess.Popen[str]:
        """Starts a command whose output is read while it runs; the caller ends it."""
        return subprocess.Popen(
            [*program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.cwd,
            env=self.environment(Path(program[0]).name if len(program) == 1 else program[-1]),
        )

    def kubectl(self, *arguments: str, stdin: str | None = None, timeout: float = TIMEOUT) -> Result:
        """The real kubectl."""
        return self.run(KUBECTL, arguments, stdin, timeout)

    def pykubectl(self, *arguments: str, stdin: str | None = None, timeout: float = TIMEOUT) -> Result:
        """This project's."""
        return self.run(PYKUBECTL, arguments, stdin, timeout)
