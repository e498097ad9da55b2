"""Revisions, conditions and progress of Deployments.

Source: kubectl ``pkg/util/deployment/deployment.go``, ``pkg/polymorphichelpers/rollout_status.go``.
"""

from __future__ import annotations

from typing import Any

from pykubectl.helpers.annotations import LAST_APPLIED
from pykubectl.machinery.gostrings import parse_int

Object = dict[str, Any]

REVISION_ANNOTATION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"
# Not taken over from a Deployment by its ReplicaSets, nor back.
OWN_ANNOTATIONS = frozenset(
    (
        LAST_APPLIED,
        REVISION_ANNOTATION,
        REVISION_HISTORY,
        DESIRED_REPLICAS,
        MAX_REPLICAS,
        "deprecated.deployment.rollback.to",
    )
)
HASH_LABEL = "pod-template-hash"
PROGRESSING = "Progressing"
TIMED_OUT_REASON = "ProgressDeadlineExceeded"


def revision(obj: Object) -> int:
    """The revision that a Deployment or ReplicaSet carries, 0 without one. Raises ValueError for what is no number."""
    text = (obj["metadata"].get("annotations") or {}).get(REVISION_ANNOTATION)
    return parse_int(text) if text else 0


def condition(obj: Object, kind: str) -> Object | None:
    """A condition of the status."""
    for entry in (obj.get("status") or {}).get("conditions") or []:
        if entry.get("type") == kind:
            return dict(entry)
    return None


def rollout_status(deployment: Object) -> tuple[str, bool]:
    """The line that ``rollout status`` prints, and whether the rollout is over.

    Raises TimeoutError where the Deployment has exceeded its progress deadline.
    """
    name, status = deployment["metadata"]["name"], deployment.get("status") or {}
    if deployment["metadata"].get("generation", 0) > status.get("observedGeneration", 0):
        return "Waiting for deployment spec update to be observed...\n", False
    progressing = condition(deployment, PROGRESSING)
    if progressing is not None and progressing.get("reason") == TIMED_OUT_REASON:
        raise TimeoutError(f'deployment "{name}" exceeded its progress deadline')
    wanted = deployment["spec"].get("replicas")
    total, updated = status.get("replicas", 0), status.get("updatedReplicas", 0)
    available = status.get("availableReplicas", 0)
    waiting = f'Waiting for deployment "{name}" rollout to finish: '
    if wanted is not None and updated < wanted:
        return f"{waiting}{updated} out of {wanted} new replicas have been updated...\n", False
    if total > updated:
        return f"{waiting}{total - updated} old replicas are pending termination...\n", False
    if available < updated:
        return f"{waiting}{available} of {updated} updated replicas are available...\n", False
    return f'deployment "{name}" successfully rolled out\n', True
