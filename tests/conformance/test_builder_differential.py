"""Files and arguments against the real kubectl, on a server with fixed answers: what is found, and what is refused."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.canned_api import CannedAPI, Object

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

PODS = "/api/v1/namespaces/default/pods"


def pod(name: str, namespace: str = "default", **metadata: Any) -> Object:
    where = {"namespace": namespace} if namespace else {}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **where, **metadata}}


def listed(kind: str, *items: Any) -> Object:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"resourceVersion": "1"}, "items": list(items)}


def documents(*objects: Any) -> str:
    return "---\n".join(json.dumps(obj) + "\n" for obj in objects)


FOO = {"apiVersion": "q.r/v1", "kind": "Foo", "metadata": {"name": "f", "namespace": "n"}}
NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}
WIDGET = {"apiVersion": "x.y/v1", "kind": "Widget", "metadata": {"name": "w"}}
FILES: dict[str, str | bytes] = {
    "a.yaml": documents(pod("a")),
    "b.json": json.dumps(pod("b")),
    "c.txt": documents(pod("c")),
    "two.yaml": documents(pod("a"), pod("b", labels={"x": "y"})),
    "other.yaml": documents(pod("a", "x")),
    "none.yaml": documents(pod("a", "")),
    "zz.yaml": documents(pod("zz")),
    "node.yaml": documents(NODE),
    "nodens.yaml": documents({**NODE, "metadata": {"name": "n1", "namespace": "q"}}),
    "widget.yaml": documents(WIDGET),
    "unknown.yaml": documents(FOO),
    "list.yaml": documents(listed("List", pod("a"), pod("b"))),
    "podlist.yaml": documents(listed("PodList", {"metadata": {"name": "a"}}, pod("b"))),
    "emptylist.yaml": documents(listed("List")),
    "badlist.yaml": documents(listed("List", pod("a"), 5, pod("b")), pod("b")),
    "mixed.yaml": documents(pod("a"), "hello", [1], {"a": 1}, pod("b")),
    "empty.yaml": "",
    "comment.yaml": "# nothing\n---\n---\n",
    "bad.yaml": "a: b: c\n",
    "halfbad.yaml": documents(pod("a")) + "---\na: [\n",
    "nokind.yaml": "apiVersion: v1\nmetadata: {name: a}\n",
    "noname.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {}\n",
    "generated.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {generateName: x-}\n",
    "nometa.yaml": "apiVersion: v1\nkind: Pod\n",
    "text.yaml": "hello\n",
    "array.yaml": "- a\n",
    "number.yaml": "5\n",
    "badgroup.yaml": "apiVersion: a/b/c\nkind: Pod\nmetadata: {name: a}\n",
    "badkind.yaml": "apiVersion: v1\nkind: 5\nmetadata: {name: a}\n",
    "badmeta.yaml": "apiVersion: v1\nkind: Pod\nmetadata: 5\n",
    "badname.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: 5}\n",
    "twice.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a, name: b}\n",
    "latin.yaml": "apiVersion: v1\nkind: Pod\n# \xe9t\xe9\nmetadata: {name: a}\n".encode("latin-1"),
    "utf16.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n".encode("utf-16"),
    "marked.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n".encode("utf-8-sig"),
    "dir/1.yaml": documents(pod("a")),
    "dir/sub/2.yml": documents(pod("zz")),
    "dir/sub/deep/0.json": json.dumps(pod("b")),
    "dir/readme.txt": "no",
    "deep/sub/a.yaml": documents(pod("a")),
    "none/readme.txt": "no",
}
SERVED: dict[str, Object | str] = {
    PODS: listed("PodList", pod("a"), pod("b")),
    "/api/v1/pods": listed("PodList", pod("a"), pod("b")),
    f"{PODS}/a": pod("a"),
    f"{PODS}/b": pod("b"),
    "/api/v1/namespaces/x": {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "x"}},
    "/api/v1/namespaces/x/pods": listed("PodList"),
    "/api/v1/namespaces/x/pods/a": pod("a", "x"),
    "/api/v1/nodes/n1": NODE,
    "/api/v1/namespaces/default/services": listed("ServiceList", {"metadata": {"name": "s", "namespace": "default"}}),
    "/apis/x.y/v1/namespaces/default/widgets": {**listed("WidgetList"), "apiVersion": "x.y/v1"},
    "/apis/x.y/v1/namespaces/default/widgets/w": {**WIDGET, "metadata": {"name": "w", "namespace": "default"}},
    "/two.yaml": documents(pod("a"), pod("b")),
    "/list.yaml": documents(listed("List", pod("a"))),
}
SOURCES = [
    *(name for name in FILES if "/" not in name and name not in ("badlist.yaml", "mixed.yaml")),
    *("dir", "deep", "none", "missing.yaml", "*.json", "dir/*.yaml", "nope*.yaml", "ftp://x/y"),
    *("URL/two.yaml", "URL/list.yaml", "URL/missing.yaml"),
]
ARGUMENTS = """
get -f dir -R -o name
get -f deep -R -o name
get -f none -R -o name
get -f a.yaml,b.json -o name
get -f a.yaml -f missing.yaml -f b.json -o name
get -f a.yaml -f zz.yaml -f b.json -o name
get -f zz.yaml -f unknown.yaml -f bad.yaml -o name
get -f - -f - -o name < a.yaml
get -f a.yaml -f - -o name < b.json
get -f - -o name < two.yaml
get -f - -o name < mixed.yaml
get -f mixed.yaml -f badlist.yaml -o name
label -f mixed.yaml q=r --dry-run=client
get -f - -o name < halfbad.yaml
get -f - -o name < empty.yaml
delete -f - --dry-run=client < list.yaml
annotate --local -f - q=r -o name < two.yaml
get -f a.yaml pods
get -f a.yaml pods/a
get -f two.yaml -l x=y -o name
get -f two.yaml -l 'x=(' -o name
get -f two.yaml --field-selector=a=b -o name
get -f other.yaml -A -o name
get pods,services -o name
get all,pods -o name
get pods a zz b yy
get pods,services a -o name
get pods/a services/s nodes/n1 -o name
get pods/a foo/x -o name
get foo/x bar/y -o name
get pods,foo -o name
get foo,pods -o name
get ,pods -o name
get pods,,services -o name
get '' -o name
get '' a -o name
get Pod/a -o name
get pods.v1./a -o name
get widgets.x.y/w -o name
get widgets.v1.x.y/w -o name
get widgets.v2.x.y w -o name
get wd w -o name
get pods a -A -o name
get pods/a -A -o name
get nodes n1 -A -o name
get nodes/n1 -n x -o name
get pods a -l x=y
get pods/a -l x=y
get pods/a --field-selector=x=y
get -l x=y
get pods -l 'x=('
get pods a/b
get pods a/
get /a
get a b/c
get pods/a/b
get pods 'a b' -o name
get pods .. -o name
delete pods,services --all --dry-run=client
delete pods a --all --dry-run=client
delete pods/a --all --dry-run=client
delete --all --dry-run=client
delete -f two.yaml --all --dry-run=client
delete pods -l x=y --all --dry-run=client
delete pods -A --all --dry-run=client
delete pods a -A --dry-run=client
delete pods zz a --dry-run=client
delete -f two.yaml -f zz.yaml --dry-run=client
label pods --all q=r --dry-run=client
label pods a zz q=r --dry-run=client
label -f two.yaml -l x=y q=r --dry-run=client
label --local pods a q=r
label --local -f unknown.yaml q=r -o name
scale --replicas=2 pods zz
rollout status pods/zz
wait -f zz.yaml --for=delete
wait pods --all --for=delete --timeout=0
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CannedAPI]:
    folder = tmp_path_factory.mktemp("files")
    for name, content in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with CannedAPI(tmp_path_factory.mktemp("api")) as running:
        running.objects.update(SERVED)
        running.commands = dataclasses.replace(running.commands, cwd=folder)
        yield running


def check(api: CannedAPI, lines: list[str]) -> None:
    folder, before = api.commands.cwd, Path.cwd()
    differences = []
    for line in lines:
        command, _, stdin = line.replace("URL", api.url).partition(" < ")
        text = (folder / stdin).read_text() if stdin else None
        theirs = api.kubectl(*shlex.split(command), stdin=text)
        os.chdir(folder)
        try:
            ours = api.pykubectl(*shlex.split(command), stdin=text or "")
        finally:
            os.chdir(before)
        if theirs != ours:
            differences.append((line, theirs, ours))
    assert differences == []


@pytest.mark.parametrize(
    "line",
    [
        "get -f {} -o name",
        "get -f {} -o name -n x",
        "delete -f {} --dry-run=client",
        "label -f {} q=r --dry-run=client -o name",
        "annotate --local -f {} q=r -o name",
    ],
)
def test_sources(api: CannedAPI, line: str) -> None:
    check(api, [line.format(f"'{source}'") for source in SOURCES])


@pytest.mark.parametrize("part", range(3))
def test_arguments(api: CannedAPI, part: int) -> None:
    check(api, ARGUMENTS.strip().splitlines()[part::3])
