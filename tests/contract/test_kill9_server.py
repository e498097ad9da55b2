"""No acknowledged write is lost when the server's process is killed in the middle of others."""

from __future__ import annotations

import itertools
import random
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.dynamic import DynamicClient, DynamicResource
from pykubectl.client.errors import ClientError
from pykubectl.client.rest import RESTClient
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.schema import GroupVersionResource
from tests.support.commands import MINI_SERVER

pytestmark = [pytest.mark.slow]

CONFIG_MAPS = GroupVersionResource("", "v1", "configmaps")
TOKEN = "a-token-of-the-test"
ROUNDS = 20
WRITERS = 4


class Server:
    """``mini-server apiserver`` over one data directory, started and killed again and again."""

    def __init__(self, directory: Path) -> None:
        tokens = directory / "tokens.csv"
        tokens.write_text(f'{TOKEN},admin,uid,"system:masters"\n')
        self._command = [
            *MINI_SERVER,
            *("apiserver", "--data-dir", str(directory / "data"), "--secure-port", "0"),
            *("--token-auth-file", str(tokens)),
        ]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Returns the address when the server is ready."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("serving on "), line + self._process.communicate()[1]
        return line.removeprefix("serving on ").strip()

    def kill(self) -> None:
        """SIGKILL, as from a lack of memory."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    yield running
    running.kill()


class Acknowledged:
    """Newest acknowledged revision and value of each object; tells when there are enough to kill the server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.written: dict[str, tuple[int, str]] = {}
        self.count = 0
        self.enough = threading.Event()
        self.limit = 0

    def add(self, obj: dict[str, dict[str, str]]) -> None:
        with self._lock:
            self.written[obj["metadata"]["name"]] = (int(obj["metadata"]["resourceVersion"]), obj["data"]["value"])
            self.count += 1
            if self.count >= self.limit:
                self.enough.set()


@contextmanager
def config_maps(url: str) -> Iterator[DynamicResource]:
    rest = RESTClient.for_config(RESTConfig(host=url, token=TOKEN, insecure=True))
    try:
        yield DynamicClient(rest).resource(CONFIG_MAPS).namespace("default")
    finally:
        rest.transport.close()


def write(url: str, prefix: str, acknowledged: Acknowledged) -> None:
    """Creates objects and updates every second one, until the server has gone."""
    with config_maps(url) as maps, suppress(ClientError, StatusError, OSError):
        for number in itertools.count():
            metadata = {"name": f"{prefix}-{number}"}
            obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": "created"}}
            created = maps.create(obj)
            acknowledged.add(created)
            if number % 2:
                created["data"]["value"] = "updated"
                acknowledged.add(maps.update(created))


def test_twenty_kills(server: Server) -> None:
    chance = random.Random(36)
    acknowledged = Acknowledged()
    for round_number in range(ROUNDS):
        url = server.start()
        acknowledged.enough.clear()
        acknowledged.limit = acknowledged.count + chance.randint(20, 120)
        writers = [
            threading.Thread(target=write, args=(url, f"w{round_number}-{n}", acknowledged)) for n in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        assert acknowledged.enough.wait(60)
        server.kill()
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive()
    with config_maps(server.start()) as maps:
        found = {item["metadata"]["name"]: item for item in maps.list()["items"]}
    assert acknowledged.count > ROUNDS * 20
    for name, (revision, value) in acknowledged.written.items():
        assert name in found
        # A write may have been stored whose answer never arrived: newer is fine, older is not.
        assert int(found[name]["metadata"]["resourceVersion"]) >= revision
        assert found[name]["data"]["value"] in (value, "updated")
