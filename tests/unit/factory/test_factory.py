"""The factory: flags to configuration, and everything made once, when it is first asked for."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from pykubectl.cli.flags import Values
from pykubectl.cli.global_flags import GLOBAL_FLAGS
from pykubectl.cli.streams import IOStreams
from pykubectl.client.errors import ConfigError
from pykubectl.client.transport.interface import Request
from pykubectl.factory.factory import Factory
from pykubectl.machinery.mapper import NoMatch
from tests.support.canned_api import DISCOVERY
from tests.support.fake_transport import FakeResponse, FakeTransport, json_response

KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "one",
    "clusters": [
        {"name": "c", "cluster": {"server": "https://c:6443"}},
        {"name": "d", "cluster": {"server": "https://d:6443"}},
    ],
    "users": [{"name": "u", "user": {"token": "t"}}, {"name": "v", "user": {"token": "w"}}, {"name": "n", "user": {}}],
    "contexts": [
        {"name": "one", "context": {"cluster": "c", "user": "u", "namespace": "shop"}},
        {"name": "two", "context": {"cluster": "d", "user": "v"}},
    ],
}


@pytest.fixture
def kubeconfig(tmp_path: Path) -> str:
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(KUBECONFIG))
    return str(file)


def made(kubeconfig: str, transport: FakeTransport | None = None, **flags: Any) -> Factory:
    values = Values(GLOBAL_FLAGS)
    cache = str(Path(kubeconfig).parent / "cache")
    values.update({"kubeconfig": kubeconfig, "cache-dir": cache, **{k.replace("_", "-"): v for k, v in flags.items()}})
    return Factory(values, IOStreams(io.StringIO(), io.StringIO(), io.StringIO()), transport)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, {"host": "https://c:6443", "token": "t", "namespace": "shop"}),
        ({"context": "two"}, {"host": "https://d:6443", "token": "w"}),
        ({"cluster": "d"}, {"host": "https://d:6443", "token": "t"}),
        ({"user": "v"}, {"host": "https://c:6443", "token": "w"}),
        ({"server": "https://e"}, {"host": "https://e"}),
        ({"token": "x"}, {"token": "x"}),
        ({"user": "n", "username": "me", "password": "secret"}, {"username": "me", "password": "secret"}),
        ({"as": "her", "as_uid": "7", "as_group": ["a", "b"]}, {"impersonate": "her"}),
        (
            {"as": "her", "as_user_extra": ["k=1", "k=2=3", "j=", "nothing"]},
            {"impersonate_extra": {"k": ["1", "2=3"], "j": [""]}},
        ),
        ({"request_timeout": "1m"}, {"timeout": 60.0}),
        ({"request_timeout": "7"}, {"timeout": 7.0}),
        ({"insecure_skip_tls_verify": True}, {"insecure": True}),
        ({"tls_server_name": "name"}, {"tls_server_name": "name"}),
        ({"disable_compression": True}, {"disable_compression": True}),
    ],
)
def test_flags_win_over_the_kubeconfig(kubeconfig: str, flags: dict[str, Any], expected: dict[str, Any]) -> None:
    config = made(kubeconfig, **flags).rest_config
    assert {name: getattr(config, name) for name in expected} == expected


def test_extras_without_a_user_are_refused(kubeconfig: str) -> None:
    with pytest.raises(ConfigError, match="requesting uid, groups or user-extra for u without impersonating a user"):
        made(kubeconfig, as_user_extra=["k=v"]).rest_config  # noqa: B018


def test_the_namespace_and_whether_it_was_asked_for(kubeconfig: str) -> None:
    assert made(kubeconfig).namespace() == ("shop", False)
    assert made(kubeconfig, context="two").namespace() == ("default", False)
    assert made(kubeconfig, namespace="x").namespace() == ("x", True)


def discovery(request: Request) -> FakeResponse:
    found = DISCOVERY.get(request.path)
    return json_response(found) if found else json_response({"kind": "Status", "code": 404, "reason": "NotFound"}, 404)


def paths(transport: FakeTransport) -> list[str]:
    return [request.path for request in transport.requests]


ONCE = ["/api", "/apis", "/api/v1", "/apis/apps/v1", "/apis/x.y/v1"]


def test_the_server_is_asked_what_it_has_once_in_a_run(kubeconfig: str) -> None:
    transport = FakeTransport(discovery)
    factory = made(kubeconfig, transport)
    assert paths(transport) == []
    assert factory.mapper.by_name("po").kind.kind == "Pod"
    assert factory.mapper.by_name("deploy").kind.kind == "Deployment"
    assert factory.mapper.by_name("widgets.x.y").kind.kind == "Widget"
    assert factory.mapper is factory.mapper and factory.rest is factory.rest
    assert sorted(paths(transport)) == sorted(ONCE)


def test_the_next_run_reads_the_cache(kubeconfig: str) -> None:
    made(kubeconfig, FakeTransport(discovery)).mapper.by_name("pods")
    transport = FakeTransport(discovery)
    made(kubeconfig, transport).mapper.by_name("pods")
    assert paths(transport) == []


def test_an_unknown_name_is_looked_up_afresh_once(kubeconfig: str) -> None:
    made(kubeconfig, FakeTransport(discovery)).mapper.by_name("pods")
    transport = FakeTransport(discovery)
    factory = made(kubeconfig, transport)
    for _ in range(2):
        with pytest.raises(NoMatch, match='the server doesn\'t have a resource type "foo"'):
            factory.mapper.by_name("foo")
    assert sorted(paths(transport)) == sorted(ONCE)


def test_live_discovery_always_asks(kubeconfig: str) -> None:
    transport = FakeTransport(discovery)
    factory = made(kubeconfig, transport)
    for _ in range(2):
        factory.live_discovery.server_groups_and_resources()
    assert sorted(paths(transport)) == sorted(ONCE * 2)


def test_warnings_of_the_server_are_counted_and_told(kubeconfig: str) -> None:
    headers = {"content-type": "application/json", "warning": '299 - "old"'}
    transport = FakeTransport(lambda request: FakeResponse(200, b"{}", headers))
    factory = made(kubeconfig, transport)
    factory.rest.get("/version")
    factory.rest.get("/version")
    assert factory.warnings == 2
    assert factory.streams.err.getvalue() == "Warning: old\nWarning: old\n"  # type: ignore[attr-defined]


class Closing(FakeTransport):
    """Tells whether it was closed."""

    def __init__(self) -> None:
        super().__init__(discovery)
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_a_transport_that_was_given_stays_open_and_one_that_was_made_does_not(kubeconfig: str) -> None:
    transport = Closing()
    with made(kubeconfig, transport) as factory:
        factory.mapper.by_name("pods")
    assert not transport.closed
    with made(kubeconfig) as factory:
        own = factory.rest.transport = Closing()
    assert own.closed


def test_what_was_not_used_needs_no_closing(kubeconfig: str) -> None:
    factory = made(kubeconfig)
    factory.close()
    assert "rest" not in vars(factory)


def test_programs_name_flags_as_arguments(kubeconfig: str) -> None:
    factory = Factory.standard(kubeconfig=kubeconfig, request_timeout="10s")
    assert (factory.rest_config.timeout, factory.values.changed) == (10.0, {"kubeconfig", "request-timeout"})
    with pytest.raises(TypeError, match="unknown flag: --foo-bar"):
        Factory.standard(foo_bar="x")


def test_without_a_kubeconfig_the_server_is_localhost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_MASTER", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    values = Values(GLOBAL_FLAGS)
    streams = IOStreams(io.StringIO(), io.StringIO(), io.StringIO())
    assert Factory(values, streams).rest_config.host == "http://localhost:8080"
    monkeypatch.setenv("KUBERNETES_MASTER", "http://m:1")
    assert Factory(values, streams).rest_config.host == "http://m:1"
