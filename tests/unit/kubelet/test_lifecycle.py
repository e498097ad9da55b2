"""A pod's way through its stages, step by step on a clock that stands still in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mini_server.kubelet.lifecycle import (
    EXIT_CODE,
    RUN_SECONDS,
    Missing,
    Step,
    Surroundings,
    Timing,
    next_step,
)

Object = dict[str, Any]

START = datetime(2026, 1, 1, tzinfo=UTC)


def make_pod(*, init: list[Object] | None = None, annotations: dict[str, str] | None = None, **spec: Any) -> Object:
    containers = spec.pop("containers", [{"name": "c", "image": "nginx"}])
    meta = {"name": "p", "namespace": "default", "uid": "u", "generation": 1, "annotations": annotations or {}}
    pod: Object = {"metadata": meta, "spec": {"containers": containers, "nodeName": "n1", **spec}, "status": {}}
    if init:
        pod["spec"]["initContainers"] = init
    return pod


class Node:
    """A node that takes a pod's steps: time passes by itself from one step to the next."""

    def __init__(self, pod: Object, missing: Missing | None = None) -> None:
        self.pod = pod
        self.now = START
        self.missing = missing
        self.images: set[str] = set()
        self.events: list[str] = []
        self.deleted = False

    def step(self) -> Step:
        around = Surroundings(
            self.now, "10.0.0.1", lambda: "10.244.0.2", lambda pod: self.missing, Timing(), self.images.__contains__
        )
        step = next_step(self.pod, around)
        if step.status is not None:
            self.pod = {**self.pod, "status": step.status}
        self.images.update(step.images)
        self.events += [f"{event.reason}: {event.message}" for event in step.events]
        self.deleted = self.deleted or step.delete
        self.now += timedelta(seconds=step.after or 0)
        return step

    def run(self, steps: int = 20) -> Node:
        """Takes steps until the pod has come to rest."""
        for _ in range(steps):
            if self.step().after is None:
                return self
        raise AssertionError("the pod did not come to rest")

    @property
    def status(self) -> Object:
        status: Object = self.pod["status"]
        return status

    def condition(self, kind: str) -> tuple[str, str]:
        found = next(c for c in self.status["conditions"] if c["type"] == kind)
        return found["status"], found.get("reason", "")

    def container(self, name: str = "c") -> Object:
        statuses = [*self.status.get("initContainerStatuses", []), *self.status["containerStatuses"]]
        found: Object = next(s for s in statuses if s["name"] == name)
        return found

    def state(self, name: str = "c") -> str:
        state = self.container(name)["state"]
        kind = next(iter(state))
        reason = state[kind].get("reason", "")
        return f"{kind} {reason}".strip()


def test_the_first_step_takes_the_pod_on() -> None:
    node = Node(make_pod())

    step = node.step()

    assert step.after == 0.05
    assert node.status["phase"] == "Pending"
    assert node.status["startTime"] == "2026-01-01T00:00:00Z"
    assert node.status["hostIP"] == "10.0.0.1"
    assert "podIP" not in node.status
    assert node.state() == "waiting ContainerCreating"
    assert node.condition("PodScheduled") == ("True", "")
    assert node.condition("Ready") == ("False", "ContainersNotReady")


def test_containers_start_and_the_pod_is_ready() -> None:
    node = Node(make_pod()).run()

    assert node.status["phase"] == "Running"
    assert node.status["podIPs"] == [{"ip": "10.244.0.2"}]
    assert node.state() == "running"
    for kind in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"):
        assert node.condition(kind) == ("True", ""), kind
    assert node.events == [
        'Pulling: Pulling image "nginx"',
        'Pulled: Successfully pulled image "nginx" in 0s (0s including waiting). Image size: 0 bytes.',
        "Created: Container created",
        "Started: Container started",
    ]


def test_a_running_pod_stays_as_it_is() -> None:
    node = Node(make_pod()).run()

    assert node.step() == Step()


@pytest.mark.parametrize(
    ("policy", "present", "pulls"),
    [
        ("IfNotPresent", False, True),
        ("IfNotPresent", True, False),
        ("Always", True, True),
        ("Never", False, False),
    ],
)
def test_pull_policies(policy: str, present: bool, pulls: bool) -> None:
    node = Node(make_pod(containers=[{"name": "c", "image": "nginx", "imagePullPolicy": policy}]))
    if present:
        node.images.add("nginx")

    node.run()

    assert ('Pulling: Pulling image "nginx"' in node.events) == pulls


def test_events_name_the_container_they_are_about() -> None:
    node = Node(make_pod(init=[{"name": "i", "image": "busybox"}]))
    node.step()

    assert {event.field_path for event in node.step().events} == {"spec.initContainers{i}"}


def test_init_containers_run_one_after_the_other() -> None:
    node = Node(make_pod(init=[{"name": "a", "image": "x"}, {"name": "b", "image": "x"}]))
    states = []
    for _ in range(6):
        node.step()
        states.append((node.state("a"), node.state("b"), node.state()))

    assert states[0] == ("waiting PodInitializing",) * 3
    assert states[1][:2] == ("running", "waiting PodInitializing")
    assert states[2][:2] == ("terminated Completed", "running")
    assert node.state("b") == "terminated Completed"
    assert node.state() == "running"


def test_a_pod_is_not_initialized_before_its_init_containers_have_run() -> None:
    node = Node(make_pod(init=[{"name": "i", "image": "x"}]))
    node.step()
    node.step()

    assert node.status["phase"] == "Pending"
    assert node.condition("Initialized") == ("False", "ContainersNotInitialized")


def test_a_sidecar_keeps_running_and_ends_with_the_pod() -> None:
    sidecar = {"name": "s", "image": "x", "restartPolicy": "Always"}
    node = Node(make_pod(init=[sidecar], restartPolicy="Never", annotations={RUN_SECONDS: "5"}))
    for _ in range(3):
        node.step()
    assert (node.state("s"), node.state()) == ("running", "running")

    node.run()

    assert node.status["phase"] == "Succeeded"
    assert (node.state("s"), node.state()) == ("terminated Completed", "terminated Completed")


@pytest.mark.parametrize(
    ("policy", "annotations", "phase", "code", "seconds"),
    [
        ("Never", {}, "Succeeded", 0, 1),
        ("Never", {RUN_SECONDS: "7.5"}, "Succeeded", 0, 7),
        ("Never", {EXIT_CODE: "3"}, "Failed", 3, 1),
        ("OnFailure", {}, "Succeeded", 0, 1),
        ("Never", {EXIT_CODE: "nonsense"}, "Failed", 1, 1),
        ("Never", {EXIT_CODE: "--5"}, "Failed", 1, 1),
        ("Never", {EXIT_CODE: "\u00b2"}, "Failed", 1, 1),
        ("Never", {RUN_SECONDS: "nonsense"}, "Succeeded", 0, 1),
    ],
)
def test_containers_that_end(policy: str, annotations: dict[str, str], phase: str, code: int, seconds: int) -> None:
    node = Node(make_pod(restartPolicy=policy, annotations=annotations)).run()

    ended = node.container()["state"]["terminated"]
    assert node.status["phase"] == phase
    assert ended["exitCode"] == code
    assert ended["reason"] == ("Error" if code else "Completed")
    assert int((node.now - START).total_seconds()) == seconds
    assert node.condition("Ready") == ("False", "PodCompleted" if phase == "Succeeded" else "PodFailed")
    assert node.step() == Step()


def test_a_container_that_fails_is_restarted_with_growing_delays() -> None:
    node = Node(make_pod(annotations={EXIT_CODE: "1"}))
    for _ in range(3):
        node.step()

    # The first restart comes at once.
    assert node.state() == "running"
    assert node.container()["restartCount"] == 1
    assert node.container()["lastState"]["terminated"]["exitCode"] == 1

    delays = []
    while len(delays) < 6:
        step = node.step()
        if node.state() == "waiting CrashLoopBackOff":
            delays.append(step.after)
    assert delays == [10, 20, 40, 80, 160, 300]
    assert node.status["phase"] == "Running"
    assert node.condition("Ready") == ("False", "ContainersNotReady")
    assert node.container()["state"]["waiting"]["message"] == (
        "back-off 5m0s restarting failed container=c pod=p_default(u)"
    )
    assert node.events[-1] == "BackOff: Back-off restarting failed container c in pod p_default(u)"


def test_on_failure_restarts_only_failures() -> None:
    failing = Node(make_pod(restartPolicy="OnFailure", annotations={EXIT_CODE: "1"}))
    for _ in range(4):
        failing.step()

    assert failing.state() == "waiting CrashLoopBackOff"
    assert failing.status["phase"] == "Running"


def test_a_missing_config_map_keeps_containers_from_starting() -> None:
    node = Node(make_pod(), Missing('configmap "settings" not found', volume=False))
    node.step()

    step = node.step()

    assert step.after == 5
    assert node.status["phase"] == "Pending"
    assert node.state() == "waiting CreateContainerConfigError"
    assert node.events == ['Failed: Error: configmap "settings" not found']

    node.missing = None
    node.run()
    assert node.status["phase"] == "Running"


def test_a_missing_volume_keeps_the_pod_creating() -> None:
    node = Node(make_pod(), Missing('MountVolume.SetUp failed for volume "v" : secret "s" not found', volume=True))
    node.step()
    node.step()

    assert node.state() == "waiting ContainerCreating"
    assert node.events[0].startswith("FailedMount: MountVolume.SetUp failed")


def test_a_deleted_pod_stops_and_then_goes() -> None:
    node = Node(make_pod()).run()
    node.pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z"
    node.events.clear()

    node.step()
    assert node.events == ["Killing: Stopping container c"]
    assert node.state() == "terminated Completed"
    assert node.status["phase"] == "Succeeded"
    assert not node.deleted

    node.step()
    assert node.deleted


def test_a_deleted_pod_that_never_ran_goes_at_once() -> None:
    node = Node(make_pod())
    node.pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z"

    node.step()

    assert node.deleted


def test_a_restarted_kubelet_goes_on_where_the_last_one_stopped() -> None:
    first = Node(make_pod(annotations={EXIT_CODE: "1"}))
    for _ in range(4):
        first.step()
    assert first.state() == "waiting CrashLoopBackOff"

    second = Node(first.pod)
    second.now = first.now
    second.step()

    assert second.state() == "running"
    assert second.container()["restartCount"] == 2


def test_readiness_gates_hold_the_pod_back() -> None:
    pod = make_pod(readinessGates=[{"conditionType": "example.com/gate"}])
    node = Node(pod).run()
    assert node.condition("ContainersReady") == ("True", "")
    assert node.condition("Ready") == ("False", "ReadinessGatesNotReady")

    node.status["conditions"].append({"type": "example.com/gate", "status": "True"})
    node.run()

    assert node.condition("Ready") == ("True", "")


def test_transition_times_are_kept_where_nothing_changed() -> None:
    node = Node(make_pod(restartPolicy="Never", annotations={RUN_SECONDS: "60"})).run()
    times = {c["type"]: c["lastTransitionTime"] for c in node.status["conditions"]}

    assert times["PodScheduled"] == "2026-01-01T00:00:00Z"
    assert times["Ready"] == "2026-01-01T00:01:00Z"
