"""Patches that are applied without a server, against the real kubectl."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

import pytest

from tests.support.canned_api import CannedAPI, Object

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

POD: Object = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "a", "namespace": "default", "labels": {"x": "y"}},
    "spec": {"containers": [{"name": "c", "image": "i"}]},
}
FOO: Object = {"apiVersion": "q.r/v1", "kind": "Foo", "metadata": {"name": "f", "namespace": "n"}, "list": [1]}
PATCHES: dict[str, list[str]] = {
    "strategic": [
        '{"metadata":{"labels":{"x":"z"}}}',
        '{"metadata":{"labels":{"x":"y"}}}',
        "metadata: {labels: {q: r}}",
        '{"spec":{"containers":[{"name":"d","image":"j"}]}}',
        '{"spec":{"containers":5}}',
        *('{"$patch":"foo"}', "{}", "[]", "5", "{", '{"a":}', "a: b: c"),
    ],
    "merge": [
        '{"spec":{"a":1,"containers":null}}',
        "spec: {a: 1}",
        '{"metadata":null}',
        '{"kind":null}',
        *("{}", "[]", "5", "x", "{"),
    ],
    "json": [
        '[{"op":"add","path":"/x","value":1}]',
        '[{"op":"add","path":"/spec/containers/-","value":{"name":"d"}}]',
        '[{"op":"remove","path":"/nope"}]',
        '[{"op":"remove","path":"/nope/x"}]',
        '[{"op":"replace","path":"/nope","value":1}]',
        '[{"op":"test","path":"/kind","value":"Foo"}]',
        '[{"op":"test","path":"/kind","value":"Pod"}]',
        '[{"op":"foo","path":"/kind"}]',
        *("[]", "{}", "[1]", "x"),
    ],
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CannedAPI]:
    with CannedAPI(tmp_path_factory.mktemp("api")) as running:
        running.objects["/api/v1/namespaces/default/pods/a"] = POD
        yield running


def check(api: CannedAPI, lines: list[str], stdin: str) -> None:
    answers = [
        (line, api.kubectl(*shlex.split(line), stdin=stdin), api.pykubectl(*shlex.split(line), stdin=stdin))
        for line in lines
    ]
    assert [(line, theirs, ours) for line, theirs, ours in answers if theirs != ours] == []


@pytest.mark.parametrize("kind", PATCHES)
@pytest.mark.parametrize("how", ["pods a --dry-run=client", "--local -f -"])
def test_patches(api: CannedAPI, how: str, kind: str) -> None:
    lines = [f"patch {how} --type={kind} -p {shlex.quote(patch)}" for patch in PATCHES[kind]]
    check(api, [f"{line}{output}" for line in lines for output in ("", " -o yaml")], json.dumps(POD))


@pytest.mark.parametrize("kind", PATCHES)
def test_objects_of_other_kinds(api: CannedAPI, kind: str) -> None:
    lines = [f"patch --local -f - --type={kind} -p {shlex.quote(patch)} -o json" for patch in PATCHES[kind][:3]]
    check(api, lines, json.dumps(FOO))


def test_flags(api: CannedAPI) -> None:
    lines = ["patch --local pods a -p {}", "patch pods a --type=MERGE -p {}", "patch pods a -p {} --dry-run=server"]
    lines += ["patch pods a -p {}", "patch pods zz -p {} --dry-run=client", "patch -f - -p {} --dry-run=client -o name"]
    check(api, lines, json.dumps(POD))
