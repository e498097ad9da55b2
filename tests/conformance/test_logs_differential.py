"""Logs against the real kubectl, on a server with fixed answers: which container is chosen, and what is said of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.canned_api import CannedAPI, Object

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

PODS = "/api/v1/namespaces/default/pods"


def pod(name: str, main: str, init: str = "", extra: str = "", default: str = "", **status: Any) -> Object:
    annotations = {"kubectl.kubernetes.io/default-container": default} if default else {}
    spec: Object = {"containers": [{"name": entry, "resources": {}} for entry in main.split()]}
    if init:
        spec["initContainers"] = [{"name": entry, "resources": {}} for entry in init.split()]
    if extra:
        spec["ephemeralContainers"] = [{"name": entry, "resources": {}} for entry in extra.split()]
    meta = {"name": name, "namespace": "default", "uid": name, "labels": {"app": "x"}, "annotations": annotations}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": meta, "spec": spec, "status": status}


PODS_SERVED = [
    pod("one", "a"),
    pod("two", "a b"),
    pod("init", "a", "i"),
    pod("extra", "a", "", "e"),
    pod("all", "a b", "i j", "e"),
    pod("chosen", "a b", "i", "", "b"),
    pod("chosen-init", "a b", "i", "", "i"),
    pod("wrong", "a b", "", "", "z"),
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CannedAPI]:
    with CannedAPI(tmp_path_factory.mktemp("api")) as running:
        for one in PODS_SERVED:
            path = f"{PODS}/{one['metadata']['name']}"
            running.objects[path] = one
            running.objects[f"{path}/log"] = lambda query: "\n".join(f"{k}={query[k]}" for k in sorted(query)) + "\n"
        running.objects[f"{PODS}/empty"] = pod("empty", "a")
        running.objects[f"{PODS}/empty/log"] = ""
        running.objects[f"{PODS}/refused"] = pod("refused", "a b")
        running.objects[f"{PODS}/refused/log"] = {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "code": 400,
            "reason": "BadRequest",
            "message": 'container "a" in pod "refused" is waiting to start',
        }
        running.objects[PODS] = lambda query: {
            "kind": "PodList",
            "apiVersion": "v1",
            "metadata": {"resourceVersion": "1"},
            "items": PODS_SERVED[:1] if "app=x" in query.get("labelSelector", "") else [],
        }
        selector = {"selector": {"app": "x"}}
        running.objects["/api/v1/namespaces/default/services/web"] = {
            "kind": "Service",
            "apiVersion": "v1",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": selector,
        }
        running.objects["/apis/apps/v1/namespaces/default/deployments/web"] = {
            "kind": "Deployment",
            "apiVersion": "apps/v1",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {"selector": {"matchLabels": {"app": "x"}}},
        }
        running.objects["/api/v1/nodes/n"] = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n"}}
        yield running


LINES = [
    *(f"logs {one['metadata']['name']}" for one in PODS_SERVED),
    *(f"logs {name} -c {container}" for name in ("one", "all") for container in ("a", "e", "i", "z")),
    *("logs two b", "logs two -c b", "logs two a -c b", "logs pods/two", "logs pod/chosen", "logs po/all -c j"),
    *("logs zz", "logs pods/zz", "logs foo/x", "logs empty", "logs refused", "logs refused --ignore-errors"),
    *("logs one --tail=5 --timestamps -p --limit-bytes=7", "logs one --since=90s", "logs one --prefix"),
    *("logs one --since-time=2026-01-01T00:00:00Z", "logs one --all-containers", "logs one --all-containers -c a"),
    *("logs -l app=x", "logs -l app=x --tail=3", "logs -l app=y", "logs -l app=x one", "logs -l 'app in (x'"),
    *(
        "logs svc/web",
        "logs deploy/web",
        "logs deploy/web -c z",
        "logs deploy/zz",
        "logs nodes/n",
        "logs svc/web --all-pods",
    ),
    *("logs", "logs a b c", "logs one --tail=-2", "logs one --limit-bytes=0", "logs one --since=1s --since-time=x"),
    *("logs one -n x", "logs 'a b'", "logs one/two/three"),
]


@pytest.mark.parametrize("part", range(3))
def test_logs(api: CannedAPI, part: int) -> None:
    answers = [(line, api.kubectl(*shlex.split(line)), api.pykubectl(*shlex.split(line))) for line in LINES[part::3]]
    assert [(line, theirs, ours) for line, theirs, ours in answers if theirs != ours] == []
