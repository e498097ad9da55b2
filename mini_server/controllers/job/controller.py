"""Jobs run pods until enough have succeeded.

Finished pods are counted by way of a finalizer: a pod's uid is noted in ``status.uncountedTerminatedPods``, then its
finalizer is removed, then it is counted; so none is counted twice or lost, whoever deletes it and whenever the
controller stops. Source: kubernetes ``pkg/controller/job/job_controller.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, own_key, split_key
from mini_server.controllers.expectations import Expectations
from mini_server.controllers.job import indexes, status
from mini_server.controllers.job.status import Verdict
from mini_server.controllers.ownership import Claims, owner_keys
from mini_server.controllers.pods import PodControl, is_active, is_ready, new_pod, slow_start
from mini_server.controllers.pods import is_finished as pod_is_finished
from mini_server.controllers.resources import JOB_KIND, JOBS, PODS
from pykubectl.helpers.owners import controller_of
from pykubectl.machinery import labels
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.machinery.values.time import format_time, parse_time

Object = dict[str, Any]

FINALIZER = "batch.kubernetes.io/job-tracking"
BACKOFF = 10.0
BACKOFF_MAX = 600.0


class JobController(Controller):
    """Creates pods, counts those that finish, and ends the Job."""

    name = "job-controller"
    workers = 2

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._expectations = Expectations(context.clock)
        self._recorder = context.recorder(self.name)
        self._pod_control = PodControl(context.client, self._recorder)
        self._jobs = self.watch(JOBS, own_key)
        self._pods = self.watch(PODS, _job_keys, on_add=self._pod_added, on_delete=self._pod_deleted)

    def sync(self, key: str) -> None:
        """One step of a Job."""
        job = self._jobs.get(*split_key(key))
        if job is None:
            self._expectations.forget(key)
            self._release_all([pod for pod in self._pods.list(split_key(key)[0]) if key in _job_keys(pod)])
            return
        if job["spec"].get("managedBy", "kubernetes.io/job-controller") != "kubernetes.io/job-controller":
            return
        ready_to_act = self._expectations.satisfied(key)
        pods = self._claim(job)
        if status.is_finished(job):
            self._release_all(pods)
            return
        job = self._count(job, pods)
        self._advance(key, job, pods, ready_to_act)

    def _pod_added(self, pod: Object) -> None:
        for key in owner_keys(JOB_KIND)(pod):
            self._expectations.creation_seen(key)

    def _pod_deleted(self, pod: Object) -> None:
        for key in owner_keys(JOB_KIND)(pod):
            self._expectations.deletion_seen(key, pod["metadata"]["uid"])

    def _claim(self, job: Object) -> list[Object]:
        meta = job["metadata"]
        selector = labels.selector_from_label_selector(job["spec"]["selector"])

        def fresh() -> Object:
            return self.client.get(JOBS, meta["namespace"], meta["name"])

        return Claims(self.client, PODS, job, JOB_KIND, selector, fresh).claim(self._pods.list(meta["namespace"]))

    # Counting

    def _count(self, job: Object, pods: list[Object]) -> Object:
        """Takes finished pods into the counters; returns the job with its new status."""
        old = job.get("status") or {}
        uncounted = {kind: list((old.get("uncountedTerminatedPods") or {}).get(kind) or []) for kind in _OUTCOMES}
        known = {uid for uids in uncounted.values() for uid in uids}
        new = [p for p in pods if _awaits_count(p) and p["metadata"]["uid"] not in known]
        if not new and not known:
            return job
        for pod in new:
            uncounted[_outcome(pod)].append(pod["metadata"]["uid"])
        noted = {**old, "uncountedTerminatedPods": {kind: uids for kind, uids in uncounted.items() if uids}}
        if new:
            job = self._write(job, noted)
        tracked = {uid for uids in uncounted.values() for uid in uids}
        for pod in pods:
            if pod["metadata"]["uid"] in tracked:
                self._release(pod)
        counted: Object = {**noted, "uncountedTerminatedPods": {}}
        for kind, uids in uncounted.items():
            if uids:
                counted[kind] = int(old.get(kind) or 0) + len(uids)
        if _is_indexed(job):
            counted.update(_completed_indexes(job, old, pods, tracked))
        return {**job, "status": counted}

    def _release_all(self, pods: list[Object]) -> None:
        for pod in pods:
            self._release(pod)

    def _release(self, pod: Object) -> None:
        """Removes the tracking finalizer."""
        meta = pod["metadata"]
        finalizers = meta.get("finalizers") or []
        if FINALIZER not in finalizers:
            return
        left = [name for name in finalizers if name != FINALIZER]
        patch = {
            "metadata": {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"], "finalizers": left or None}
        }
        try:
            self.client.merge_patch(PODS, meta["namespace"], meta["name"], patch)
        except StatusError as error:
            if not is_not_found(error):
                raise

    # Acting

    def _advance(self, key: str, job: Object, pods: list[Object], ready_to_act: bool) -> None:
        now = self.clock.now()
        current = dict(job.get("status") or {})
        active = [pod for pod in pods if is_active(pod)]
        suspended = bool(job["spec"].get("suspend"))
        if not current.get("startTime") and not suspended:
            current["startTime"] = format_time(now)
            job = {**job, "status": current}
        end = status.verdict(job, int(current.get("succeeded") or 0), _failures(current), len(active), now)
        failure: Exception | None = None
        if end is not None or suspended:
            self._delete(key, job, active)
            active = []
        elif ready_to_act and not job["metadata"].get("deletionTimestamp"):
            created, failure = self._manage(key, job, pods, active)
            current["active"] = len(active) + created
        self._finish_sync(key, job, current, pods, active, end)
        if failure is not None:
            raise failure

    def _finish_sync(
        self, key: str, job: Object, current: Object, pods: list[Object], active: list[Object], end: Verdict | None
    ) -> None:
        now = self.clock.now()
        terminating = sum(bool(p["metadata"].get("deletionTimestamp")) and not pod_is_finished(p) for p in pods)
        current["active"] = max(int(current.get("active") or 0) if end is None else 0, len(active))
        if job["spec"].get("suspend"):
            current["active"] = 0
            current.pop("startTime", None)
        current["ready"] = sum(is_ready(pod) for pod in active)
        current["terminating"] = terminating
        conditions = status.with_suspension(job, current.get("conditions") or [], now)
        if end is not None:
            conditions = status.add_condition(conditions, end.interim, now, end.reason, end.message)
            if terminating == 0 and not current["active"]:
                conditions = status.add_condition(conditions, end.final, now, end.reason, end.message)
                if end is status.COMPLETE:
                    current["completionTime"] = format_time(now)
        if conditions:
            current["conditions"] = conditions
        if not current["active"]:
            current.pop("active")
        finished_before = status.is_finished(job)
        stored = self._jobs.get(*split_key(key)) or {}
        if current != stored.get("status"):
            job = self._write(job, current)
        if status.is_finished(job) and not finished_before and end is not None:
            self._announce(job, end)
        left = status.deadline_left(job, now)
        if left:
            self.queue.add_after(key, left)

    def _announce(self, job: Object, end: Verdict) -> None:
        if end is status.COMPLETE:
            self._recorder.event(job, "Normal", "Completed", "Job completed")
        else:
            self._recorder.event(job, "Warning", end.reason, end.message)

    def _manage(self, key: str, job: Object, pods: list[Object], active: list[Object]) -> tuple[int, Exception | None]:
        """Creates missing pods or deletes surplus ones; the number created and the first error."""
        current, spec = job.get("status") or {}, job["spec"]
        succeeded = int(current.get("succeeded") or 0)
        parallelism = spec.get("parallelism", 1)
        completions = spec.get("completions")
        if completions is None:
            wanted = len(active) if succeeded else parallelism
        else:
            wanted = min(parallelism, max(0, completions - succeeded))
        if len(active) > wanted:
            self._delete(key, job, active[wanted:])
            return 0, None
        missing = wanted - len(active)
        if missing <= 0:
            return 0, None
        wait = self._backoff_left(current, pods)
        if wait > 0:
            self.queue.add_after(key, wait)
            return 0, None
        return self._create(key, job, pods, active, missing)

    def _create(
        self, key: str, job: Object, pods: list[Object], active: list[Object], count: int
    ) -> tuple[int, Exception | None]:
        base = new_pod(job["spec"]["template"], job, JOB_KIND)
        base["metadata"]["finalizers"] = [*(base["metadata"].get("finalizers") or []), FINALIZER]
        if _is_indexed(job):
            free = _free_indexes(job, active)[:count]
            todo = [indexes.with_index(base, job["metadata"]["name"], index) for index in free]
        else:
            todo = [base] * count
        if not todo:
            return 0, None
        self._expectations.expect(key, creations=len(todo))
        waiting = iter(todo)
        done, error = slow_start(len(todo), lambda: self._pod_control.create(job, next(waiting)))
        for _ in range(len(todo) - done):
            self._expectations.creation_seen(key)
        return done, error

    def _delete(self, key: str, job: Object, pods: list[Object]) -> None:
        if not pods:
            return
        self._expectations.expect(key, deletions=[pod["metadata"]["uid"] for pod in pods])
        for pod in pods:
            try:
                self._pod_control.delete(job, pod)
            except StatusError:
                self._expectations.deletion_seen(key, pod["metadata"]["uid"])
                raise

    def _backoff_left(self, current: Object, pods: list[Object]) -> float:
        """Seconds until a pod may follow on failures; doubled with each of them."""
        failures = _failures(current)
        finished = [time for pod in pods if pod.get("status", {}).get("phase") == "Failed" for time in _end_times(pod)]
        if not failures or not finished:
            return 0.0
        delay = min(BACKOFF * 2.0 ** (failures - 1), BACKOFF_MAX)
        elapsed = (self.clock.now() - max(parse_time(time) for time in finished)).total_seconds()
        return max(0.0, delay - elapsed)

    def _write(self, job: Object, new_status: Object) -> Object:
        return self.client.update(JOBS, {**job, "status": new_status}, "status")


_OUTCOMES = ("succeeded", "failed")


def _outcome(pod: Object) -> str:
    return "succeeded" if pod.get("status", {}).get("phase") == "Succeeded" else "failed"


def _job_keys(pod: Object) -> list[str]:
    """The pod's Job; a name that no Job can have for a tracked pod that none owns, which is then let go.

    Source: ``job_controller.go`` syncOrphanPod.
    """
    found = list(owner_keys(JOB_KIND)(pod))
    if not found and FINALIZER in (pod["metadata"].get("finalizers") or []) and controller_of(pod) is None:
        return [f"{pod['metadata']['namespace']}/"]
    return found


def _awaits_count(pod: Object) -> bool:
    """Has ended, or will never end by itself, and has not been counted."""
    if FINALIZER not in (pod["metadata"].get("finalizers") or []):
        return False
    return pod_is_finished(pod) or bool(pod["metadata"].get("deletionTimestamp") and not pod["spec"].get("nodeName"))


def _failures(current: Object) -> int:
    return int(current.get("failed") or 0)


def _is_indexed(job: Object) -> bool:
    return bool(job["spec"].get("completionMode") == "Indexed")


def _completed_indexes(job: Object, old: Object, pods: list[Object], tracked: set[str]) -> Object:
    completions = int(job["spec"].get("completions") or 0)
    done = indexes.parse(old.get("completedIndexes", ""), completions)
    for pod in pods:
        index = indexes.index_of(pod)
        if pod["metadata"]["uid"] in tracked and _outcome(pod) == "succeeded" and index is not None:
            done.add(index)
    return {"completedIndexes": indexes.render(done), "succeeded": len(done)} if done else {}


def _free_indexes(job: Object, active: list[Object]) -> list[int]:
    completions = int(job["spec"].get("completions") or 0)
    done = indexes.parse((job.get("status") or {}).get("completedIndexes", ""), completions)
    taken = {indexes.index_of(pod) for pod in active}
    return [index for index in range(completions) if index not in done and index not in taken]


def _end_times(pod: Object) -> list[str]:
    return [
        s["state"]["terminated"]["finishedAt"]
        for s in pod.get("status", {}).get("containerStatuses") or []
        if s.get("state", {}).get("terminated", {}).get("finishedAt")
    ]
