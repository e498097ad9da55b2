"""Nobody may grant rights they do not have.

Source: kubernetes ``pkg/registry/rbac/validation/rule.go`` ConfirmNoEscalation and ``component-helpers/auth/rbac``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

Rule = dict[str, Any]


def uncovered(owner_rules: Iterable[Rule], wanted: Iterable[Rule]) -> list[Rule]:
    """The single permissions among ``wanted`` that no rule of the owner covers."""
    owned = list(owner_rules)
    return [single for rule in wanted for single in _single(rule) if not any(_covers(own, single) for own in owned)]


def _single(rule: Rule) -> Iterator[Rule]:
    """One rule per verb, group, resource and name."""
    names = rule.get("resourceNames") or [None]
    for group, resource, verb, name in product(
        rule.get("apiGroups") or [], rule.get("resources") or [], rule.get("verbs") or [], names
    ):
        single: Rule = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
        yield {**single, "resourceNames": [name]} if name is not None else single
    for path, verb in product(rule.get("nonResourceURLs") or [], rule.get("verbs") or []):
        yield {"nonResourceURLs": [path], "verbs": [verb]}


def _covers(owner: Rule, single: Rule) -> bool:
    if not _has(owner.get("verbs") or [], single["verbs"][0]):
        return False
    if "nonResourceURLs" in single:
        path = single["nonResourceURLs"][0]
        return any(
            own in ("*", path) or (own.endswith("*") and path.startswith(own.rstrip("*")))
            for own in owner.get("nonResourceURLs") or []
        )
    if not _has(owner.get("apiGroups") or [], single["apiGroups"][0]):
        return False
    if not _has_resource(owner.get("resources") or [], single["resources"][0]):
        return False
    owned_names = owner.get("resourceNames") or []
    if not owned_names:
        return True
    return "resourceNames" in single and single["resourceNames"][0] in owned_names


def _has(owned: list[str], wanted: str) -> bool:
    return "*" in owned or wanted in owned


def _has_resource(owned: list[str], wanted: str) -> bool:
    if _has(owned, wanted):
        return True
    return "/" in wanted and f"*/{wanted.split('/', 1)[1]}" in owned


def describe(rule: Rule) -> str:
    """A permission as the API's messages show it: ``{APIGroups:[""], Resources:["pods"], Verbs:["get"]}``."""
    parts = []
    for field, title in (
        ("apiGroups", "APIGroups"),
        ("resources", "Resources"),
        ("resourceNames", "ResourceNames"),
        ("nonResourceURLs", "NonResourceURLs"),
        ("verbs", "Verbs"),
    ):
        if rule.get(field):
            values = " ".join(f'"{value}"' for value in rule[field])
            parts.append(f"{title}:[{values}]")
    return "{" + ", ".join(parts) + "}"
