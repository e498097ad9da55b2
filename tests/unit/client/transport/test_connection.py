from __future__ import annotations

import socket

from pykubectl.client.transport.address import parse_host
from pykubectl.client.transport.connection import Connection


def test_silent_servers_are_noticed_by_probes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection = Connection(parse_host(f"http://127.0.0.1:{listener.getsockname()[1]}"), None, "", None)
        options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE), (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL)]
        found = [connection.socket.getsockopt(level, option) for level, option in options]
        connection.close()

    assert found == [1, 30]
