"""Where a server is, and texts of URLs, without urllib (a tenth of the start-up budget).

Source of the rules: client-go ``rest/url_utils.go`` DefaultServerURL.
"""

from __future__ import annotations

from typing import NamedTuple

from pykubectl.client.errors import ConfigError, ConnectionError

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Address(NamedTuple):
    """``scheme`` is http or https; ``host`` has no brackets; ``prefix`` is a path without its last slash."""

    scheme: str
    host: str
    port: int
    prefix: str
    # Host and port as the configuration writes them.
    shown: str

    @property
    def netloc(self) -> str:
        """``host:port`` as Go's net package writes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def host_header(self) -> str:
        """The value of the Host header: no port where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


_PORTS = {"http": 80, "https": 443}


def parse_host(host: str, default_tls: bool = False) -> Address:
    """The address of a kubeconfig's ``server``. Empty is localhost.

    Raises ConfigError for what is no address, ConnectionError for one that nothing can be reached at.
    """
    text = host or "localhost"
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = ("https" if default_tls else "http"), text
    scheme = scheme.lower()
    netloc, slash, path = rest.partition("/")
    netloc = netloc.partition("?")[0].partition("#")[0].rpartition("@")[2]
    if not netloc or " " in netloc or netloc.count("[") != netloc.count("]") or (path and not separator):
        raise ConfigError(f'host must be a URL or a host:port pair: "{host}"')
    if scheme not in _PORTS:
        raise ConnectionError(f'unsupported protocol scheme "{scheme}"')
    prefix = (slash + path).partition("?")[0].partition("#")[0].rstrip("/")
    name, port = _split_port(netloc, host)
    return Address(scheme, name or "localhost", port or _PORTS[scheme], prefix, netloc)


def _split_port(netloc: str, host: str) -> tuple[str, int]:
    if netloc.startswith("["):
        name, _, rest = netloc[1:].partition("]")
        port = rest.removeprefix(":")
    elif netloc.count(":") > 1:
        name, port = netloc, ""
    else:
        name, _, port = netloc.partition(":")
    if port and not (port.isascii() and port.isdigit()):
        raise ConfigError(f'host must be a URL or a host:port pair: "{host}"')
    if port and int(port) > 65535:
        raise ConnectionError(f"dial tcp: address {port}: invalid port")
    return name, int(port or 0)


def quote(text: str) -> str:
    """Percent-encode one path segment or query part."""
    # What the command line held in another encoding goes out as it came in.
    raw = text.encode("utf-8", "surrogateescape")
    if _SAFE.issuperset(raw):
        return text
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in raw)


def query_string(query: list[tuple[str, str]]) -> str:
    """``a=1&b=2``, encoded as Go's url.Values.Encode does within a value (a blank is ``+``)."""
    return "&".join(f"{_quote_plus(key)}={_quote_plus(value)}" for key, value in query)


def _quote_plus(text: str) -> str:
    return quote(text).replace("%20", "+")
