"""Slow callers, certificates, and the server's end."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from pathlib import Path

import pytest

from mini_server.server.http import Limits
from mini_server.server.pki import PKI
from tests.unit.server.running import Running

pytestmark = [pytest.mark.slow]

QUICK = Limits(header_seconds=0.1, body_seconds=0.1, idle_seconds=60)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12",
        b"GET /whole HTTP/1.1\r\nHost: x\r\n\r\nGET /ha",
    ],
)
def test_a_request_that_does_not_come_ends_its_connection(tmp_path: Path, text: bytes) -> None:
    with Running(tmp_path, QUICK) as server, server.connect() as connection:
        connection.send(text)
        rest = connection.rest()
        assert (b"/whole" in rest) is (b"/whole" in text)


def test_waiting_for_the_next_request_is_no_fault(tmp_path: Path) -> None:
    with Running(tmp_path, QUICK) as server, server.connect() as connection, server.connect() as other:
        assert connection.ask("GET /a").status == 200
        # The other one, which asks nothing, is closed meanwhile.
        assert other.is_closed()
        assert connection.ask("GET /b").status == 200


def test_the_answer_may_take_longer_than_the_request(tmp_path: Path) -> None:
    with Running(tmp_path, QUICK) as server, server.connect() as connection, server.connect() as other:
        connection.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        assert server.echo.reached.wait(20)
        assert other.is_closed()
        server.release()
        assert connection.answer().obj["path"] == "/held"


def test_an_idle_connection_is_closed_in_the_end(tmp_path: Path) -> None:
    with Running(tmp_path, Limits(idle_seconds=0)) as server, server.connect() as connection:
        assert connection.ask("GET /").status == 200
        assert connection.is_closed()


def test_a_client_certificate_is_seen_by_the_handler(tmp_path: Path) -> None:
    with Running(tmp_path) as server:
        pair = server.pki.client("jane", "jane")
        with server.connect(client=(pair.certificate, pair.key)) as connection:
            assert connection.ask("GET /").obj["certificate"] is True
            assert connection.ask("GET /").obj["certificate"] is True
        with server.connect() as connection:
            assert connection.ask("GET /").obj["certificate"] is False


@pytest.mark.parametrize("kind", ["another authority's", "a serving one"])
def test_a_certificate_that_is_not_the_authoritys_for_clients_ends_the_connection(tmp_path: Path, kind: str) -> None:
    with Running(tmp_path) as server:
        pki = PKI(tmp_path / "other") if kind == "another authority's" else server.pki
        pair = pki.client("jane", "jane") if pki is not server.pki else pki.serving("other", ["x"])
        with server.connect(client=(pair.certificate, pair.key)) as connection:
            try:
                connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            except OSError:
                return
            assert connection.is_closed()


def test_plain_http_is_not_spoken(tmp_path: Path) -> None:
    with Running(tmp_path) as server, socket.create_connection(("127.0.0.1", server.port), 20) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert b"200" not in plain.recv(1000)
        with server.connect() as connection:
            assert connection.ask("GET /").status == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_not_spoken(tmp_path: Path, version: ssl.TLSVersion) -> None:
    with Running(tmp_path) as server:
        context = ssl.create_default_context(cafile=str(server.pki.ca.certificate))
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
        with (
            socket.create_connection(("127.0.0.1", server.port), 20) as plain,
            pytest.raises((ssl.SSLError, ConnectionError)),
        ):
            context.wrap_socket(plain, server_hostname="127.0.0.1")


def test_the_end_does_not_wait_for_idle_connections_and_streams(tmp_path: Path) -> None:
    with Running(tmp_path) as server, server.connect() as idle, server.connect() as streaming:
        assert idle.ask("GET /").status == 200
        streaming.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        streaming.until(b"first\n")
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 1.5
        assert server.echo.streams_closed.is_set()
        assert idle.is_closed()


def test_the_end_waits_a_moment_for_requests_under_way(tmp_path: Path) -> None:
    with Running(tmp_path) as server, server.connect() as connection:
        connection.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        assert server.echo.reached.wait(20)
        server.release()
        server.stop()
        assert connection.answer().obj["path"] == "/held"


def test_a_request_that_does_not_end_does_not_keep_the_server(tmp_path: Path) -> None:
    with Running(tmp_path) as server, server.connect() as connection:
        connection.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        assert server.echo.reached.wait(20)
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 4
        assert connection.is_closed()
