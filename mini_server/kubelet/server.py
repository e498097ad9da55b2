"""The kubelet's HTTPS endpoint: container logs for the API server.

Only callers with a certificate of the cluster's client CA for the group system:masters get an answer; that is what
the API server's kubelet client presents. Paths: kubernetes ``pkg/kubelet/server/server.go``.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mini_server.kubelet.logs import LogKey, LogOptions
from pykubectl.machinery.values.time import parse_time

LogSource = Callable[[LogKey, LogOptions], Iterator[bytes]]


class PodUnknown(Exception):
    """The pod or container named in a path is not on this kubelet; the text is the answer's body."""


@dataclass(frozen=True, slots=True)
class TLSFiles:
    """Paths of the serving certificate, its key, and the CA that signs callers' certificates."""

    cert_file: str
    key_file: str
    client_ca_file: str


class KubeletServer:
    """Serves in threads of its own from `start` to `stop`; ``port`` 0 takes a free one, then told by `port`."""

    def __init__(self, tls: TLSFiles, logs: LogSource, address: str = "127.0.0.1", port: int = 0) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(tls.cert_file, tls.key_file)
        context.load_verify_locations(tls.client_ca_file)
        context.verify_mode = ssl.CERT_REQUIRED
        self._server = _Server((address, port), context, logs)
        self._thread = threading.Thread(target=self._server.serve_forever, name="kubelet-server", daemon=True)

    @property
    def port(self) -> int:
        """The TCP port it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Closes the listening socket and ends its thread; open answers end when their logs do."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext, logs: LogSource) -> None:
        super().__init__(address, _Handler)
        self.context = context
        self.logs = logs

    def get_request(self) -> tuple[socket.socket, Any]:
        # The handshake is done by the connection's own thread: a silent caller must not hold the others up.
        connection, peer = super().get_request()
        connection.settimeout(60)
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), peer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that breaks off, or fails the handshake, is its own affair."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        connection: ssl.SSLSocket = self.request
        connection.do_handshake()
        super().setup()

    def do_GET(self) -> None:
        if not self._authorized():
            return self._answer(403, b"Forbidden")
        url = urlsplit(self.path)
        if url.path == "/healthz":
            return self._answer(200, b"ok")
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        if len(parts) != 4 or parts[0] != "containerLogs":
            return self._answer(404, b"404 page not found\n")
        try:
            chunks = self.server.logs(LogKey(*parts[1:]), _log_options(url.query))
        except PodUnknown as error:
            return self._answer(404, str(error).encode())
        except ValueError as error:
            return self._answer(400, str(error).encode())
        return self._stream(chunks)

    def _authorized(self) -> bool:
        certificate: dict[str, Any] = self.request.getpeercert() or {}
        names = [pair for group in certificate.get("subject", ()) for pair in group]
        return ("organizationName", "system:masters") in names

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, chunks: Iterator[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            if chunk:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged: the API server's own log names them."""


def _log_options(query: str) -> LogOptions:
    """From a query string. Raises ValueError on numbers or times that are none."""
    values = {name: all_values[-1] for name, all_values in parse_qs(query).items()}

    def number(name: str) -> int | None:
        return int(values[name]) if name in values else None

    since_time: datetime | None = parse_time(values["sinceTime"]) if "sinceTime" in values else None
    return LogOptions(
        follow=values.get("follow") in ("true", "1"),
        timestamps=values.get("timestamps") in ("true", "1"),
        tail_lines=number("tailLines"),
        limit_bytes=number("limitBytes"),
        since_seconds=number("sinceSeconds"),
        since_time=since_time,
    )
