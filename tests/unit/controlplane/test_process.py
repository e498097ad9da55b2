"""``mini-server apiserver`` as a process: killed while it starts for the first time, and asked to end."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.dynamic import DynamicClient
from pykubectl.client.errors import ClientError
from pykubectl.client.rest import RESTClient
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.schema import GroupVersionResource
from tests.support.commands import MINI_SERVER

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="signals are posix's")]

MAPS = GroupVersionResource("", "v1", "configmaps")
ROLES = GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterroles")
TOKEN = "a-token-of-the-test"
TIMEOUT = 60.0

Process = subprocess.Popen[str]


@contextmanager
def started(directory: Path, *flags: str) -> Iterator[Process]:
    """The process just begun; killed at the end where it still runs."""
    tokens = directory / "tokens.csv"
    tokens.write_text(f'{TOKEN},admin,1,"system:masters"\n')
    command = [
        *(*MINI_SERVER, "apiserver", "--data-dir", str(directory / "data"), "--secure-port", "0"),
        *("--token-auth-file", str(tokens), *flags),
    ]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def url(process: Process) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("serving on "), process.communicate()
    return line.removeprefix("serving on ").strip()


def wait_for(path: Path, process: Process) -> None:
    """Returns as soon as the process has made a file."""
    deadline = time.monotonic() + TIMEOUT
    while not path.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline


@contextmanager
def client(address: str) -> Iterator[DynamicClient]:
    rest = RESTClient.for_config(RESTConfig(host=address, token=TOKEN, insecure=True))
    try:
        yield DynamicClient(rest)
    finally:
        rest.transport.close()


@pytest.mark.parametrize(
    "moment",
    [
        *("data", "data/lock", "data/state.db", "data/state.db-wal", "data/pki", "data/pki/ca.key", "data/pki/ca.crt"),
        *("data/pki/apiserver.key", "data/pki/apiserver.crt", "data/pki/apiserver-kubelet-client.key"),
        "data/pki/sa.key",
    ],
)
def test_a_first_start_that_is_killed_leaves_nothing_in_the_way(tmp_path: Path, moment: str) -> None:
    with started(tmp_path) as process:
        wait_for(tmp_path / moment, process)
        process.kill()
        process.wait(TIMEOUT)
    with started(tmp_path) as process, client(url(process)) as kubernetes:
        names = {item["metadata"]["name"] for item in kubernetes.resource(ROLES).list()["items"]}
        assert {"cluster-admin", "system:discovery", "system:volume-scheduler"} <= names
        kubernetes.resource(MAPS).namespace("default").create({"metadata": {"name": "m"}})
        for path in (tmp_path / "data").rglob("*"):
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


class Load:
    """Writers and watchers that go on until the server has gone."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.written = 0
        self.under_way = threading.Event()
        self.ended_streams = 0
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(4)]
        self._threads += [threading.Thread(target=self._watch) for _ in range(4)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(TIMEOUT)
            assert not thread.is_alive()

    def _write(self, writer: int) -> None:
        with client(self._address) as kubernetes, suppress(ClientError, StatusError, OSError):
            maps = kubernetes.resource(MAPS).namespace("default")
            for number in range(100_000):
                maps.create({"metadata": {"name": f"m-{writer}-{number}"}})
                self.written += 1
                if self.written > 50:
                    self.under_way.set()

    def _watch(self) -> None:
        with client(self._address) as kubernetes, suppress(ClientError, StatusError, OSError):
            for _ in kubernetes.resource(MAPS).watch():
                pass
            self.ended_streams += 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_under_load_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path) as process:
        load = Load(url(process))
        assert load.under_way.wait(TIMEOUT)
        begun = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, out, err) == (0, "", "")
        assert time.monotonic() - begun < 5
        load.join()
        assert load.ended_streams == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", ["data/lock", "data/pki/apiserver.crt"])
def test_a_signal_during_the_start_ends_it_cleanly(tmp_path: Path, number: signal.Signals, moment: str) -> None:
    with started(tmp_path) as process:
        wait_for(tmp_path / moment, process)
        process.send_signal(number)
        _, err = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, err) == (0, "")
    with started(tmp_path) as process:
        assert url(process)


def test_no_token_is_in_what_the_server_says(tmp_path: Path) -> None:
    with started(tmp_path, "-v=9") as process:
        with client(url(process)) as kubernetes:
            secrets = kubernetes.resource(GroupVersionResource("", "v1", "secrets")).namespace("default")
            secrets.create({"metadata": {"name": "s"}, "stringData": {"k": "a-secret-of-the-test"}})
            with suppress(StatusError):
                secrets.create({"metadata": {"name": "s"}, "stringData": {"k": "a-secret-of-the-test"}})
        process.terminate()
        out, err = process.communicate(timeout=TIMEOUT)
        assert TOKEN not in out + err
        assert "a-secret-of-the-test" not in out + err
