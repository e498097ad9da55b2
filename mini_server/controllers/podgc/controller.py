"""Pods that nobody else will ever remove: those of nodes that are gone, and finished ones where there are very many.

Source: kubernetes ``pkg/controller/podgc/gc_controller.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller
from mini_server.controllers.deletion import delete_known
from mini_server.controllers.pods import is_finished
from mini_server.controllers.resources import NODES, PODS
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

# Seconds between looks.
PERIOD = 20.0
# A node must be missing for so long before its pods are taken for lost: it may only not have been seen yet.
QUARANTINE = 40.0
# So many finished pods are kept.
THRESHOLD = 12500
# The only key: all pods are looked at together.
ALL = "pods"


class PodGarbageCollector(Controller):
    """Looks at all pods from time to time."""

    name = "pod-garbage-collector-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._pods = context.informer(PODS)
        self._nodes = context.informer(NODES)
        self._threshold = int(context.settings.get("terminated-pod-gc-threshold", THRESHOLD))
        # Names of nodes that pods name and that are not there, with the time since when.
        self._missing: dict[str, float] = {}

    def start(self) -> None:
        """Begins to look."""
        super().start()
        self.queue.add_after(ALL, PERIOD)

    def sync(self, key: str) -> None:
        """One look; the next one is queued whatever comes of it."""
        self.queue.add_after(key, PERIOD)
        pods = self._pods.list()
        self._collect_finished(pods)
        self._collect_lost(pods)
        for pod in pods:
            if pod["metadata"].get("deletionTimestamp") and not pod["spec"].get("nodeName"):
                # No kubelet will ever confirm its end.
                self._delete(pod)

    def _collect_finished(self, pods: list[Object]) -> None:
        finished = [pod for pod in pods if is_finished(pod) and not pod["metadata"].get("deletionTimestamp")]
        surplus = len(finished) - self._threshold
        if self._threshold > 0 and surplus > 0:
            for pod in sorted(finished, key=_oldest_first)[:surplus]:
                self._delete(pod)

    def _collect_lost(self, pods: list[Object]) -> None:
        named = {pod["spec"]["nodeName"] for pod in pods if pod["spec"].get("nodeName")}
        absent = {name for name in named if self._nodes.get("", name) is None}
        now = self.clock.monotonic()
        self._missing = {name: self._missing.get(name, now) for name in absent}
        overdue = (name for name, since in self._missing.items() if now - since >= QUARANTINE)
        gone = {name for name in overdue if self._is_gone(name)}
        for pod in pods:
            if pod["spec"].get("nodeName") in gone:
                self._give_up(pod)

    def _is_gone(self, node: str) -> bool:
        """Past the cache."""
        try:
            self.client.get(NODES, "", node)
        except StatusError as error:
            if is_not_found(error):
                return True
            raise
        return False

    def _give_up(self, pod: Object) -> None:
        """The pod has failed, as far as anybody can tell; then it goes."""
        if not is_finished(pod):
            status = pod.get("status", {})
            condition = {
                "type": "DisruptionTarget",
                "status": "True",
                "reason": "DeletionByPodGC",
                "message": "PodGC: node no longer exists",
                "lastTransitionTime": format_time(self.clock.now()),
            }
            others = [c for c in status.get("conditions") or [] if c["type"] != condition["type"]]
            failed = {**status, "phase": "Failed", "conditions": [*others, condition]}
            pod = self.client.update(PODS, {**pod, "status": failed}, "status")
        self._delete(pod)

    def _delete(self, pod: Object) -> None:
        delete_known(self.client, PODS, pod, grace_seconds=0)


def _oldest_first(pod: Object) -> tuple[str, str]:
    meta = pod["metadata"]
    return str(meta.get("creationTimestamp", "")), str(meta["name"])
