"""What every transport does; run over the light and the full one against a real TLS server."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.errors import ConnectionError, ConnectionRefused, ConnectionReset, TimeoutError
from pykubectl.client.transport.auth import static_headers
from pykubectl.client.transport.full import FullTransport
from pykubectl.client.transport.interface import Request, Transport
from pykubectl.client.transport.light import LightTransport
from pykubectl.client.transport.tls import make_context
from tests.contract.transport_server import Authority, TestServer

Make = Callable[[RESTConfig], Transport]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def server(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    server = TestServer(authority, tmp_path_factory.mktemp("server"), ["127.0.0.1"])
    yield server
    server.stop()


def _light(config: RESTConfig) -> Transport:
    context = make_context(config)
    return LightTransport(config.host, context, config.tls_server_name, static_headers(config))


def _full(config: RESTConfig) -> Transport:
    return FullTransport(config, make_context(config), static_headers(config), {})


@pytest.fixture(params=[_light, _full], ids=["light", "full"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    made: list[Transport] = []

    def build(config: RESTConfig) -> Transport:
        made.append(request.param(config))
        return made[-1]

    yield build
    for transport in made:
        transport.close()


@pytest.fixture
def config(server: TestServer, authority: Authority) -> RESTConfig:
    return RESTConfig(f"https://127.0.0.1:{server.port}", ca_data=authority.pem)


def echo(transport: Transport, request: Request) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(transport.send(request).read())
    return answer


def test_request_arrives_as_it_was_given(make: Make, config: RESTConfig) -> None:
    config.token = "secret"
    request = Request("POST", "/echo", [("a", "x y&z"), ("a", "ü")], {"Content-Type": "text/plain"}, b"hello")

    seen = echo(make(config), request)

    assert (seen["method"], seen["body"]) == ("POST", "hello")
    assert seen["target"] == "/echo?a=x+y%26z&a=%C3%BC"
    assert seen["headers"]["authorization"] == ["Bearer secret"]
    assert seen["headers"]["content-type"] == ["text/plain"]


def test_repeated_headers_are_joined(make: Make, config: RESTConfig) -> None:
    response = make(config).send(Request("GET", "/echo"))

    assert response.headers["x-a"] == "1, 2"
    response.read()


def test_connection_is_used_again(make: Make, config: RESTConfig, server: TestServer) -> None:
    transport = make(config)
    before = server.connections

    for _ in range(3):
        transport.send(Request("GET", "/chunked")).read()
        transport.send(Request("GET", "/echo")).read()
        transport.send(Request("HEAD", "/echo")).read()

    assert server.connections == before + 1


def test_connection_closed_while_idle_is_replaced(make: Make, config: RESTConfig) -> None:
    transport = make(config)

    assert [transport.send(Request("POST", "/drop", body=b"")).read() for _ in range(3)] == [b"ok"] * 3


def test_body_without_length_ends_with_the_connection(make: Make, config: RESTConfig) -> None:
    assert make(config).send(Request("GET", "/until-close")).read() == b"all of it"


def test_lines_are_joined_over_chunks(make: Make, config: RESTConfig) -> None:
    assert [*make(config).send(Request("GET", "/chunked")).lines()] == [b"one", b"two", b"three"]


def test_status_is_no_exception(make: Make, config: RESTConfig) -> None:
    response = make(config).send(Request("GET", "/not-found"))

    assert (response.status, response.read()) == (404, b"none")


def test_cut_body_is_an_error(make: Make, config: RESTConfig) -> None:
    with pytest.raises(ConnectionReset):
        make(config).send(Request("GET", "/cut")).read()


def test_close_wakes_a_waiting_reader(make: Make, config: RESTConfig, server: TestServer) -> None:
    server.stream_closed.clear()
    response = make(config).send(Request("GET", "/stream"))
    lines = response.lines()
    assert next(lines) == b"first"
    ended = threading.Event()
    rest: list[bytes] = []

    def read() -> None:
        rest.extend(lines)
        ended.set()

    reader = threading.Thread(target=read)
    reader.start()
    response.close()

    assert ended.wait(5)
    reader.join()
    assert rest == []
    assert server.stream_closed.wait(5)


def test_close_without_reader_is_idempotent(make: Make, config: RESTConfig, server: TestServer) -> None:
    server.stream_closed.clear()
    response = make(config).send(Request("GET", "/stream"))

    response.close()
    response.close()

    assert server.stream_closed.wait(5)
    assert [*response.lines()] == []


def test_timeout(make: Make, config: RESTConfig) -> None:
    with pytest.raises(TimeoutError) as raised:
        make(config).send(Request("GET", "/slow", timeout=0.05)).read()

    assert str(raised.value) == (
        "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    )


def test_refused(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(ConnectionRefused) as raised:
        make(RESTConfig(f"https://127.0.0.1:{port}", insecure=True)).send(Request("GET", "/"))

    assert str(raised.value) == (
        f"The connection to the server 127.0.0.1:{port} was refused - did you specify the right host or port?"
    )


def test_unknown_host(make: Make) -> None:
    with pytest.raises(ConnectionError) as raised:
        make(RESTConfig("https://no-such-host.invalid:1", insecure=True)).send(Request("GET", "/"))

    assert str(raised.value) == "Unable to connect to the server: dial tcp: lookup no-such-host.invalid: no such host"


def test_unknown_authority(make: Make, config: RESTConfig) -> None:
    with pytest.raises(ConnectionError) as raised:
        make(config.copy(ca_data=Authority().pem)).send(Request("GET", "/echo"))

    assert str(raised.value) == (
        "Unable to connect to the server: tls: failed to verify certificate: "
        "x509: certificate signed by unknown authority"
    )


def test_wrong_name_and_server_name(make: Make, config: RESTConfig) -> None:
    assert echo(make(config.copy(tls_server_name="server.test")), Request("GET", "/echo"))["method"] == "GET"
    with pytest.raises(ConnectionError, match=r"x509: certificate is valid for|x509: cannot validate"):
        make(config.copy(tls_server_name="other.test")).send(Request("GET", "/echo"))


def test_insecure_trusts_anyone(make: Make, config: RESTConfig) -> None:
    assert echo(make(config.copy(ca_data=b"", insecure=True)), Request("GET", "/echo"))["method"] == "GET"


def test_client_certificate_from_data_and_file(
    make: Make, config: RESTConfig, authority: Authority, tmp_path: Path
) -> None:
    certificate, key = authority.issue("alice", [])
    (tmp_path / "c.pem").write_bytes(certificate)
    (tmp_path / "k.pem").write_bytes(key)
    from_data = config.copy(client_certificate_data=certificate, client_key_data=key)
    from_file = config.copy(client_certificate_file=str(tmp_path / "c.pem"), client_key_file=str(tmp_path / "k.pem"))

    for each in (from_data, from_file):
        assert echo(make(each), Request("GET", "/echo"))["peer"] == {"commonName": "alice"}


def test_many_threads_share_a_transport(make: Make, config: RESTConfig) -> None:
    transport = make(config)
    answers: list[str] = []

    def ask(number: int) -> None:
        for _ in range(5):
            answers.append(echo(transport, Request("GET", "/echo", [("n", str(number))]))["target"])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == sorted(f"/echo?n={number}" for number in range(8) for _ in range(5))
