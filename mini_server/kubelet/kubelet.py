"""Hollow kubelets: N nodes in one process that report what real ones would.

Each node registers, renews its lease, and moves the pods bound to it through their stages (`lifecycle`). One queue
and a few workers serve all nodes. Source of the rhythm: kubernetes ``pkg/kubelet`` (status every 5 minutes when
nothing changes, lease every 10 seconds).
"""

from __future__ import annotations

import logging
import platform
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from mini_server.kubelet.ipam import AddressPool
from mini_server.kubelet.lifecycle import Missing, Step, Surroundings, Timing, next_step
from mini_server.kubelet.logs import ContainerLogs, LogKey, LogOptions
from mini_server.kubelet.node import NodeConfig, new_node, node_status
from mini_server.kubelet.references import missing_reference
from mini_server.kubelet.server import PodUnknown
from pykubectl.client.errors import ClientError
from pykubectl.client.workqueue import RateLimitingQueue
from pykubectl.machinery.errors import StatusError, is_conflict, is_not_found
from pykubectl.machinery.util.clock import Clock
from pykubectl.machinery.values.time import format_micro_time, format_time

log = logging.getLogger(__name__)

Object = dict[str, Any]

LEASE_SECONDS = 40
RENEW_INTERVAL = 10.0
STATUS_INTERVAL = 300.0


class API(Protocol):
    """The calls a kubelet makes; each raises StatusError where the API server refuses."""

    def register_node(self, node: Object) -> None:
        """Creates the node, or updates what a kubelet owns of one that is there."""

    def write_node_status(self, name: str, status: Object) -> None:
        """Patches a node's status."""

    def node_conditions(self, name: str) -> list[Object]:
        """The node's conditions as stored."""

    def renew_lease(self, name: str, renewed: str, seconds: int) -> None:
        """Creates or renews the node's lease."""

    def write_pod_status(self, pod: Object, status: Object) -> None:
        """Replaces the pod's status, given that the pod's uid is still the same."""

    def delete_pod(self, pod: Object) -> None:
        """Removes a pod for good: grace period 0, same uid."""

    def exists(self, resource: str, namespace: str, name: str, key: str | None) -> bool:
        """Whether a ConfigMap or Secret is there, and has a key where one is given."""

    def event(self, obj: Object, kind: str, reason: str, message: str, host: str) -> None:
        """Records an event; never blocks."""


class HollowKubelets:
    """The kubelets of all nodes. Informers call `on_pod` and `on_pod_deleted`."""

    def __init__(
        self, api: API, clock: Clock, nodes: Sequence[NodeConfig], *, timing: Timing | None = None, workers: int = 2
    ) -> None:
        self._api = api
        self._clock = clock
        self._nodes = {node.name: node for node in nodes}
        self._pools = {node.name: AddressPool(node.pod_cidr) for node in nodes}
        self._images: dict[str, set[str]] = {node.name: set() for node in nodes}
        self._timing = timing or Timing()
        self._queue: RateLimitingQueue[str] = RateLimitingQueue(clock=clock, name="kubelet")
        self._pods: dict[str, Object] = {}
        self._due: dict[str, float] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"kubelet-{n}", daemon=True) for n in range(workers)
        ] + [threading.Thread(target=self._heartbeat, name="kubelet-heartbeat", daemon=True)]
        self.logs = ContainerLogs()

    def start(self) -> None:
        """Registers the nodes, then works until `stop`. Raises StatusError where a node is refused."""
        now = self._clock.now()
        for node in self._nodes.values():
            self._api.register_node(new_node(node, format_time(now)))
            self._api.renew_lease(node.name, format_micro_time(now), LEASE_SECONDS)
            self._api.event(_node_reference(node.name), "Normal", "Starting", "Starting kubelet.", node.name)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends all threads; nodes and pods stay as they are, as when a kubelet is stopped."""
        self._stopped.set()
        self._queue.shut_down()
        self.logs.close()
        for thread in self._threads:
            thread.join()

    def on_pod(self, pod: Object) -> None:
        """A pod of some node was added or changed."""
        node = pod["spec"].get("nodeName")
        if node not in self._nodes:
            return
        uid = pod["metadata"]["uid"]
        with self._lock:
            self._pods[uid] = pod
            if (address := pod.get("status", {}).get("podIP")) is not None:
                self._pools[node].claim(uid, address)
            self._images[node].update(_running_images(pod))
        self._queue.add(uid)

    def on_pod_deleted(self, pod: Object) -> None:
        """A pod is gone: its address and logs go too."""
        meta = pod["metadata"]
        with self._lock:
            known = self._pods.pop(meta["uid"], None)
            self._due.pop(meta["uid"], None)
        if known is not None:
            self._pools[known["spec"]["nodeName"]].release(meta["uid"])
            self.logs.forget_pod(meta["namespace"], meta["name"])

    def read_logs(self, key: LogKey, options: LogOptions) -> Iterator[bytes]:
        """Lines of a container. Raises PodUnknown where no pod of that name is here."""
        with self._lock:
            pods = [p for p in self._pods.values() if _is_named(p, key)]
        if not pods:
            raise PodUnknown(f'pod "{key.pod}" not found')
        return self.logs.read(key, options, self._clock.now())

    def _work(self) -> None:
        while True:
            uid, shutdown = self._queue.get()
            if shutdown or uid is None:
                return
            try:
                self._sync(uid)
                self._queue.forget(uid)
            except StatusError as error:
                if not (is_conflict(error) or is_not_found(error)):
                    log.warning("pod %s: %s", uid, error.message)
                self._queue.add_rate_limited(uid)
            except ClientError as error:
                log.warning("pod %s: %s", uid, error)
                self._queue.add_rate_limited(uid)
            except Exception:
                # A kubelet outlives one pod's trouble.
                log.exception("pod %s", uid)
                self._queue.add_rate_limited(uid)
            finally:
                self._queue.done(uid)

    def _sync(self, uid: str) -> None:
        with self._lock:
            pod = self._pods.get(uid)
            due = self._due.get(uid, 0.0)
        if pod is None:
            return
        wait = due - self._clock.monotonic()
        if wait > 0 and not pod["metadata"].get("deletionTimestamp"):
            self._queue.add_after(uid, wait)
            return
        self._take(pod, next_step(pod, self._surroundings(pod)))

    def _surroundings(self, pod: Object) -> Surroundings:
        node = self._nodes[pod["spec"]["nodeName"]]
        host_network = bool(pod["spec"].get("hostNetwork"))
        uid = pod["metadata"]["uid"]

        def pod_ip() -> str:
            return node.address if host_network else self._pools[node.name].take(uid)

        def missing(pod: Object) -> Missing | None:
            return missing_reference(pod, self._api.exists)

        has_image = self._images[node.name].__contains__
        return Surroundings(self._clock.now(), node.address, pod_ip, missing, self._timing, has_image)

    def _take(self, pod: Object, step: Step) -> None:
        uid, node = pod["metadata"]["uid"], pod["spec"]["nodeName"]
        if step.status is not None:
            self._api.write_pod_status(pod, step.status)
            with self._lock:
                # What was just written counts from now on, whatever the informer's next word is still to say.
                if self._pods.get(uid) is pod:
                    self._pods[uid] = {**pod, "status": step.status}
            self._log(pod, step)
        self._images[node].update(step.images)
        for event in step.events:
            about = _container_reference(pod, event.field_path) if event.field_path else pod
            self._api.event(about, event.kind, event.reason, event.message, node)
        if step.delete:
            self._api.delete_pod(pod)
        with self._lock:
            if uid in self._pods:
                self._due[uid] = self._clock.monotonic() + (step.after or 0.0)
        if step.after is not None:
            self._queue.add_after(uid, step.after)

    def _log(self, pod: Object, step: Step) -> None:
        meta = pod["metadata"]
        for container, text in step.logs:
            self.logs.write(LogKey(meta["namespace"], meta["name"], container), self._clock.now(), text)
        for field in ("initContainerStatuses", "containerStatuses"):
            for status in (step.status or {}).get(field) or []:
                # Also one that waits to be started again: who follows is told of the end of this run.
                if "running" not in status["state"]:
                    self.logs.end(LogKey(meta["namespace"], meta["name"], status["name"]))

    def _heartbeat(self) -> None:
        reported = self._clock.monotonic()
        while not self._clock.wait(self._stopped, RENEW_INTERVAL):
            now = self._clock.now()
            report = self._clock.monotonic() - reported >= STATUS_INTERVAL
            for node in self._nodes.values():
                try:
                    self._report(node, now, with_status=report)
                except (StatusError, ClientError) as error:
                    # The next beat tries again; a control plane that misses some marks the node itself.
                    log.warning("node %s: heartbeat failed: %s", node.name, error)
            if report:
                reported = self._clock.monotonic()

    def _report(self, node: NodeConfig, now: datetime, *, with_status: bool) -> None:
        self._api.renew_lease(node.name, format_micro_time(now), LEASE_SECONDS)
        if with_status:
            old = self._api.node_conditions(node.name)
            self._api.write_node_status(node.name, node_status(node, platform.machine(), format_time(now), old))


def _node_reference(name: str) -> Object:
    # Kubelets name their node by its name in the uid field too.
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "uid": name}}


def _container_reference(pod: Object, field_path: str) -> Object:
    """An ObjectReference to one container of a pod."""
    meta = pod["metadata"]
    return {
        "kind": "Pod",
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
        "apiVersion": "v1",
        "resourceVersion": meta.get("resourceVersion", ""),
        "fieldPath": field_path,
    }


def _running_images(pod: Object) -> Iterator[str]:
    """Images that must be on the pod's node, since containers have started from them."""
    status = pod.get("status", {})
    for field in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(field) or []:
            if container.get("containerID"):
                yield container["image"]


def _is_named(pod: Object, key: LogKey) -> bool:
    meta = pod["metadata"]
    return bool(meta["name"] == key.pod and meta["namespace"] == key.namespace)
