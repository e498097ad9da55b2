"""DaemonSets run one pod on each node that fits.

Source: kubernetes ``pkg/controller/daemon/daemon_controller.go``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, key_of, own_key, split_key
from mini_server.controllers.daemonset import placement, rolling
from mini_server.controllers.daemonset.placement import HASH_LABEL, node_of
from mini_server.controllers.expectations import Expectations
from mini_server.controllers.history import History
from mini_server.controllers.ownership import Claims, owner_keys
from mini_server.controllers.pods import (
    PodControl,
    available_in,
    create_expected,
    delete_expected,
    is_ready,
    next_available_in,
)
from mini_server.controllers.resources import CONTROLLER_REVISIONS, DAEMON_SET_KIND, DAEMON_SETS, NODES, PODS
from pykubectl.helpers.owners import controller_of
from pykubectl.machinery import labels
from pykubectl.machinery.errors import is_namespace_terminating

Object = dict[str, Any]

# Most pods that one sync creates or deletes.
BURST = 250
# Seconds between tries of a pod that fails on its node.
BACKOFF = 1.0
BACKOFF_MAX = 900.0


class FailureDelays:
    """How long to wait before a node's failed pod is replaced once more. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._delays: dict[tuple[str, str], tuple[float, float]] = {}

    def left(self, owner: str, node: str, now: float) -> float:
        """Seconds still to wait; where there are none, the next wait begins."""
        with self._lock:
            delay, since = self._delays.get((owner, node), (0.0, now))
            left = since + delay - now
            if left > 0:
                return left
            grown = BACKOFF if not delay or now - since > 2 * BACKOFF_MAX else min(delay * 2, BACKOFF_MAX)
            self._delays[owner, node] = (grown, now)
            return 0.0

    def forget(self, owner: str) -> None:
        """The owner is gone."""
        with self._lock:
            self._delays = {key: value for key, value in self._delays.items() if key[0] != owner}


class DaemonSetController(Controller):
    """Creates, replaces and deletes pods until each node has the one it should have."""

    name = "daemonset-controller"
    workers = 2

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._expectations = Expectations(context.clock)
        self._recorder = context.recorder(self.name)
        self._pod_control = PodControl(context.client, self._recorder)
        self._delays = FailureDelays()
        self._sets = self.watch(DAEMON_SETS, own_key)
        self._pods = self.watch(
            PODS,
            self._keys_of_pod,
            on_add=self._pod_added,
            on_update=self._pod_updated,
            on_delete=self._pod_deleted,
        )
        self._nodes = self.watch(NODES, lambda node: [key_of(daemon_set) for daemon_set in self._sets.list()])
        revisions = self.watch(CONTROLLER_REVISIONS, owner_keys(DAEMON_SET_KIND))
        self._history = History(self.client, revisions, DAEMON_SET_KIND, HASH_LABEL)

    def sync(self, key: str) -> None:
        """One step of a DaemonSet."""
        daemon_set = self._sets.get(*split_key(key))
        if daemon_set is None:
            self._expectations.forget(key)
            self._delays.forget(key)
            return
        if daemon_set["metadata"].get("deletionTimestamp"):
            return
        revisions = self._history.sync(daemon_set)
        digest = str(revisions.update["metadata"]["labels"][HASH_LABEL])
        failure = None
        if self._expectations.satisfied(key):
            failure = self._act(key, daemon_set, digest)
        by_node = self._by_node(daemon_set)
        self._write_status(key, daemon_set, by_node, digest, revisions.collisions)
        if failure is not None:
            raise failure
        hashes = {(pod["metadata"].get("labels") or {}).get(HASH_LABEL) for pods in by_node.values() for pod in pods}
        used = {r["metadata"]["name"] for r in revisions.all if r["metadata"]["labels"].get(HASH_LABEL) in hashes}
        self._history.truncate(daemon_set, revisions, {revisions.update["metadata"]["name"], *used})

    # Pods come and go

    def _keys_of_pod(self, pod: Object) -> list[str]:
        if controller_of(pod) is not None:
            return list(owner_keys(DAEMON_SET_KIND)(pod))
        own = pod["metadata"].get("labels") or {}
        if not own or pod["metadata"].get("deletionTimestamp"):
            return []
        return [key_of(s) for s in self._sets.list(pod["metadata"]["namespace"]) if _selector(s).matches(own)]

    def _pod_added(self, pod: Object) -> None:
        if pod["metadata"].get("deletionTimestamp"):
            self._pod_deleted(pod)
            return
        for key in owner_keys(DAEMON_SET_KIND)(pod):
            self._expectations.creation_seen(key)

    def _pod_updated(self, pod: Object) -> None:
        if pod["metadata"].get("deletionTimestamp"):
            self._pod_deleted(pod)

    def _pod_deleted(self, pod: Object) -> None:
        for key in owner_keys(DAEMON_SET_KIND)(pod):
            self._expectations.deletion_seen(key, pod["metadata"]["uid"])

    def _by_node(self, daemon_set: Object) -> dict[str, list[Object]]:
        claims = Claims(self.client, PODS, daemon_set, DAEMON_SETS, DAEMON_SET_KIND, _selector(daemon_set))
        pods = claims.claim(self._pods.list(daemon_set["metadata"]["namespace"]))
        found: dict[str, list[Object]] = {}
        for pod in sorted(pods, key=_oldest_first):
            found.setdefault(node_of(pod), []).append(pod)
        return found

    # Acting

    def _act(self, key: str, daemon_set: Object, digest: str) -> Exception | None:
        """First each node gets its pod; an update goes on once that was seen."""
        by_node = self._by_node(daemon_set)
        nodes = sorted(self._nodes.list(), key=lambda node: str(node["metadata"]["name"]))
        create: list[str] = []
        delete: list[Object] = []
        for node in nodes:
            pods = by_node.get(node["metadata"]["name"], [])
            suits = placement.fit(daemon_set, node)
            if suits.runs and not pods:
                create.append(node["metadata"]["name"])
            elif suits.stays:
                delete += self._surplus(key, daemon_set, node["metadata"]["name"], pods, digest)
            else:
                delete += [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
        delete += _lost(by_node, nodes)
        if create or delete or rolling.is_on_delete(daemon_set):
            return self._apply(key, daemon_set, create, delete, digest)
        desired = sum(placement.fit(daemon_set, node).runs for node in nodes)
        limits = rolling.bounds(daemon_set, desired)
        step = rolling.step(daemon_set, by_node, digest, limits, self._is_available(daemon_set))
        return self._apply(key, daemon_set, step.create, step.delete, digest)

    def _surplus(self, key: str, daemon_set: Object, node: str, pods: Sequence[Object], digest: str) -> list[Object]:
        """Pods of a node that have ended, or are too many."""
        ended: list[Object] = []
        running: list[Object] = []
        for pod in pods:
            if pod["metadata"].get("deletionTimestamp"):
                continue
            phase = pod.get("status", {}).get("phase")
            if phase == "Failed" and (left := self._delays.left(key, node, self.clock.monotonic())) > 0:
                self.queue.add_after(key, left)
            elif phase in _ENDS:
                kind, reason, text = _ENDS[phase]
                meta = pod["metadata"]
                what = f"{meta['namespace']}/{meta['name']} on node {node}"
                self._recorder.event(daemon_set, kind, reason, text.format(what))
                ended.append(pod)
            else:
                running.append(pod)
        if not rolling.allows_surge(daemon_set):
            return [*ended, *running[1:]]
        return [*ended, *self._surplus_of_surge(daemon_set, running, digest)]

    def _surplus_of_surge(self, daemon_set: Object, running: Sequence[Object], digest: str) -> list[Object]:
        """Of old and new pods one may stay each; the old one goes when the new one is available, or it is no use."""
        new = [pod for pod in running if placement.is_updated(daemon_set, pod, digest)]
        old = [pod for pod in running if pod not in new]
        replaced = new and old and (not is_ready(old[0]) or self._is_available(daemon_set)(new[0]))
        return [*new[1:], *(old if replaced else old[1:])]

    def _apply(
        self, key: str, daemon_set: Object, create: Sequence[str], delete: Sequence[Object], digest: str
    ) -> Exception | None:
        create, delete = create[:BURST], delete[:BURST]
        if not create and not delete:
            return None
        uids = [pod["metadata"]["uid"] for pod in delete]
        self._expectations.expect(key, creations=len(create), deletions=uids)
        nodes = iter(create)

        def make() -> object:
            return self._pod_control.create(daemon_set, placement.make_pod(daemon_set, next(nodes), digest))

        _, failure = create_expected(self._expectations, key, len(create), make)
        _, undeleted = delete_expected(self._expectations, key, delete, partial(self._pod_control.delete, daemon_set))
        failure = failure or undeleted
        return None if is_namespace_terminating(failure) else failure

    # Status

    def _is_available(self, daemon_set: Object) -> Callable[[Object], bool]:
        seconds, now = daemon_set["spec"].get("minReadySeconds", 0), self.clock.now()
        return lambda pod: available_in(pod, seconds, now) == 0

    def _write_status(
        self, key: str, daemon_set: Object, by_node: dict[str, list[Object]], digest: str, collisions: int
    ) -> None:
        available = self._is_available(daemon_set)
        numbers = dict.fromkeys(_NUMBERS, 0)
        for node in self._nodes.list():
            pods = by_node.get(node["metadata"]["name"], [])
            if not placement.fit(daemon_set, node).runs:
                numbers["numberMisscheduled"] += bool(pods)
                continue
            numbers["desiredNumberScheduled"] += 1
            for pod in pods[:1]:
                numbers["currentNumberScheduled"] += 1
                numbers["numberReady"] += is_ready(pod)
                numbers["numberAvailable"] += available(pod)
                numbers["updatedNumberScheduled"] += placement.is_updated(daemon_set, pod, digest)
        numbers["numberUnavailable"] = numbers["desiredNumberScheduled"] - numbers["numberAvailable"]
        old = daemon_set.get("status") or {}
        status: Object = {name: number for name, number in numbers.items() if number or name in _REQUIRED}
        status["observedGeneration"] = daemon_set["metadata"].get("generation", 1)
        if collisions:
            status["collisionCount"] = collisions
        if "conditions" in old:
            status["conditions"] = old["conditions"]
        if status != old:
            self.client.update(DAEMON_SETS, {**daemon_set, "status": status}, "status")
        seconds, now = daemon_set["spec"].get("minReadySeconds", 0), self.clock.now()
        left = next_available_in(chain.from_iterable(by_node.values()), seconds, now)
        if left is not None:
            self.queue.add_after(key, left)


# What to say of a pod that has ended: kind and reason of the event, and its text.
_ENDS = {
    "Failed": ("Warning", "FailedDaemonPod", "Found failed daemon pod {}, will try to kill it"),
    "Succeeded": ("Normal", "SucceededDaemonPod", "Found succeeded daemon pod {}, will try to delete it"),
}
_REQUIRED = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
_NUMBERS = (*_REQUIRED, "updatedNumberScheduled", "numberAvailable", "numberUnavailable")


def _lost(by_node: dict[str, list[Object]], nodes: Iterable[Object]) -> list[Object]:
    """Pods that nobody has put anywhere yet, meant for nodes that are gone."""
    names = {node["metadata"]["name"] for node in nodes}
    return [
        pod
        for node, pods in by_node.items()
        for pod in pods
        if node not in names and not pod["spec"].get("nodeName") and not pod["metadata"].get("deletionTimestamp")
    ]


def _oldest_first(pod: Object) -> tuple[bool, str, str]:
    meta = pod["metadata"]
    return not pod["spec"].get("nodeName"), str(meta.get("creationTimestamp", "")), str(meta["name"])


def _selector(daemon_set: Object) -> labels.Selector:
    return labels.selector_from_label_selector(daemon_set["spec"]["selector"])
