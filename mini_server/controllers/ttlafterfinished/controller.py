"""Jobs that say how long they want to be kept after their end are deleted then.

Source: kubernetes ``pkg/controller/ttlafterfinished/ttlafterfinished_controller.go``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, own_key, split_key
from mini_server.controllers.job.status import finished_condition
from mini_server.controllers.resources import JOBS
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.machinery.values.time import parse_time

Object = dict[str, Any]


class TTLAfterFinishedController(Controller):
    """Deletes finished Jobs ``ttlSecondsAfterFinished`` after their end, with their pods."""

    name = "ttl-after-finished-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._jobs = self.watch(JOBS, own_key)

    def sync(self, key: str) -> None:
        """Deletes the Job, or looks again when its time has come."""
        namespace, name = split_key(key)
        job = self._jobs.get(namespace, name)
        if job is None or not self._is_due(key, job):
            return
        try:
            # The cache may lag behind a longer life.
            fresh = self.client.get(JOBS, namespace, name)
            if self._is_due(key, fresh):
                self.client.delete(JOBS, namespace, name, uid=fresh["metadata"]["uid"], propagation="Foreground")
        except StatusError as error:
            if not is_not_found(error):
                raise

    def _is_due(self, key: str, job: Object) -> bool:
        left = self._left(job)
        if left is not None and left > 0:
            self.queue.add_after(key, left)
        return left is not None and left <= 0

    def _left(self, job: Object) -> float | None:
        """Seconds until the Job is to go, None where it is not."""
        seconds = job["spec"].get("ttlSecondsAfterFinished")
        condition = finished_condition(job)
        if seconds is None or condition is None or job["metadata"].get("deletionTimestamp"):
            return None
        due = parse_time(condition["lastTransitionTime"]) + timedelta(seconds=seconds)
        return (due - self.clock.now()).total_seconds()
