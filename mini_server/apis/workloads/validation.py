"""Validation of apps and policy, and the tables of all workload groups.

Source: kubernetes ``pkg/apis/{apps,policy}/validation``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from mini_server.apis.core.pod_validation import template
from mini_server.apis.core.validation import always_running
from mini_server.apis.core.volume_validation import claim_spec
from mini_server.apis.internal import internal
from mini_server.apis.metadata import annotation_faults
from mini_server.apis.workloads import batch_validation as batch
from mini_server.apis.workloads.autoscaling_validation import autoscaler
from pykubectl.machinery.labels import SelectorError, selector_from_label_selector
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_SPEC = Path.new("spec")
_TEMPLATE = _SPEC.child("template")
_NO_MATCH = "`selector` does not match template `labels`"


def _selector(spec: Object, kind: str, *, needed: bool = True) -> ErrorList:
    selector, path = spec.get("selector"), _SPEC.child("selector")
    if selector is None:
        return [field.required(path)] if needed else []
    faults = rules.label_selector(selector, path)
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        faults.append(field.invalid(path, selector, f"empty selector is invalid for {kind}"))
    return faults


def _labels_of(spec: Object) -> dict[str, str] | None:
    labels: dict[str, str] | None = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    return labels


def _selected(spec: Object) -> ErrorList | None:
    """Whether the selector selects the template's labels; None where it cannot be read."""
    selector, labels = spec.get("selector"), _labels_of(spec)
    if rules.label_selector(selector, _SPEC):
        return None
    try:
        # Without a selector nothing is selected.
        parsed = None if selector is None else selector_from_label_selector(selector)
    except SelectorError:
        return None
    if parsed is not None and (parsed.empty or parsed.matches(labels or {})):
        return []
    return [field.invalid(_TEMPLATE.child("metadata", "labels"), labels, _NO_MATCH)]


def _replicated(spec: Object, text: str = "invalid label selector") -> ErrorList:
    """The template of deployments and replica sets."""
    selected = _selected(spec)
    if selected is None:
        return [field.invalid(_SPEC.child("selector"), spec.get("selector"), text)]
    pods = spec.get("template") or {}
    return selected + template(pods, _TEMPLATE) + always_running(pods, _TEMPLATE, "ReplicaSet")


def _int_or_percent(path: Path, value: Any, *, at_most_all: bool = False) -> ErrorList:
    if value is None:
        return []
    if isinstance(value, str):
        faults = rules.told(path, value, names.is_valid_percent(value))
        if at_most_all and not faults and int(value[:-1]) > 100:
            faults.append(field.invalid(path, value, "must not be greater than 100%"))
        return faults
    return [field.invalid(path, value, "must be greater than or equal to 0")] if value < 0 else []


def _is_zero(value: Any) -> bool:
    return value is None or str(value).removesuffix("%") == "0"


def _deployment(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults = rules.not_negative(spec, _SPEC, "replicas")
    faults += _selector(spec, "deployment") + _replicated(spec)
    faults += _deployment_strategy(spec.get("strategy") or {}, _SPEC.child("strategy"))
    faults += rules.not_negative(spec, _SPEC, "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    deadline, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds", 0)
    if deadline is not None and deadline <= ready:
        text = "must be greater than minReadySeconds"
        faults.append(field.invalid(_SPEC.child("progressDeadlineSeconds"), deadline, text))
    return faults


def _deployment_strategy(strategy: Object, path: Path) -> ErrorList:
    kind, rolling = strategy.get("type", "RollingUpdate"), strategy.get("rollingUpdate")
    here = path.child("rollingUpdate")
    if kind == "Recreate":
        text = "may not be specified when strategy `type` is 'Recreate'"
        return [] if rolling is None else [field.forbidden(here, text)]
    if kind != "RollingUpdate":
        return [field.not_supported(path, internal("UpdateStrategy", strategy), ("Recreate", "RollingUpdate"))]
    if rolling is None:
        return []
    surge, unavailable = rolling.get("maxSurge"), rolling.get("maxUnavailable")
    faults = _int_or_percent(here.child("maxUnavailable"), unavailable, at_most_all=True)
    faults += _int_or_percent(here.child("maxSurge"), surge)
    if _is_zero(surge) and _is_zero(unavailable):
        faults.append(field.invalid(here.child("maxUnavailable"), unavailable, "may not be 0 when `maxSurge` is 0"))
    return faults


def _replica_set(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults = rules.not_negative(spec, _SPEC, "replicas", "minReadySeconds")
    return faults + _selector(spec, "deployment") + _replicated(spec)


def _daemon_set(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    pods = spec.get("template") or {}
    faults = _selector(spec, "daemonset", needed=False) + (_selected(spec) or [])
    faults += template(pods, _TEMPLATE) + always_running(pods, _TEMPLATE, "DaemonSet")
    faults += _daemon_strategy(spec.get("updateStrategy") or {}, _SPEC.child("updateStrategy"))
    return faults + rules.not_negative(spec, _SPEC, "minReadySeconds", "revisionHistoryLimit")


def _daemon_strategy(strategy: Object, path: Path) -> ErrorList:
    kind, rolling = strategy.get("type", "RollingUpdate"), strategy.get("rollingUpdate")
    here = path.child("rollingUpdate")
    if kind == "OnDelete":
        return []
    if kind != "RollingUpdate":
        return [field.not_supported(path, internal("UpdateStrategy", strategy), ("RollingUpdate", "OnDelete"))]
    if rolling is None:
        return [field.required(here)]
    surge, unavailable = rolling.get("maxSurge"), rolling.get("maxUnavailable")
    faults = _int_or_percent(here.child("maxUnavailable"), unavailable, at_most_all=True)
    faults += _int_or_percent(here.child("maxSurge"), surge, at_most_all=True)
    if not _is_zero(surge) and not _is_zero(unavailable):
        text = "may not be set when maxUnavailable is non-zero"
        faults.append(field.invalid(here.child("maxSurge"), surge, text))
    elif _is_zero(surge) and _is_zero(unavailable):
        faults.append(field.required(here.child("maxUnavailable"), "cannot be 0 when maxSurge is 0"))
    return faults


def _stateful_set(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults: ErrorList = []
    policy = spec.get("podManagementPolicy", "OrderedReady")
    if policy not in ("OrderedReady", "Parallel"):
        where = _SPEC.child("podManagementPolicy")
        faults.append(field.invalid(where, policy, "must be 'OrderedReady' or 'Parallel'"))
    faults += _stateful_strategy(spec.get("updateStrategy") or {}, _SPEC.child("updateStrategy"))
    retention = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    for name in ("whenDeleted", "whenScaled"):
        path = _SPEC.child("persistentVolumeClaimRetentionPolicy", name)
        faults += rules.if_set(path, retention.get(name), ("Retain", "Delete"))
    faults += rules.not_negative(spec, _SPEC, "replicas", "minReadySeconds")
    faults += rules.not_negative(spec.get("ordinals") or {}, _SPEC.child("ordinals"), "start")
    faults += _selector(spec, "statefulset") + _stateful_template(spec)
    return faults + rules.not_negative(spec, _SPEC, "revisionHistoryLimit")


def _new_stateful_set(obj: Object) -> ErrorList:
    """What a new one claims and is called is looked at, too."""
    spec, faults = obj.get("spec") or {}, _stateful_set(obj)
    faults += rules.if_named(_SPEC.child("serviceName"), spec.get("serviceName"), names.is_dns1123_label)
    for index, claim in enumerate(spec.get("volumeClaimTemplates") or []):
        path = _SPEC.child("volumeClaimTemplates").index(index)
        faults += claim_spec(claim.get("spec") or {}, path.child("spec"))
    return faults


def _stateful_strategy(strategy: Object, path: Path) -> ErrorList:
    kind, rolling = strategy.get("type", "RollingUpdate"), strategy.get("rollingUpdate")
    here = path.child("rollingUpdate")
    if kind == "OnDelete":
        text = "only allowed for updateStrategy 'RollingUpdate'"
        return [] if rolling is None else [field.invalid(here, internal("RollingUpdateStatefulSet", rolling), text)]
    if kind != "RollingUpdate":
        text = "must be 'RollingUpdate' or 'OnDelete'"
        return [field.invalid(path, internal("StatefulSetUpdateStrategy", strategy), text)]
    return rules.not_negative(rolling or {}, here, "partition")


def _stateful_template(spec: Object) -> ErrorList:
    """Upstream leaves the pods' spec alone: it may mount volumes that only the claims will make."""
    selected, path = _selected(spec), _SPEC.child("selector")
    pods = spec.get("template") or {}
    meta = pods.get("metadata") or {}
    if selected is None:
        faults: ErrorList = [field.invalid(path, spec.get("selector"), "")]
    else:
        faults = selected + rules.labels(meta.get("labels") or {}, _TEMPLATE.child("labels"))
        faults += annotation_faults(meta.get("annotations") or {}, _TEMPLATE.child("annotations"))
    return faults + always_running(pods, _TEMPLATE, "StatefulSet")


def _selector_is_fixed(obj: Object, old: Object) -> ErrorList:
    return rules.fixed(obj.get("spec") or {}, old.get("spec") or {}, _SPEC, "selector")


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


def _revision(obj: Object) -> ErrorList:
    faults: ErrorList = []
    if obj.get("data") is None:
        faults.append(field.required("data", "data is mandatory"))
    if (obj.get("revision") or 0) < 0:
        faults.append(field.invalid("revision", obj["revision"], "must be greater than or equal to 0"))
    return faults


def _revision_update(obj: Object, old: Object) -> ErrorList:
    return rules.fixed(obj, old, None, "data")


def _budget(obj: Object) -> ErrorList:
    spec = obj.get("spec") or {}
    faults: ErrorList = []
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        shown = internal("PodDisruptionBudgetSpec", spec)
        faults.append(field.invalid(_SPEC, shown, "minAvailable and maxUnavailable cannot be both set"))
    for name in ("minAvailable", "maxUnavailable"):
        faults += _int_or_percent(_SPEC.child(name), spec.get(name), at_most_all=True)
    faults += rules.label_selector(spec.get("selector"), _SPEC.child("selector"))
    policy = spec.get("unhealthyPodEvictionPolicy")
    return faults + rules.if_set(_SPEC.child("unhealthyPodEvictionPolicy"), policy, ("AlwaysAllow", "IfHealthyBudget"))


_BUDGET_COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


def _budget_status(obj: Object, old: Object) -> ErrorList:
    return rules.not_negative(obj.get("status") or {}, Path.new("status"), *_BUDGET_COUNTS)


CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "ControllerRevision"): _revision,
    ("batch", "Job"): batch.job,
    ("batch", "CronJob"): batch.cron_job,
    ("autoscaling", "HorizontalPodAutoscaler"): autoscaler,
    ("policy", "PodDisruptionBudget"): _budget,
}
NEW: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    ("apps", "StatefulSet"): _new_stateful_set,
    ("batch", "CronJob"): batch.new_cron_job,
}
UPDATE: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    ("apps", "Deployment"): _selector_is_fixed,
    ("apps", "ReplicaSet"): _selector_is_fixed,
    ("apps", "DaemonSet"): _selector_is_fixed,
    ("apps", "StatefulSet"): _stateful_set_update,
    ("apps", "ControllerRevision"): _revision_update,
    ("batch", "Job"): batch.job_update,
}
STATUS: dict[tuple[str, str], Callable[[Object, Object], ErrorList]] = {
    ("policy", "PodDisruptionBudget"): _budget_status
}
