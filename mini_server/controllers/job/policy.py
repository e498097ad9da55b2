"""What a Job's own rules make of pods that have ended.

Source: kubernetes ``pkg/controller/job/pod_failure_policy.go``, ``success_policy.go``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from mini_server.controllers.job import indexes
from mini_server.controllers.job.status import Verdict

Object = dict[str, Any]


class Match(NamedTuple):
    """The first rule that a failed pod meets: what to do, and what is said where that is to give up."""

    action: str
    message: str


def replaces_failed_only(job: Object) -> bool:
    """A pod that is being deleted is replaced when it has failed, not before."""
    return bool(job["spec"].get("podReplacementPolicy") == "Failed")


def is_failed(job: Object, pod: Object) -> bool:
    """Failed; or being deleted, since such a pod may never come to tell how it ended."""
    phase = pod.get("status", {}).get("phase")
    if phase == "Failed":
        return True
    if replaces_failed_only(job):
        return False
    return bool(pod["metadata"].get("deletionTimestamp")) and phase != "Succeeded"


def match_failure(job: Object, pod: Object) -> Match | None:
    """The rule of the Job's podFailurePolicy that a failed pod meets."""
    for index, rule in enumerate((job["spec"].get("podFailurePolicy") or {}).get("rules") or []):
        met = _by_exit_code(pod, rule["onExitCodes"]) if rule.get("onExitCodes") else _by_condition(pod, rule)
        if met:
            return Match(rule["action"], f"{met} matching {rule['action']} rule at index {index}")
    return None


def is_ignored(job: Object, pod: Object) -> bool:
    """A failure that does not count."""
    match = match_failure(job, pod)
    return match is not None and match.action == "Ignore"


def failure(job: Object, pods: Iterable[Object]) -> Verdict | None:
    """That one of the pods failed in a way that ends the Job."""
    for pod in pods:
        match = match_failure(job, pod) if is_failed(job, pod) else None
        if match is not None and match.action == "FailJob":
            return Verdict.failure("PodFailurePolicy", match.message)
    return None


def success(job: Object, done: Collection[int]) -> Verdict | None:
    """That enough indexes are done by the Job's successPolicy."""
    for number, rule in enumerate((job["spec"].get("successPolicy") or {}).get("rules") or []):
        named, count = rule.get("succeededIndexes"), rule.get("succeededCount")
        asked = set(done)
        if named is not None:
            asked = indexes.parse(named, int(job["spec"].get("completions") or 0))
        if len(asked & set(done)) >= (len(asked) if count is None else count):
            return Verdict.success("SuccessPolicy", f"Matched rules at index {number}")
    return None


def _by_exit_code(pod: Object, wanted: Object) -> str:
    status, meta = pod.get("status", {}), pod["metadata"]
    for container in (*(status.get("containerStatuses") or []), *(status.get("initContainerStatuses") or [])):
        code = container.get("state", {}).get("terminated", {}).get("exitCode")
        if not code or wanted.get("containerName") not in (None, container["name"]):
            continue
        if (code in wanted["values"]) is (wanted["operator"] == "In"):
            where = f"{meta['namespace']}/{meta['name']}"
            return f"Container {container['name']} for pod {where} failed with exit code {code}"
    return ""


def _by_condition(pod: Object, rule: Object) -> str:
    wanted = {(c["type"], c.get("status", "True")) for c in rule.get("onPodConditions") or []}
    meta = pod["metadata"]
    for condition in pod.get("status", {}).get("conditions") or []:
        if (condition["type"], condition["status"]) in wanted:
            return f"Pod {meta['namespace']}/{meta['name']} has condition {condition['type']}"
    return ""
