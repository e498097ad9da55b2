"""From the text of a manifest to its objects, checked as far as no schema is needed.

Source: cli-runtime ``pkg/resource/{visitor,metadata_decoder}.go``, kubectl ``pkg/validation/schema.go``, apimachinery
``pkg/apis/meta/v1/unstructured/helpers.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Object = dict[str, Any]

_HINT = "if you choose to ignore these errors, turn validation off with --validate=false"
_NO_TYPE = 'unable to get type info from the object "*unstructured.Unstructured": '
_MISSING = {
    "kind": _NO_TYPE + "Object 'Kind' is missing in 'object has no kind field '",
    "apiVersion": _NO_TYPE + "Object 'apiVersion' is missing in 'object has no apiVersion field'",
}
# Go's types of the metadata that every kind has; what is missing here is not read by this side.
_METADATA: dict[str, tuple[type, str]] = {
    "annotations": (dict, "map[string]string"),
    "creationTimestamp": (str, "v1.Time"),
    "deletionTimestamp": (str, "v1.Time"),
    "finalizers": (list, "[]string"),
    "generateName": (str, "string"),
    "labels": (dict, "map[string]string"),
    "managedFields": (list, "[]v1.ManagedFieldsEntry"),
    "name": (str, "string"),
    "namespace": (str, "string"),
    "ownerReferences": (list, "[]v1.OwnerReference"),
    "resourceVersion": (str, "string"),
    "selfLink": (str, "string"),
    "uid": (str, "types.UID"),
}


class ManifestError(Exception):
    """A manifest that cannot be read; the text is kubectl's."""


class Document(NamedTuple):
    """An object with the place it comes from; with a ``fault`` it is one of which no object could be made."""

    obj: Object
    source: str
    fault: ManifestError | None = None


def documents(text: str, source: str, *, validate: bool) -> Iterator[Document]:
    """The objects of a text in YAML or JSON; lists are taken apart.

    ``validate``: kinds are asked for in the words of kubectl's validation. Raises ManifestError where that, or the
    syntax, is not right. What is no object is told by its document: those after it may be.
    """
    from pykubectl.machinery.codecs import yaml

    try:
        for value in yaml.load_all(text):
            if value is None:
                continue
            if validate:
                _validate(value, source)
            try:
                found = [*_flatten(_decoded(value, source), source)]
            except ManifestError as error:
                found = [Document({}, source, error)]
            yield from found
    except yaml.YAMLError as error:
        raise ManifestError(f"error parsing {source}: {error.in_stream}") from None


def metadata_fault(obj: Object) -> str:
    """What is wrong with the types in an object's metadata, in Go's words; empty for nothing."""
    meta = obj.get("metadata")
    if meta is None:
        return ""
    if not isinstance(meta, dict):
        return _mismatch(meta, "metadataOnlyObject.metadata", "v1.ObjectMeta")
    for name in sorted(_METADATA.keys() & meta.keys()):
        wanted, go = _METADATA[name]
        value = meta[name]
        if value is not None and not isinstance(value, wanted):
            return _mismatch(value, f"ObjectMeta.metadata.{name}", go)
        if isinstance(value, dict):
            for entry in value.values():
                if entry is not None and not isinstance(entry, str):
                    return _mismatch(entry, f"ObjectMeta.metadata.{name}", "string")
    return ""


def _mismatch(value: Any, field: str, go: str) -> str:
    return f"json: cannot unmarshal {_json_type(value)} into Go struct field {field} of type {go}"


def _json_type(value: Any) -> str:
    from pykubectl.machinery.structural.walk import json_type

    return json_type(value)


def _validate(value: Any, source: str) -> None:
    faults = _kind_faults(value)
    if len(faults) > 1:
        faults = [f"[{', '.join(faults)}]"]
    if faults:
        raise ManifestError(f'error validating "{source}": error validating data: {faults[0]}; {_HINT}')


def _kind_faults(value: Any) -> list[str]:
    if not isinstance(value, dict):
        return ["invalid object to validate"]
    if value.get("kind") == "List" and value.get("apiVersion") == "v1" and "items" in value:
        items = value["items"]
        return [fault for item in items for fault in _kind_faults(item)] if isinstance(items, list) else _kind_faults(0)
    found = []
    for name in ("apiVersion", "kind"):
        if value.get(name) is None:
            found.append(f"{name} not set")
        elif not isinstance(value[name], str):
            found.append(f"{name} isn't string type")
        elif name == "apiVersion" and not _is_group_version(value[name]):
            found.append(f"unexpected GroupVersion string: {value[name]}")
    return found


def _is_group_version(text: str) -> bool:
    return text.count("/") <= 1


def _decoded(value: Any, source: str) -> Object:
    """The value, which is an object that names its kind."""
    if not isinstance(value, dict):
        what = f"json: cannot unmarshal {_json_type(value)} into Go value of type unstructured.detector"
        raise ManifestError(f'unable to decode "{source}": {what}')
    version, kind = value.get("apiVersion"), value.get("kind")
    if not (isinstance(kind, str) and kind and _is_group_version(version if isinstance(version, str) else "")):
        from pykubectl.machinery import gojson

        raise ManifestError(f"unable to decode \"{source}\": Object 'Kind' is missing in '{gojson.dumps(value)}'")
    return value


def _flatten(obj: Object, source: str) -> Iterator[Document]:
    items = obj.get("items")
    if items is None or not obj["kind"].endswith("List"):
        yield Document(obj, source)
        return
    if not isinstance(items, list):
        text = _mismatch(items, "decodeList.items", "[]json.RawMessage")
        raise ManifestError(f'unable to decode "{source}": {text}')
    for item in items:
        if not isinstance(item, dict):
            what = f"json: cannot unmarshal {_json_type(item)} into Go value of type map[string]interface {{}}"
            raise ManifestError(f'unable to decode "{source}": {what}')
        # The items of a list of one kind need not repeat it.
        entry = {**_of_list(obj), **item}
        for name, text in _MISSING.items():
            if not entry.get(name):
                raise ManifestError(text)
        yield from _flatten(entry, source)


def _of_list(obj: Object) -> Object:
    kind = obj["kind"].removesuffix("List")
    return {"apiVersion": obj["apiVersion"], "kind": kind} if kind else {}
