"""Verbs on paths of one server: errors become StatusErrors, warnings reach a handler, throttled requests wait.

Source of the rules: client-go ``rest/request.go``, ``rest/with_retry.go``.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

from pykubectl.client.errors import ConfigError, ConnectionError, ConnectionReset, ResponseCut, TimeoutError
from pykubectl.client.transport.address import parse_host, query_string
from pykubectl.client.transport.interface import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pykubectl.client.config.rest_config import RESTConfig
    from pykubectl.client.transport.interface import Response, Transport
    from pykubectl.machinery.errors import StatusError
    from pykubectl.machinery.schema import GroupResource

    Param = str | int | bool | None | Iterable[str]
    Params = Mapping[str, Param]
    WarningHandler = Callable[[int, str, str], None]

JSON = "application/json"
MAX_RETRIES = 10
# As much of a body that is no Status goes into the error's message.
MAX_ERROR_TEXT = 2048


class Result:
    """The body of a successful answer.

    ``object`` is its decoded JSON (decoded at first use), ``warnings`` the texts of its Warning headers.
    """

    __slots__ = ("_object", "bytes", "headers", "status_code", "warnings")

    def __init__(self, body: bytes, status_code: int, headers: dict[str, str], warnings: list[str]) -> None:
        self.bytes = body
        self.status_code = status_code
        self.headers = headers
        self.warnings = warnings
        self._object: Any = None

    @property
    def object(self) -> Any:
        """The decoded body: a dict for API objects. The caller may change it; each access gives the same one."""
        if self._object is None:
            from pykubectl.machinery.codecs import json

            self._object = json.loads(self.bytes)
        return self._object


class RESTClient:
    """Sends requests to one server.

    ``warning_handler(code, agent, text)`` is called for each warning. ``request`` raises
    :class:`pykubectl.machinery.errors.StatusError` for answers outside 200-206 and
    :class:`pykubectl.client.errors.ConnectionError` when there is no answer. A read whose connection was reset, and any
    request that the server answers with Retry-After (429, 5xx), is tried again up to ten times. Thread-safe.
    """

    def __init__(
        self,
        config: RESTConfig,
        transport: Transport,
        warning_handler: WarningHandler | None = None,
        wait: Callable[[float], None] | None = None,
    ) -> None:
        self.config = config
        self.transport = transport
        self.warning_handler = warning_handler
        self.prefix = parse_host(config.host).prefix
        self._wait = wait or (lambda seconds: _sleep(seconds))

    @classmethod
    def for_config(cls, config: RESTConfig, warning_handler: WarningHandler | None = None) -> RESTClient:
        """A client with the transport that suits the configuration."""
        from pykubectl.client.transport import new_transport

        return cls(config, new_transport(config), warning_handler)

    def close(self) -> None:
        """Closes idle connections; those in use are closed after their answer. A ``with`` block does it in the end."""
        self.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def get(
        self, path: str, params: Params | None = None, accept: str = JSON, *, timeout: float | None = None
    ) -> Result:
        """GET; see :meth:`request`."""
        return self.request("GET", path, params=params, accept=accept, timeout=timeout)

    def request(
        self,
        verb: str,
        path: str,
        *,
        params: Params | None = None,
        body: bytes | Mapping[str, Any] | list[Any] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        resource: GroupResource | None = None,
        name: str = "",
    ) -> Result:
        """Send and read the whole answer.

        ``path`` is absolute and encoded. In ``params`` None is left out, booleans are ``true``/``false``, lists repeat.
        A body that is not bytes is encoded as JSON. ``timeout`` (seconds) defaults to the configuration's. ``resource``
        and ``name`` appear in the text of errors whose answer is no Status.
        """
        response = self.stream(
            verb,
            path,
            params=params,
            body=body,
            content_type=content_type,
            accept=accept,
            headers=headers,
            timeout=timeout,
            resource=resource,
            name=name,
        )
        return Result(_read(response), response.status, response.headers, self._warnings(response))

    def stream(
        self,
        verb: str,
        path: str,
        *,
        params: Params | None = None,
        body: bytes | Mapping[str, Any] | list[Any] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        resource: GroupResource | None = None,
        name: str = "",
    ) -> Response:
        """As :meth:`request`, but the answer's body is still to be read; close it when done."""
        request = self._build(verb, path, params, body, content_type, accept, headers, timeout)
        response = self._send(request)
        if 200 <= response.status <= 206 or response.status == 101:
            return response
        text = _read(response)
        self._warnings(response)
        raise _error(verb, response, text, resource, name)

    def _build(
        self,
        verb: str,
        path: str,
        params: Params | None,
        body: bytes | Mapping[str, Any] | list[Any] | None,
        content_type: str,
        accept: str,
        headers: Mapping[str, str] | None,
        timeout: float | None,
    ) -> Request:
        sent = {"Accept": accept}
        if body is not None:
            sent["Content-Type"] = content_type
            if not isinstance(body, bytes):
                from pykubectl.machinery.codecs import json

                body = json.dumps(body)
        if headers:
            sent.update(headers)
        limit = self.config.timeout if timeout is None else timeout
        query = _query(params)
        if limit and timeout is None:
            query.append(("timeout", _seconds(limit)))
        return Request(verb, self.prefix + path, query, sent, body, limit or None)

    def _send(self, request: Request) -> Response:
        for attempt in range(MAX_RETRIES + 1):
            last = attempt == MAX_RETRIES
            try:
                response = self.transport.send(request)
            except ConnectionError as error:
                if last or request.method != "GET" or not isinstance(error, ConnectionReset):
                    error.request = self._described(request)
                    raise
                self._wait(1.0)
                continue
            delay = _retry_after(response)
            if delay is None or last:
                return response
            response.close()
            self._wait(delay)
        raise AssertionError("unreachable")

    def _described(self, request: Request) -> str:
        """As Go's url.Error begins."""
        query = f"?{query_string(sorted(request.query))}" if request.query else ""
        host = self.config.host.rstrip("/").removesuffix(self.prefix)
        return f'{request.method.capitalize()} "{host}{request.path}{query}"'

    def _warnings(self, response: Response) -> list[str]:
        header = response.headers.get("warning")
        if not header:
            return []
        from pykubectl.client.warning_headers import parse

        texts = []
        for code, agent, text in parse(header):
            if code == 299 and text:
                texts.append(text)
                if self.warning_handler is not None:
                    self.warning_handler(code, agent, text)
        return texts


def split_target(target: str) -> tuple[str, Params]:
    """Path and parameters of a raw URI. Raises ConfigError for what begins with no slash."""
    from urllib.parse import unquote_plus

    if not target.startswith("/"):
        from pykubectl.machinery.gostrings import quote

        raise ConfigError(f"--raw must be a valid URL path: parse {quote(target)}: invalid URI for request")
    path, _, query = target.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return path, {unquote_plus(key): unquote_plus(value) for key, _, value in pairs}


def _read(response: Response) -> bytes:
    """The whole body. Raises ResponseCut."""
    try:
        return response.read()
    except TimeoutError as error:
        text = "context deadline exceeded (Client.Timeout or context cancellation while reading body)"
        raise ResponseCut(text) from error
    except ConnectionError as error:
        raise ResponseCut(error.cause) from error


def _sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


def _query(params: Params | None) -> list[tuple[str, str]]:
    query: list[tuple[str, str]] = []
    for key, value in (params or {}).items():
        if value is None:
            continue
        if isinstance(value, bool):
            query.append((key, "true" if value else "false"))
        elif isinstance(value, (str, int)):
            query.append((key, str(value)))
        else:
            query.extend((key, item) for item in value)
    return query


def _seconds(value: float) -> str:
    """A duration as a Go text that the server parses: ``5s``, ``250ms``."""
    from pykubectl.machinery.values.duration import format_duration

    return format_duration(value)


def _retry_after(response: Response) -> float | None:
    """Seconds the server asks to wait before the request is sent again; None where it should not be."""
    if response.status != 429 and response.status < 500:
        return None
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None


def _error(verb: str, response: Response, text: bytes, resource: GroupResource | None, name: str) -> StatusError:
    """The error an answer stands for: its Status, else one made up from its code and text."""
    from pykubectl.machinery.codecs import json
    from pykubectl.machinery.errors import StatusError, new_generic_server_response
    from pykubectl.machinery.schema import GroupResource

    content_type = response.headers.get("content-type", "")
    if text and not content_type.startswith("text/"):
        try:
            status = json.loads(text)
        except ValueError:
            status = None
        if isinstance(status, dict) and status.get("kind") == "Status" and status.get("status") == "Failure":
            return StatusError.from_status(status)
    message = "unknown"
    if not content_type or content_type.startswith("text/"):
        message = text[:MAX_ERROR_TEXT].decode("utf-8", "replace").strip()
    retry_after = response.headers.get("retry-after", "")
    return new_generic_server_response(
        response.status,
        verb,
        resource or GroupResource("", ""),
        name,
        message,
        int(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0,
    )
