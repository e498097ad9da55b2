"""Aggregated discovery documents as the legacy ones.

Source of the rules: client-go ``discovery/aggregated_discovery.go``.
"""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

ACCEPT = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json"
)


def split(document: Document) -> tuple[list[Document], dict[str, Document], list[str]]:
    """APIGroups in their order, APIResourceLists by group-version, and the group-versions that are stale.

    A stale group-version (its server does not answer) is in its group, but has no list.
    """
    groups: list[Document] = []
    lists: dict[str, Document] = {}
    stale: list[str] = []
    for item in document.get("items") or []:
        name = (item.get("metadata") or {}).get("name") or ""
        versions = []
        for version in item.get("versions") or []:
            group_version = f"{name}/{version['version']}" if name else version["version"]
            versions.append({"groupVersion": group_version, "version": version["version"]})
            if version.get("freshness") == "Stale":
                stale.append(group_version)
            else:
                lists[group_version] = resource_list(group_version, version.get("resources") or [])
        if versions:
            groups.append({"name": name, "versions": versions, "preferredVersion": versions[0]})
    return groups, lists, stale


def resource_list(group_version: str, resources: list[Document]) -> Document:
    """The APIResourceList of a version's resources; subresources without a kind are left out."""
    found: list[Document] = []
    for resource in resources:
        kind = resource.get("responseKind") or {}
        namespaced = resource.get("scope") == "Namespaced"
        if kind.get("kind"):
            found.append(_resource(resource, kind, resource["resource"], namespaced))
        for sub in resource.get("subresources") or []:
            sub_kind = sub.get("responseKind") or {}
            if sub_kind.get("kind"):
                entry = _resource(sub, sub_kind, f"{resource['resource']}/{sub['subresource']}", namespaced)
                entry["singularName"] = resource.get("singularResource") or ""
                found.append(entry)
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": found}


def _resource(source: Document, kind: Document, name: str, namespaced: bool) -> Document:
    entry: Document = {
        "name": name,
        "singularName": source.get("singularResource") or "",
        "namespaced": namespaced,
        "group": kind.get("group") or "",
        "version": kind.get("version") or "",
        "kind": kind["kind"],
        "verbs": source.get("verbs") or [],
    }
    entry = {key: value for key, value in entry.items() if key not in ("group", "version") or value}
    for key in ("shortNames", "categories"):
        if source.get(key):
            entry[key] = source[key]
    return entry
