"""Revisions: which ReplicaSet is the new one, its hash, its number, and what annotations it carries.

Source: kubernetes ``pkg/controller/deployment/util/deployment_util.go``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from pykubectl.helpers.deployments import (
    DESIRED_REPLICAS,
    HASH_LABEL,
    MAX_REPLICAS,
    OWN_ANNOTATIONS,
    REVISION_ANNOTATION,
    REVISION_HISTORY,
)

Object = dict[str, Any]

# The longest annotation of earlier revisions.
_HISTORY_LENGTH = 2000

# Letters and digits without vowels and look-alikes, so that no name spells a word.
_SAFE = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: Object, collisions: int | None) -> str:
    """A short name for a pod template; ``collisions`` tells two templates of the same hash apart."""
    text = json.dumps(template, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{text}/{collisions or 0}".encode()).digest()
    number = str(int.from_bytes(digest[:4], "big"))
    return "".join(_SAFE[ord(character) % len(_SAFE)] for character in number)


def same_template(one: Object, other: Object) -> bool:
    """Whether two pod templates differ in nothing but the hash label."""
    return _without_hash(one) == _without_hash(other)


def _without_hash(template: Object) -> Object:
    meta = dict(template.get("metadata") or {})
    own = {k: v for k, v in (meta.get("labels") or {}).items() if k != HASH_LABEL}
    return {**template, "metadata": {**meta, "labels": own}}


def find_new(deployment: Object, replica_sets: Iterable[Object]) -> Object | None:
    """The oldest ReplicaSet with the deployment's template."""
    template = deployment["spec"]["template"]
    for replica_set in sorted(replica_sets, key=age_key):
        if same_template(replica_set["spec"]["template"], template):
            return replica_set
    return None


def age_key(obj: Object) -> tuple[str, str]:
    """Sorts by creation, then name."""
    return str(obj["metadata"].get("creationTimestamp", "")), str(obj["metadata"]["name"])


def revision(obj: Object) -> int:
    """The revision annotation as a number, 0 where there is none."""
    text = (obj["metadata"].get("annotations") or {}).get(REVISION_ANNOTATION, "0")
    return int(text) if text.isdigit() else 0


def max_revision(replica_sets: Iterable[Object]) -> int:
    """The highest revision among ReplicaSets."""
    return max((revision(rs) for rs in replica_sets), default=0)


def annotations_for(deployment: Object, current: dict[str, str], number: int) -> dict[str, str]:
    """Annotations of the new ReplicaSet: the deployment's own, its revision, and earlier revisions it has had."""
    result = dict(current)
    for name, value in (deployment["metadata"].get("annotations") or {}).items():
        if name not in OWN_ANNOTATIONS:
            result[name] = value
    old = result.get(REVISION_ANNOTATION, "")
    if old and not old.isdigit():
        return result
    if int(old or 0) < number:
        result[REVISION_ANNOTATION] = str(number)
        if old:
            result[REVISION_HISTORY] = _history(result.get(REVISION_HISTORY, ""), old)
    return result


def _history(known: str, old: str) -> str:
    """The revisions that a ReplicaSet has had before, the earliest left out where they are too many."""
    revisions = [*(revision for revision in known.split(",") if revision), old]
    while len(",".join(revisions)) > _HISTORY_LENGTH:
        del revisions[0]
    return ",".join(revisions)


def replica_annotations(desired: int, maximum: int) -> dict[str, str]:
    """What proportional scaling later goes by."""
    return {DESIRED_REPLICAS: str(desired), MAX_REPLICAS: str(maximum)}
