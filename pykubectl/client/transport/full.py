"""The transport for proxies: requests, loaded only when there is one."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from pykubectl.client.errors import ConnectionError, ConnectionRefused, ConnectionReset, TimeoutError
from pykubectl.client.transport.address import parse_host, query_string

if TYPE_CHECKING:
    import ssl

    from pykubectl.client.config.rest_config import RESTConfig
    from pykubectl.client.transport.interface import Request

CONNECT_TIMEOUT = 30.0


class _Adapter(HTTPAdapter):
    """Uses our TLS settings as they are, for servers and for proxies."""

    def __init__(self, context: ssl.SSLContext | None, server_name: str) -> None:
        self._tls: dict[str, Any] = {} if context is None else {"ssl_context": context}
        if server_name:
            self._tls["server_hostname"] = server_name
        super().__init__(pool_maxsize=25)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(self._tls)
        super().init_poolmanager(*args, **kwargs)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, **(kwargs | self._tls))

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The TLS settings say it all."""


class FullResponse:
    """An answer of requests."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self._closed = False
        self._reading = threading.Lock()
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}

    def read(self) -> bytes:
        """The rest of the body."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """Pieces as they arrive."""
        pieces = self._response.raw.stream(65536, decode_content=True)
        while True:
            with self._reading:
                try:
                    piece = None if self._closed else next(pieces, None)
                except Exception as error:
                    if self._closed:
                        return
                    raise failure(error, "") from error
            if piece is None:
                self._response.close()
                return
            if piece:
                yield piece

    def lines(self) -> Iterator[bytes]:
        """Lines as they are complete."""
        rest = b""
        for piece in self.chunks():
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            yield from lines
        if rest:
            yield rest

    def close(self) -> None:
        """Drop the answer; wakes a blocked reader."""
        self._closed = True
        if self._reading.acquire(blocking=False):
            try:
                self._response.close()
            finally:
                self._reading.release()
            return
        self._wake()

    def _wake(self) -> None:
        import socket

        connection = getattr(self._response.raw, "_connection", None)
        sock = getattr(connection, "sock", None)
        if sock is not None:
            try:
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                return  # not connected any more: nobody is blocked


class FullTransport:
    """Requests to one server, through the configuration's or the environment's proxy; thread-safe."""

    def __init__(
        self,
        config: RESTConfig,
        context: ssl.SSLContext | None,
        headers: Mapping[str, str],
        env: Mapping[str, str],
    ) -> None:
        self.address = parse_host(config.host, default_tls=context is not None)
        self._headers = {**headers, **_groups(config.impersonate_groups)}
        self._session = requests.Session()
        self._session.headers.clear()
        self._session.trust_env = not config.proxy_url
        # Else requests puts what ~/.netrc says of the host in the place of our own credentials.
        self._session.auth = lambda request: request
        if config.proxy_url:
            self._session.proxies = {"http": config.proxy_url, "https": config.proxy_url}
        if config.insecure:
            # The user has asked for it in so many words, and kubectl does not warn either.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        adapter = _Adapter(context, config.tls_server_name)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(self, request: Request) -> FullResponse:
        """See :class:`.interface.Transport`."""
        url = f"{self.address.scheme}://{self.address.netloc}{request.path}"
        if request.query:
            url += f"?{query_string(request.query)}"
        try:
            response = self._session.request(
                request.method,
                url,
                headers={**self._headers, **request.headers, "Accept-Encoding": "identity"},
                data=request.body,
                timeout=(request.timeout or CONNECT_TIMEOUT, request.timeout or None),
                stream=True,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise failure(error, self.address.shown) from error
        return FullResponse(response)

    def close(self) -> None:
        """Close idle connections."""
        self._session.close()


def _groups(groups: list[str]) -> dict[str, str]:
    """One header only can be sent here; a server reads several from it where their names have no comma."""
    return {"Impersonate-Group": ",".join(groups)} if groups else {}


def failure(error: BaseException, host: str) -> ConnectionError:
    """The reason below the library's own wrappings, in Go's words."""
    import ssl

    from pykubectl.client.transport.tls import tls_error

    for cause in reversed([*_causes(error)]):
        if isinstance(cause, ssl.SSLError):
            return tls_error(cause, host.rpartition(":")[0] or host, [])
        if isinstance(cause, ConnectionRefusedError):
            return ConnectionRefused(host)
        if isinstance(cause, urllib3.exceptions.NameResolutionError):
            return ConnectionError(f"dial tcp: lookup {host.rpartition(':')[0] or host}: no such host")
        if isinstance(cause, urllib3.exceptions.NewConnectionError):
            continue  # by its class a time-out too; what it wraps tells more
        if isinstance(cause, (urllib3.exceptions.TimeoutError, requests.Timeout)):
            return TimeoutError("context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
        if isinstance(cause, (urllib3.exceptions.ProtocolError, ConnectionResetError, BrokenPipeError)):
            return ConnectionReset("EOF")
    return ConnectionError(str(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    waiting, seen = [error], set[int]()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        nested = [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
        waiting.extend(item for item in nested if isinstance(item, BaseException))
