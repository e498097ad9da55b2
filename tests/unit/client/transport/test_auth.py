"""Credentials that change while a program runs."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pykubectl.client.config.exec_plugin import ExecPlugin
from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.errors import ConnectionError
from pykubectl.client.transport.auth import ExecTransport, TokenFile, TokenFileTransport
from pykubectl.client.transport.interface import Request
from pykubectl.machinery.util.clock import FakeClock
from pykubectl.machinery.values.time import format_time
from tests.support.fake_transport import FakeResponse, FakeTransport

API = "client.authentication.k8s.io/v1"


class Program:
    """A credential plugin: prints what ``answer`` holds, and counts its runs."""

    def __init__(self, directory: Path) -> None:
        self._answer = directory / "answer"
        self._runs = directory / "runs"
        self._runs.touch()
        path = directory / "plugin"
        path.write_text(f"#!/bin/sh\necho run >> {self._runs}\ncat {self._answer}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self.config = RESTConfig(
            "https://h", exec={"command": str(path), "apiVersion": API, "interactiveMode": "Never"}
        )

    def gives(self, **status: Any) -> None:
        self._answer.write_text(json.dumps({"kind": "ExecCredential", "apiVersion": API, "status": status}))

    @property
    def runs(self) -> int:
        return self._runs.read_text().count("run")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


class Connections:
    """Makes a fake transport for each certificate; ``status`` is the answer of all."""

    def __init__(self) -> None:
        self.status = 200
        self.made: list[tuple[str, str]] = []
        self.closed: list[str] = []
        self.tokens: list[str] = []

    def __call__(self, certificate: str, key: str) -> FakeTransport:
        self.made.append((certificate, key))
        transport = FakeTransport(self._answer)
        transport.close = lambda: self.closed.append(certificate)  # type: ignore[method-assign]
        return transport

    def _answer(self, request: Request) -> FakeResponse:
        self.tokens.append(request.headers.get("Authorization", ""))
        return FakeResponse(self.status)


def test_plugin_runs_again_when_its_token_expires(program: Program) -> None:
    clock, connections = FakeClock(), Connections()
    program.gives(token="one", expirationTimestamp=format_time(clock.now() + timedelta(minutes=5)))
    transport = ExecTransport(ExecPlugin(program.config, clock), connections)
    transport.send(Request("GET", "/"))
    program.gives(token="two")
    transport.send(Request("GET", "/"))
    clock.advance(300)
    transport.send(Request("GET", "/"))

    assert connections.tokens == ["Bearer one", "Bearer one", "Bearer two"]
    assert program.runs == 2


def test_new_certificate_of_a_plugin_gets_new_connections(program: Program) -> None:
    clock, connections = FakeClock(), Connections()
    expires = format_time(clock.now() + timedelta(minutes=5))
    program.gives(clientCertificateData="c1", clientKeyData="k1", expirationTimestamp=expires)
    transport = ExecTransport(ExecPlugin(program.config, clock), connections)
    transport.send(Request("GET", "/"))
    program.gives(clientCertificateData="c2", clientKeyData="k2")
    clock.advance(300)
    transport.send(Request("GET", "/"))
    transport.send(Request("GET", "/"))

    assert connections.made == [("c1", "k1"), ("c2", "k2")]
    assert connections.closed == ["c1"]


def test_refused_credentials_are_asked_for_anew_once(program: Program) -> None:
    program.gives(token="old")
    plugin = ExecPlugin(program.config, FakeClock())
    old = plugin.credentials()
    program.gives(token="new")
    # Two requests under way were refused; the second answer comes when new credentials are there.
    plugin.forget(old)
    assert plugin.credentials().token == "new"
    plugin.forget(old)

    assert plugin.credentials().token == "new"
    assert program.runs == 2


def test_request_that_is_sent_again_has_the_token_of_then(program: Program) -> None:
    connections = Connections()
    connections.status = 401
    program.gives(token="old")
    transport = ExecTransport(ExecPlugin(program.config, FakeClock()), connections)
    request = Request("GET", "/")
    transport.send(request)
    program.gives(token="new")
    transport.send(request)

    assert connections.tokens == ["Bearer old", "Bearer new"]
    assert request.headers == {}


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"token": "t", "expirationTimestamp": "tomorrow"}, 'decoding stdout: parsing time "tomorrow" as'),
        ({"token": "t", "expirationTimestamp": "2026-01-01T00:00:00"}, "decoding stdout: parsing time"),
        ({}, "exec plugin didn't return a token or cert/key pair"),
        ({"clientKeyData": "k"}, "exec plugin returned only certificate or key, not both"),
    ],
)
def test_unusable_answers_are_named(program: Program, status: dict[str, Any], text: str) -> None:
    program.gives(**status)

    with pytest.raises(ConnectionError, match=f"getting credentials: {text}"):
        ExecPlugin(program.config, FakeClock()).credentials()


def test_token_file_is_read_each_minute_and_after_a_refusal(tmp_path: Path) -> None:
    clock, connections = FakeClock(), Connections()
    path = tmp_path / "token"
    path.write_text("one\n")
    transport = TokenFileTransport(connections("", ""), TokenFile(str(path), "", clock))
    transport.send(Request("GET", "/"))
    path.write_text("two\n")
    transport.send(Request("GET", "/"))
    clock.advance(60)
    connections.status = 401
    transport.send(Request("GET", "/"))
    path.write_text("three\n")
    transport.send(Request("GET", "/"))
    path.unlink()
    transport.send(Request("GET", "/"))

    assert [token.removeprefix("Bearer ") for token in connections.tokens] == ["one", "one", "two", "three", "three"]


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("nonsense", "decoding stdout: couldn't get version/kind; json parse error: json: cannot unmarshal string"),
        ("{}", "exec plugin is configured to use API version .*/v1, plugin returned version .*/__internal"),
        (f"apiVersion: {API}\nkind: Pod", 'decoding stdout: no kind "Pod" is registered for version'),
        (f"apiVersion: {API}\nstatus: [1]", "decoding stdout: json: cannot unmarshal array into Go struct field"),
        (f"apiVersion: {API}", "exec plugin didn't return a status field"),
    ],
)
def test_what_is_no_credential_is_named(program: Program, tmp_path: Path, printed: str, text: str) -> None:
    (tmp_path / "answer").write_text(printed)

    with pytest.raises(ConnectionError, match=f"Unable to connect to the server: getting credentials: {text}"):
        ExecPlugin(program.config, FakeClock()).credentials()


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("/nowhere/plugin", "exec: fork/exec /nowhere/plugin: no such file or directory"),
        ("no-such-plugin", "(?s)exec: executable no-such-plugin not found\n\nIt looks like .*\n\nget it$"),
    ],
)
def test_missing_programs(command: str, text: str) -> None:
    plugin = {"command": command, "apiVersion": API, "interactiveMode": "Never", "installHint": "get it"}

    with pytest.raises(ConnectionError, match=text):
        ExecPlugin(RESTConfig("https://h", exec=plugin), FakeClock()).credentials()
