"""Nobody may grant rights they do not have.

Source: kubernetes ``pkg/registry/rbac/validation/rule.go``, ``policy_compact.go``; ``component-helpers/auth/rbac``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod
from typing import Any

from mini_server.authn.interface import UserInfo
from mini_server.authz.rbac import path_matches
from pykubectl.machinery.gostrings import quote

Rule = dict[str, Any]

FULL_AUTHORITY: tuple[Rule, ...] = (
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
)
# A rule of more single permissions than this is not taken apart: as a whole it has to be covered by one that is held.
_SINGLES = 20_000
_FIELDS = (
    ("apiGroups", "APIGroups"),
    ("resources", "Resources"),
    ("nonResourceURLs", "NonResourceURLs"),
    ("resourceNames", "ResourceNames"),
    ("verbs", "Verbs"),
)


def refusal(user: UserInfo, owned: Iterable[Rule], wanted: Iterable[Rule]) -> str | None:
    """Why the user, who has the rules ``owned``, must not grant ``wanted``; None where they may."""
    missing = uncovered(owned, wanted)
    if not missing:
        return None
    described = "\n".join(sorted({describe(rule) for rule in compact(missing)}))
    groups = " ".join(quote(group) for group in user.groups)
    who = f"user {quote(user.name)} (groups=[{groups}])"
    return f"{who} is attempting to grant RBAC permissions not currently held:\n{described}"


def uncovered(owner_rules: Iterable[Rule], wanted: Iterable[Rule]) -> list[Rule]:
    """The single permissions among ``wanted`` that no rule of the owner covers."""
    owned = list(owner_rules)
    missing: list[Rule] = []
    for rule in wanted:
        if any(_covers(own, rule) for own in owned):
            continue
        singles = [rule] if _size(rule) > _SINGLES else _single(rule)
        missing += [single for single in singles if not any(_covers(own, single) for own in owned)]
    return missing


def _size(rule: Rule) -> int:
    fields = ("apiGroups", "resources", "verbs", "resourceNames")
    return prod(max(1, len(rule.get(name) or [])) for name in fields)


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


def _covers(owner: Rule, wanted: Rule) -> bool:
    """Whether one rule gives all that another one does."""
    if not _has_all(owner, wanted, "verbs"):
        return False
    paths = owner.get("nonResourceURLs") or []
    if not all(any(path_matches(own, path) for own in paths) for path in wanted.get("nonResourceURLs") or []):
        return False
    if not wanted.get("resources"):
        return True
    owned_names, names = owner.get("resourceNames") or [], wanted.get("resourceNames") or []
    return (
        _has_all(owner, wanted, "apiGroups")
        and all(_has_resource(owner.get("resources") or [], resource) for resource in wanted["resources"])
        and (not owned_names or (bool(names) and set(names) <= set(owned_names)))
    )


def _has_all(owner: Rule, wanted: Rule, field: str) -> bool:
    owned = owner.get(field) or []
    return "*" in owned or set(wanted.get(field) or []) <= set(owned)


def _has_resource(owned: list[str], wanted: str) -> bool:
    if "*" in owned or wanted in owned:
        return True
    return "/" in wanted and f"*/{wanted.split('/', 1)[1]}" in owned


def compact(rules: Iterable[Rule]) -> list[Rule]:
    """Rules of one group, resource and name become one with all their verbs."""
    found: list[Rule] = []
    simple: dict[tuple[str, str, tuple[str, ...]], Rule] = {}
    for rule in rules:
        if len(rule.get("apiGroups") or []) != 1 or len(rule.get("resources") or []) != 1:
            found.append(rule)
            continue
        key = (rule["apiGroups"][0], rule["resources"][0], tuple(rule.get("resourceNames") or ()))
        if key in simple:
            simple[key]["verbs"] += rule["verbs"]
        else:
            simple[key] = {**rule, "verbs": list(rule["verbs"])}
            found.append(simple[key])
    return found


def describe(rule: Rule) -> str:
    """A permission as the API's messages show it: ``{APIGroups:[""], Resources:["pods"], Verbs:["get"]}``."""
    parts = []
    for field, title in _FIELDS:
        if rule.get(field):
            values = " ".join(quote(value) for value in rule[field])
            parts.append(f"{title}:[{values}]")
    return "{" + ", ".join(parts) + "}"
