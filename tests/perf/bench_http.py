"""Requests per second of the API server beside a trivial handler on the same HTTP server.

Both servers are processes of their own, on TLS; the client writes requests in batches on a few kept connections and
counts bytes, so that it is not what limits. The ratio is what counts: it is the same machine in the same minute.
"""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

SECONDS = 2.0
CONNECTIONS = 4
BATCH = 16
TOKEN = "bench"
_HEADERS = f"Host: localhost\r\nAuthorization: Bearer {TOKEN}\r\nAccept: application/json\r\n"
_CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": ""}, "data": {"key": "x" * 1000}}


class Server:
    """A server process that says where it listens; a context manager."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.port = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, *self._arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().rpartition(":")[2])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()


class Connection:
    """A kept TLS connection on which several requests are under way at once."""

    def __init__(self, port: int) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))

    def close(self) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> bytes:
        """One whole answer. Raises ``RuntimeError`` when it is no success."""
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._socket.recv(65536)
        top, _, body = head.partition(b"\r\n\r\n")
        if not top.startswith(b"HTTP/1.1 20"):
            raise RuntimeError(head.decode(errors="replace"))
        fields = dict(line.lower().split(b": ", 1) for line in top.split(b"\r\n")[1:])
        missing = int(fields[b"content-length"]) - len(body)
        while missing > 0:
            part = self._socket.recv(min(missing, 1 << 20))
            body, missing = body + part, missing - len(part)
        return top + b"\r\n\r\n" + body

    def skip(self, amount: int) -> None:
        """Reads so many bytes."""
        while amount > 0:
            amount -= len(self._socket.recv(min(amount, 1 << 20)))


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\n{_HEADERS}{content}\r\n".encode() + body


def reads_per_second(port: int, path: str) -> float:
    """GETs of one path, whose answers are all of the same length."""
    connections = [Connection(port) for _ in range(CONNECTIONS)]
    one = request("GET", path)
    connections[0].send(one)
    length, count = len(connections[0].answer()), 0
    begun = time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        for connection in connections:
            connection.send(one * BATCH)
        for connection in connections:
            connection.skip(length * BATCH)
        count += BATCH * CONNECTIONS
    elapsed = time.perf_counter() - begun
    for connection in connections:
        connection.close()
    return count / elapsed


def creates_per_second(port: int, path: str) -> float:
    """POSTs of config maps of a kilobyte, each with a name of its own."""
    connections = [Connection(port) for _ in range(CONNECTIONS)]
    count, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        for connection in connections:
            connection.send(b"".join(_create(path, f"bench-{count + n}") for n in range(BATCH)))
            count += BATCH
        for connection in connections:
            _answers(connection, BATCH)
    elapsed = time.perf_counter() - begun
    for connection in connections:
        connection.close()
    return count / elapsed


def _create(path: str, name: str) -> bytes:
    return request("POST", path, json.dumps({**_CONFIG_MAP, "metadata": {"name": name}}).encode())


def _answers(connection: Connection, count: int) -> None:
    """Reads ``count`` answers that follow each other; each must be a success."""
    buffered = b""
    while count:
        top, found, rest = buffered.partition(b"\r\n\r\n")
        if found:
            if not top.startswith(b"HTTP/1.1 20"):
                raise RuntimeError(top.decode(errors="replace"))
            length = int(next(line for line in top.lower().split(b"\r\n") if line.startswith(b"content-length"))[15:])
            if len(rest) >= length:
                buffered, count = rest[length:], count - 1
                continue
        buffered += connection._socket.recv(1 << 20)


def measure() -> dict[str, float]:
    """Requests per second, and GETs of one object as a part of what the trivial handler does."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        tokens = directory / "tokens.csv"
        tokens.write_text(f'{TOKEN},admin,1,"system:masters"\n')
        trivial = Server("-m", "tests.perf.trivial_server", str(directory / "trivial"))
        flags = ("--data-dir", str(directory / "data"), "--secure-port", "0", "--token-auth-file", str(tokens))
        with trivial, Server("-m", "mini_server", "apiserver", *flags, "--authorization-mode", "Node,RBAC") as server:
            return _figures(trivial.port, server.port)


def _figures(trivial: int, server: int) -> dict[str, float]:
    maps = "/api/v1/namespaces/default/configmaps"
    seed = Connection(server)
    for number in range(500):
        seed.send(_create(maps, f"seed-{number:03}"))
        seed.answer()
    rounds: list[Callable[[], float]] = [
        lambda: reads_per_second(trivial, "/"),
        lambda: reads_per_second(server, f"{maps}/seed-000"),
    ]
    # Taken in turn, so that both see the same machine; the best of each.
    bare, get = (max(values) for values in zip(*([measured() for measured in rounds] for _ in range(3)), strict=True))
    return {
        "trivial handler, GET/s": bare,
        "one config map, GET/s": get,
        "one config map / trivial handler, ratio": get / bare,
        "500 config maps of 1 kB, LIST/s": reads_per_second(server, maps),
        "config maps of 1 kB, CREATE/s": creates_per_second(server, maps),
    }
