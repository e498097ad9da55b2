"""Validation of what says where pods run: affinity, tolerations, spreading, taints.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` validateAffinity, ValidateTolerations,
validateTopologySpreadConstraints, validateNodeTaints.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis import rules
from mini_server.apis.internal import internal
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_RANGE = "must be in the range 1-100"
_ONE_VALUE = "must be specified single value when `operator` is 'Lt' or 'Gt'"
_ONE_FIELD_VALUE = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
_ANY_KEY = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'


def affinity(value: Object, path: Path) -> ErrorList:
    """An affinity to nodes and pods."""
    faults: ErrorList = []
    if value.get("nodeAffinity") is not None:
        faults += _node_affinity(value["nodeAffinity"], path.child("nodeAffinity"))
    for name in ("podAffinity", "podAntiAffinity"):
        if value.get(name) is not None:
            faults += _pod_affinity(value[name], path.child(name))
    return faults


def _node_affinity(value: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    if value.get(_REQUIRED) is not None:
        faults += node_selector(value[_REQUIRED], path.child(_REQUIRED))
    for index, term in enumerate(value.get(_PREFERRED) or []):
        here = path.child(_PREFERRED).index(index)
        faults += _weight(term, here)
        faults += node_selector_term(term.get("preference") or {}, here.child("preference"), any_values=True)
    return faults


def _weight(term: Object, path: Path) -> ErrorList:
    weight = term.get("weight", 0)
    return [] if 0 < weight <= 100 else [field.invalid(path.child("weight"), weight, _RANGE)]


def node_selector(value: Object, path: Path) -> ErrorList:
    """A NodeSelector."""
    terms, here = value.get("nodeSelectorTerms") or [], path.child("nodeSelectorTerms")
    if not terms:
        return [field.required(here, "must have at least one node selector term")]
    return [fault for index, term in enumerate(terms) for fault in node_selector_term(term, here.index(index))]


def node_selector_term(term: Object, path: Path, *, any_values: bool = False) -> ErrorList:
    """Expressions over a node's labels and fields; ``any_values`` lets values pass that no label can have."""
    faults: ErrorList = []
    for index, requirement in enumerate(term.get("matchExpressions") or []):
        here = path.child("matchExpressions").index(index)
        faults += _label_requirement(requirement, here, any_values=any_values)
    for index, requirement in enumerate(term.get("matchFields") or []):
        faults += _field_requirement(requirement, path.child("matchFields").index(index))
    return faults


def _label_requirement(requirement: Object, path: Path, *, any_values: bool) -> ErrorList:
    values, key = requirement.get("values") or [], requirement.get("key", "")
    if requirement.get("operator") in ("Gt", "Lt"):
        faults = [] if len(values) == 1 else [field.required(path.child("values"), _ONE_VALUE)]
    else:
        faults = rules.operator_values(requirement, path)
    faults += rules.told(path.child("key"), key, names.is_label_key(key))
    if not any_values:
        for index, value in enumerate(values):
            faults += rules.told(path.child("values").index(index), value, names.is_valid_label_value(value))
    return faults


def _field_requirement(requirement: Object, path: Path) -> ErrorList:
    values, operator, key = requirement.get("values") or [], requirement.get("operator", ""), requirement.get("key", "")
    faults: ErrorList = []
    if operator not in ("In", "NotIn"):
        faults.append(field.invalid(path.child("operator"), operator, "not a valid selector operator"))
    elif len(values) != 1:
        faults.append(field.required(path.child("values"), _ONE_FIELD_VALUE))
    if key != "metadata.name":
        return [*faults, field.invalid(path.child("key"), key, "not a valid field selector key")]
    for index, value in enumerate(values):
        faults += rules.told(path.child("values").index(index), value, names.is_dns1123_subdomain(value))
    return faults


def _pod_affinity(value: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    for index, term in enumerate(value.get(_REQUIRED) or []):
        faults += _pod_term(term, path.child(_REQUIRED).index(index))
    for index, weighted in enumerate(value.get(_PREFERRED) or []):
        here = path.child(_PREFERRED).index(index)
        faults += _weight(weighted, here)
        faults += _pod_term(weighted.get("podAffinityTerm") or {}, here.child("podAffinityTerm"))
    return faults


def _pod_term(term: Object, path: Path) -> ErrorList:
    faults = rules.label_selector(term.get("labelSelector"), path.child("labelSelector"))
    faults += rules.label_selector(term.get("namespaceSelector"), path.child("namespaceSelector"))
    for name in term.get("namespaces") or []:
        faults += rules.told(path.child("namespace"), name, names.is_dns1123_label(name))
    faults += _label_keys(term, path)
    key = term.get("topologyKey", "")
    if not key:
        faults.append(field.required(path.child("topologyKey"), "can not be empty"))
    return faults + rules.told(path.child("topologyKey"), key, names.is_label_key(key))


def _label_keys(term: Object, path: Path) -> ErrorList:
    """Keys of labels that must match, or must not, the new pod's own."""
    faults: ErrorList = []
    match, mismatch = term.get("matchLabelKeys") or [], term.get("mismatchLabelKeys") or []
    if (match or mismatch) and term.get("labelSelector") is None:
        for name, keys in (("matchLabelKeys", match), ("mismatchLabelKeys", mismatch)):
            if keys:
                faults.append(field.forbidden(path.child(name), "must not be specified when labelSelector is not set"))
    for name, keys in (("matchLabelKeys", match), ("mismatchLabelKeys", mismatch)):
        for index, key in enumerate(keys):
            faults += rules.told(path.child(name).index(index), key, names.is_label_key(key))
    for index, key in enumerate(match):
        if key in mismatch:
            text = "exists in both matchLabelKeys and mismatchLabelKeys"
            faults.append(field.invalid(path.child("matchLabelKeys").index(index), key, text))
    return faults


def tolerations(entries: list[Object], path: Path) -> ErrorList:
    """Tolerations of taints."""
    faults: ErrorList = []
    for index, entry in enumerate(entries):
        here, key, operator = path.index(index), entry.get("key", ""), entry.get("operator", "")
        value, effect = entry.get("value", ""), entry.get("effect", "")
        faults += rules.if_named(here.child("key"), key, names.is_label_key)
        if not key and operator != "Exists":
            faults.append(field.invalid(here.child("operator"), operator, _ANY_KEY))
        if entry.get("tolerationSeconds") is not None and effect != "NoExecute":
            text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            faults.append(field.invalid(here.child("effect"), effect, text))
        if operator in ("", "Equal"):
            if wrong := names.is_valid_label_value(value):
                faults.append(field.invalid(here.child("operator"), value, ";".join(wrong)))
        elif operator != "Exists":
            faults.append(field.not_supported(here.child("operator"), operator, ("Equal", "Exists")))
        elif value:
            text = "value must be empty when `operator` is 'Exists'"
            faults.append(field.invalid(here.child("operator"), value, text))
        if effect:
            faults += rules.if_set(here.child("effect"), effect, _EFFECTS)
    return faults


def only_added_tolerations(new: list[Object], old: list[Object], path: Path) -> ErrorList:
    """Tolerations of a pod may become more; of those that it has only the time may change."""

    def key(entry: Object) -> Object:
        return {name: value for name, value in entry.items() if name != "tolerationSeconds"}

    kept = [key(entry) for entry in new]
    if any(key(entry) not in kept for entry in old):
        return [field.forbidden(path, "existing toleration can not be modified except its tolerationSeconds")]
    return tolerations(new, path)


def taints(entries: list[Object], path: Path) -> ErrorList:
    """Taints of a node."""
    faults: ErrorList = []
    seen: set[tuple[str, str]] = set()
    for index, entry in enumerate(entries):
        here, key, effect = path.index(index), entry.get("key", ""), entry.get("effect", "")
        faults += rules.told(here.child("key"), key, names.is_label_key(key))
        if wrong := names.is_valid_label_value(entry.get("value", "")):
            faults.append(field.invalid(here.child("value"), entry["value"], ";".join(wrong)))
        faults += rules.one_of(here.child("effect"), effect, _EFFECTS)
        if (key, effect) in seen:
            fault = field.duplicate(here, internal("Taint", entry))
            fault.detail = "taints must be unique by key and effect pair"
            faults.append(fault)
        seen.add((key, effect))
    return faults


_WHEN = ("DoNotSchedule", "ScheduleAnyway")
_INCLUSION = ("Honor", "Ignore")


def spread(constraints: list[Object], path: Path) -> ErrorList:
    """Topology spread constraints."""
    faults: ErrorList = []
    seen: set[tuple[str, str]] = set()
    for index, entry in enumerate(constraints):
        here = path.index(index)
        skew, key, action = entry.get("maxSkew", 0), entry.get("topologyKey", ""), entry.get("whenUnsatisfiable", "")
        if skew <= 0:
            faults.append(field.invalid(here.child("maxSkew"), skew, "must be greater than zero"))
        if not key:
            faults.append(field.required(here.child("topologyKey"), "can not be empty"))
        else:
            faults += rules.told(here.child("topologyKey"), key, names.is_label_key(key))
        faults += _when(action, here)
        if (key, action) in seen:
            shown = f"{{{key}, {action}}}"
            faults.append(field.duplicate(here.child("{topologyKey, whenUnsatisfiable}"), shown))
        seen.add((key, action))
        faults += _domains(entry, action, here)
        for name in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            faults += rules.if_set(here.child(name), entry.get(name), _INCLUSION)
        faults += _own_labels(entry, here)
        faults += rules.label_selector(entry.get("labelSelector"), here.child("labelSelector"))
    return faults


def _when(action: str, path: Path) -> ErrorList:
    return [] if action in _WHEN else [field.not_supported(path.child("whenUnsatisfiable"), action, _WHEN)]


def _domains(entry: Object, action: str, path: Path) -> ErrorList:
    count = entry.get("minDomains")
    if count is None:
        return []
    faults: ErrorList = []
    if count <= 0:
        faults.append(field.invalid(path.child("minDomains"), count, "must be greater than zero"))
    if action != "DoNotSchedule":
        text = f'can only use minDomains if whenUnsatisfiable=DoNotSchedule, not "{action}"'
        faults.append(field.invalid(path.child("minDomains"), count, text))
    return faults


def _own_labels(entry: Object, path: Path) -> ErrorList:
    keys, selector = entry.get("matchLabelKeys") or [], entry.get("labelSelector")
    here = path.child("matchLabelKeys")
    if not keys:
        return []
    if selector is None:
        return [field.forbidden(here, "must not be specified when labelSelector is not set")]
    faults: ErrorList = []
    chosen = {*(selector.get("matchLabels") or {}), *(e.get("key") for e in selector.get("matchExpressions") or [])}
    for index, key in enumerate(keys):
        faults += rules.told(here.index(index), key, names.is_label_key(key))
        if key in chosen:
            faults.append(field.invalid(here.index(index), key, "exists in both matchLabelKeys and labelSelector"))
    return faults
