"""Definitions -> the compact schema table, one file per group version, descriptions apart.

A type is ``{"fields": {name: field}, "required": [...], "gvk": [[g, v, k]...]}``, a field a dict with the keys of
`FIELD_KEYS`; what is absent has the value that most fields have. Types without fields have a ``kind`` instead.
"""

from __future__ import annotations

from typing import Any

from pykubectl.codegen.definitions import Definition, kinds
from pykubectl.codegen.names import type_name

Table = dict[str, Any]

# Definitions that are values rather than objects with fields.
SPECIAL = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "micro-time",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "raw",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "raw",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Patch": "raw",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": "any",
}

# short key in the file -> mark in the definition
FIELD_KEYS = {
    "format": "format",
    "enum": "enum",
    "default": "default",
    "list": "x-kubernetes-list-type",
    "keys": "x-kubernetes-list-map-keys",
    "map": "x-kubernetes-map-type",
    "merge": "x-kubernetes-patch-merge-key",
    "patch": "x-kubernetes-patch-strategy",
    "int_or_string": "x-kubernetes-int-or-string",
    "preserve": "x-kubernetes-preserve-unknown-fields",
    "embedded": "x-kubernetes-embedded-resource",
}


def build(definitions: dict[str, Definition]) -> tuple[dict[str, Table], dict[str, Table], Table]:
    """Per module: types, descriptions; and the index: module of each type name's prefix, type of each kind."""
    types: dict[str, Table] = {}
    texts: dict[str, Table] = {}
    by_kind: dict[str, str] = {}
    for name, definition in definitions.items():
        module = type_name(name).module
        types.setdefault(module, {})[name] = _type(name, definition)
        texts.setdefault(module, {})[name] = _descriptions(definition)
        marks = kinds(definition)
        for group, version, kind in marks:
            by_kind.setdefault(f"{group}/{version}/{kind}", name)
    modules = {name: type_name(name).module for name in definitions}
    return types, texts, {"kinds": by_kind, "modules": modules}


def _type(name: str, definition: Definition) -> Table:
    if name in SPECIAL:
        return {"kind": SPECIAL[name]}
    table: Table = {"fields": {field: _field(schema) for field, schema in (definition.get("properties") or {}).items()}}
    if definition.get("required"):
        table["required"] = definition["required"]
    marks = kinds(definition)
    if marks:
        table["gvk"] = [list(mark) for mark in marks]
    if definition.get("x-kubernetes-map-type"):
        table["map"] = definition["x-kubernetes-map-type"]
    if definition.get("x-kubernetes-unions"):
        table["unions"] = definition["x-kubernetes-unions"]
    return table


def _field(schema: Definition) -> Table:
    field: Table = _shape(schema)
    for short, mark in FIELD_KEYS.items():
        if mark in schema:
            field[short] = schema[mark]
    if "enum" in field:
        field["enum"] = [value for value in field["enum"] if value is not None]
    return field


def _shape(schema: Definition) -> Table:
    if "$ref" in schema:
        reference = schema["$ref"].rsplit("/", 1)[-1]
        return (
            {"kind": SPECIAL[reference], "ref": reference}
            if reference in SPECIAL
            else {"kind": "object", "ref": reference}
        )
    kind = _kind(schema)
    if kind == "array":
        return {"kind": "array", "items": _field(schema["items"])}
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return {"kind": "map", "values": _field(schema["additionalProperties"])}
    if kind == "string" and schema.get("format") == "byte":
        return {"kind": "bytes"}
    return {"kind": kind}


def _kind(schema: Definition) -> str:
    types = schema.get("type")
    if isinstance(types, list):
        return str(next(t for t in types if t != "null"))
    return str(types) if types else "any"


def _descriptions(definition: Definition) -> Table:
    table: Table = {"text": definition.get("description", "")}
    fields = {
        name: schema["description"]
        for name, schema in (definition.get("properties") or {}).items()
        if schema.get("description")
    }
    if fields:
        table["fields"] = fields
    return table
