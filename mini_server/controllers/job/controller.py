"""Jobs run pods until enough have succeeded.

Source: kubernetes ``pkg/controller/job/job_controller.go``.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, key_of, own_key, split_key
from mini_server.controllers.expectations import Expectations
from mini_server.controllers.job import indexes, status
from mini_server.controllers.job.backoff import Records
from mini_server.controllers.job.work import Work
from mini_server.controllers.ownership import Claims, owner_keys, resolve_controller, without_finalizers
from mini_server.controllers.pods import PodControl, create_expected, delete_expected, new_pod
from mini_server.controllers.resources import JOB_KIND, JOBS, PODS
from pykubectl.helpers.owners import controller_of, is_controlled_by
from pykubectl.machinery import labels
from pykubectl.machinery.errors import is_not_found

Object = dict[str, Any]

FINALIZER = "batch.kubernetes.io/job-tracking"
MANAGER = "kubernetes.io/job-controller"


class JobController(Controller):
    """Creates pods, counts those that finish, and ends the Job."""

    name = "job-controller"
    workers = 2

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self.expectations = Expectations(context.clock)
        self.recorder = context.recorder(self.name)
        self.pod_control = PodControl(context.client, self.recorder)
        self._records = Records()
        # Pods that were let go of, until the cache has them without the finalizer: none is counted twice.
        self._let_go: set[str] = set()
        self._lock = threading.Lock()
        self._jobs = self.watch(JOBS, own_key)
        self._pods = self.watch(
            PODS,
            self._keys_of_pod,
            on_add=self._pod_added,
            on_update=self._pod_updated,
            on_delete=self._pod_deleted,
        )

    def sync(self, key: str) -> None:
        """One step of a Job."""
        job = self._jobs.get(*split_key(key))
        if job is None:
            self.expectations.forget(key)
            self._records.forget(key)
        elif job["spec"].get("managedBy", MANAGER) != MANAGER:
            return
        # What is not counted any more is let go of.
        for pod in self._pods.list(split_key(key)[0]):
            if self._is_left_over(key, job, pod):
                self.release(pod)
        if job is None or status.is_finished(job):
            self._records.forget(key)
            return
        may_act = self.expectations.satisfied(key)
        hands = _JobHands(self, key)
        work = Work(hands, job, self._claim(job), self._records.get(key), self.clock.now(), may_act=may_act)
        try:
            work.run()
        finally:
            if hands.wrote:
                self._records.put(key, work.record)

    # Pods come and go

    def _keys_of_pod(self, pod: Object) -> list[str]:
        """The pod's Job; of an orphan those that it matches, and a name that no Job can have, to let it go."""
        if controller_of(pod) is not None:
            return list(owner_keys(JOB_KIND)(pod))
        namespace, own = pod["metadata"]["namespace"], pod["metadata"].get("labels") or {}
        found = [key_of(job) for job in self._jobs.list(namespace) if own and _selector(job).matches(own)]
        if not found and FINALIZER in (pod["metadata"].get("finalizers") or []):
            return [f"{namespace}/"]
        return found

    def _pod_added(self, pod: Object) -> None:
        if pod["metadata"].get("deletionTimestamp"):
            self._pod_deleted(pod)
        elif (key := self._owner_of(pod)) is not None:
            self.expectations.creation_seen(key)

    def _pod_updated(self, pod: Object) -> None:
        if FINALIZER not in (pod["metadata"].get("finalizers") or []):
            with self._lock:
                self._let_go.discard(pod["metadata"]["uid"])
        if pod["metadata"].get("deletionTimestamp") and (key := self._owner_of(pod)) is not None:
            self.expectations.deletion_seen(key, pod["metadata"]["uid"])

    def _pod_deleted(self, pod: Object) -> None:
        with self._lock:
            self._let_go.discard(pod["metadata"]["uid"])
        if (key := self._owner_of(pod)) is not None:
            self.expectations.deletion_seen(key, pod["metadata"]["uid"])

    def _owner_of(self, pod: Object) -> str | None:
        return resolve_controller(self._jobs, JOB_KIND, pod)

    def _is_left_over(self, key: str, job: Object | None, pod: Object) -> bool:
        # The cheaper question first: nearly no pod of others has the finalizer.
        if not self.is_tracked(pod) or key not in self._keys_of_pod(pod):
            return False
        if job is None or status.is_finished(job):
            return True
        # Of an earlier Job of that name; an orphan may still be adopted.
        return controller_of(pod) is not None and not is_controlled_by(pod, job)

    def _claim(self, job: Object) -> list[Object]:
        claims = Claims(self.client, PODS, job, JOBS, JOB_KIND, _selector(job), [FINALIZER])
        return claims.claim(self._pods.list(job["metadata"]["namespace"]))

    # The finalizer

    def is_tracked(self, pod: Object) -> bool:
        """Has the finalizer, and it was not removed already."""
        with self._lock:
            let_go = pod["metadata"]["uid"] in self._let_go
        return not let_go and FINALIZER in (pod["metadata"].get("finalizers") or [])

    def release(self, pod: Object) -> None:
        """Removes the finalizer."""
        meta = pod["metadata"]
        if not self.is_tracked(pod):
            return
        wanted = {"uid": meta["uid"], **without_finalizers([FINALIZER])}
        with self._lock:
            self._let_go.add(meta["uid"])
        try:
            self.client.strategic_patch(PODS, meta["namespace"], meta["name"], {"metadata": wanted})
        except Exception as error:
            with self._lock:
                self._let_go.discard(meta["uid"])
            if not is_not_found(error):
                raise


class _JobHands:
    """`Hands` for the Job of a key."""

    def __init__(self, controller: JobController, key: str) -> None:
        self._controller = controller
        self._key = key
        self._gone: set[str] = set()
        self.wrote = False

    def create_pods(
        self, job: Object, count: int, annotations: Mapping[int, dict[str, str]] | None
    ) -> tuple[int, Exception | None]:
        """In growing batches."""
        base = new_pod(job["spec"]["template"], job, JOB_KIND)
        base["metadata"]["finalizers"] = [*(base["metadata"].get("finalizers") or []), FINALIZER]
        todo = [base] * count
        if annotations is not None:
            name = job["metadata"]["name"]
            todo = [indexes.with_index(base, name, index, own) for index, own in annotations.items()]
        expectations = self._controller.expectations
        expectations.expect(self._key, creations=len(todo))
        waiting = iter(todo)
        create = self._controller.pod_control.create
        return create_expected(expectations, self._key, len(todo), lambda: create(job, next(waiting)))

    def delete_pods(
        self, job: Object, pods: Sequence[Object], *, uncounted: bool
    ) -> tuple[list[Object], Exception | None]:
        """Those that are gone already count as deleted."""
        if not pods:
            return [], None
        expectations = self._controller.expectations
        expectations.expect(self._key, deletions=[pod["metadata"]["uid"] for pod in pods])

        def delete(pod: Object) -> bool:
            if uncounted:
                self._controller.release(pod)
            return self._controller.pod_control.delete(job, pod)

        return delete_expected(expectations, self._key, pods, delete)

    def release(self, pods: Sequence[Object]) -> Exception | None:
        """All of them, whatever becomes of one."""
        failure: Exception | None = None
        for pod in pods:
            try:
                self._controller.release(pod)
                self._gone.add(pod["metadata"]["uid"])
            except Exception as error:
                failure = failure or error
        return failure

    def is_tracked(self, pod: Object) -> bool:
        """By the cache, and what was done since it was read."""
        return pod["metadata"]["uid"] not in self._gone and self._controller.is_tracked(pod)

    def write(self, job: Object, new_status: Object) -> Object:
        """Stores the status."""
        self.wrote = True
        return self._controller.client.update(JOBS, {**job, "status": new_status}, "status")

    def event(self, job: Object, kind: str, reason: str, message: str) -> None:
        """About the Job."""
        self._controller.recorder.event(job, kind, reason, message)

    def look_again(self, seconds: float) -> None:
        """After a while."""
        self._controller.queue.add_after(self._key, seconds)


def _selector(job: Object) -> labels.Selector:
    return labels.selector_from_label_selector(job["spec"]["selector"])
