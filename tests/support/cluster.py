"""A whole control plane as a process of its own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.support.commands import MINI_SERVER, ROOT, Result, Surroundings

SHOP = ROOT / "examples" / "shop"
SHOP_DEPLOYMENTS = ("cart", "catalog", "frontend")
_STOP_TIMEOUT = 30.0

# Users beside the administrator: token, name, uid, groups, as --token-auth-file has them.
TOKENS = 'viewer-token,viewer,uid-1,"readers"\n'

_DEPRECATED = re.compile(r"Warning: .*\bdeprecated\b")


class ClusterProcess:
    """``mini-server all`` with its data below a folder; a context manager that leaves no process behind."""

    def __init__(self, directory: Path, *, nodes: int = 3, flags: Sequence[str] = ()) -> None:
        self.directory = directory
        self.kubeconfig = directory / "kubeconfig"
        self.log = directory / "cluster.log"
        self.commands = Surroundings(directory / "home", self.kubeconfig)
        self.url = ""
        tokens = directory / "tokens.csv"
        tokens.write_text(TOKENS)
        self._arguments = [
            *("all", "--data-dir", str(directory / "data"), "--secure-port", "0", "--nodes", str(nodes)),
            *("--kubeconfig", str(self.kubeconfig), "--token-auth-file", str(tokens), *flags),
        ]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Returns when the API server is ready and the nodes are registered.

        Raises ``RuntimeError`` with the log when the process ends before that.
        """
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*MINI_SERVER, *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env=self.commands.environment("mini_server"),
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("serving on "):
            self.__exit__()
            raise RuntimeError(f"the cluster did not start: {line}{self.log.read_text()}")
        self.url = line.removeprefix("serving on ").strip()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the process and waits for its end."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()

    def kubectl(self, *arguments: str, stdin: str | None = None) -> Result:
        """The real kubectl on this cluster: exit code, output, errors."""
        return self.commands.kubectl(*arguments, stdin=stdin)

    def pykubectl(self, *arguments: str, stdin: str | None = None) -> Result:
        """pykubectl on this cluster: exit code, output, errors."""
        return self.commands.pykubectl(*arguments, stdin=stdin)

    def must(self, *arguments: str, stdin: str | None = None) -> str:
        """Output of a command of the real kubectl that has to succeed silently: exit code 0, no warnings.

        That something is deprecated may be said: some commands are about just that.
        """
        result = self.kubectl(*arguments, stdin=stdin)
        assert result.code == 0, f"kubectl {' '.join(arguments)}: exit code {result.code}\n{result.err}{result.out}"
        errors = [line for line in result.err.splitlines() if not _DEPRECATED.match(line)]
        assert not errors, f"kubectl {' '.join(arguments)}: {result.err}"
        return result.out


def install_shop(cluster: ClusterProcess) -> None:
    """Applies examples/shop with the real kubectl and waits for its Deployments and its Job."""
    cluster.must("apply", "-f", str(SHOP))
    for name in SHOP_DEPLOYMENTS:
        cluster.must("rollout", "status", f"deployment/{name}", "-n", "shop", "--timeout=60s")
    cluster.must("wait", "--for=condition=complete", "job/seed-catalog", "-n", "shop", "--timeout=60s")
