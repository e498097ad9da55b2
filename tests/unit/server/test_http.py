"""What the HTTP server makes of what callers write to it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from tests.unit.server.running import Connection, Running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def connection(server: Running) -> Iterator[Connection]:
    with server.connect() as found:
        yield found


@pytest.mark.parametrize(
    "text",
    [
        "GARBAGE\r\n\r\n",
        "G@T / HTTP/1.1\r\nHost: x\r\n\r\n",
        "FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nNo Such: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nnocolon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2x\r\n\r\n{}",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n{}",
        "\0\0\0\0",
    ],
)
def test_what_is_no_http_is_refused_and_ends_the_connection(connection: Connection, text: str) -> None:
    connection.send(text)
    answer = connection.answer()
    assert (answer.status, answer.body, answer.headers["connection"]) == (400, b"400 Bad Request", "close")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("GET / HTTP/1.1\r\n\r\n", b"400 Bad Request: missing required Host header"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400 Bad Request: too many Host headers"),
    ],
)
def test_one_host_is_named(connection: Connection, text: str, message: bytes) -> None:
    connection.send(text)
    answer = connection.answer()
    assert (answer.status, answer.body) == (400, message)


def test_the_older_protocol_needs_no_host_and_one_connection_per_request(connection: Connection) -> None:
    connection.send("GET /old HTTP/1.0\r\n\r\n")
    answer = connection.answer()
    assert (answer.status, answer.obj["path"]) == (200, "/old")
    assert connection.is_closed()


@pytest.mark.parametrize("size", [2_000_000, 4_000_000])
@pytest.mark.parametrize(
    "text", ["GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX: {long}\r\n\r\n"]
)
def test_too_long_a_head_is_refused(connection: Connection, text: str, size: int) -> None:
    # The server hangs up before the end: not all can be sent, and the answer may be lost on the way.
    with contextlib.suppress(OSError):
        connection.send(text.replace("{long}", "a" * size))
    with contextlib.suppress(EOFError):
        answer = connection.answer()
        assert (answer.status, answer.body) == (431, b"431 Request Header Fields Too Large")
    assert connection.is_closed()


def test_a_long_header_is_no_fault(connection: Connection) -> None:
    answer = connection.ask("GET /", f"X: {'a' * 900_000}")
    assert (answer.status, len(answer.obj["headers"]["x"])) == (200, 900_000)


def test_headers_that_come_again_cost_no_more_than_others(connection: Connection) -> None:
    begun = time.process_time()
    answer = connection.ask("GET /", *["X: a"] * 100_000)
    assert (answer.status, answer.obj["headers"]["x"]) == (200, "\n".join(["a"] * 100_000))
    assert time.process_time() - begun < 5


def test_nobody_says_who_the_caller_is(connection: Connection) -> None:
    forwarded = ("X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Remote-User: root")
    assert connection.ask("GET /", *forwarded).obj["authorization"] == ""


def test_names_of_headers_have_no_case(connection: Connection) -> None:
    answer = connection.ask("GET /", "aUTHORIZATION: Bearer x")
    assert answer.obj["authorization"] == "Bearer x"


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/", "/", ""),
        ("/a/b?c=d&e", "/a/b", "c=d&e"),
        ("/a%20b", "/a b", ""),
        ("/a%2Fb", "/a/b", ""),
        ("/%C3%A9", "/é", ""),
        ("/%zz", "/%zz", ""),
        ("/%", "/%", ""),
        ("//a//b/", "//a//b/", ""),
        ("/a/../b/./c", "/a/../b/./c", ""),
        ("/a?b=%zz", "/a", "b=%zz"),
        ("https://elsewhere/a", "/a", ""),
        ("/a;b=c", "/a;b=c", ""),
    ],
)
def test_targets_are_decoded_once_and_otherwise_left_alone(
    connection: Connection, target: str, path: str, query: str
) -> None:
    answer = connection.ask(f"GET {target}")
    assert (answer.obj["path"], answer.obj["query"]) == (path, query)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_methods_reach_the_handler(connection: Connection, method: str) -> None:
    assert connection.ask(f"{method} /").obj["method"] == method


def test_head_has_the_headers_of_get_and_no_body(connection: Connection) -> None:
    head = connection.ask("HEAD /a")
    assert (head.status, head.headers["content-type"]) == (200, "application/json")
    assert int(head.headers["content-length"]) > 0
    # The next answer begins where the head ended.
    assert connection.ask("GET /b").obj["path"] == "/b"


def test_bodies_by_length_and_in_chunks(connection: Connection) -> None:
    assert connection.ask("POST /", "Content-Length: 5", body="hello").obj["body"] == "hello"
    chunked = "3\r\nhel\r\n2;ext=1\r\nlo\r\n0\r\nTrailer: x\r\n\r\n"
    assert connection.ask("POST /", "Transfer-Encoding: chunked", body=chunked).obj["body"] == "hello"
    assert connection.ask("POST /").obj["body"] == ""


def test_a_body_that_comes_in_pieces(connection: Connection) -> None:
    connection.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
    for piece in "abcd":
        connection.send(piece)
    assert connection.answer().obj["body"] == "abcd"


def test_too_large_a_body_is_refused(connection: Connection) -> None:
    connection.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3145729\r\n\r\n" + "a" * 3145729)
    answer = connection.answer()
    assert (answer.status, answer.obj["reason"]) == (413, "RequestEntityTooLarge")


def test_the_largest_body_is_taken(connection: Connection) -> None:
    assert len(connection.ask("POST /", "Content-Length: 3145728", body="a" * 3145728).obj["body"]) == 3145728


def test_who_waits_for_leave_to_send_gets_it_when_the_body_is_wanted(connection: Connection) -> None:
    assert connection.ask("POST /", "Content-Length: 2", "Expect: 100-continue").status == 100
    connection.send("{}")
    assert connection.answer().obj["body"] == "{}"


def test_who_waits_for_leave_to_send_is_refused_at_once(connection: Connection) -> None:
    assert connection.ask("POST /refuse", "Content-Length: 2", "Expect: 100-continue").status == 403


def test_a_body_that_nobody_wants_is_not_taken_without_end(connection: Connection) -> None:
    assert connection.ask("POST /refuse", "Content-Length: 999999999999", body="a").status == 403
    with pytest.raises(OSError):
        for _ in range(1000):
            connection.send(b"a" * 65536)


def test_a_small_body_that_nobody_wants_is_passed_over(connection: Connection) -> None:
    assert connection.ask("POST /refuse", "Content-Length: 5", body="hello").status == 403
    assert connection.ask("GET /next").obj["path"] == "/next"


def test_a_connection_is_kept(connection: Connection) -> None:
    assert [connection.ask(f"GET /{number}").obj["path"] for number in range(5)] == [f"/{n}" for n in range(5)]


def test_a_connection_is_closed_when_asked(connection: Connection) -> None:
    assert connection.ask("GET /", "Connection: close").headers["connection"] == "close"
    assert connection.is_closed()


def test_requests_in_a_row_are_answered_in_their_order(connection: Connection) -> None:
    connection.send("".join(f"GET /{number} HTTP/1.1\r\nHost: x\r\n\r\n" for number in range(50)))
    assert [connection.answer().obj["path"] for _ in range(50)] == [f"/{number}" for number in range(50)]


@pytest.mark.parametrize("protocol", ["websocket", "h2c", "SPDY/3.1"])
def test_other_protocols_are_not_spoken(connection: Connection, protocol: str) -> None:
    answer = connection.ask("GET /a", "Connection: Upgrade", f"Upgrade: {protocol}")
    assert (answer.status, answer.obj["path"]) == (200, "/a")


def test_a_caller_that_hangs_up_ends_its_stream(server: Running) -> None:
    server.echo.streams_closed.clear()
    with server.connect() as connection:
        connection.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.until(b"first\n")
    assert server.echo.streams_closed.wait(20)


def test_half_a_request_and_a_goodbye_disturb_nobody(server: Running) -> None:
    for text in ("", "GET", "GET / HTTP/1.1\r\nHos", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"):
        with server.connect() as connection:
            connection.send(text)
    with server.connect() as connection:
        assert connection.ask("GET /").status == 200
