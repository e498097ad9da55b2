"""With whom the claims of a StatefulSet's pods go: with the set, with a pod that is one too many, or with nobody.

Source: kubernetes ``pkg/controller/statefulset/stateful_set_utils.go`` isClaimOwnerUpToDate,
updateClaimOwnerRefForSetAndPod.
"""

from __future__ import annotations

from typing import Any

from mini_server.controllers.ownership import controller_reference
from mini_server.controllers.resources import STATEFUL_SET_KIND
from mini_server.controllers.statefulset import identity
from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]

POD_KIND = GroupVersionKind("", "v1", "Pod")


def deletes_when_scaled(stateful_set: Object) -> bool:
    """Claims go with a pod that is one too many."""
    return _policy(stateful_set, "whenScaled")


def corrected_owners(claim: Object, stateful_set: Object, pod: Object) -> list[Object] | None:
    """The owner references that a pod's claim should have; None where it has them, or is not to be touched."""
    references = claim["metadata"].get("ownerReferences") or []
    ours = [reference for reference in references if _is_ours(reference, stateful_set, pod)]
    if any(reference["uid"] not in _uids(stateful_set, pod) for reference in ours):
        # Of an earlier set or pod of that name: what becomes of it is the garbage collector's matter.
        return None
    others = [reference for reference in references if reference not in ours]
    wanted = [] if _has_other_controller(others, stateful_set) else _wanted(stateful_set, pod)
    if {(r["uid"], bool(r.get("controller"))) for r in ours} == {(r["uid"], True) for r in wanted}:
        return None
    return [*others, *wanted]


def is_stale(claim: Object, pod: Object) -> bool:
    """The claim goes with an earlier pod of that name; a new one must not be made before it has gone."""
    uid = pod["metadata"].get("uid")
    references = claim["metadata"].get("ownerReferences") or []
    return any(_names(reference, pod, POD_KIND) and reference["uid"] != uid for reference in references)


def _wanted(stateful_set: Object, pod: Object) -> list[Object]:
    surplus = identity.ordinal_of(pod) not in identity.ordinals(stateful_set)
    if deletes_when_scaled(stateful_set) and surplus:
        return [controller_reference(pod, POD_KIND)]
    if _policy(stateful_set, "whenDeleted"):
        return [controller_reference(stateful_set, STATEFUL_SET_KIND)]
    return []


def _policy(stateful_set: Object, when: str) -> bool:
    policy = stateful_set["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    return bool(policy.get(when) == "Delete")


def _has_other_controller(others: list[Object], stateful_set: Object) -> bool:
    if not (_policy(stateful_set, "whenScaled") or _policy(stateful_set, "whenDeleted")):
        return False
    return any(reference.get("controller") for reference in others)


def _uids(stateful_set: Object, pod: Object) -> tuple[str, str]:
    return stateful_set["metadata"]["uid"], pod["metadata"].get("uid", "")


def _is_ours(reference: Object, stateful_set: Object, pod: Object) -> bool:
    return _names(reference, stateful_set, STATEFUL_SET_KIND) or _names(reference, pod, POD_KIND)


def _names(reference: Object, obj: Object, gvk: GroupVersionKind) -> bool:
    named = (reference["apiVersion"], reference["kind"], reference["name"])
    return bool(named == (gvk.api_version, gvk.kind, obj["metadata"]["name"]))
