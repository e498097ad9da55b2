"""The API server's HTTP server with a handler that does nothing: what requests cost before any Kubernetes.

``python -m tests.perf.trivial_server DIRECTORY`` prints where it listens and runs until it is terminated.
"""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import uvloop

from mini_server.server.http import Application, HTTPServer, Receive, Scope, Send, listen
from mini_server.server.pki import PKI

BODY = b'{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"},"data":{"key":"%s"}}' % (b"x" * 1000)
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())],
}


class Trivial(Application):
    """The same bytes for every request, without looking at it."""

    def __init__(self) -> None:
        self.draining = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": BODY})


async def serve(directory: Path) -> None:
    """Serves until the process ends."""
    directory.mkdir()
    pair = PKI(directory).serving("apiserver", ["127.0.0.1"])
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.certificate, pair.key)
    listener = listen("127.0.0.1", 0)
    sys.stdout.write(f"serving on https://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    await HTTPServer(Trivial(), listener, tls).serve()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1])))
