"""Logs: what is printed of one, and of several at once. Which ones are chosen is compared with the real kubectl."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import Values
from pykubectl.cli.global_flags import GLOBAL_FLAGS
from pykubectl.cli.streams import IOStreams
from pykubectl.client.transport.interface import Request
from pykubectl.cmd.logs import COMMAND
from pykubectl.factory.factory import Factory
from pykubectl.machinery.errors import StatusError
from pykubectl.ops.logs import LogRun
from tests.support.canned_api import DISCOVERY
from tests.support.fake_transport import FakeResponse, FakeTransport, json_response

PODS = "/api/v1/namespaces/shop/pods"


def pod(name: str, *containers: str) -> dict[str, Any]:
    spec = {"containers": [{"name": container} for container in containers]}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


class Pieces(FakeResponse):
    """A log that comes in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        super().__init__(headers={"content-type": "text/plain"})
        self.streaming = True
        for piece in (*pieces, None):
            self.feed.put(piece)


class Logs:
    """Pods and their logs: pieces of bytes by pod and container."""

    def __init__(self, directory: Path, pods: list[dict[str, Any]], logs: dict[tuple[str, str], list[bytes]]) -> None:
        self._pods = {entry["metadata"]["name"]: entry for entry in pods}
        self._logs = logs
        self._cache = str(directory)
        self.queries: list[dict[str, str]] = []

    def run(self, *args: str, **flags: Any) -> tuple[str, str]:
        values = Values((*COMMAND.flags, *GLOBAL_FLAGS))
        values.update({"cache-dir": self._cache, "kubeconfig": ""})
        values.update({name.replace("_", "-"): value for name, value in flags.items()})
        streams = IOStreams(io.StringIO(), out := io.StringIO(), err := io.StringIO())
        factory = Factory(values, streams, FakeTransport(self._answer))
        LogRun(factory, "shop", values, list(args), "", {"follow": values["follow"] or None}).run()
        return out.getvalue(), err.getvalue()

    def _answer(self, request: Request) -> FakeResponse:
        if request.path in DISCOVERY:
            return json_response(DISCOVERY[request.path])
        rest = request.path.removeprefix(PODS).strip("/")
        if not rest:
            return json_response({"kind": "PodList", "metadata": {}, "items": list(self._pods.values())})
        name, _, log = rest.partition("/")
        if not log:
            return json_response(self._pods[name])
        query = dict(request.query)
        self.queries.append(query)
        pieces = self._logs.get((name, query["container"]))
        if pieces is None:
            text = f'container "{query["container"]}" is waiting to start'
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 400, "reason": "BadRequest"}
            return json_response({**status, "message": text}, 400)
        return Pieces(*pieces)


def test_a_log_is_printed_as_it_comes(tmp_path: Path) -> None:
    logs = Logs(tmp_path, [pod("web", "c")], {("web", "c"): [b"one\ntw", b"o\nthree"]})
    assert logs.run("web") == ("one\ntwo\nthree", "")
    assert logs.queries == [{"container": "c"}]


def test_a_character_may_come_in_two_pieces_and_bytes_that_are_none_stay(tmp_path: Path) -> None:
    whole = "é😀".encode()
    logs = Logs(tmp_path, [pod("web", "c")], {("web", "c"): [whole[:1], whole[1:4], whole[4:], b"\xff\xc3"]})
    out, _ = logs.run("web")
    assert out.encode("utf-8", "surrogateescape") == whole + b"\xff\xc3"


@pytest.mark.parametrize("flag", ["prefix", "all_pods"])
def test_lines_tell_where_they_come_from(tmp_path: Path, flag: str) -> None:
    logs = Logs(tmp_path, [pod("web", "c")], {("web", "c"): [b"on", b"e\ntwo\nlast"]})
    out, _ = logs.run("web", **{flag: True})
    assert out == "[pod/web/c] one\n[pod/web/c] two\n[pod/web/c] last"


def test_logs_of_several_containers_come_one_after_the_other(tmp_path: Path) -> None:
    logs = Logs(tmp_path, [pod("web", "a", "b")], {("web", "a"): [b"1\n"], ("web", "b"): [b"2\n"]})
    assert logs.run("web", all_containers=True) == ("1\n2\n", "")


def test_logs_that_are_followed_come_at_once_in_whole_lines(tmp_path: Path) -> None:
    pods = [pod("web", "a"), pod("db", "b")]
    logs = Logs(tmp_path, pods, {("web", "a"): [b"on", b"e\n"] * 20, ("db", "b"): [b"tw", b"o\n"] * 20})
    out, _ = logs.run(selector="app=x", follow=True)
    assert sorted(out.splitlines()) == ["one"] * 20 + ["two"] * 20
    assert all(query["follow"] == "true" for query in logs.queries)


def test_too_many_logs_are_not_followed(tmp_path: Path) -> None:
    logs = Logs(tmp_path, [pod("web", "a"), pod("db", "b")], {})
    with pytest.raises(CommandError) as caught:
        logs.run(selector="app=x", follow=True, max_log_requests=1)
    assert str(caught.value) == (
        "you are attempting to follow 2 log streams, but maximum allowed concurrency is 1, use --max-log-requests to "
        "increase the limit"
    )


@pytest.mark.parametrize("follow", [False, True])
def test_a_log_that_cannot_be_had_is_told_and_may_be_passed_over(tmp_path: Path, follow: bool) -> None:
    logs = Logs(tmp_path, [pod("web", "a", "b")], {("web", "b"): [b"2\n"]})
    with pytest.raises(StatusError, match='container "a" is waiting to start'):
        logs.run("web", all_containers=True, follow=follow)
    out, _ = logs.run("web", all_containers=True, follow=follow, ignore_errors=True)
    assert sorted(out.splitlines()) == ["2", 'error: container "a" is waiting to start']


def test_without_pods_it_is_said(tmp_path: Path) -> None:
    assert Logs(tmp_path, [], {}).run(selector="app=x") == ("", "No resources found in shop namespace.\n")
