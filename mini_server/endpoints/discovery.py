"""Discovery: which groups, versions and resources there are.

Source: apiserver ``pkg/endpoints/discovery``, ``pkg/endpoints/discovery/aggregated``.
"""

from __future__ import annotations

import hashlib
from typing import Any

from mini_server.endpoints.answer import answer_object
from mini_server.endpoints.endpoint import no_such_path, page_not_found
from mini_server.endpoints.negotiation import accepts_parameters, negotiate
from mini_server.endpoints.request import AnyResponse, Request, Response
from pykubectl.api.resources import GROUPS, RESOURCES, Resource
from pykubectl.machinery.codecs import json

Object = dict[str, Any]

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"


class Discovery:
    """Documents are built when first asked for; none of them changes while the server runs."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._aggregated: dict[str, tuple[bytes, str]] = {}

    async def handle(self, request: Request) -> AnyResponse | None:
        """Answers discovery paths, None for other ones."""
        parts = request.path.strip("/").split("/")
        if parts == ["api"]:
            return self._root(request, "api")
        if parts == ["apis"]:
            return self._root(request, "apis")
        if len(parts) == 2 and parts[0] == "api":
            return self._resources(request, "", parts[1])
        if len(parts) == 2 and parts[0] == "apis":
            return self._group(request, parts[1])
        if len(parts) == 3 and parts[0] == "apis":
            return self._resources(request, parts[1], parts[2])
        return None

    def _root(self, request: Request, prefix: str) -> AnyResponse:
        version = accepts_parameters(request, "APIGroupDiscoveryList", "apidiscovery.k8s.io", ("v2",))
        if version is not None:
            return self._aggregated_root(request, prefix, version)
        response = answer_object(self._versions() if prefix == "api" else self._groups(), request)
        response.headers["Vary"] = "Accept"
        return response

    def _versions(self) -> Object:
        return {
            "kind": "APIVersions",
            "versions": list(GROUPS[""]),
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": self._address}],
        }

    def _groups(self) -> Object:
        groups = [_group(name) for name in GROUPS if name]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}

    def _group(self, request: Request, name: str) -> AnyResponse:
        if name not in GROUPS or not name:
            return no_such_path()
        return answer_object({"kind": "APIGroup", "apiVersion": "v1", **_group(name)}, request)

    def _resources(self, request: Request, group: str, version: str) -> AnyResponse:
        found = [r for r in RESOURCES if r.group == group and r.version == version]
        if not found:
            if group not in GROUPS:
                return no_such_path()
            raise page_not_found()
        entries = [entry for resource in found for entry in _legacy_entries(resource)]
        entries.sort(key=lambda entry: str(entry["name"]))
        body: Object = {"kind": "APIResourceList"}
        if group:
            body["apiVersion"] = "v1"
        body["groupVersion"] = f"{group}/{version}" if group else version
        body["resources"] = entries
        return answer_object(body, request)

    def _aggregated_root(self, request: Request, prefix: str, version: str) -> AnyResponse:
        if prefix not in self._aggregated:
            names = [""] if prefix == "api" else [name for name in GROUPS if name]
            document = {
                "kind": "APIGroupDiscoveryList",
                "apiVersion": f"apidiscovery.k8s.io/{version}",
                "metadata": {},
                "items": [_aggregated_group(name) for name in names],
            }
            body = json.dumps(document)
            self._aggregated[prefix] = (body, hashlib.sha512(body).hexdigest().upper())
        body, digest = self._aggregated[prefix]
        headers = {"ETag": f'"{digest}"', "Vary": "Accept", "Cache-Control": "public"}
        if request.headers.get("if-none-match", "").strip('"') == digest:
            return Response(304, b"", _AGGREGATED.format(version=version), headers)
        return Response(200, body, _AGGREGATED.format(version=version), headers)


def root_paths(request: Request, extra: list[str]) -> AnyResponse:
    """``/``: every path there is."""
    paths = ["/api", *(f"/api/{version}" for version in GROUPS[""]), "/apis", "/apis/"]
    for group, versions in GROUPS.items():
        if group:
            paths += [f"/apis/{group}", *(f"/apis/{group}/{version}" for version in versions)]
    negotiate(request, transforms=False)
    return answer_object({"paths": sorted({*paths, *extra})}, request)


def _group(name: str) -> Object:
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in GROUPS[name]]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _legacy_entries(resource: Resource) -> list[Object]:
    """A resource and its subresources in the older form of discovery."""
    entry: Object = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.persisted:
        entry["storageVersionHash"] = _storage_hash(resource)
    entries = [entry]
    for sub in resource.subresources:
        entry = {
            "name": f"{resource.plural}/{sub.name}",
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": sub.kind.kind,
            "verbs": list(sub.verbs),
        }
        if sub.kind.version:
            entry |= {"group": sub.kind.group, "version": sub.kind.version}
        entries.append(entry)
    return entries


def _storage_hash(resource: Resource) -> str:
    """Source: apiserver ``pkg/endpoints/discovery/storageversionhash.go``: eight bytes of a SHA-256 in base64."""
    import base64

    text = f"{resource.group}/{resource.version}/{resource.kind}"
    return base64.b64encode(hashlib.sha256(text.encode()).digest()[:8]).decode()


def _aggregated_group(name: str) -> Object:
    versions = [
        {
            "version": version,
            "resources": [_aggregated_resource(r) for r in RESOURCES if (r.group, r.version) == (name, version)],
            "freshness": "Current",
        }
        for version in GROUPS[name]
    ]
    return {"metadata": {"name": name} if name else {}, "versions": versions}


def _aggregated_resource(resource: Resource) -> Object:
    entry: Object = {
        "resource": resource.plural,
        "responseKind": {"group": "", "version": "", "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.subresources:
        entry["subresources"] = [
            {
                "subresource": sub.name,
                "responseKind": {"group": sub.kind.group, "version": sub.kind.version, "kind": sub.kind.kind},
                "verbs": list(sub.verbs),
            }
            for sub in resource.subresources
        ]
    return entry
