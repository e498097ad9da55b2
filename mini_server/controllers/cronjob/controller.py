"""CronJobs make Jobs when their time has come.

Source: kubernetes ``pkg/controller/cronjob/cronjob_controllerv2.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, key_of, own_key, split_key
from mini_server.controllers.cronjob import schedule, timing
from mini_server.controllers.cronjob.schedule import Schedule
from mini_server.controllers.job.status import finished_condition, is_finished
from mini_server.controllers.ownership import controller_reference, owner_keys
from mini_server.controllers.resources import CRON_JOB_KIND, CRON_JOBS, JOBS
from pykubectl.helpers.owners import is_controlled_by
from pykubectl.machinery.errors import StatusError, is_already_exists, is_namespace_terminating, is_not_found
from pykubectl.machinery.values.time import format_time, parse_time

Object = dict[str, Any]

SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_FORBIDDEN = "Not starting job because prior execution is running and concurrency policy is Forbid"
_TOO_MANY = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"


class CronJobController(Controller):
    """Starts Jobs by schedule, keeps the list of those that run, and clears old ones away."""

    name = "cronjob-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._recorder = context.recorder(self.name)
        self._cron_jobs = self.watch(CRON_JOBS, own_key)
        self._jobs = self.watch(JOBS, owner_keys(CRON_JOB_KIND))

    def sync(self, key: str) -> None:
        """One look at a CronJob; the next one is queued."""
        cron_job = self._cron_jobs.get(*split_key(key))
        if cron_job is None:
            return
        candidates = self._jobs.list(cron_job["metadata"]["namespace"])
        jobs = [job for job in candidates if is_controlled_by(job, cron_job)]
        status = dict(cron_job.get("status") or {})
        try:
            self._tend(cron_job, status, jobs)
            self._start_next(cron_job, status)
        finally:
            self._write(cron_job, status)
        self._clear_away(cron_job, jobs)

    # What there is

    def _tend(self, cron_job: Object, status: Object, jobs: Sequence[Object]) -> None:
        """Brings the list of active Jobs up to date."""
        active = list(status.get("active") or [])
        listed = {reference["uid"] for reference in active}
        for job in jobs:
            meta = job["metadata"]
            if meta["uid"] in listed and is_finished(job):
                active = [reference for reference in active if reference["uid"] != meta["uid"]]
                text = f"Saw completed job: {meta['name']}, condition: {_outcome(job)}"
                self._tell(cron_job, "Normal", "SawCompletedJob", text)
            elif meta["uid"] not in listed and not is_finished(job):
                text = f"Saw a job that the controller did not create or forgot: {meta['name']}"
                self._tell(cron_job, "Warning", "UnexpectedJob", text)
            ended = job.get("status", {}).get("completionTime")
            if _outcome(job) == "Complete" and ended and ended > status.get("lastSuccessfulTime", ""):
                status["lastSuccessfulTime"] = ended
        known = {job["metadata"]["uid"] for job in jobs}
        for reference in list(active):
            if reference["uid"] not in known and self._is_gone(reference):
                active.remove(reference)
                self._tell(cron_job, "Normal", "MissingJob", f"Active job went missing: {reference['name']}")
        _set_active(status, active)

    def _is_gone(self, reference: Object) -> bool:
        """Past the cache, which may not have it yet."""
        try:
            job = self.client.get(JOBS, reference["namespace"], reference["name"])
        except StatusError as error:
            if is_not_found(error):
                return True
            raise
        return bool(job["metadata"]["uid"] != reference["uid"])

    def _clear_away(self, cron_job: Object, jobs: Sequence[Object]) -> None:
        """The oldest finished Jobs beyond the limits of history go."""
        for outcome, field in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            limit = cron_job["spec"].get(field)
            if limit is None:
                continue
            ended = sorted((job for job in jobs if _outcome(job) == outcome), key=_by_start)
            for job in ended[: max(0, len(ended) - limit)]:
                self._delete(cron_job, job["metadata"]["name"], job["metadata"]["uid"])

    def _delete(self, cron_job: Object, name: str, uid: str) -> None:
        try:
            namespace = cron_job["metadata"]["namespace"]
            self.client.delete(JOBS, namespace, name, uid=uid, propagation="Background")
        except StatusError as error:
            if is_not_found(error):
                return
            self._tell(cron_job, "Warning", "FailedDelete", f"Deleted job: {error.message}")
            raise
        self._tell(cron_job, "Normal", "SuccessfulDelete", f"Deleted job {name}")

    # What there is to be

    def _start_next(self, cron_job: Object, status: Object) -> None:
        if cron_job["metadata"].get("deletionTimestamp"):
            return
        plan = self._schedule(cron_job)
        if plan is None or cron_job["spec"].get("suspend"):
            return
        now = self.clock.now()
        found = timing.due(cron_job, plan, now)
        if found.too_many:
            self._tell(cron_job, "Warning", "TooManyMissedTimes", _TOO_MANY)
        if found.time is not None and not self._is_late(cron_job, found.time, now):
            self._start(cron_job, status, found.time)
        left = timing.until_next({**cron_job, "status": status}, plan, now)
        if left is not None:
            self.queue.add_after(key_of(cron_job), left)

    def _schedule(self, cron_job: Object) -> Schedule | None:
        spec = cron_job["spec"]
        try:
            zone = _zone(cron_job)
        except (ZoneInfoNotFoundError, ValueError) as error:
            self._tell(cron_job, "Warning", "UnknownTimeZone", f"invalid timeZone: {spec['timeZone']}: {error}")
            return None
        try:
            return schedule.parse(spec["schedule"], zone)
        except ValueError as error:
            text = f'unparseable schedule: "{spec["schedule"]}" : {error}'
            self._tell(cron_job, "Warning", "UnparseableSchedule", text)
            return None

    def _is_late(self, cron_job: Object, time: datetime, now: datetime) -> bool:
        limit = cron_job["spec"].get("startingDeadlineSeconds")
        if limit is None or time + timedelta(seconds=limit) >= now:
            return False
        text = f"Missed scheduled time to start a job: {time:%a, %d %b %Y %H:%M:%S +0000}"
        self._tell(cron_job, "Warning", "MissSchedule", text)
        return True

    def _start(self, cron_job: Object, status: Object, time: datetime) -> None:
        active = list(status.get("active") or [])
        name = _job_name(cron_job, time)
        listed = any(reference["name"] == name for reference in active)
        if listed or status.get("lastScheduleTime") == format_time(time):
            return
        policy = cron_job["spec"].get("concurrencyPolicy", "Allow")
        if policy == "Forbid" and active:
            self._tell(cron_job, "Normal", "JobAlreadyActive", _FORBIDDEN)
            return
        if policy == "Replace":
            for reference in active:
                self._delete(cron_job, reference["name"], reference["uid"])
                _set_active(status, [r for r in status["active"] if r is not reference])
        job = self._create(cron_job, name, time)
        if job is not None:
            _set_active(status, [*(status.get("active") or []), _reference(job)])
            status["lastScheduleTime"] = format_time(time)

    def _create(self, cron_job: Object, name: str, time: datetime) -> Object | None:
        """The new Job, or the one that is there already if it is this CronJob's own."""
        namespace = cron_job["metadata"]["namespace"]
        try:
            created = self.client.create(JOBS, namespace, _make_job(cron_job, name, time))
        except StatusError as error:
            if is_already_exists(error):
                return self._own(cron_job, name)
            if not is_namespace_terminating(error):
                self._tell(cron_job, "Warning", "FailedCreate", f"Error creating job: {error.message}")
            raise
        self._tell(cron_job, "Normal", "SuccessfulCreate", f"Created job {name}")
        return created

    def _own(self, cron_job: Object, name: str) -> Object | None:
        """A Job that was made, but whose making could not be noted; None where it is somebody else's."""
        job = self.client.get(JOBS, cron_job["metadata"]["namespace"], name)
        return job if is_controlled_by(job, cron_job) else None

    def _write(self, cron_job: Object, status: Object) -> None:
        if status != (cron_job.get("status") or {}):
            self.client.update(CRON_JOBS, {**cron_job, "status": status}, "status")

    def _tell(self, cron_job: Object, kind: str, reason: str, message: str) -> None:
        self._recorder.event(cron_job, kind, reason, message)


def _zone(cron_job: Object) -> tzinfo:
    """UTC needs no database of zones, which not every machine has."""
    name = cron_job["spec"].get("timeZone")
    return ZoneInfo(name) if name else UTC


def _job_name(cron_job: Object, time: datetime) -> str:
    """One for each minute, so that no time is run twice."""
    return f"{cron_job['metadata']['name']}-{int(time.timestamp()) // 60}"


def _make_job(cron_job: Object, name: str, time: datetime) -> Object:
    template = cron_job["spec"]["jobTemplate"]
    meta = template.get("metadata") or {}
    scheduled = time.astimezone(_zone(cron_job)).isoformat(timespec="seconds").replace("+00:00", "Z")
    metadata: Object = {
        "name": name,
        "namespace": cron_job["metadata"]["namespace"],
        "annotations": {**(meta.get("annotations") or {}), SCHEDULED: scheduled},
        "ownerReferences": [controller_reference(cron_job, CRON_JOB_KIND)],
    }
    if meta.get("labels"):
        metadata["labels"] = meta["labels"]
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]}


def _reference(job: Object) -> Object:
    meta = job["metadata"]
    fields = {name: meta[name] for name in ("namespace", "name", "uid", "resourceVersion")}
    return {"kind": "Job", "apiVersion": "batch/v1", **fields}


def _set_active(status: Object, active: list[Object]) -> None:
    if active:
        status["active"] = active
    else:
        status.pop("active", None)


def _outcome(job: Object) -> str:
    """Complete, Failed, or empty where it has not ended."""
    condition = finished_condition(job)
    return "" if condition is None else str(condition["type"])


def _by_start(job: Object) -> tuple[float, str]:
    started = job.get("status", {}).get("startTime")
    return parse_time(started).timestamp() if started else float("inf"), str(job["metadata"]["name"])
