"""The scheduler: an API client that gives pods their nodes.

One thread decides, one pod after the other; bindings are written by a small pool, so that the next decision need
not wait for the API server. Source: kubernetes ``pkg/scheduler/scheduler.go``, ``eventhandlers.go``.
"""

from __future__ import annotations

import logging
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from mini_server.scheduler.cache import Cache
from mini_server.scheduler.framework.interface import Code, Pod, Status
from mini_server.scheduler.framework.runtime import PluginError, fit_error
from mini_server.scheduler.nominator import Nominator
from mini_server.scheduler.profile import DEFAULT_SCHEDULER, Handle, new_framework
from mini_server.scheduler.queue import QueuedPodInfo, SchedulingQueue
from mini_server.scheduler.schedule import Decision, decide
from pykubectl.client.errors import ClientError
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.labels import Selector
from pykubectl.machinery.util.clock import Clock

log = logging.getLogger(__name__)

Object = dict[str, Any]


class API(Protocol):
    """The writes and reads a scheduler needs; raises StatusError where the API server refuses."""

    def bind(self, pod: Pod, node: str) -> None:
        """Posts a Binding."""

    def evict(self, pod: Pod, condition: Object) -> None:
        """Notes on a preemption victim why it goes, and deletes it."""

    def set_status(self, pod: Pod, condition: Object, nominated: str | None) -> None:
        """Writes the PodScheduled condition, and the nominated node unless None."""

    def event(self, pod: Pod, kind: str, reason: str, message: str) -> None:
        """Records an event; never blocks."""

    def budgets(self) -> list[Object]:
        """All PodDisruptionBudgets."""

    def namespace_labels(self, name: str) -> dict[str, str]:
        """A namespace's labels, empty where it is not known."""

    def group_of(self, pod: Pod) -> Selector:
        """Matches the pods of the services and of the controller that a pod belongs to."""


# Plugins whose refusal a change to pods that have a node may lift.
_ABOUT_OTHER_PODS = frozenset(("InterPodAffinity", "PodTopologySpread"))


class Scheduler:
    """`run` blocks until `stop`; informers call the ``on_`` methods from their own threads."""

    def __init__(self, api: API, clock: Clock, *, seed: int | None = None, binders: int = 2) -> None:
        self._api = api
        self._chance = random.Random(seed)
        self._cache = Cache()
        handle = Handle(api.bind, self._evict, api.budgets, api.namespace_labels, api.group_of, lambda: self._framework)
        self._framework = new_framework(handle, clock)
        self._nominated = Nominator()
        self._waiting: set[threading.Thread] = set()
        self._queue = SchedulingQueue(self._framework.sort_key, clock, self._framework.admits)
        self._binders = ThreadPoolExecutor(binders, thread_name_prefix="scheduler-bind")
        self._thread = threading.Thread(target=self.run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Decides in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the loop and waits for bindings under way; pods that wait for a permit are refused."""
        self._queue.close()
        if self._thread.is_alive():
            self._thread.join()
        for waiting in self._framework.waiting.all():
            waiting.reject("", "the scheduler is stopping")
        for thread in list(self._waiting):
            thread.join()
        self._binders.shutdown(wait=True)

    def on_pod(self, pod: Pod) -> None:
        """A pod was added or changed."""
        uid = pod["metadata"]["uid"]
        if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            self.on_pod_deleted(pod)
        elif pod["spec"].get("nodeName"):
            self._queue.remove(uid)
            self._nominated.remove(uid)
            if self._cache.set_pod(pod):
                self._queue.move_all(_ABOUT_OTHER_PODS)
        elif pod["metadata"].get("deletionTimestamp"):
            # It waits for its finalizers only.
            self._queue.remove(uid)
            self._nominated.remove(uid)
        elif self._responsible(pod) and not self._cache.is_assumed(uid):
            if nominated := pod.get("status", {}).get("nominatedNodeName"):
                self._nominated.set(pod, nominated)
            self._queue.update(pod)

    def on_pod_deleted(self, pod: Pod) -> None:
        """A pod is gone or finished: its room is free again."""
        uid = pod["metadata"]["uid"]
        self._queue.remove(uid)
        self._nominated.remove(uid)
        freed = self._cache.remove_pod(uid)
        if (waiting := self._framework.waiting.get(uid)) is not None:
            waiting.reject("", "removed")
        if freed:
            self._queue.move_all()

    def on_node(self, node: Object) -> None:
        """A node was added or changed."""
        if self._cache.set_node(node):
            self._queue.move_all()

    def on_node_deleted(self, node: Object) -> None:
        """A node is gone: pods that were spread over it may be placed anew."""
        self._cache.remove_node(node["metadata"]["name"])
        self._queue.move_all(_ABOUT_OTHER_PODS)

    def statistics(self) -> dict[str, int]:
        """How many pods wait where in the queue."""
        return self._queue.statistics()

    def run(self) -> None:
        """Decides until `stop`."""
        while (taken := self._queue.pop()) is not None:
            info, cycle = taken
            try:
                self._schedule(info, cycle)
            except Exception:
                # One pod's trouble must not end the loop for the others; it is tried again after its backoff.
                log.exception("scheduling %s failed", info.pod["metadata"]["name"])
                self._queue.requeue(info, cycle, frozenset())

    def _responsible(self, pod: Pod) -> bool:
        return bool(pod["spec"].get("schedulerName", DEFAULT_SCHEDULER) == self._framework.profile)

    def _schedule(self, info: QueuedPodInfo, cycle: int) -> None:
        pod = info.pod
        try:
            decision = decide(self._framework, pod, self._cache.snapshot(), self._chance, self._nominated.by_node())
        except PluginError as error:
            self._report(pod, "SchedulerError", str(error), "")
            self._queue.requeue(info, cycle, frozenset())
            return
        if not decision.node:
            self._unschedulable(info, cycle, decision)
            return
        self._cache.assume(pod, decision.node)
        self._nominated.remove(info.uid)
        state, node = decision.state, decision.node
        status = self._framework.reserve(state, pod, node)
        if status is None:
            status = self._framework.permit(state, pod, node).status
        if status is None:
            self._binders.submit(self._bind, info, cycle, decision)
        elif status.code is Code.WAIT:
            self._wait_and_bind(info, cycle, decision)
        else:
            self._framework.unreserve(state, pod, node)
            self._give_up(info, cycle, status)

    def _wait_and_bind(self, info: QueuedPodInfo, cycle: int, decision: Decision) -> None:
        """Waits in a thread of its own, so that pods that need no permit are bound meanwhile."""

        def wait() -> None:
            self._bind(info, cycle, decision)
            self._waiting.discard(thread)

        thread = threading.Thread(target=wait, name="scheduler-permit", daemon=True)
        self._waiting.add(thread)
        thread.start()

    def _bind(self, info: QueuedPodInfo, cycle: int, decision: Decision) -> None:
        pod, node, state = info.pod, decision.node, decision.state
        try:
            status = (
                self._framework.wait_on_permit(pod)
                or self._framework.pre_bind(state, pod, node)
                or self._framework.bind(state, pod, node)
            )
        except Exception as error:
            log.exception("binding %s failed", pod["metadata"]["name"])
            status = Status(Code.ERROR, (str(error),))
        if status is not None:
            self._framework.unreserve(state, pod, node)
            self._give_up(info, cycle, status)
            return
        self._queue.done(info.uid)
        meta = pod["metadata"]
        self._api.event(
            pod, "Normal", "Scheduled", f"Successfully assigned {meta['namespace']}/{meta['name']} to {node}"
        )
        self._framework.post_bind(state, pod, node)

    def _give_up(self, info: QueuedPodInfo, cycle: int, status: Status) -> None:
        """A chosen node came to nothing: the assumption is taken back and the pod tried again."""
        self._cache.forget(info.uid)
        if status.rejected:
            self._report(info.pod, "Unschedulable", fit_error(1, [status]), "")
            self._queue.requeue(info, cycle, frozenset([status.plugin]))
        else:
            self._report(info.pod, "SchedulerError", status.message, "")
            self._queue.requeue(info, cycle, frozenset())
        # Its room is free again, for others; last, so that it does not count as news for the pod itself.
        self._queue.move_all(but=info.uid)

    def _unschedulable(self, info: QueuedPodInfo, cycle: int, decision: Decision) -> None:
        refused_by = decision.refused_by or frozenset(["no nodes"])
        if decision.nominated is not None:
            self._nominated.set(info.pod, decision.nominated)
        self._report(info.pod, "Unschedulable", decision.message, decision.nominated)
        self._queue.requeue(info, cycle, refused_by)

    def _report(self, pod: Pod, reason: str, message: str, nominated: str | None) -> None:
        self._api.event(pod, "Warning", "FailedScheduling", message)
        condition = {"type": "PodScheduled", "status": "False", "reason": reason, "message": message}
        if nominated == pod.get("status", {}).get("nominatedNodeName", ""):
            nominated = None
        if nominated is None and _has_condition(pod, condition):
            return
        try:
            self._api.set_status(pod, condition, nominated)
        except (StatusError, ClientError) as error:
            # The pod may be gone; the informer will say so. Or the API server is; the pod is tried again all the same.
            log.info("status of pod %s not written: %s", pod["metadata"]["name"], error)

    def _evict(self, victim: Pod, preemptor: Pod, node: str) -> None:
        uid = victim["metadata"]["uid"]
        if (waiting := self._framework.waiting.get(uid)) is not None:
            waiting.reject("DefaultPreemption", "preempted")
        else:
            scheduler = preemptor["spec"].get("schedulerName", DEFAULT_SCHEDULER)
            message = f"{scheduler}: preempting to accommodate a higher priority pod"
            reason = "PreemptionByScheduler"
            condition = {"type": "DisruptionTarget", "status": "True", "reason": reason, "message": message}
            self._api.evict(victim, condition)
        text = f"Preempted by pod {preemptor['metadata']['uid']} on node {node}"
        self._api.event(victim, "Normal", "Preempted", text)


def _has_condition(pod: Pod, condition: Object) -> bool:
    for old in pod.get("status", {}).get("conditions") or []:
        if old.get("type") == condition["type"]:
            return all(old.get(key) == value for key, value in condition.items())
    return False
