"""Rollouts: their states, following them, and changes."""

from __future__ import annotations

import io
from typing import Any

import pytest

from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import Values
from pykubectl.cli.streams import IOStreams
from pykubectl.machinery.errors import StatusError
from pykubectl.ops.rollout import RESTARTED_AT, change, follow, state
from tests.unit.ops.fakes import FakeServer

ROLLING = {"type": "RollingUpdate"}


def deployment(spec: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    full = {"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3, **status}
    return _object("Deployment", {"replicas": 3, **(spec or {})}, full)


def daemon_set(spec: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    full = {"observedGeneration": 1, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 3}
    return _object("DaemonSet", {"updateStrategy": ROLLING, **(spec or {})}, {**full, **status})


def stateful_set(spec: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    full: dict[str, Any] = {"observedGeneration": 1, "readyReplicas": 3, "updatedReplicas": 3, "currentReplicas": 3}
    full |= {"currentRevision": "r1", "updateRevision": "r1", **status}
    return _object("StatefulSet", {"replicas": 3, "updateStrategy": ROLLING, **(spec or {})}, full)


def _object(kind: str, spec: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web", "generation": 1, "uid": "u"},
        "spec": spec,
        "status": status,
    }


PARTITION = {"updateStrategy": {**ROLLING, "rollingUpdate": {"partition": 1}}}


@pytest.mark.parametrize(
    ("obj", "text", "done"),
    [
        (deployment(), 'deployment "web" successfully rolled out', True),
        (deployment(observedGeneration=0), "Waiting for deployment spec update to be observed...", False),
        (
            deployment(updatedReplicas=1),
            'Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...',
            False,
        ),
        (
            deployment(replicas=5),
            'Waiting for deployment "web" rollout to finish: 2 old replicas are pending termination...',
            False,
        ),
        (
            deployment(availableReplicas=2),
            'Waiting for deployment "web" rollout to finish: 2 of 3 updated replicas are available...',
            False,
        ),
        (daemon_set(), 'daemon set "web" successfully rolled out', True),
        (daemon_set(observedGeneration=0), "Waiting for daemon set spec update to be observed...", False),
        (
            daemon_set(updatedNumberScheduled=1),
            'Waiting for daemon set "web" rollout to finish: 1 out of 3 new pods have been updated...',
            False,
        ),
        (
            daemon_set(numberAvailable=1),
            'Waiting for daemon set "web" rollout to finish: 1 of 3 updated pods are available...',
            False,
        ),
        (stateful_set(), "statefulset rolling update complete 3 pods at revision r1...", True),
        (stateful_set(observedGeneration=0), "Waiting for statefulset spec update to be observed...", False),
        (stateful_set(readyReplicas=1), "Waiting for 2 pods to be ready...", False),
        (
            stateful_set(updateRevision="r2", updatedReplicas=2),
            "waiting for statefulset rolling update to complete 2 pods at revision r2...",
            False,
        ),
        (
            stateful_set(PARTITION, updatedReplicas=1),
            "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...",
            False,
        ),
        (
            stateful_set(PARTITION, updatedReplicas=2),
            "partitioned roll out complete: 2 new pods have been updated...",
            True,
        ),
    ],
)
def test_states(obj: dict[str, Any], text: str, done: bool) -> None:
    assert state(obj, obj["kind"]) == (f"{text}\n", done)


FAILED = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}


@pytest.mark.parametrize(
    ("obj", "revision", "text"),
    [
        (deployment(conditions=[FAILED]), 0, 'deployment "web" exceeded its progress deadline'),
        (deployment(), 2, "desired revision (2) is different from the running revision (0)"),
        (
            daemon_set({"updateStrategy": {"type": "OnDelete"}}),
            0,
            "rollout status is only available for RollingUpdate strategy type",
        ),
        (
            stateful_set({"updateStrategy": {"type": "OnDelete"}}),
            0,
            "rollout status is only available for RollingUpdate strategy type",
        ),
        ({"kind": "Pod", "apiVersion": "v1"}, 0, "no status viewer has been implemented for Pod"),
        ({"kind": "Job", "apiVersion": "batch/v1"}, 0, "no status viewer has been implemented for Job.batch"),
    ],
)
def test_states_that_are_none(obj: dict[str, Any], revision: int, text: str) -> None:
    with pytest.raises(CommandError) as caught:
        state(obj, obj["kind"], revision)
    assert str(caught.value) == text


def followed(server: FakeServer, **flags: Any) -> str:
    values = Values(())
    values.update({"timeout": 0.0, "watch": True, "revision": 0, **flags})
    out = io.StringIO()
    follow(server.info("Deployment", "web"), IOStreams(io.StringIO(), out, io.StringIO()), values, server.clock)
    return out.getvalue()


def put(server: FakeServer, obj: dict[str, Any]) -> dict[str, Any]:
    return server.put("Deployment", "web", metadata={"generation": 1}, spec=obj["spec"], status=obj["status"])


def test_a_rollout_is_followed_to_its_end() -> None:
    server = FakeServer()
    put(server, deployment(updatedReplicas=1))
    server.watches = [[("MODIFIED", deployment(updatedReplicas=2)), ("MODIFIED", deployment())]]
    lines = followed(server).splitlines()
    assert [line.rpartition(": ")[2][:8] for line in lines] == ["1 out of", "2 out of", "deployme"]


def test_without_watching_the_state_is_told_once() -> None:
    server = FakeServer()
    put(server, deployment(updatedReplicas=1))
    assert followed(server, watch=False).count("\n") == 1
    assert server.asked() == ["GET /apis/apps/v1/namespaces/shop/deployments"]


def test_a_rollout_may_take_too_long_or_lose_its_object() -> None:
    server = FakeServer()
    obj = put(server, deployment(updatedReplicas=1))
    with pytest.raises(CommandError, match="timed out waiting for the condition"):
        followed(server, timeout=3.0)
    server.watches = [[("DELETED", obj)]]
    with pytest.raises(CommandError, match="object has been deleted"):
        followed(server)
    server.remove("Deployment", "web")
    with pytest.raises(StatusError, match=r'deployments.apps "web" not found'):
        followed(server)


def test_changes_are_patches() -> None:
    server = FakeServer()
    put(server, deployment())
    change("restarted", server.info("Deployment", "web"))
    change("paused", server.info("Deployment", "web"))
    change("resumed", server.info("Deployment", "web"))
    restart, pause, resume = server.bodies("PATCH")
    assert list(restart["spec"]["template"]["metadata"]["annotations"]) == [RESTARTED_AT]
    assert (pause, resume) == ({"spec": {"paused": True}}, {"spec": {"paused": None}})


@pytest.mark.parametrize(
    ("kind", "spec", "done", "text"),
    [
        ("Deployment", {"paused": True}, "paused", 'error: deployments.apps "web" is already paused'),
        ("Deployment", {}, "resumed", 'error: deployments.apps "web" is not paused'),
        (
            "Deployment",
            {"paused": True},
            "restarted",
            'error: deployments.apps "web" can\'t restart paused deployment (run rollout resume first)',
        ),
        ("DaemonSet", {}, "paused", 'error: daemonsets.apps "web" pausing is not supported'),
        ("DaemonSet", {}, "resumed", 'error: daemonsets.apps "web" resuming is not supported'),
        ("Pod", {}, "restarted", 'error: pods "web" restarting is not supported'),
    ],
)
def test_changes_that_are_refused(kind: str, spec: dict[str, Any], done: str, text: str) -> None:
    server = FakeServer()
    server.put(kind, "web", spec=spec)
    with pytest.raises(CommandError) as caught:
        change(done, server.info(kind, "web"))
    assert str(caught.value) == text
    assert server.bodies("PATCH") == []
