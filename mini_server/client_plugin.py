"""pykubectl's ``up``, ``down`` and ``status``: a plugin like any other, which comes with the program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, INT, Flag
from pykubectl.hookspecs import hookimpl

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory

START_TIMEOUT = 60.0
STOP_TIMEOUT = 15.0


def default_data_dir() -> Path:
    """``$XDG_DATA_HOME/pykubectl/cluster``, or the same below ``~/.local/share``."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "pykubectl" / "cluster"


class State:
    """What a running cluster has left in its data directory: pid, address, kubeconfig."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "cluster.json"

    def read(self) -> dict[str, Any] | None:
        """None where nothing runs here; what a dead process left is removed."""
        try:
            found: dict[str, Any] = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return None
        if _alive(int(found.get("pid", 0))):
            return found
        self.path.unlink(missing_ok=True)
        return None

    def write(self, state: dict[str, Any]) -> None:
        """Readable by the owner only."""
        temporary = self.path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(state, file)
        temporary.replace(self.path)


def _alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _ClusterOptions:
    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags."""
        self.factory, self.values, self.args = factory, parsed.values, parsed.args
        self.data_dir = Path(self.values["data-dir"] or default_data_dir()).absolute()
        self.state = State(self.data_dir)

    def validate(self) -> None:
        """No arguments."""
        if self.args:
            raise CommandError(f"unexpected arguments: {' '.join(self.args)}")

    def run(self) -> int | None:
        """Each command has its own."""
        raise AssertionError("each command has its own")


class UpOptions(_ClusterOptions):
    """Starts a cluster, in the foreground or as a process of its own."""

    def validate(self) -> None:
        """At least no negative number of nodes."""
        super().validate()
        if self.values["nodes"] < 0:
            raise CommandError("--nodes must not be negative")

    def run(self) -> int | None:
        """Says where the cluster is and what to do next."""
        running = self.state.read()
        if running is not None:
            raise CommandError(f"a cluster is running from {self.data_dir} at {running['url']}: see 'pykubectl status'")
        return self._detached() if self.values["detach"] else self._foreground()

    def _kubeconfig(self) -> Path:
        return Path(self.values["kubeconfig"] or self.factory.loading_rules.default_filename).absolute()

    def _foreground(self) -> int | None:
        from mini_server.__main__ import wait_for_signal
        from mini_server.cluster import Cluster, ClusterOptions
        from mini_server.kv.interface import StoreError
        from mini_server.server.options import Options

        server = Options(data_dir=self.data_dir, secure_port=self.values["port"])
        kubeconfig = self._kubeconfig()
        cluster = Cluster(ClusterOptions(server, self.values["nodes"], kubeconfig=kubeconfig))
        begun = time.monotonic()
        try:
            cluster.start()
        except StoreError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(_explain(error, self.data_dir, self.values["port"])) from None
        try:
            self.state.write({"pid": os.getpid(), "url": cluster.server.url, "kubeconfig": str(kubeconfig)})
            self._welcome(cluster.server.url, kubeconfig, time.monotonic() - begun)
            wait_for_signal()
        finally:
            self.state.path.unlink(missing_ok=True)
            cluster.stop()
        return None

    def _detached(self) -> int | None:
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            log = (self.data_dir / "cluster.log").open("wb")
        except OSError as error:
            raise CommandError(_explain(error, self.data_dir, 0)) from None
        begun = time.monotonic()
        arguments = [
            *(sys.executable, "-m", "pykubectl", "up", f"--data-dir={self.data_dir}"),
            *(f"--port={self.values['port']}", f"--nodes={self.values['nodes']}", f"--kubeconfig={self._kubeconfig()}"),
        ]
        with log:
            child = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        while time.monotonic() - begun < START_TIMEOUT:
            running = self.state.read()
            if running is not None:
                self._welcome(running["url"], Path(running["kubeconfig"]), time.monotonic() - begun)
                return None
            if child.poll() is not None:
                raise CommandError(_last_line(self.data_dir / "cluster.log"))
            time.sleep(0.05)
        child.terminate()
        raise CommandError(f"the cluster was not ready after {START_TIMEOUT:.0f} s: see {self.data_dir}/cluster.log")

    def _welcome(self, url: str, kubeconfig: Path, seconds: float) -> None:
        nodes = self.values["nodes"]
        streams = self.factory.streams
        streams.print(f"Kubernetes 1.36 is running at {url} ({nodes} node{'' if nodes == 1 else 's'}, {seconds:.1f} s)")
        streams.print(f'Context "pykubectl" is current in {kubeconfig}')
        streams.print("Next: pykubectl get nodes; pykubectl apply -f FILE; pykubectl down")
        streams.out.flush()


def _explain(error: OSError, data_dir: Path, port: int) -> str:
    import errno

    if error.errno == errno.EADDRINUSE:
        return f"port {port} of 127.0.0.1 is in use: choose another one with --port, or 0 for a free one"
    return f"data directory {data_dir} cannot be used: {(error.strerror or str(error)).lower()}"


def _last_line(path: Path) -> str:
    lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].removeprefix("error: ") if lines else f"the cluster ended at once: see {path}"


class DownOptions(_ClusterOptions):
    """Stops a cluster."""

    def run(self) -> int | None:
        """Returns when the process has gone."""
        running = self.state.read()
        if running is None:
            raise CommandError(f"no cluster is running from {self.data_dir}")
        pid = int(running["pid"])
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT
        while _alive(pid) and not _is_zombie(pid):
            if time.monotonic() > deadline:
                raise CommandError(f"process {pid} did not end within {STOP_TIMEOUT:.0f} s")
            time.sleep(0.02)
        self.factory.streams.print("The cluster has stopped; its data is kept in " + str(self.data_dir))
        return None


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[-1].split()[0] == "Z"
    except (OSError, IndexError):
        return False


class StatusOptions(_ClusterOptions):
    """Says whether a cluster runs."""

    def run(self) -> int | None:
        """Exit code 1 where none runs."""
        running = self.state.read()
        streams = self.factory.streams
        if running is None:
            streams.print(f"No cluster is running from {self.data_dir}")
            return 1
        streams.print(f"Running at {running['url']} (process {running['pid']}), kubeconfig {running['kubeconfig']}")
        return None


_DATA_DIR = Flag("data-dir", help="Where the cluster keeps its data.")


@hookimpl
def pykubectl_commands() -> Mapping[str, Command]:
    """``up``, ``down``, ``status``."""
    return {
        "up": Command(
            "up [-d] [--data-dir DIR] [--port N] [--nodes N] [--kubeconfig FILE]",
            "Start a Kubernetes cluster on this machine",
            long="Start a Kubernetes cluster on this machine: API server, controllers, scheduler and hollow nodes in "
            "one process. Writes a context into the kubeconfig and makes it current.",
            examples="  # Start a cluster of three nodes in the background\n  pykubectl up -d --nodes 3",
            flags=(
                _DATA_DIR,
                Flag("detach", "d", BOOL, False, "Run in the background."),
                Flag("nodes", kind=INT, default=1, help="How many hollow nodes there are."),
                Flag("port", kind=INT, default=0, help="The port to listen on; 0 takes a free one."),
            ),
            options=UpOptions,
        ),
        "down": Command(
            "down [--data-dir DIR]",
            "Stop the cluster that up has started",
            examples="  pykubectl down",
            flags=(_DATA_DIR,),
            options=DownOptions,
        ),
        "status": Command(
            "status [--data-dir DIR]",
            "Tell whether a cluster is running",
            examples="  pykubectl status",
            flags=(_DATA_DIR,),
            options=StatusOptions,
        ),
    }
