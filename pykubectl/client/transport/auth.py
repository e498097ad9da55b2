"""Who the client is: headers of a configuration, credentials that change while it runs.

Source of the rules: client-go ``transport/round_trippers.go``, ``transport/token_source.go``.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pykubectl.client.transport.address import quote
from pykubectl.client.transport.interface import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from pykubectl.client.config.exec_plugin import ExecPlugin
    from pykubectl.client.config.rest_config import RESTConfig
    from pykubectl.client.transport.interface import Response, Transport
    from pykubectl.machinery.util.clock import Clock

# A token file is read again after this many seconds.
TOKEN_FILE_PERIOD = 60.0


def static_headers(config: RESTConfig) -> dict[str, str]:
    """The headers that do not change: agent, token or password, impersonation."""
    headers = {"User-Agent": config.user_agent or "pykubectl/v1.36"}
    if config.token:
        headers["Authorization"] = f"Bearer {config.token.strip()}"
    elif config.username or config.password:
        import binascii

        pair = binascii.b2a_base64(f"{config.username}:{config.password}".encode(), newline=False)
        headers["Authorization"] = f"Basic {pair.decode()}"
    if config.impersonate:
        headers["Impersonate-User"] = config.impersonate
    if config.impersonate_uid:
        headers["Impersonate-Uid"] = config.impersonate_uid
    for key, values in config.impersonate_extra.items():
        # Repeated headers are read as one list; so are values joined by a comma and a blank.
        headers[f"Impersonate-Extra-{quote(key.lower())}"] = ", ".join(values)
    return headers


class TokenFileTransport:
    """Sends the token that a file holds now. A 401 makes the next request read the file again."""

    def __init__(self, inner: Transport, file: TokenFile) -> None:
        self._inner = inner
        self._file = file

    def send(self, request: Request) -> Response:
        """See :class:`.interface.Transport`."""
        response = self._inner.send(_authorized(request, self._file.token()))
        if response.status == 401:
            self._file.forget()
        return response

    def close(self) -> None:
        """Close idle connections."""
        self._inner.close()


class ExecTransport:
    """Sends the credentials that a plugin gives: a token with each request, a certificate with each connection.

    ``connect(certificate, key)`` makes a transport; one made for an old certificate is closed. A 401 makes the next
    request ask the plugin again. Raises ConnectionError where the plugin fails.
    """

    def __init__(self, plugin: ExecPlugin, connect: Callable[[str, str], Transport]) -> None:
        self._plugin = plugin
        self._connect = connect
        self._lock = threading.Lock()
        credentials = plugin.credentials()
        self._pair = (credentials.certificate, credentials.key)
        self._inner = connect(*self._pair)

    def send(self, request: Request) -> Response:
        """See :class:`.interface.Transport`."""
        credentials = self._plugin.credentials()
        inner = self._transport(credentials.certificate, credentials.key)
        response = inner.send(_authorized(request, credentials.token))
        if response.status == 401:
            self._plugin.forget(credentials)
        return response

    def close(self) -> None:
        """Close idle connections."""
        with self._lock:
            self._inner.close()

    def _transport(self, certificate: str, key: str) -> Transport:
        with self._lock:
            if (certificate, key) != self._pair:
                old, self._inner = self._inner, self._connect(certificate, key)
                self._pair = (certificate, key)
                old.close()
            return self._inner


def _authorized(request: Request, token: str) -> Request:
    """The request with the token; the caller's own is left as it is, since it may be sent again with another token."""
    if not token or "Authorization" in request.headers:
        return request
    headers = {**request.headers, "Authorization": f"Bearer {token}"}
    return Request(request.method, request.path, request.query, headers, request.body, request.timeout)


class TokenFile:
    """A token read again from its file each minute; an unreadable file leaves the last one in use."""

    def __init__(self, path: str, token: str, clock: Clock | None = None) -> None:
        if clock is None:
            from pykubectl.machinery.util.clock import RealClock

            clock = RealClock()
        self._path = path
        self._current = token.strip()
        self._clock = clock
        self._read_at = clock.monotonic() if token else None
        self._lock = threading.Lock()

    def token(self) -> str:
        """The token to send now."""
        with self._lock:
            now = self._clock.monotonic()
            if self._read_at is None or now - self._read_at >= TOKEN_FILE_PERIOD:
                self._read_at = now
                try:
                    with open(self._path, encoding="utf-8") as file:
                        self._current = file.read().strip() or self._current
                except (OSError, UnicodeDecodeError):
                    return self._current
            return self._current

    def forget(self) -> None:
        """Read the file again at the next request."""
        with self._lock:
            self._read_at = None
