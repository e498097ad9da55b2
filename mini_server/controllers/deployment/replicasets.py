"""The ReplicaSets of a deployment: a new one, which of them to scale, which to clear away.

Source: kubernetes ``pkg/controller/deployment/sync.go``, ``util/deployment_util.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mini_server.controllers.deployment import revisions, rolling
from mini_server.controllers.deployment.rolling import replicas_of
from mini_server.controllers.ownership import controller_reference
from mini_server.controllers.resources import DEPLOYMENT_KIND
from pykubectl.helpers.deployments import DESIRED_REPLICAS, HASH_LABEL

Object = dict[str, Any]

# The revisionHistoryLimit that stands for none.
_NO_LIMIT = 2**31 - 1


def make_new(deployment: Object, existing: Sequence[Object], number: int) -> Object:
    """The ReplicaSet of the deployment's template, as large as the rollout lets it begin."""
    spec = deployment["spec"]
    template = spec["template"]
    digest = revisions.template_hash(template, deployment.get("status", {}).get("collisionCount"))
    meta = template.get("metadata") or {}
    template_labels = {**(meta.get("labels") or {}), HASH_LABEL: digest}
    selector = dict(spec["selector"])
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH_LABEL: digest}
    surge, _ = rolling.fenceposts(deployment)
    annotations = revisions.annotations_for(deployment, {}, number)
    replica_set: Object = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{deployment['metadata']['name']}-{digest}",
            "namespace": deployment["metadata"]["namespace"],
            "labels": template_labels,
            "annotations": annotations
            | revisions.replica_annotations(replicas_of(deployment), replicas_of(deployment) + surge),
            "ownerReferences": [controller_reference(deployment, DEPLOYMENT_KIND)],
        },
        "spec": {
            "replicas": 0,
            "selector": selector,
            "template": {**template, "metadata": {**meta, "labels": template_labels}},
        },
    }
    if spec.get("minReadySeconds"):
        replica_set["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    replica_set["spec"]["replicas"] = rolling.new_replicas(deployment, [*existing, replica_set], replica_set)
    return replica_set


def active_or_latest(new: Object | None, old: Sequence[Object]) -> Object | None:
    """The only ReplicaSet with replicas, the newest where none has any, None where several have."""
    everything = [*([new] if new else []), *sorted(old, key=revisions.age_key, reverse=True)]
    active = [rs for rs in everything if replicas_of(rs) > 0]
    if len(active) > 1 or not everything:
        return None
    return active[0] if active else everything[0]


def is_saturated(deployment: Object, new: Object | None) -> bool:
    """Whether the new ReplicaSet has all the replicas that are wanted, available."""
    if new is None:
        return False
    desired = replicas_of(deployment)
    noted = (new["metadata"].get("annotations") or {}).get(DESIRED_REPLICAS)
    return noted == str(desired) and replicas_of(new) == desired == rolling.available_of(new)


def removable(deployment: Object, old: Sequence[Object]) -> list[Object]:
    """Old ReplicaSets beyond the history limit, but for those that still have, or may get, pods."""
    limit = deployment["spec"].get("revisionHistoryLimit")
    if limit is None or limit == _NO_LIMIT:
        return []
    alive = sorted((rs for rs in old if not rs["metadata"].get("deletionTimestamp")), key=revisions.revision)
    return [rs for rs in alive[: max(0, len(alive) - limit)] if _is_settled_at_zero(rs)]


def _is_settled_at_zero(replica_set: Object) -> bool:
    status = replica_set.get("status", {})
    seen = status.get("observedGeneration", 0) >= replica_set["metadata"].get("generation", 0)
    return seen and replicas_of(replica_set) == 0 and not status.get("replicas")
