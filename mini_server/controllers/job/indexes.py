"""Completion indexes of Indexed Jobs, in the compressed form of ``status.completedIndexes`` ("0,2-4").

Which of them are done, which are to be made, which pods are one too many.

Source: kubernetes ``pkg/controller/job/indexed_job_utils.go``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from mini_server.controllers.ranking import active_order

Object = dict[str, Any]

INDEX = "batch.kubernetes.io/job-completion-index"


def parse(text: str, completions: int) -> set[int]:
    """The indexes below ``completions`` that a text names; what is not a number is passed over."""
    indexes: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            continue
        indexes.update(range(int(first), int(last if dash else first) + 1))
    return {index for index in indexes if index < completions}


def render(indexes: Iterable[int]) -> str:
    """The shortest text; runs of three and more become ``first-last``."""
    parts: list[str] = []
    run: list[int] = []

    def close() -> None:
        if len(run) > 2:
            parts.append(f"{run[0]}-{run[-1]}")
        else:
            parts.extend(str(index) for index in run)
        run.clear()

    for index in sorted(set(indexes)):
        if run and index != run[-1] + 1:
            close()
        run.append(index)
    close()
    return ",".join(parts)


def index_of(pod: Object) -> int | None:
    """The completion index in a pod's annotation, None where it has none."""
    text = (pod["metadata"].get("annotations") or {}).get(INDEX, "")
    return int(text) if text.isdigit() else None


def is_indexed(job: Object) -> bool:
    """Each of its pods has an index of its own."""
    return bool(job["spec"].get("completionMode") == "Indexed")


def valid_index(job: Object, pod: Object) -> int | None:
    """The pod's index where it is one of the Job's."""
    index = index_of(pod)
    return index if index is not None and index < int(job["spec"].get("completions") or 0) else None


def completed(job: Object) -> set[int]:
    """The indexes that the status tells as completed."""
    text = (job.get("status") or {}).get("completedIndexes", "")
    return parse(text, int(job["spec"].get("completions") or 0))


def free(job: Object, done: Collection[int], active: Iterable[Object]) -> list[int]:
    """Indexes that are neither done with nor worked on, lowest first."""
    taken = {index_of(pod) for pod in active}
    return [n for n in range(int(job["spec"].get("completions") or 0)) if n not in done and n not in taken]


def duplicates(job: Object, active: Sequence[Object]) -> list[Object]:
    """Pods whose index is none of the Job's, or that another pod works on as well and is further with."""
    by_index: dict[int | None, list[Object]] = {}
    for pod in active:
        by_index.setdefault(valid_index(job, pod), []).append(pod)
    strays = by_index.pop(None, [])
    return [*strays, *(pod for pods in by_index.values() for pod in active_order(pods)[:-1])]


def with_index(pod: Object, job_name: str, index: int, annotations: dict[str, str]) -> Object:
    """A pod made ready for an index: annotations, label, host name and environment."""
    meta, spec = dict(pod["metadata"]), dict(pod["spec"])
    meta["generateName"] = f"{job_name}-{index}-"
    for field in ("annotations", "labels"):
        meta[field] = {**(meta.get(field) or {}), INDEX: str(index)}
    meta["annotations"] |= annotations
    spec["hostname"] = spec.get("hostname") or f"{job_name}-{index}"
    variable = {
        "name": "JOB_COMPLETION_INDEX",
        "valueFrom": {"fieldRef": {"fieldPath": f"metadata.labels['{INDEX}']"}},
    }
    for field in ("initContainers", "containers"):
        if field in spec:
            spec[field] = [_with_variable(container, variable) for container in spec[field]]
    return {**pod, "metadata": meta, "spec": spec}


def _with_variable(container: Object, variable: Object) -> Object:
    env = container.get("env") or []
    if any(entry["name"] == variable["name"] for entry in env):
        return container
    return {**container, "env": [*env, variable]}
