"""Who the client is: headers of a configuration, credentials that change while it runs.

Source of the rules: client-go ``transport/round_trippers.go``, ``transport/token_source.go``.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pykubectl.client.transport.address import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from pykubectl.client.config.rest_config import RESTConfig
    from pykubectl.client.transport.interface import Request, Response, Transport
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


class AuthTransport:
    """Adds what must be known at each request: a token from a file or a plugin, and groups to impersonate.

    A 401 makes the next request ask the plugin again.
    """

    def __init__(self, inner: Transport, token: Callable[[], str], forget: Callable[[], None]) -> None:
        self._inner = inner
        self._token = token
        self._forget = forget

    def send(self, request: Request) -> Response:
        """See :class:`.interface.Transport`."""
        token = self._token()
        if token and "Authorization" not in request.headers:
            request.headers["Authorization"] = f"Bearer {token}"
        response = self._inner.send(request)
        if response.status == 401:
            self._forget()
        return response

    def close(self) -> None:
        """Close idle connections."""
        self._inner.close()


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
                except OSError:
                    return self._current
            return self._current

    def forget(self) -> None:
        """Read the file again at the next request."""
        with self._lock:
            self._read_at = None
