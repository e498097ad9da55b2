"""Rollouts against the real kubectl, on a server with fixed answers: what is said, and what is written."""

from __future__ import annotations

import copy
import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.canned_api import CannedAPI, Object

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

_LOGGING = re.compile(r"^[IWE]\d{4} .*\n", re.MULTILINE)
APPS = "/apis/apps/v1/namespaces/default"
LABELS = {"app": "web"}


def template(image: str, **labels: str) -> Object:
    container = {"name": "c", "image": image, "resources": {}}
    return {"metadata": {"labels": {**LABELS, **labels}}, "spec": {"containers": [container]}}


# What a server always sends.
_DEFAULTS: dict[str, Object] = {
    "Deployment": {"strategy": {"type": "Recreate"}},
    "DaemonSet": {"updateStrategy": {"type": "RollingUpdate"}},
    "StatefulSet": {"updateStrategy": {"type": "RollingUpdate"}},
}
_COUNTS = {
    "DaemonSet": ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"),
    "StatefulSet": ("replicas",),
}


def workload(kind: str, image: str = "i:3", **spec: Any) -> Object:
    meta = {"name": "web", "namespace": "default", "uid": "u", "generation": 2, "resourceVersion": "9"}
    meta["annotations"] = {"own": "x", "deployment.kubernetes.io/revision": "3"}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": meta,
        "spec": {"selector": {"matchLabels": LABELS}, "template": template(image), **_DEFAULTS[kind], **spec},
        "status": dict.fromkeys(_COUNTS.get(kind, ()), 0),
    }


def held(kind: str, number: int, owner: str, cause: str = "", **fields: Any) -> Object:
    reference = {"apiVersion": "apps/v1", "kind": owner, "name": "web", "uid": "u", "controller": True}
    annotations = {"deployment.kubernetes.io/revision": str(number)} if kind == "ReplicaSet" else {}
    if cause:
        annotations["kubernetes.io/change-cause"] = cause
    meta = {"name": f"web-{number}", "namespace": "default", "labels": LABELS, "annotations": annotations}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {**meta, "ownerReferences": [reference], "uid": f"u{number}"},
        **fields,
    }


def listed(kind: str, *items: Object) -> Object:
    return {"apiVersion": "apps/v1", "kind": f"{kind}List", "metadata": {"resourceVersion": "9"}, "items": list(items)}


def replica_sets(*images: str) -> Object:
    sets = [
        held(
            "ReplicaSet",
            number,
            "Deployment",
            "" if number == 1 else f"change {number}",
            spec={
                "replicas": 1,
                "selector": {"matchLabels": LABELS},
                "template": template(image, **{"pod-template-hash": "h"}),
            },
            status={"replicas": 0},
        )
        for number, image in enumerate(images, 1)
    ]
    stranger = copy.deepcopy(sets[0])
    stranger["metadata"]["ownerReferences"][0]["uid"] = "other"
    return listed("ReplicaSet", stranger, *reversed(sets))


def revisions(owner: str, *images: str) -> Object:
    return listed(
        "ControllerRevision",
        *(
            held(
                "ControllerRevision",
                number,
                owner,
                "why" if number == 2 else "",
                revision=number,
                data={"spec": {"template": {**template(image), "$patch": "replace"}}},
            )
            for number, image in enumerate(images, 1)
        ),
    )


@pytest.fixture
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CannedAPI]:
    with CannedAPI(tmp_path_factory.mktemp("api")) as running:
        running.objects[f"{APPS}/deployments/web"] = workload("Deployment")
        running.objects[f"{APPS}/replicasets"] = replica_sets("i:1", "i:2", "i:3")
        running.objects[f"{APPS}/daemonsets/web"] = workload("DaemonSet")
        running.objects[f"{APPS}/statefulsets/web"] = workload("StatefulSet", serviceName="s")
        running.objects[f"{APPS}/controllerrevisions"] = revisions("DaemonSet", "i:1", "i:2", "i:3")
        running.objects["/api/v1/namespaces/default/pods/a"] = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "a", "namespace": "default"},
        }
        running.objects["/api/v1/nodes/n"] = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}
        yield running


def check(api: CannedAPI, lines: list[str]) -> None:
    """Output and errors are alike, and what is written to the server is."""
    differences = []
    for line in lines:
        api.bodies.clear()
        code, out, err = api.kubectl(*shlex.split(line))
        theirs = (code, out, _LOGGING.sub("", err), json.dumps(plain(api.bodies), sort_keys=True))
        api.bodies.clear()
        ours = (*api.pykubectl(*shlex.split(line)), json.dumps(plain(api.bodies), sort_keys=True))
        if theirs != ours:
            differences.append((line, theirs, ours))
    assert differences == []


def plain(value: Any) -> Any:
    """Without the time of a restart."""
    if isinstance(value, dict):
        return {key: plain(value[key]) for key in value if key != "kubectl.kubernetes.io/restartedAt"}
    return [plain(entry) for entry in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", ["deploy", "ds"])
def test_history(api: CannedAPI, kind: str) -> None:
    flags = ["", "--revision=2", "--revision=9", "-o name", "-o yaml", "--revision=2 -o yaml", "--revision=9 -o name"]
    check(api, [f"rollout history {kind}/web {flag}" for flag in flags])


def test_kinds_without_a_history(api: CannedAPI) -> None:
    objects = ["pods/a", "nodes/n", "pods/a nodes/n", "rs/web"]
    check(api, [f"rollout {verb} {named}" for named in objects for verb in ("history", "undo", "restart", "pause")])


@pytest.mark.parametrize("kind", ["deploy", "ds"])
def test_undo(api: CannedAPI, kind: str) -> None:
    flags = ["", "--to-revision=1", "--to-revision=3", "--to-revision=9", "--to-revision=-1", "-o name"]
    flags += ["--dry-run=server", "--dry-run=client", "--dry-run=client --to-revision=3", "--dry-run=bad"]
    check(api, [f"rollout undo {kind}/web {flag}" for flag in flags])


def test_undo_of_a_statefulset(api: CannedAPI) -> None:
    api.objects[f"{APPS}/controllerrevisions"] = revisions("StatefulSet", "i:1", "i:3")
    check(api, ["rollout undo sts/web", "rollout undo sts/web --to-revision=2", "rollout history sts/web"])


def test_without_an_older_revision(api: CannedAPI) -> None:
    api.objects[f"{APPS}/replicasets"] = replica_sets("i:3")
    api.objects[f"{APPS}/controllerrevisions"] = listed("ControllerRevision")
    check(api, [f"rollout {verb} {kind}/web" for verb in ("history", "undo") for kind in ("deploy", "ds", "sts")])


def test_paused_deployments(api: CannedAPI) -> None:
    verbs = ["pause", "resume", "restart", "undo", "undo --dry-run=client", "resume -o yaml"]
    check(api, [f"rollout {verb} deploy/web" for verb in verbs])
    api.objects[f"{APPS}/deployments/web"] = workload("Deployment", paused=True)
    check(api, [f"rollout {verb} deploy/web" for verb in verbs])


STATUSES: dict[str, tuple[Object, Object]] = {
    "deploy": (
        {"replicas": 3},
        {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3},
    ),
    "ds": (
        {"updateStrategy": {"type": "RollingUpdate"}},
        {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 3},
    ),
    "sts": (
        {"replicas": 3, "updateStrategy": {"type": "RollingUpdate"}},
        {
            "observedGeneration": 2,
            "readyReplicas": 3,
            "updatedReplicas": 3,
            "currentReplicas": 3,
            "currentRevision": "r",
            "updateRevision": "r",
        },
    ),
}
CHANGES: list[Object] = [
    {},
    {"observedGeneration": 1},
    {"updatedReplicas": 1, "updatedNumberScheduled": 1},
    {"replicas": 5},
    {"availableReplicas": 1, "numberAvailable": 1, "readyReplicas": 1},
    {"updateRevision": "other", "updatedReplicas": 2},
    {"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]},
]


@pytest.mark.parametrize("kind", STATUSES)
def test_status(api: CannedAPI, kind: str) -> None:
    resource = {"deploy": "deployments", "ds": "daemonsets", "sts": "statefulsets"}[kind]
    name = {"deploy": "Deployment", "ds": "DaemonSet", "sts": "StatefulSet"}[kind]
    spec, status = STATUSES[kind]
    partition = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}}
    variants: list[Object] = [{}, {"updateStrategy": {"type": "OnDelete"}}, partition if kind == "sts" else {}]
    for more in variants:
        for change in CHANGES:
            obj = {**workload(name, **{**spec, **more}), "status": {**status, **change}}
            api.objects[f"{APPS}/{resource}/web"] = obj
            api.objects[f"{APPS}/{resource}"] = listed(name, obj)
            check(api, [f"rollout status {kind}/web --watch=false"])
    check(api, [f"rollout status {kind}/web --watch=false --revision=3", f"rollout status {kind}/web --revision=-1"])
