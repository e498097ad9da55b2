"""Validation of jobs and cron jobs.

Source: kubernetes ``pkg/apis/batch/validation/validation.go``, ``pkg/registry/batch/job/strategy.go``.
"""

from __future__ import annotations

import zoneinfo
from typing import Any

from mini_server.apis import rules
from mini_server.apis.core.pod_validation import template
from mini_server.apis.internal import internal
from mini_server.apis.workloads import schedule
from pykubectl.machinery.labels import SelectorError, selector_from_label_selector
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_SPEC = Path.new("spec")
_COUNTS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
_UIDS = ("controller-uid", "batch.kubernetes.io/controller-uid")
_NAMES = ("job-name", "batch.kubernetes.io/job-name")
_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_RESTARTS = 'valid values: "OnFailure", "Never"'
_MAX_CRON_NAME = 52
# What a job that waits may have changed in its pods: where they run.
_DIRECTIVES = ("nodeSelector", "affinity", "tolerations", "schedulingGates")


def job(obj: Object) -> ErrorList:
    """A Job."""
    spec, meta = obj.get("spec") or {}, obj.get("metadata") or {}
    faults = _generated_selector(spec, meta) + _job_spec(spec)
    completions = spec.get("completions") or 0
    if spec.get("completionMode") == "Indexed" and completions > 0:
        host = f"{meta.get('name', '')}-{completions - 1}"
        if names.is_dns1123_label(host):
            text = f"will not able to create pod with invalid DNS label: {host}"
            faults.append(field.invalid("metadata.name", meta.get("name", ""), text))
    return faults


def _generated_selector(spec: Object, meta: Object) -> ErrorList:
    """Unless it is the user's own affair, a job selects by its uid, which its pods carry with its name."""
    if spec.get("manualSelector") or spec.get("selector") is None:
        return []
    path, pods = _SPEC.child("template", "metadata"), (spec.get("template") or {}).get("metadata") or {}
    labels, uid, name = pods.get("labels") or {}, str(meta.get("uid", "")), str(meta.get("name", ""))
    expected = {**dict.fromkeys(_UIDS, uid), **dict.fromkeys(_NAMES, name)}
    faults: ErrorList = []
    for key in (_UIDS[0], _NAMES[0], _UIDS[1], _NAMES[1]):
        where, text = path.child("labels").key(key), f"must be '{expected[key]}'"
        if key not in labels:
            faults.append(field.required(where, text))
        elif labels[key] != expected[key]:
            faults.append(field.invalid(where, labels, text))
    try:
        selects = selector_from_label_selector(spec["selector"]).matches(expected)
    except SelectorError:
        return faults
    if not selects:
        faults.append(field.invalid(_SPEC.child("selector"), spec["selector"], "`selector` not auto-generated"))
    return faults


def _job_spec(spec: Object) -> ErrorList:
    """A job's spec, which must select its own pods."""
    faults = _any_job_spec(spec, _SPEC)
    selector, labels = spec.get("selector"), ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if selector is None:
        faults.append(field.required(_SPEC.child("selector")))
    faults += rules.label_selector(selector, _SPEC.child("selector"))
    try:
        selects = selector is not None and selector_from_label_selector(selector).matches(labels or {})
    except SelectorError:
        return faults
    if not selects:
        where = _SPEC.child("template", "metadata", "labels")
        faults.append(field.invalid(where, labels, "`selector` does not match template `labels`"))
    return faults


def _any_job_spec(spec: Object, path: Path) -> ErrorList:
    faults = rules.not_negative(spec, path, *_COUNTS, "backoffLimitPerIndex", "maxFailedIndexes")
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        text = "when maxFailedIndexes is specified"
        faults.append(field.required(path.child("backoffLimitPerIndex"), text))
    mode = spec.get("completionMode")
    faults += rules.if_set(path.child("completionMode"), mode, ("NonIndexed", "Indexed"))
    if mode != "Indexed":
        faults += [
            field.invalid(path.child(name), spec[name], "requires indexed completion mode")
            for name in ("backoffLimitPerIndex", "maxFailedIndexes")
            if spec.get(name) is not None
        ]
    policy = spec.get("podFailurePolicy")
    if policy is not None:
        faults += _failure_policy(policy, spec, path.child("podFailurePolicy"))
    replacement = ("Failed",) if policy is not None else ("Failed", "TerminatingOrFailed")
    faults += rules.if_set(path.child("podReplacementPolicy"), spec.get("podReplacementPolicy"), replacement)
    pod_template = spec.get("template") or {}
    faults += template(pod_template, path.child("template")) + _restart_policy(spec, pod_template, path)
    manager = spec.get("managedBy")
    return faults + (_manager(manager, path.child("managedBy")) if manager is not None else [])


def _restart_policy(spec: Object, pod_template: Object, path: Path) -> ErrorList:
    where, policy = (
        path.child("template", "spec", "restartPolicy"),
        (pod_template.get("spec") or {}).get("restartPolicy"),
    )
    faults: ErrorList = []
    if policy in (None, "", "Always"):
        faults.append(field.required(where, _RESTARTS))
    elif policy not in ("OnFailure", "Never"):
        faults.append(field.not_supported(where, policy, ("OnFailure", "Never")))
    elif spec.get("podFailurePolicy") is not None and policy != "Never":
        faults.append(field.invalid(where, policy, 'only "Never" is supported when podFailurePolicy is specified'))
    return faults


def _manager(value: str, path: Path) -> ErrorList:
    faults = domain_path(value, path)
    return faults + ([field.too_long(path, "", 63)] if len(value) > 63 else [])


def domain_path(value: str, path: Path) -> ErrorList:
    """``acme.io/foo``."""
    if not value:
        return [field.required(path)]
    domain, slash, rest = value.partition("/")
    if not slash or not domain or not rest:
        return [field.invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
    faults = rules.told(path, domain, names.is_dns1123_subdomain(domain))
    for segment in rest.split("/"):
        faults += rules.told(path, segment, names.is_path_segment_name(segment))
    return faults


def _failure_policy(policy: Object, spec: Object, path: Path) -> ErrorList:
    listed = policy.get("rules") or []
    faults = [field.too_many(path.child("rules"), len(listed), 20)] if len(listed) > 20 else []
    pod = (spec.get("template") or {}).get("spec") or {}
    known = {c.get("name") for kind in ("containers", "initContainers") for c in pod.get(kind) or []}
    for index, rule in enumerate(listed):
        here, codes = path.child("rules").index(index), rule.get("onExitCodes")
        action, conditions = rule.get("action", ""), rule.get("onPodConditions") or []
        faults += _rule_action(action, spec, here)
        if codes is not None:
            faults += _exit_codes(codes, known, here.child("onExitCodes"))
        faults += _pod_conditions(conditions, here.child("onPodConditions"))
        if codes is not None and conditions:
            text = "specifying both OnExitCodes and OnPodConditions is not supported"
            faults.append(field.invalid(here, field.OMITTED, text))
        elif codes is None and not conditions:
            text = "specifying one of OnExitCodes and OnPodConditions is required"
            faults.append(field.invalid(here, field.OMITTED, text))
    return faults


def _rule_action(action: str, spec: Object, path: Path) -> ErrorList:
    if not action:
        return [field.required(path.child("action"), 'valid values: "Count", "FailIndex", "FailJob", "Ignore"')]
    if action == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
        return [field.invalid(path.child("action"), action, "requires the backoffLimitPerIndex to be set")]
    return rules.if_set(path.child("action"), action, _ACTIONS)


def _exit_codes(codes: Object, known: set[Any], path: Path) -> ErrorList:
    operator, values, name = codes.get("operator", ""), codes.get("values") or [], codes.get("containerName")
    faults = rules.one_of(path.child("operator"), operator, ("In", "NotIn"))
    if name is not None and name not in known:
        text = "must be one of the container or initContainer names in the pod template"
        faults.append(field.invalid(path.child("containerName"), name, text))
    where = path.child("values")
    if not values:
        faults.append(field.invalid(where, codes.get("values"), "at least one value is required"))
    elif len(values) > 255:
        faults.append(field.too_many(where, len(values), 255))
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            faults.append(field.invalid(where.index(index), value, "must not be 0 for the In operator"))
        if value in values[:index]:
            faults.append(field.duplicate(where.index(index), value))
    if values != sorted(values):
        faults.append(field.invalid(where, values, "must be ordered"))
    return faults


def _pod_conditions(conditions: list[Object], path: Path) -> ErrorList:
    faults: ErrorList = []
    for index, condition in enumerate(conditions):
        kind, status = condition.get("type", ""), condition.get("status", "")
        here = path.index(index)
        faults += rules.told(here.child("type"), kind, names.is_qualified_name(kind))
        faults += rules.one_of(here.child("status"), status, ("False", "True", "Unknown"))
    return faults


def job_update(obj: Object, old: Object) -> ErrorList:
    """Most of a job stays as it is. Upstream looks at the spec once more, so each of its faults is told twice."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    faults = _job_spec(spec) + _completions(spec, before)
    faults += rules.fixed(spec, before, _SPEC, "selector") + _template_update(spec, before, old)
    faults += rules.fixed(spec, before, _SPEC, "completionMode")
    if spec.get("podFailurePolicy") != before.get("podFailurePolicy"):
        policy = spec.get("podFailurePolicy")
        shown = None if policy is None else internal("PodFailurePolicy", policy)
        faults.append(field.invalid(_SPEC.child("podFailurePolicy"), shown, rules.IMMUTABLE))
    return faults + rules.fixed(spec, before, _SPEC, "backoffLimitPerIndex", "managedBy", "successPolicy")


def _completions(spec: Object, before: Object) -> ErrorList:
    now, path = spec.get("completions"), _SPEC.child("completions")
    if now == before.get("completions"):
        return []
    if spec.get("completionMode") != "Indexed":
        return [field.invalid(path, now, rules.IMMUTABLE)]
    if now is None or now != spec.get("parallelism"):
        return [field.invalid(path, now, "can only be modified in tandem with spec.parallelism")]
    return []


def _template_update(spec: Object, before: Object, old: Object) -> ErrorList:
    now, then = spec.get("template") or {}, before.get("template") or {}
    path = _SPEC.child("template")
    if not before.get("suspend") or (old.get("status") or {}).get("startTime"):
        shown = internal("PodTemplateSpec", now)
        return [] if now == then else [field.invalid(path, shown, rules.IMMUTABLE)]
    new_pod, old_pod = dict(now.get("spec") or {}), then.get("spec") or {}
    for name in _DIRECTIVES:
        new_pod.pop(name, None)
        if name in old_pod:
            new_pod[name] = old_pod[name]
    if new_pod == old_pod:
        return []
    return [field.invalid(path.child("spec"), internal("PodSpec", new_pod), rules.IMMUTABLE)]


# Cron jobs


def cron_job(obj: Object) -> ErrorList:
    """A CronJob."""
    spec = obj.get("spec") or {}
    faults = _schedule(spec)
    faults += rules.not_negative(spec, _SPEC, "startingDeadlineSeconds")
    policy = spec.get("concurrencyPolicy", "Allow")
    faults += rules.one_of(_SPEC.child("concurrencyPolicy"), policy, ("Allow", "Forbid", "Replace"))
    jobs, path = (spec.get("jobTemplate") or {}).get("spec") or {}, _SPEC.child("jobTemplate", "spec")
    faults += _any_job_spec(jobs, path)
    if jobs.get("selector") is not None:
        faults += rules.label_selector(jobs["selector"], path.child("selector"))
        faults.append(field.invalid(path.child("selector"), jobs["selector"], "`selector` will be auto-generated"))
    if jobs.get("manualSelector"):
        faults.append(field.not_supported(path.child("manualSelector"), True, ("nil", "false")))
    return faults + rules.not_negative(spec, _SPEC, "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def new_cron_job(obj: Object) -> ErrorList:
    """A CronJob that is to be created: to its name the jobs' own suffix is added."""
    name, faults = (obj.get("metadata") or {}).get("name", ""), cron_job(obj)
    if len(name) > _MAX_CRON_NAME:
        faults.append(field.invalid("metadata.name", name, f"must be no more than {_MAX_CRON_NAME} characters"))
    return faults


def _schedule(spec: Object) -> ErrorList:
    text, zone, path = spec.get("schedule", ""), spec.get("timeZone"), _SPEC.child("schedule")
    faults: ErrorList = []
    if not text:
        faults.append(field.required(path))
    else:
        if "TZ" in text:
            wrong = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
            faults.append(field.invalid(path, text, wrong))
        if wrong := schedule.complaint(text):
            faults.append(field.invalid(path, text, wrong))
    return faults + ([] if zone is None else _time_zone(zone, _SPEC.child("timeZone")))


def _time_zone(zone: str, path: Path) -> ErrorList:
    if not zone:
        return [field.invalid(path, zone, "timeZone must be nil or non-empty string")]
    if zone.lower() == "local":
        text = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        return [field.invalid(path, zone, text)]
    if zone == "UTC":
        return []
    try:
        zoneinfo.ZoneInfo(zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return [field.invalid(path, zone, f"unknown time zone {zone}")]
    return []
