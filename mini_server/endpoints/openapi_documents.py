"""OpenAPI documents of a server: one for each group version (v3), and one for all (v2).

Every operation names its kind and action and the parameters that tools look for. Source of the form: apiserver
``pkg/endpoints/installer.go``, kube-openapi ``pkg/builder``, ``pkg/builder3``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pykubectl.api.resources import GROUPS, RESOURCES, Resource
from pykubectl.machinery.openapi.schemas import Renderer
from pykubectl.machinery.structural.types import builtin

Document = dict[str, Any]

TITLE = {"title": "Kubernetes", "version": "v1.36.2"}
_V3 = "#/components/schemas/"
_V2 = "#/definitions/"

# verb -> (HTTP method, action of the operation)
_ACTIONS = {
    "get": ("get", "get"),
    "list": ("get", "list"),
    "create": ("post", "post"),
    "update": ("put", "put"),
    "patch": ("patch", "patch"),
    "delete": ("delete", "delete"),
    "deletecollection": ("delete", "deletecollection"),
    "watch": ("get", "watch"),
    "watchlist": ("get", "watchlist"),
    "head": ("head", "connect"),
    "options": ("options", "connect"),
}
_VERSION_INFO = "io.k8s.apimachinery.pkg.version.Info"
_OPTIONAL_VERSION_FIELDS = frozenset(
    ("emulationMajor", "emulationMinor", "minCompatibilityMajor", "minCompatibilityMinor")
)
_VERSION_FIELDS = _OPTIONAL_VERSION_FIELDS | frozenset(
    (
        "buildDate",
        "compiler",
        "gitCommit",
        "gitTreeState",
        "gitVersion",
        "goVersion",
        "major",
        "minor",
        "platform",
    )
)
_PATCH_TYPES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)
_TEXTS = {
    "pretty": "If 'true', then the output is pretty printed.",
    "dryRun": "When present, indicates that modifications should not be persisted. Valid values are: All",
    "fieldManager": "The name associated with the actor or entity that is making these changes.",
    "fieldValidation": "How the server treats unknown and duplicate fields: Ignore, Warn or Strict.",
    "labelSelector": "Restricts the returned objects by their labels.",
    "fieldSelector": "Restricts the returned objects by their fields.",
    "limit": "The largest number of objects to return.",
    "continue": "Where to go on with a list that was limited.",
    "resourceVersion": "How fresh the answer must be.",
    "resourceVersionMatch": "How resourceVersion is applied to lists.",
    "timeoutSeconds": "How long a list or watch may take.",
    "watch": "Watch for changes instead of listing.",
    "allowWatchBookmarks": "Send BOOKMARK events.",
    "sendInitialEvents": "Begin a watch with what there is.",
    "gracePeriodSeconds": "How long the object gets to end gracefully.",
    "propagationPolicy": "What happens to dependents: Orphan, Background or Foreground.",
    "orphanDependents": "Deprecated: use propagationPolicy.",
}
_WRITE = ("dryRun", "fieldManager", "fieldValidation")
_LIST = (
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
)
_PARAMETERS = {
    "get": (),
    "list": _LIST,
    "watch": _LIST,
    "watchlist": _LIST,
    "head": (),
    "options": (),
    "create": _WRITE,
    "update": _WRITE,
    "patch": (*_WRITE, "force"),
    "delete": ("dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"),
    "deletecollection": (*_LIST[1:-1], "dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"),
}


def module_of(group: str, version: str) -> str:
    """The name of a group version's file: ``apps_v1``."""
    return f"{group.split('.')[0] or 'core'}_{version}"


def path_of(group: str, version: str) -> str:
    """``api/v1`` or ``apis/apps/v1``."""
    return f"apis/{group}/{version}" if group else f"api/{version}"


def v3_document(group: str, version: str) -> Document:
    """The document of one group version, with every schema that it needs. Raises KeyError on an unknown one."""
    if version not in GROUPS.get(group, ()):
        raise KeyError(f"{group}/{version}")
    schemas = _needed(module_of(group, version))
    paths = dict(_group_paths(group, version, v3=True))
    return {"openapi": "3.0.0", "info": TITLE, "paths": paths, "components": {"schemas": schemas}}


def v2_document() -> Document:
    """The document of everything."""
    renderer = Renderer(_V2, v3=False)
    definitions: dict[str, Any] = {}
    for module in builtin().modules():
        definitions |= renderer.module(module)
    groups = ((group, version) for group, versions in GROUPS.items() for version in versions)
    paths = {path: item for pair in groups for path, item in _group_paths(*pair, v3=False)}
    return {"swagger": "2.0", "info": TITLE, "paths": paths, "definitions": definitions}


def version_document() -> Document:
    """The document of ``/version``."""
    required = sorted(_VERSION_FIELDS - _OPTIONAL_VERSION_FIELDS)
    schema = {
        "type": "object",
        "description": "Info contains versioning information. how we'll want to distribute that information.",
        "required": required,
        "properties": {
            name: {"type": "string", "default": ""} if name in required else {"type": "string"}
            for name in sorted(_VERSION_FIELDS)
        },
    }
    return _small_document("/version/", {_VERSION_INFO: schema})


def api_document() -> Document:
    """The document of ``/api``."""
    schemas = _needed_by(["io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions"])
    return _small_document("/api/", schemas)


def _small_document(path: str, schemas: dict[str, Any]) -> Document:
    paths = {path: {"get": _plain_operation()}}
    return {"openapi": "3.0.0", "info": TITLE, "paths": paths, "components": {"schemas": schemas}}


def _plain_operation() -> Document:
    return {"responses": {"200": {"description": "OK"}, "401": {"description": "Unauthorized"}}}


def _group_paths(group: str, version: str, *, v3: bool) -> Iterator[tuple[str, Document]]:
    yield f"/{path_of(group, version)}/", {"get": _plain_operation()}
    for resource in RESOURCES:
        if (resource.group, resource.version) == (group, version):
            yield from _paths(resource, v3=v3)
            yield from _watch_paths(resource, v3=v3)


def _watch_paths(resource: Resource, *, v3: bool) -> Iterator[tuple[str, Document]]:
    """The older form of watching, which is still served: ``watch`` before the resource."""
    if "watch" not in resource.verbs:
        return
    base = f"/{path_of(resource.group, resource.version)}/watch"
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    scoped = f"{base}/namespaces/{{namespace}}" if resource.namespaced else base
    yield f"{scoped}/{resource.plural}", _item(resource, ["watchlist"], kind, v3, named=False)
    yield f"{scoped}/{resource.plural}/{{name}}", _item(resource, ["watch"], kind, v3, named=True)
    if resource.namespaced:
        yield f"{base}/{resource.plural}", _item(resource, ["watchlist"], kind, v3, named=False, across=True)


def _needed(module: str) -> dict[str, Any]:
    """The schemas of a module and all that they refer to."""
    return _needed_by(list(builtin().raw_types(module)))


def _needed_by(names: Sequence[str]) -> dict[str, Any]:
    """Schemas and all that they refer to."""
    renderer = Renderer(_V3, v3=True)
    rendered: dict[str, dict[str, Any]] = {}
    found: dict[str, Any] = {}
    queue = list(names)
    table = builtin()
    while queue:
        name = queue.pop()
        if name in found:
            continue
        home = table.module_of(name)
        if home not in rendered:
            rendered[home] = renderer.module(home)
        found[name] = rendered[home][name]
        queue += _references(found[name])
    return dict(sorted(found.items()))


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.rsplit("/", 1)[-1]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _paths(resource: Resource, *, v3: bool) -> Iterator[tuple[str, Document]]:
    base = f"/{path_of(resource.group, resource.version)}"
    scoped = (
        f"{base}/namespaces/{{namespace}}/{resource.plural}" if resource.namespaced else f"{base}/{resource.plural}"
    )
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    collection = [v for v in ("list", "create", "deletecollection") if v in resource.verbs]
    single = [v for v in ("get", "update", "patch", "delete") if v in resource.verbs]
    if collection:
        yield scoped, _item(resource, collection, kind, v3, named=False)
    if resource.namespaced and "list" in resource.verbs:
        yield f"{base}/{resource.plural}", _item(resource, ["list"], kind, v3, named=False, across=True)
    if single:
        yield f"{scoped}/{{name}}", _item(resource, single, kind, v3, named=True)
    for sub in resource.subresources:
        group, version = (sub.kind.group, sub.kind.version) if sub.kind.version else (resource.group, resource.version)
        sub_kind = {"group": group, "version": version, "kind": sub.kind.kind}
        verbs: list[str] = [verb for verb in ("get", "create", "update", "patch", "delete") if verb in sub.verbs]
        if sub.name == "proxy":
            # Whatever is asked goes through, to the root or to a path.
            verbs += ["head", "options"]
            item = _item(resource, verbs, sub_kind, v3, named=True)
            path = _path_parameter("path", "path to the resource", v3)
            yield f"{scoped}/{{name}}/proxy/{{path}}", {**item, "parameters": [*item["parameters"], path]}
        yield f"{scoped}/{{name}}/{sub.name}", _item(resource, verbs, sub_kind, v3, named=True)


def _item(
    resource: Resource, verbs: Sequence[str], kind: Document, v3: bool, *, named: bool, across: bool = False
) -> Document:
    item: Document = {}
    for verb in verbs:
        method, action = _ACTIONS[verb]
        item[method] = _operation(verb, action, kind, v3)
    item["parameters"] = [_path_parameter("name", f"name of the {resource.kind}", v3)] if named else []
    if resource.namespaced and not across:
        text = "object name and auth scope, such as for teams and projects"
        item["parameters"].append(_path_parameter("namespace", text, v3))
    item["parameters"].append(_parameter("pretty", v3))
    return item


def _operation(verb: str, action: str, kind: Document, v3: bool) -> Document:
    reference = _schema_name(kind)
    operation: Document = {
        "parameters": [_parameter(name, v3) for name in _PARAMETERS[verb]],
        "responses": {"200": {"description": "OK"}, "401": {"description": "Unauthorized"}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": kind,
    }
    if verb in ("create", "update", "patch") and reference is not None:
        types = _PATCH_TYPES if verb == "patch" else ("application/json", "application/yaml")
        if v3:
            body = {"$ref": f"{_V3}{reference}"} if verb != "patch" else {"type": "object"}
            operation["requestBody"] = {"content": {name: {"schema": body} for name in types}}
        else:
            body = {"$ref": f"{_V2}{reference}"} if verb != "patch" else {"type": "object"}
            operation["consumes"] = list(types)
            operation["parameters"].append({"name": "body", "in": "body", "required": True, "schema": body})
    return operation


def _schema_name(kind: Document) -> str | None:
    from pykubectl.machinery.schema import GroupVersionKind

    type = builtin().type_for(GroupVersionKind(kind["group"], kind["version"], kind["kind"]))
    return None if type is None else type.name


def _parameter(name: str, v3: bool) -> Document:
    kind = (
        "boolean"
        if name in ("watch", "allowWatchBookmarks", "sendInitialEvents", "orphanDependents", "force")
        else ("integer" if name in ("limit", "timeoutSeconds", "gracePeriodSeconds") else "string")
    )
    shape: Document = {"schema": {"type": kind, "uniqueItems": True}} if v3 else {"type": kind, "uniqueItems": True}
    return {"name": name, "in": "query", "description": _TEXTS.get(name, ""), **shape}


def _path_parameter(name: str, text: str, v3: bool) -> Document:
    shape: Document = (
        {"schema": {"type": "string", "uniqueItems": True}} if v3 else {"type": "string", "uniqueItems": True}
    )
    return {"name": name, "in": "path", "description": text, "required": True, **shape}
