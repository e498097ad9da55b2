"""What makes a pod the n-th of its StatefulSet: name, host name, labels, claims.

Source: kubernetes ``pkg/controller/statefulset/stateful_set_utils.go``.
"""

from __future__ import annotations

import re
from typing import Any

from mini_server.controllers.ownership import controller_reference
from mini_server.controllers.pods import new_pod
from mini_server.controllers.resources import STATEFUL_SET_KIND

Object = dict[str, Any]

REVISION_LABEL = "controller-revision-hash"
NAME_LABEL = "statefulset.kubernetes.io/pod-name"
INDEX_LABEL = "apps.kubernetes.io/pod-index"
_NAME = re.compile(r"(.*)-([0-9]+)$")


def parent_and_ordinal(pod: Object) -> tuple[str, int]:
    """The StatefulSet's name and the pod's number, ("", -1) for a name that no StatefulSet gives."""
    match = _NAME.match(pod["metadata"]["name"])
    return (match[1], int(match[2])) if match else ("", -1)


def ordinal_of(pod: Object) -> int:
    """The pod's number, -1 where it has none."""
    return parent_and_ordinal(pod)[1]


def ordinals(stateful_set: Object) -> range:
    """The numbers that there should be a pod for."""
    spec = stateful_set["spec"]
    start = int((spec.get("ordinals") or {}).get("start") or 0)
    replicas = spec.get("replicas")
    return range(start, start + (1 if replicas is None else int(replicas)))


def revision_of(pod: Object) -> str:
    """The name of the revision that the pod was made from."""
    return str((pod["metadata"].get("labels") or {}).get(REVISION_LABEL, ""))


def make_pod(stateful_set: Object, template: Object, revision: str, ordinal: int) -> Object:
    """The pod of a number, from a revision's template."""
    pod = new_pod(template, stateful_set, STATEFUL_SET_KIND)
    name = f"{stateful_set['metadata']['name']}-{ordinal}"
    meta = {key: value for key, value in pod["metadata"].items() if key != "generateName"}
    own = {**(meta.get("labels") or {}), NAME_LABEL: name, INDEX_LABEL: str(ordinal), REVISION_LABEL: revision}
    meta |= {"name": name, "namespace": stateful_set["metadata"]["namespace"], "labels": own}
    spec = {**pod["spec"], "hostname": name}
    if service := stateful_set["spec"].get("serviceName"):
        spec["subdomain"] = service
    if volumes := _volumes(stateful_set, spec, ordinal):
        spec["volumes"] = volumes
    return {**pod, "metadata": meta, "spec": spec}


def claim_name(stateful_set: Object, template: Object, ordinal: int) -> str:
    """The name of a pod's claim made from a claim template."""
    return f"{template['metadata']['name']}-{stateful_set['metadata']['name']}-{ordinal}"


def claims(stateful_set: Object, ordinal: int) -> list[Object]:
    """The claims of a pod, one per template; owned by the StatefulSet where they are to be deleted with it."""
    meta = stateful_set["metadata"]
    selected = stateful_set["spec"]["selector"].get("matchLabels") or {}
    policy = stateful_set["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    found = []
    for template in stateful_set["spec"].get("volumeClaimTemplates") or []:
        own = template["metadata"]
        metadata: Object = {
            "name": claim_name(stateful_set, template, ordinal),
            "namespace": meta["namespace"],
            "labels": {**(own.get("labels") or {}), **selected},
            "annotations": dict(own.get("annotations") or {}),
        }
        if policy.get("whenDeleted") == "Delete":
            metadata["ownerReferences"] = [controller_reference(stateful_set, STATEFUL_SET_KIND)]
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata}
        found.append({**claim, "spec": template["spec"]})
    return found


def _volumes(stateful_set: Object, spec: Object, ordinal: int) -> list[Object]:
    """The pod's volumes, those of the claims first; a claim's takes the place of one of the same name."""
    templates = stateful_set["spec"].get("volumeClaimTemplates") or []
    claimed = [
        {
            "name": template["metadata"]["name"],
            "persistentVolumeClaim": {"claimName": claim_name(stateful_set, template, ordinal)},
        }
        for template in templates
    ]
    names = {volume["name"] for volume in claimed}
    return [*claimed, *(volume for volume in spec.get("volumes") or [] if volume["name"] not in names)]


def identity_matches(stateful_set: Object, pod: Object) -> bool:
    """Whether the pod still carries its name and number."""
    own = pod["metadata"].get("labels") or {}
    return own.get(NAME_LABEL) == pod["metadata"]["name"] and own.get(INDEX_LABEL) == str(ordinal_of(pod))
