from __future__ import annotations

from typing import Any

import pytest

from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.transport.choose import new_transport
from pykubectl.client.transport.light import LightTransport


@pytest.mark.parametrize(
    ("host", "settings", "scheme", "port"),
    [
        ("127.0.0.1:8080", {}, "http", 8080),
        ("127.0.0.1:443", {}, "http", 443),
        ("127.0.0.1", {"token": "t"}, "http", 80),
        ("127.0.0.1:8080", {"insecure": True}, "https", 8080),
        ("https://127.0.0.1:8080", {}, "https", 8080),
        ("http://127.0.0.1", {"insecure": True}, "http", 80),
    ],
)
def test_hosts_without_a_scheme_are_plain_unless_tls_is_spoken_of(
    host: str, settings: dict[str, Any], scheme: str, port: int
) -> None:
    transport = new_transport(RESTConfig(host, **settings), {})

    assert isinstance(transport, LightTransport)
    assert (transport.address.scheme, transport.address.port) == (scheme, port)
