"""On which nodes a DaemonSet's pods run, and what binds each to its node.

Source: kubernetes ``pkg/controller/daemon/daemon_controller.go`` NodeShouldRunDaemonPod,
``pkg/controller/daemon/util/daemonset_util.go``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from mini_server.controllers.pods import new_pod
from mini_server.controllers.resources import DAEMON_SET_KIND
from pykubectl.helpers.node_affinity import pod_matches_node
from pykubectl.helpers.taints import tolerates_taint

Object = dict[str, Any]

HASH_LABEL = "controller-revision-hash"
GENERATION_LABEL = "pod-template-generation"
_GENERATION = "deprecated.daemonset.template.generation"
_NAME_FIELD = "metadata.name"

# What every daemon pod puts up with: taint and effect.
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
_TOLERATED_BY_HOSTS = (("node.kubernetes.io/network-unavailable", "NoSchedule"),)


class Fit(NamedTuple):
    """Whether a pod belongs on a node, and whether one that is there may stay."""

    runs: bool
    stays: bool


def fit(daemon_set: Object, node: Object) -> Fit:
    """By the template's node name, selector, affinity and tolerations."""
    template = daemon_set["spec"]["template"]
    spec = {**template["spec"], "tolerations": _tolerations(template["spec"])}
    name = node["metadata"]["name"]
    if spec.get("nodeName", name) != name or not pod_matches_node({"spec": spec}, node):
        return Fit(False, False)
    taints = [t for t in node.get("spec", {}).get("taints") or [] if not tolerates_taint(spec["tolerations"], t)]
    effects = {taint.get("effect") for taint in taints}
    return Fit(not effects & {"NoExecute", "NoSchedule"}, "NoExecute" not in effects)


def make_pod(daemon_set: Object, node_name: str, digest: str) -> Object:
    """A pod that the scheduler can put on this node only."""
    pod = new_pod(daemon_set["spec"]["template"], daemon_set, DAEMON_SET_KIND)
    own = {**(pod["metadata"].get("labels") or {}), HASH_LABEL: digest}
    if (generation := _template_generation(daemon_set)) is not None:
        own[GENERATION_LABEL] = generation
    affinity = pod["spec"].get("affinity") or {}
    fields = [{"key": _NAME_FIELD, "operator": "In", "values": [node_name]}]
    bound = {"nodeSelectorTerms": [{"matchFields": fields}]}
    node_affinity = {
        **(affinity.get("nodeAffinity") or {}),
        "requiredDuringSchedulingIgnoredDuringExecution": bound,
    }
    spec = {**pod["spec"], "affinity": {**affinity, "nodeAffinity": node_affinity}}
    spec["tolerations"] = _tolerations(spec)
    return {**pod, "metadata": {**pod["metadata"], "labels": own}, "spec": spec}


def node_of(pod: Object) -> str:
    """The node that a daemon pod runs on or is meant for, empty where it is meant for none."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or []:
        for field in term.get("matchFields") or []:
            if field["key"] == _NAME_FIELD and field["operator"] == "In" and len(field.get("values") or []) == 1:
                return str(field["values"][0])
    return ""


def is_updated(daemon_set: Object, pod: Object, digest: str) -> bool:
    """Made from the current template."""
    own = pod["metadata"].get("labels") or {}
    generation = _template_generation(daemon_set)
    return own.get(HASH_LABEL) == digest or (generation is not None and own.get(GENERATION_LABEL) == generation)


def _template_generation(daemon_set: Object) -> str | None:
    text = (daemon_set["metadata"].get("annotations") or {}).get(_GENERATION)
    return str(text) if text is not None else None


def _tolerations(spec: Object) -> list[Object]:
    wanted = _TOLERATED + (_TOLERATED_BY_HOSTS if spec.get("hostNetwork") else ())
    own = list(spec.get("tolerations") or [])
    added = [{"key": key, "operator": "Exists", "effect": effect} for key, effect in wanted]
    return [*own, *(toleration for toleration in added if toleration not in own)]
