"""``up``."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

from mini_server import libraries
from mini_server.client_plugin.options import ClusterCommand
from mini_server.client_plugin.state import Cluster, process_start
from pykubectl.cli.errors import CommandError

CONTEXT = "pykubectl"
START_TIMEOUT = 60.0
_LOG_LIMIT = 1 << 20


class UpOptions(ClusterCommand):
    """Starts a cluster, in the foreground or as a process of its own."""

    def validate(self) -> None:
        """Numbers that can be meant."""
        super().validate()
        if text := libraries.missing():
            raise CommandError(text)
        if self.values["nodes"] < 0:
            raise CommandError("--nodes must not be negative")
        if not 0 <= self.values["port"] <= 65535:
            raise CommandError("--port must be between 0 and 65535")

    def run(self) -> int | None:
        """Says where the cluster is and what to do next."""
        running = self.state.running()
        if running is not None:
            self._again(running)
        elif self.values["detach"]:
            self._detached()
        else:
            self._foreground()
        return None

    @property
    def _kubeconfig(self) -> Path:
        return Path(self.values["kubeconfig"] or self.factory.loading_rules.default_filename).absolute()

    @property
    def _context(self) -> str:
        return str(self.values["context"]) or CONTEXT

    def _nodes(self) -> int:
        """As many as the command line says, else as many as there were."""
        last = None if "nodes" in self.values.changed else self.state.last()
        return int(self.values["nodes"]) if last is None else last.nodes

    def _again(self, running: Cluster) -> None:
        """In the background that is what was asked for: the context is written and made current once more."""
        where = f"a cluster is running from {self.data_dir} at {running.url}"
        if not self.values["detach"]:
            raise CommandError(f"{where}: see '{self.command('status')}'")
        values = self.values
        other_nodes = "nodes" in values.changed and values["nodes"] != running.nodes
        other_port = values["port"] not in (0, int(running.url.rpartition(":")[2]))
        if other_nodes or other_port:
            raise CommandError(f"{where} with {_count(running.nodes)}: '{self.command('down')}' stops it")
        from mini_server.cluster import write_kubeconfig
        from mini_server.server.pki import PKI

        write_kubeconfig(self._kubeconfig, running.url, PKI(self.data_dir / "pki"), self._context)
        self.factory.streams.print(f"Kubernetes 1.36 is running already at {running.url} ({_count(running.nodes)})")
        self._next_steps()

    def _foreground(self) -> None:
        from mini_server.__main__ import wait_for_signal
        from mini_server.cluster import Cluster as Running
        from mini_server.cluster import ClusterOptions
        from mini_server.kv.interface import StoreError
        from mini_server.server.options import Options

        server = Options(data_dir=self.data_dir, secure_port=self.values["port"])
        kubeconfig, nodes = self._kubeconfig, self._nodes()
        cluster = Running(ClusterOptions(server, nodes, kubeconfig=kubeconfig, context=self._context))
        begun = time.monotonic()
        try:
            cluster.start()
        except (StoreError, TimeoutError) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(_explain(error, self.data_dir, self.values["port"])) from None
        pid, url = os.getpid(), cluster.server.url
        started = Cluster(pid, process_start(pid), url, str(kubeconfig), self._context, nodes)
        try:
            self.state.write(started)
            self._welcome(started, time.monotonic() - begun)
            wait_for_signal()
        finally:
            cluster.stop()
            self.state.stopped(started)

    def _detached(self) -> None:
        log = self.data_dir / "cluster.log"
        begun = time.monotonic()
        child, written = self._spawn(log)
        try:
            while child.poll() is None and time.monotonic() - begun < START_TIMEOUT:
                running = self.state.running()
                if running is not None:
                    self._welcome(running, time.monotonic() - begun)
                    return
                time.sleep(0.02)
        except BaseException:
            child.terminate()
            child.wait()
            raise
        if child.poll() is not None:
            raise CommandError(_last_line(log, written))
        child.terminate()
        raise CommandError(f"the cluster was not ready after {START_TIMEOUT:.0f} s: see {log}")

    def _spawn(self, log: Path) -> tuple[subprocess.Popen[bytes], int]:
        """The cluster's process, and where what it writes begins in the log."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            if os.fstat(descriptor).st_size > _LOG_LIMIT:
                os.truncate(descriptor, 0)
        except OSError as error:
            raise CommandError(_explain(error, self.data_dir, 0)) from None
        values = self.values
        arguments = [
            *(sys.executable, "-m", "pykubectl", "up", f"--data-dir={self.data_dir}", f"--nodes={self._nodes()}"),
            *(f"--port={values['port']}", f"--kubeconfig={self._kubeconfig}", f"--context={self._context}"),
        ]
        with os.fdopen(descriptor, "ab") as file:
            begin = os.fstat(descriptor).st_size
            # Python looks for modules where it is started: in the user's folder there may be a json.py.
            child = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                cwd=self.data_dir,
            )
        return child, begin

    def _welcome(self, cluster: Cluster, seconds: float) -> None:
        self.factory.streams.print(
            f"Kubernetes 1.36 is running at {cluster.url} ({_count(cluster.nodes)}, {seconds:.1f} s)"
        )
        self._next_steps()

    def _next_steps(self) -> None:
        """Commands that work as they are shown."""
        streams, given = self.factory.streams, self.values["kubeconfig"]
        pykubectl = f"pykubectl --kubeconfig {given}" if given else "pykubectl"
        streams.print(f'Context "{self._context}" is current in {self._kubeconfig}')
        streams.print(f"Look around:  {pykubectl} get nodes")
        stop = self.command("down") if self.values["detach"] else "Ctrl-C, or " + self.command("down")
        streams.print(f"Stop:         {stop}")
        streams.out.flush()


def _count(nodes: int) -> str:
    return f"{nodes} node{'' if nodes == 1 else 's'}"


def _explain(error: OSError, data_dir: Path, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of 127.0.0.1 is in use: choose another one with --port, or 0 for a free one"
    reason = (error.strerror or str(error)).lower()
    if error.filename is None and error.errno in (errno.EACCES, errno.EPERM) and port:
        return f"port {port} of 127.0.0.1 cannot be used: {reason}"
    return f"data directory {data_dir} cannot be used: {reason}"


def _last_line(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1].removeprefix("error: ") if lines else f"the cluster ended at once: see {log}"
