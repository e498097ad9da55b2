"""A Job ``d`` on a `FakeCluster`, with its controller."""

from __future__ import annotations

from typing import Any

from mini_server.controllers.job.controller import JobController
from mini_server.controllers.resources import JOBS, PODS
from pykubectl.machinery.values.time import format_time
from tests.unit.controllers.workloads import KEY, NAMESPACE, OwnerWorld, template

Object = dict[str, Any]

__all__ = ["KEY", "NAMESPACE", "JobWorld", "job"]


def job(**spec: Any) -> Object:
    """With the defaults that the API server gives."""
    body: Object = {
        "completions": 1,
        "parallelism": 1,
        "backoffLimit": 6,
        "selector": {"matchLabels": {"app": "a"}},
        "template": template(),
        **spec,
    }
    given = {name: value for name, value in body.items() if value is not None}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "d"}, "spec": given}


class JobWorld(OwnerWorld):
    """One Job."""

    resource = JOBS

    def __init__(self, **spec: Any) -> None:
        super().__init__()
        self.controller = JobController(self.cluster.context())
        self.cluster.create(JOBS, NAMESPACE, job(**spec))

    def is_finished(self, kind: str) -> bool:
        return any(c["type"] == kind and c["status"] == "True" for c in self.status.get("conditions", []))

    def condition(self, kind: str) -> tuple[str, str, str]:
        """Status, reason and message."""
        found = next(c for c in self.status["conditions"] if c["type"] == kind)
        return found["status"], found["reason"], found["message"]

    def running(self) -> list[Object]:
        """Pods that have not ended."""
        return [pod for pod in self.pods() if pod["status"]["phase"] in ("Pending", "Running")]

    def finish(self, pod: Object, phase: str = "Succeeded", code: int | None = None) -> None:
        """Ends a pod now, with an exit code that fits."""
        exit_code = (0 if phase == "Succeeded" else 1) if code is None else code
        ended = {"exitCode": exit_code, "finishedAt": format_time(self.cluster.clock.now())}
        statuses = [{"name": "c", "state": {"terminated": ended}}]
        self.cluster.put(PODS, {**pod, "status": {"phase": phase, "containerStatuses": statuses}})

    def fail_all(self) -> None:
        """Ends all that run."""
        for pod in self.running():
            self.finish(pod, "Failed")

    def complete(self) -> None:
        """Everything succeeds."""
        for _ in range(20):
            self.settle()
            for pod in self.running():
                self.finish(pod)
        self.settle()
