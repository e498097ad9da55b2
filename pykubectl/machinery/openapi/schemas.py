"""The schema table as OpenAPI schemas again, with descriptions.

Source of the form: kube-openapi ``pkg/schemaconv``, ``pkg/builder3``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pykubectl.machinery.structural.types import SchemaTable, builtin, descriptions

Schema = dict[str, Any]

# Kinds that are values: how each is written in a schema of its own.
_VALUES: dict[str, Schema] = {
    "quantity": {"type": "string"},
    "int-or-string": {"type": "string", "format": "int-or-string"},
    "time": {"type": "string", "format": "date-time"},
    "micro-time": {"type": "string", "format": "date-time"},
    "raw": {"type": "object"},
    "any": {},
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "object": {"type": "object"},
    "bytes": {"type": "string", "format": "byte"},
}
_MARKS = {
    "list": "x-kubernetes-list-type",
    "keys": "x-kubernetes-list-map-keys",
    "map": "x-kubernetes-map-type",
    "merge": "x-kubernetes-patch-merge-key",
    "patch": "x-kubernetes-patch-strategy",
    "int_or_string": "x-kubernetes-int-or-string",
    "preserve": "x-kubernetes-preserve-unknown-fields",
    "embedded": "x-kubernetes-embedded-resource",
}


class Renderer:
    """Renders types of one table; ``prefix`` is what references begin with, ``v3`` the form of the document."""

    def __init__(self, prefix: str, *, v3: bool, table: SchemaTable | None = None) -> None:
        self._prefix = prefix
        self._v3 = v3
        self._table = table or builtin()

    def module(self, module: str) -> dict[str, Schema]:
        """All schemas of a group version, by full name."""
        texts = descriptions(module)
        raw_types = self._table.raw_types(module)
        return {name: self._type(raw, texts.get(name, {})) for name, raw in raw_types.items()}

    def _type(self, raw: Mapping[str, Any], texts: Mapping[str, Any]) -> Schema:
        schema: Schema = {}
        if texts.get("text"):
            schema["description"] = texts["text"]
        if "kind" in raw:
            if raw["kind"] == "quantity" and self._v3:
                return {**schema, "oneOf": [{"type": "string"}, {"type": "number"}]}
            if raw["kind"] == "int-or-string" and self._v3:
                return {**schema, "oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"}
            return {**schema, **_VALUES[raw["kind"]]}
        schema["type"] = "object"
        fields = raw.get("fields") or {}
        if fields:
            said = texts.get("fields", {})
            required = raw.get("required", ())
            schema["properties"] = {
                name: self._field(field, said.get(name, ""), required=name in required)
                for name, field in fields.items()
            }
        if raw.get("required"):
            schema["required"] = raw["required"]
        if raw.get("gvk"):
            schema["x-kubernetes-group-version-kind"] = [
                {"group": group, "version": version, "kind": kind} for group, version, kind in raw["gvk"]
            ]
        if raw.get("map"):
            schema["x-kubernetes-map-type"] = raw["map"]
        if raw.get("unions"):
            schema["x-kubernetes-unions"] = raw["unions"]
        return schema

    def _field(self, raw: Mapping[str, Any], text: str, *, required: bool = False) -> Schema:
        schema: Schema = {"description": text} if text else {}
        if "ref" in raw:
            schema.update(self._reference(raw, required))
        elif raw["kind"] == "array":
            schema |= {"type": "array", "items": self._field(raw["items"], "")}
        elif raw["kind"] == "map":
            schema |= {"type": "object", "additionalProperties": self._field(raw["values"], "")}
        else:
            schema |= _VALUES[raw["kind"]]
            if raw.get("format"):
                schema["format"] = raw["format"]
        # The only values that our definitions list are a type's own version and kind, which upstream's do not.
        for short, mark in _MARKS.items():
            if short in raw:
                schema[mark] = raw[short]
        return schema

    def _reference(self, raw: Mapping[str, Any], required: bool) -> Schema:
        reference = {"$ref": f"{self._prefix}{raw['ref']}"}
        # A reference with anything beside it must be wrapped in OpenAPI 3.
        return {"allOf": [reference]} if self._v3 else reference
