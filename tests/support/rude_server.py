"""A server that answers what no API server should: the bytes are given, the namespace of a request chooses."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping
from typing import Any, BinaryIO, Self

Object = dict[str, Any]

_VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
_PODS = {"name": "pods", "singularName": "pod", "kind": "Pod", "namespaced": True, "verbs": _VERBS}
_NAMESPACES = {"name": "namespaces", "singularName": "namespace", "kind": "Namespace", "verbs": _VERBS}
_DISCOVERY: Mapping[str, Object] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [_PODS, {**_NAMESPACES, "namespaced": False}],
    },
}
CLOSE = b""


def http(code: int, body: bytes, kind: str = "application/json", *headers: str, length: int | None = None) -> bytes:
    """An answer; ``length`` where it lies about its body."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {code} X", f"Content-Type: {kind}", f"Content-Length: {size}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def status(code: int, reason: str, message: str, **details: Any) -> bytes:
    """An answer that is a Status."""
    found = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason}
    return http(code, json.dumps({**found, "message": message, "details": details}).encode())


class RudeServer:
    """A context manager. An answer that is cut short is followed by the end of the connection; None never comes."""

    def __init__(self, answers: Mapping[str, bytes | None]) -> None:
        self._answers = answers
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._ending = False
        self._thread = threading.Thread(target=self._accept)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A thread that waits in accept is woken by a connection, not by a close.
        self._ending = True
        with socket.create_connection(self._listening.getsockname()):
            self._thread.join()
        self._listening.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            self._open.append(connection)
            if self._ending:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection.makefile("rb") as stream:
                while (path := _request(stream)) is not None:
                    answer = self._answer(path)
                    if answer is None:
                        return
                    connection.sendall(answer)
                    if path not in _DISCOVERY:
                        connection.shutdown(socket.SHUT_RDWR)
                        return
        except OSError:
            return  # the client has gone first

    def _answer(self, path: str) -> bytes | None:
        if path in _DISCOVERY:
            return http(200, json.dumps(_DISCOVERY[path]).encode())
        parts = path.split("/")
        return self._answers.get(parts[4] if len(parts) > 4 else "", http(404, b"404 page not found", "text/plain"))


def _request(stream: BinaryIO) -> str | None:
    """The path of the next request, its body read; None where there is none."""
    words = stream.readline().decode().split()
    if not words:
        return None
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        if name.lower() == "content-length":
            length = int(value)
    stream.read(length)
    return words[1].partition("?")[0]
