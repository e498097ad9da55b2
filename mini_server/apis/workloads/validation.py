"""Validation of apps, batch, autoscaling and policy.

Source: kubernetes ``pkg/apis/{apps,batch,autoscaling,policy}/validation``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis.core.pod_validation import template
from pykubectl.machinery.labels import SelectorError, selector_from_label_selector
from pykubectl.machinery.validation import field
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_SPEC = Path.new("spec")
_EMPTY_SELECTOR = "empty selector is invalid for "


def _not_negative(spec: Object, *fields: str) -> ErrorList:
    return [
        field.invalid(_SPEC.child(name), spec[name], "must be greater than or equal to 0")
        for name in fields
        if isinstance(spec.get(name), int) and spec[name] < 0
    ]


def _selected_template(spec: Object, kind: str, volumes: frozenset[str] = frozenset()) -> ErrorList:
    """The selector must be there, and select the template's labels; ``volumes`` are there beside the template's own."""
    faults: ErrorList = []
    selector = spec.get("selector")
    path = _SPEC.child("selector")
    if selector is None:
        faults.append(field.required(path))
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        faults.append(field.invalid(path, selector, f"{_EMPTY_SELECTOR}{kind}"))
    pod_template = spec.get("template") or {}
    labels = (pod_template.get("metadata") or {}).get("labels")
    if selector is not None:
        try:
            parsed = selector_from_label_selector(selector)
        except SelectorError as error:
            faults.append(field.invalid(path, selector, str(error)))
        else:
            if not parsed.empty and not parsed.matches(labels or {}):
                where = _SPEC.child("template", "metadata", "labels")
                faults.append(field.invalid(where, labels, "`selector` does not match template `labels`"))
    faults += template(pod_template, _SPEC.child("template"), volumes)
    policy = (pod_template.get("spec") or {}).get("restartPolicy", "Always")
    if policy != "Always":
        where = _SPEC.child("template", "spec", "restartPolicy")
        faults.append(field.not_supported(where, policy, ("Always",)))
    return faults


def _deployment(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults = _not_negative(spec, "replicas") + _selected_template(spec, "deployment")
    kind = (spec.get("strategy") or {}).get("type")
    if kind not in (None, "Recreate", "RollingUpdate"):
        faults.append(field.not_supported(_SPEC.child("strategy"), kind, ("Recreate", "RollingUpdate")))
    if kind == "Recreate" and (spec.get("strategy") or {}).get("rollingUpdate"):
        text = "may not be specified when strategy `type` is 'Recreate'"
        faults.append(field.forbidden(_SPEC.child("strategy", "rollingUpdate"), text))
    faults += _not_negative(spec, "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    deadline, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds", 0)
    if deadline is not None and deadline <= ready:
        text = "must be greater than minReadySeconds"
        faults.append(field.invalid(_SPEC.child("progressDeadlineSeconds"), deadline, text))
    return faults


def _replica_set(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    return _not_negative(spec, "replicas", "minReadySeconds") + _selected_template(spec, "replica set")


def _stateful_set(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    claims = frozenset(claim.get("metadata", {}).get("name", "") for claim in spec.get("volumeClaimTemplates") or [])
    return _not_negative(spec, "replicas") + _selected_template(spec, "statefulset", claims)


def _daemon_set(obj: Object) -> ErrorList:
    return _selected_template(obj.get("spec") or {}, "daemonset")


def _selector_is_fixed(obj: Object, old: Object) -> ErrorList:
    selector = (obj.get("spec") or {}).get("selector")
    if selector != (old.get("spec") or {}).get("selector"):
        return [field.invalid(_SPEC.child("selector"), selector, "field is immutable")]
    return []


_STATEFUL_MUTABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)


def _stateful_set_update(obj: Object, old: Object) -> ErrorList:
    def fixed(spec: Object) -> Object:
        return {name: value for name, value in spec.items() if name not in _STATEFUL_MUTABLE}

    if fixed(obj.get("spec") or {}) != fixed(old.get("spec") or {}):
        listed = "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
        text = f"updates to statefulset spec for fields other than {listed}"
        text += "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        return [field.forbidden(_SPEC, text)]
    return []


def _job(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults = _not_negative(
        spec, "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"
    )
    faults += _job_selector(spec)
    faults += template(spec.get("template") or {}, _SPEC.child("template"))
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy")
    if policy not in ("OnFailure", "Never"):
        where = _SPEC.child("template", "spec", "restartPolicy")
        if policy == "Always" or not policy:
            faults.append(field.required(where, 'valid values: "OnFailure", "Never"'))
    return faults


def _job_selector(spec: Object) -> ErrorList:
    """The selector, which is generated as a rule, must select the template's labels; without one nothing is."""
    selector, labels = spec.get("selector"), ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    faults: ErrorList = [] if selector is not None else [field.required(_SPEC.child("selector"))]
    try:
        matches = selector is not None and selector_from_label_selector(selector).matches(labels or {})
    except SelectorError as error:
        return [field.invalid(_SPEC.child("selector"), selector, str(error))]
    if not matches:
        where = _SPEC.child("template", "metadata", "labels")
        faults.append(field.invalid(where, labels, "`selector` does not match template `labels`"))
    return faults


def _job_update(obj: Object, old: Object) -> ErrorList:
    # Upstream looks at the spec twice, so each of its faults is told twice.
    faults = _job(obj) + _job(obj)
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    for name in ("completions", "selector", "template", "completionMode", "podFailurePolicy"):
        if name == "template" and before.get("suspend") and not (old.get("status") or {}).get("startTime"):
            continue
        if name == "completions" and spec.get("completionMode") == "Indexed" == before.get("completionMode"):
            continue
        if spec.get(name) != before.get(name):
            faults.append(field.invalid(_SPEC.child(name), spec.get(name), "field is immutable"))
    return faults


def _autoscaler(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults: ErrorList = []
    low, high = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    if low is not None and low < 1:
        faults.append(field.invalid(_SPEC.child("minReplicas"), low, "must be greater than or equal to 1"))
    if high < 1:
        faults.append(field.invalid(_SPEC.child("maxReplicas"), high, "must be greater than 0"))
    elif low is not None and high < low:
        text = "must be greater than or equal to `minReplicas`"
        faults.append(field.invalid(_SPEC.child("maxReplicas"), high, text))
    target = spec.get("scaleTargetRef") or {}
    faults += [field.required(_SPEC.child("scaleTargetRef", name)) for name in ("kind", "name") if not target.get(name)]
    return faults


def _budget(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        text = "minAvailable and maxUnavailable cannot be both set"
        return [field.invalid(_SPEC, spec, text)]
    return []


CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("batch", "Job"): _job,
    ("autoscaling", "HorizontalPodAutoscaler"): _autoscaler,
    ("policy", "PodDisruptionBudget"): _budget,
}
UPDATE: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    ("apps", "Deployment"): _selector_is_fixed,
    ("apps", "ReplicaSet"): _selector_is_fixed,
    ("apps", "DaemonSet"): _selector_is_fixed,
    ("apps", "StatefulSet"): _stateful_set_update,
    ("batch", "Job"): _job_update,
}
