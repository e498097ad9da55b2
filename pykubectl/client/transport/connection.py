"""One HTTP/1.1 connection: a socket, perhaps in TLS, and the messages on it."""

from __future__ import annotations

import socket
import ssl
import time
from io import BufferedReader

from pykubectl.client.errors import ConnectionError, ConnectionRefused, ConnectionReset, TimeoutError
from pykubectl.client.transport.address import Address
from pykubectl.client.transport.tls import is_address, tls_error

# Seconds; as Go's default transport.
DIAL_TIMEOUT = 30.0
TLS_TIMEOUT = 10.0
# An idle connection is probed after so many seconds, and that often; so many probes without an answer end it. A watch
# has no other way to learn that its server is gone.
KEEPALIVE_SECONDS = 30
KEEPALIVE_PROBES = 3
MAX_LINE = 65536
MAX_HEADERS = 1000

# The builtin, whose name this module gives to the client's own.
_SocketTimeout = socket.timeout
_TIMED_OUT = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"


class Connection:
    """Used by one exchange at a time. ``deadline`` is a ``time.monotonic`` moment or None."""

    def __init__(
        self, address: Address, context: ssl.SSLContext | None, server_name: str, timeout: float | None
    ) -> None:
        self.deadline = None if timeout is None else time.monotonic() + timeout
        self.reused = False
        raw = _dial(address, timeout)
        try:
            self.socket: socket.socket = raw if context is None else _wrap(raw, context, address, server_name, timeout)
        except BaseException:
            raw.close()
            raise
        self._file = BufferedReader(socket.SocketIO(self.socket, "r"), 65536)

    def send(self, data: bytes) -> None:
        """Send all. Raises ConnectionError."""
        try:
            self._apply_deadline()
            self.socket.sendall(data)
        except OSError as error:
            raise _failure(error) from error

    def readline(self) -> bytes:
        """One line with its end; empty at the end of the stream. Raises ConnectionError."""
        try:
            self._apply_deadline()
            return self._file.readline(MAX_LINE)
        except (OSError, ValueError) as error:
            raise _failure(error) from error

    def read_some(self, limit: int) -> bytes:
        """At most ``limit`` bytes, as soon as there are any; empty at the end. Raises ConnectionError."""
        try:
            self._apply_deadline()
            return self._file.read1(limit)
        except (OSError, ValueError) as error:
            raise _failure(error) from error

    def read_exactly(self, size: int) -> bytes:
        """That many bytes. Raises ConnectionReset where the stream ends before."""
        try:
            self._apply_deadline()
            data = self._file.read(size)
        except (OSError, ValueError) as error:
            raise _failure(error) from error
        if len(data) < size:
            raise ConnectionReset("unexpected EOF")
        return data

    def read_head(self) -> tuple[int, str, dict[str, str]]:
        """Status code, HTTP version and headers of the next answer. Raises ConnectionError."""
        line = self.readline()
        if not line:
            raise ConnectionReset("EOF")
        version, _, rest = line.partition(b" ")
        code = rest.split(None, 1)[0] if rest.strip() else b""
        if not code:
            raise _broken("malformed HTTP response", line.rstrip(b"\r\n"))
        if len(code) != 3 or not code.isdigit():
            raise _broken("malformed HTTP status code", code)
        if version not in (b"HTTP/1.1", b"HTTP/1.0"):
            raise _broken("malformed HTTP version", version)
        return int(code), version.decode(), self.read_headers()

    def read_headers(self) -> dict[str, str]:
        """Header (or trailer) lines up to the empty one."""
        headers: dict[str, str] = {}
        for _ in range(MAX_HEADERS):
            line = self.readline()
            if not line:
                raise ConnectionError("net/http: HTTP/1.x transport connection broken: unexpected EOF")
            if line in (b"\r\n", b"\n"):
                return headers
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                raise _broken("malformed MIME header: missing colon:", line.rstrip(b"\r\n"))
            name, value = name.strip().lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        raise ConnectionError("net/http: server response headers exceeded the limit")

    def is_stale(self) -> bool:
        """Whether the idle connection was closed by the server, or it sent something unasked."""
        try:
            self.socket.settimeout(0)
            # A TLS socket has no peek; a record waiting on an idle connection is a close or nothing good.
            socket.socket.recv(self.socket, 1, socket.MSG_PEEK) if not _is_tls(self.socket) else _peek(self.socket)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        return True

    def wake(self) -> None:
        """End a read that another thread is blocked in. The socket stays open: its number must not be used anew yet."""
        try:
            # SSLSocket.shutdown would take the TLS state away under the reader.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
        except OSError:
            return  # not connected any more: nobody is blocked

    def close(self) -> None:
        """Close. Idempotent; only when no other thread reads."""
        self._file.close()
        self.socket.close()

    def _apply_deadline(self) -> None:
        if self.deadline is None:
            self.socket.settimeout(None)
            return
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(_TIMED_OUT)
        self.socket.settimeout(left)


def _is_tls(sock: socket.socket) -> bool:
    return isinstance(sock, ssl.SSLSocket)


def _peek(sock: socket.socket) -> None:
    """Raises BlockingIOError where nothing waits on the wire below the TLS layer."""
    import select

    readable, _, _ = select.select([sock.fileno()], [], [], 0)
    if not readable:
        raise BlockingIOError


def _dial(address: Address, timeout: float | None) -> socket.socket:
    limit = DIAL_TIMEOUT if timeout is None else min(timeout, DIAL_TIMEOUT)
    try:
        sock = socket.create_connection((address.host, address.port), limit)
    except socket.gaierror as error:
        raise ConnectionError(f"dial tcp: lookup {address.host}: no such host") from error
    except ConnectionRefusedError as error:
        raise ConnectionRefused(address.shown) from error
    except _SocketTimeout as error:
        if timeout is not None and timeout <= DIAL_TIMEOUT:
            raise TimeoutError("context deadline exceeded (Client.Timeout exceeded while awaiting headers)") from error
        raise TimeoutError(f"dial tcp {address.netloc}: i/o timeout") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConnectionError(f"dial tcp {address.netloc}: connect: {reason}") from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _keep_alive(sock)
    return sock


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_SECONDS),
        ("TCP_KEEPINTVL", KEEPALIVE_SECONDS),
        ("TCP_KEEPCNT", KEEPALIVE_PROBES),
    ):
        # Not every system lets them be set.
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _wrap(
    sock: socket.socket, context: ssl.SSLContext, address: Address, server_name: str, timeout: float | None
) -> socket.socket:
    name = server_name or address.host
    sock.settimeout(TLS_TIMEOUT if timeout is None else min(timeout, TLS_TIMEOUT))
    try:
        return context.wrap_socket(sock, server_hostname=name)
    except ssl.SSLError as error:
        names: list[str] = []
        if isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in (62, 64):
            names = _certificate_names(context, address, name)
        raise tls_error(error, name, names) from error
    except _SocketTimeout as error:
        raise TimeoutError("net/http: TLS handshake timeout") from error
    except OSError as error:
        raise _failure(error) from error


def _certificate_names(context: ssl.SSLContext, address: Address, name: str) -> list[str]:
    """The names in the server's certificate, asked for by a second handshake that does not compare them."""
    context.check_hostname = False
    try:
        with (
            socket.create_connection((address.host, address.port), TLS_TIMEOUT) as raw,
            context.wrap_socket(raw, server_hostname=name) as sock,
        ):
            names = (sock.getpeercert() or {}).get("subjectAltName", ())
            kinds = ("IP Address",) if is_address(name) else ("DNS",)
            return [str(entry[1]) for entry in names if isinstance(entry, tuple) and entry[0] in kinds]
    except OSError:
        return []
    finally:
        context.check_hostname = True


def _broken(text: str, found: bytes) -> ConnectionError:
    from pykubectl.machinery.gostrings import quote

    shown = quote(found.decode("utf-8", "replace"))
    return ConnectionError(f"net/http: HTTP/1.x transport connection broken: {text} {shown}")


def _failure(error: Exception) -> ConnectionError:
    if isinstance(error, ConnectionError):
        return error
    if isinstance(error, _SocketTimeout):
        return TimeoutError(_TIMED_OUT)
    if isinstance(error, ssl.SSLEOFError):
        return ConnectionReset("EOF")
    if isinstance(error, ssl.SSLError):
        return tls_error(error, "", [])
    if isinstance(error, (BrokenPipeError, ConnectionAbortedError, ConnectionResetError, ValueError)):
        return ConnectionReset("read: connection reset by peer")
    return ConnectionError(str(getattr(error, "strerror", None) or error).lower())
