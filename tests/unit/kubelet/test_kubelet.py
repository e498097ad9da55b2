"""Hollow kubelets as a whole: registration, leases, pods, logs, against an API server played by an object."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mini_server.kubelet.kubelet import HollowKubelets
from mini_server.kubelet.lifecycle import EXIT_CODE
from mini_server.kubelet.logs import LogKey, LogOptions
from mini_server.kubelet.node import NodeConfig
from mini_server.kubelet.server import PodUnknown
from pykubectl.client.errors import ConnectionRefused
from pykubectl.machinery.errors import new_conflict
from pykubectl.machinery.schema import GroupResource
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.kubelet.test_lifecycle import make_pod

Object = dict[str, Any]

HEARTBEAT = "kubelet-heartbeat"


class FakeAPI:
    """Holds pods, hands every change back as an informer would, notes the rest."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.kubelets: HollowKubelets | None = None
        self.nodes: dict[str, Object] = {}
        self.statuses: list[str] = []
        self.leases: list[tuple[str, str]] = []
        self.pods: dict[str, Object] = {}
        self.events: list[tuple[str, str, str]] = []
        self.present: set[str] = set()
        self.conflicts = 0
        self.away = 0

    def register_node(self, node: Object) -> None:
        self.nodes[node["metadata"]["name"]] = node

    def write_node_status(self, name: str, status: Object) -> None:
        self._note(lambda: self.statuses.append(name))

    def node_conditions(self, name: str) -> list[Object]:
        conditions: list[Object] = self.nodes[name]["status"]["conditions"]
        return conditions

    def renew_lease(self, name: str, renewed: str, seconds: int) -> None:
        if self.away:
            self._note(lambda: setattr(self, "away", self.away - 1))
            raise ConnectionRefused("h:1")
        self._note(lambda: self.leases.append((name, renewed)))

    def write_pod_status(self, pod: Object, status: Object) -> None:
        with self.changed:
            if self.conflicts:
                self.conflicts -= 1
                self.changed.notify_all()
                raise new_conflict(GroupResource("", "pods"), pod["metadata"]["name"], "the object has been modified")
        self.put({**self.pods[pod["metadata"]["uid"]], "status": status})

    def delete_pod(self, pod: Object) -> None:
        self._note(lambda: self.pods.pop(pod["metadata"]["uid"]))
        assert self.kubelets is not None
        self.kubelets.on_pod_deleted(pod)

    def exists(self, resource: str, namespace: str, name: str, key: str | None) -> bool:
        return f"{resource}/{name}" in self.present

    def event(self, obj: Object, kind: str, reason: str, message: str, host: str) -> None:
        self._note(lambda: self.events.append((host, reason, obj.get("fieldPath", ""))))

    def put(self, pod: Object) -> None:
        """A pod is created or changed."""
        uid = pod["metadata"]["uid"]

        def store() -> None:
            self.pods[uid] = pod

        self._note(store)
        assert self.kubelets is not None
        self.kubelets.on_pod(pod)

    def phase(self, uid: str = "u") -> str:
        phase: str = self.pods.get(uid, {}).get("status", {}).get("phase", "")
        return phase

    def wait_for(self, condition: Callable[[], object]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 10), (self.pods, self.events)

    def _note(self, change: Callable[[], object]) -> None:
        with self.changed:
            change()
            self.changed.notify_all()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def api() -> FakeAPI:
    return FakeAPI()


@pytest.fixture
def kubelets(api: FakeAPI, clock: FakeClock) -> Iterator[HollowKubelets]:
    nodes = [NodeConfig("n1", 0, labels={"zone": "a"}), NodeConfig("n2", 1)]
    api.kubelets = HollowKubelets(api, clock, nodes)
    api.kubelets.start()
    yield api.kubelets
    api.kubelets.stop()


def run(api: FakeAPI, clock: FakeClock, phase: str = "Running", uid: str = "u") -> None:
    """Lets time pass until the pod has got there; what it waits for may not have been queued at first."""
    for _ in range(1000):
        with api.changed:
            if api.changed.wait_for(lambda: api.phase(uid) == phase, 0.01):
                return
        clock.advance(0.1)
    raise AssertionError(api.pods)


def test_nodes_register_ready(kubelets: HollowKubelets, api: FakeAPI) -> None:
    node = api.nodes["n1"]

    assert node["metadata"]["labels"]["zone"] == "a"
    assert node["metadata"]["labels"]["kubernetes.io/hostname"] == "n1"
    assert node["spec"]["podCIDR"] == "10.244.0.0/24"
    ready = next(c for c in node["status"]["conditions"] if c["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("True", "KubeletReady")
    assert ("n1", "Starting", "") in api.events


def test_heartbeats_go_on_after_a_server_that_was_away(
    kubelets: HollowKubelets, api: FakeAPI, clock: FakeClock
) -> None:
    api.away = 2
    clock.until_waiting(HEARTBEAT)
    clock.advance(10)
    api.wait_for(lambda: not api.away)

    clock.until_waiting(HEARTBEAT)
    clock.advance(10)

    api.wait_for(lambda: ("n2", "2026-01-01T00:00:20.000000Z") in api.leases)


def test_leases_are_renewed_every_ten_seconds(kubelets: HollowKubelets, api: FakeAPI, clock: FakeClock) -> None:
    assert api.leases == [("n1", "2026-01-01T00:00:00.000000Z"), ("n2", "2026-01-01T00:00:00.000000Z")]

    clock.until_waiting(HEARTBEAT)
    clock.advance(10)

    api.wait_for(lambda: ("n2", "2026-01-01T00:00:10.000000Z") in api.leases)
    assert api.statuses == []


def test_a_nodes_status_is_reported_every_five_minutes(
    kubelets: HollowKubelets, api: FakeAPI, clock: FakeClock
) -> None:
    clock.until_waiting(HEARTBEAT)
    clock.advance(301)

    api.wait_for(lambda: api.statuses == ["n1", "n2"])


def test_a_pod_gets_an_address_of_its_node_and_runs(kubelets: HollowKubelets, api: FakeAPI, clock: FakeClock) -> None:
    api.put(make_pod())

    run(api, clock)

    assert api.pods["u"]["status"]["podIP"] == "10.244.0.2"
    api.wait_for(lambda: ("n1", "Started", "spec.containers{c}") in api.events)


def test_pods_of_other_nodes_are_none_of_its_business(kubelets: HollowKubelets, api: FakeAPI) -> None:
    theirs = make_pod(nodeName="elsewhere")
    theirs["metadata"]["uid"] = "theirs"
    api.put(theirs)

    api.put(make_pod())

    api.wait_for(lambda: api.phase())
    assert api.phase("theirs") == ""


def test_an_address_that_is_taken_is_not_given_again(kubelets: HollowKubelets, api: FakeAPI, clock: FakeClock) -> None:
    old = make_pod()
    old["metadata"]["uid"] = "old"
    old["status"] = {"phase": "Succeeded", "startTime": "2026-01-01T00:00:00Z", "podIP": "10.244.0.2"}
    api.put(old)
    api.put(make_pod())

    run(api, clock)

    assert api.pods["u"]["status"]["podIP"] == "10.244.0.3"


def test_a_pod_on_the_hosts_network_has_the_hosts_address(
    kubelets: HollowKubelets, api: FakeAPI, clock: FakeClock
) -> None:
    api.put(make_pod(hostNetwork=True))

    run(api, clock)

    assert api.pods["u"]["status"]["podIP"] == "127.0.0.1"


def test_a_pod_waits_for_its_config_map(kubelets: HollowKubelets, api: FakeAPI, clock: FakeClock) -> None:
    volume = {"name": "v", "configMap": {"name": "settings"}}
    api.put(make_pod(volumes=[volume]))
    api.wait_for(lambda: api.phase())
    clock.advance(0.1)
    api.wait_for(lambda: ("n1", "FailedMount", "") in api.events)

    api.present.add("configmaps/settings")

    run(api, clock)


def test_a_conflict_is_tried_again(kubelets: HollowKubelets, api: FakeAPI, clock: FakeClock) -> None:
    api.conflicts = 1
    api.put(make_pod())

    run(api, clock)

    assert not api.conflicts


def test_a_deleted_pod_goes_and_gives_its_address_back(
    kubelets: HollowKubelets, api: FakeAPI, clock: FakeClock
) -> None:
    api.put(make_pod())
    run(api, clock)
    leaving = dict(api.pods["u"])
    leaving["metadata"] = {**leaving["metadata"], "deletionTimestamp": "2026-01-01T00:00:30Z"}

    api.put(leaving)

    api.wait_for(lambda: "u" not in api.pods)
    assert ("n1", "Killing", "spec.containers{c}") in api.events
    with pytest.raises(PodUnknown, match='pod "p" not found'):
        kubelets.read_logs(LogKey("default", "p", "c"), LogOptions())


def test_logs_of_a_container(kubelets: HollowKubelets, api: FakeAPI, clock: FakeClock) -> None:
    api.put(make_pod(containers=[{"name": "c", "image": "nginx", "args": ["-v"]}]))
    run(api, clock)
    api.wait_for(lambda: ("n1", "Started", "spec.containers{c}") in api.events)

    lines = list(kubelets.read_logs(LogKey("default", "p", "c"), LogOptions()))

    assert lines == [b"hollow container started: image nginx, command -v\n"]


def test_following_ends_with_an_init_container_and_with_a_run_that_crashed(
    kubelets: HollowKubelets, api: FakeAPI, clock: FakeClock
) -> None:
    pod = make_pod(initContainers=[{"name": "i", "image": "busybox"}], annotations={EXIT_CODE: "1"})
    api.put(pod)
    run(api, clock)
    for _ in range(1000):
        status = api.pods["u"]["status"]["containerStatuses"][0]
        if "waiting" in status["state"] and status["lastState"]:
            break
        clock.advance(0.1)
        with api.changed:
            api.changed.wait(0.01)

    for container in ("i", "c"):
        lines = list(kubelets.read_logs(LogKey("default", "p", container), LogOptions(follow=True)))
        assert lines
