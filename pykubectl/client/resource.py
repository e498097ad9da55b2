"""Verbs on one resource, for dicts (dynamic clients) and typed objects alike: only the codec differs.

Source of the rules: client-go ``gentype/type.go``, ``dynamic/simple.go``.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self

from pykubectl.client.objects import meta
from pykubectl.client.transport.address import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from typing_extensions import TypeVar

    from pykubectl.client.rest import RESTClient, Result
    from pykubectl.client.transport.interface import Response
    from pykubectl.client.watch import Watch, WatchEvent
    from pykubectl.machinery.schema import GroupVersionResource

    T = TypeVar("T")
    L = TypeVar("L", default=Any)
    L_co = TypeVar("L_co", covariant=True)
else:
    from typing import TypeVar

    T = TypeVar("T")
    L = TypeVar("L")
    L_co = TypeVar("L_co", covariant=True)

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

# Objects whose metadata only is asked for.
PARTIAL_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
PARTIAL_METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

# The server's tables, or objects where it has none.
TABLE = (
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
)


class Codec(Protocol[T, L_co]):
    """Bytes to objects and back."""

    def decode(self, data: bytes) -> T:
        """One object."""

    def decode_list(self, data: bytes) -> L_co:
        """A list of objects."""

    def decode_event(self, line: bytes) -> WatchEvent[T]:
        """A watch event; raises StatusError for one of type ERROR."""

    def encode(self, obj: Any) -> bytes:
        """JSON of an object or of a dict."""


class ResourceClient(Generic[T, L]):
    """One resource in one namespace (``""``: all of them, or none for a cluster-scoped resource).

    Immutable and thread-safe. Every method raises :class:`pykubectl.machinery.errors.StatusError` for a refusal of the
    server and :class:`pykubectl.client.errors.ConnectionError` when there is no answer.
    ``dry_run`` is ``All`` or empty.
    """

    get_accept = "application/json"
    list_accept = "application/json"

    def __init__(self, rest: RESTClient, gvr: GroupVersionResource, codec: Codec[T, L], namespace: str = "") -> None:
        self.rest = rest
        self.gvr = gvr
        self.codec = codec
        self._namespace = namespace

    def namespace(self, namespace: str) -> Self:
        """The same resource in a namespace."""
        other = self.__class__.__new__(self.__class__)
        other.__dict__.update(self.__dict__)
        other._namespace = namespace
        return other

    def path(self, name: str = "", subresource: str = "") -> str:
        """The resource's encoded path. Raises ValueError for names that are no path segment."""
        group, version, plural = self.gvr
        root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        where = f"/namespaces/{_segment(self._namespace, 'namespace')}" if self._namespace else ""
        tail = f"/{_segment(name)}" if name else ""
        # A proxied path has slashes of its own.
        below = f"/{subresource}" if subresource else ""
        return f"{root}{where}/{plural}{tail}{below}"

    def get(self, name: str, *, resource_version: str = "", subresource: str = "") -> T:
        """The object of that name."""
        _require_name(name)
        result = self._send("GET", name, subresource, {"resourceVersion": resource_version or None}, self.get_accept)
        return self.codec.decode(result.bytes)

    def list(
        self,
        *,
        label_selector: str = "",
        field_selector: str = "",
        resource_version: str = "",
        resource_version_match: str = "",
        limit: int = 0,
        continue_: str = "",
        timeout_seconds: int | None = None,
    ) -> L:
        """The objects that match. With ``limit`` there may be more: ``metadata.continue`` of the answer says so."""
        params = {
            "labelSelector": label_selector or None,
            "fieldSelector": field_selector or None,
            "resourceVersion": resource_version or None,
            "resourceVersionMatch": resource_version_match or None,
            "limit": limit or None,
            "continue": continue_ or None,
            "timeoutSeconds": timeout_seconds,
        }
        return self.codec.decode_list(self._send("GET", "", "", params, self.list_accept).bytes)

    def watch(
        self,
        *,
        label_selector: str = "",
        field_selector: str = "",
        resource_version: str = "",
        resource_version_match: str = "",
        allow_watch_bookmarks: bool = False,
        send_initial_events: bool | None = None,
        timeout_seconds: int | None = None,
    ) -> Watch[T]:
        """Events after ``resource_version``; stop the watch when done with it."""
        from pykubectl.client.watch import Watch

        params = {
            "watch": True,
            "labelSelector": label_selector or None,
            "fieldSelector": field_selector or None,
            "resourceVersion": resource_version or None,
            "resourceVersionMatch": resource_version_match or None,
            "allowWatchBookmarks": allow_watch_bookmarks or None,
            "sendInitialEvents": send_initial_events,
            "timeoutSeconds": timeout_seconds,
        }
        response = self._stream("GET", self.path(), params, self.get_accept)
        return Watch(response, self.codec.decode_event)

    def create(
        self,
        obj: T | Mapping[str, Any],
        *,
        name: str = "",
        subresource: str = "",
        dry_run: str = "",
        field_manager: str = "",
        field_validation: str = "",
    ) -> T:
        """Create the object; returns it as stored. With a subresource, ``name`` says whose."""
        params = _write_params(dry_run, field_manager, field_validation)
        return self._write("POST", name, subresource, obj, params)

    def update(
        self,
        obj: T | Mapping[str, Any],
        *,
        subresource: str = "",
        dry_run: str = "",
        field_manager: str = "",
        field_validation: str = "",
    ) -> T:
        """Replace the object; a resourceVersion in it must be the stored one's (else 409)."""
        params = _write_params(dry_run, field_manager, field_validation)
        return self._write("PUT", _require_name(meta(obj, "name")), subresource, obj, params)

    def update_status(
        self, obj: T | Mapping[str, Any], *, dry_run: str = "", field_manager: str = "", field_validation: str = ""
    ) -> T:
        """Replace the object's status."""
        return self.update(
            obj,
            subresource="status",
            dry_run=dry_run,
            field_manager=field_manager,
            field_validation=field_validation,
        )

    def patch(
        self,
        name: str,
        patch_type: str,
        body: bytes | Mapping[str, Any] | builtins.list[Any],
        *,
        subresource: str = "",
        dry_run: str = "",
        field_manager: str = "",
        field_validation: str = "",
        force: bool | None = None,
    ) -> T:
        """Patch the object. ``patch_type`` is a media type, one of this module's constants."""
        params = _write_params(dry_run, field_manager, field_validation) | {"force": force}
        data = body if isinstance(body, bytes) else _json(body)
        return self.codec.decode(
            self._send("PATCH", _require_name(name), subresource, params, self.get_accept, data, patch_type).bytes
        )

    def apply(
        self,
        obj: T | Mapping[str, Any],
        *,
        field_manager: str,
        force: bool = False,
        subresource: str = "",
        dry_run: str = "",
    ) -> T:
        """Server-side apply: ``obj`` holds the fields that ``field_manager`` wants to own."""
        return self.patch(
            meta(obj, "name"),
            APPLY_PATCH,
            self.codec.encode(obj),
            subresource=subresource,
            dry_run=dry_run,
            field_manager=field_manager,
            force=force,
        )

    def delete(
        self,
        name: str,
        *,
        grace_period_seconds: int | None = None,
        propagation_policy: str = "",
        uid: str = "",
        resource_version: str = "",
        dry_run: str = "",
    ) -> dict[str, Any]:
        """Delete the object; returns the server's answer, a Status or the object that is still terminating.

        With ``uid`` or ``resource_version`` only that very object is deleted (else 409).
        """
        options = _delete_options(grace_period_seconds, propagation_policy, uid, resource_version, dry_run)
        result = self._send("DELETE", _require_name(name), "", {}, "application/json", _json(options))
        answer: dict[str, Any] = result.object
        return answer

    def delete_collection(
        self,
        *,
        label_selector: str = "",
        field_selector: str = "",
        grace_period_seconds: int | None = None,
        propagation_policy: str = "",
        dry_run: str = "",
    ) -> None:
        """Delete the objects that match."""
        options = _delete_options(grace_period_seconds, propagation_policy, "", "", dry_run)
        params = {"labelSelector": label_selector or None, "fieldSelector": field_selector or None}
        self._send("DELETE", "", "", params, "application/json", _json(options))

    def raw(
        self,
        verb: str,
        name: str,
        subresource: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
    ) -> dict[str, Any]:
        """Any verb on a subresource whose object is of another kind; dicts in and out."""
        data = _json(body) if body is not None and not isinstance(body, bytes) else body
        result = self._send(verb, name, subresource, dict(params or {}), "application/json", data)
        answer: dict[str, Any] = result.object
        return answer

    def get_scale(self, name: str) -> dict[str, Any]:
        """The object's autoscaling/v1 Scale."""
        return self.raw("GET", name, "scale")

    def update_scale(self, name: str, scale: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the object's Scale."""
        return self.raw("PUT", name, "scale", body=scale)

    def stream(self, name: str, subresource: str, params: Mapping[str, Any] | None = None) -> Response:
        """GET a subresource as a stream of bytes (logs); close the answer when done."""
        return self._stream("GET", self.path(_require_name(name), subresource), dict(params or {}), "*/*")

    def pages(self, *, limit: int = 500, label_selector: str = "", field_selector: str = "") -> Iterator[L]:
        """Lists of at most ``limit`` objects until all were read; a continue token that expired reads on anew.

        Source of the rule: client-go ``tools/pager``.
        """
        from pykubectl.client.pager import pages

        return pages(self, limit=limit, label_selector=label_selector, field_selector=field_selector)

    def _write(self, verb: str, name: str, subresource: str, obj: Any, params: dict[str, Any]) -> T:
        data = self.codec.encode(obj)
        return self.codec.decode(self._send(verb, name, subresource, params, self.get_accept, data).bytes)

    def _send(
        self,
        verb: str,
        name: str,
        subresource: str,
        params: dict[str, Any],
        accept: str,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> Result:
        return self.rest.request(
            verb,
            self.path(name, subresource),
            params=params,
            body=body,
            content_type=content_type,
            accept=accept,
            resource=self.gvr.group_resource,
            name=name,
        )

    def _stream(self, verb: str, path: str, params: dict[str, Any], accept: str) -> Response:
        # As in client-go, a time limit of the configuration holds for streams too.
        return self.rest.stream(verb, path, params=params, accept=accept, resource=self.gvr.group_resource, name="")


def _segment(text: str, what: str = "resource name") -> str:
    """Encoded; raises ValueError for what cannot be one path segment (apimachinery ``path.IsValidPathSegmentName``)."""
    faults = [f"may not be '{text}'"] if text in (".", "..") else [f"may not contain '{c}'" for c in "/%" if c in text]
    if faults:
        from pykubectl.machinery.gostrings import quote as quoted

        raise ValueError(f"invalid {what} {quoted(text)}: [{' '.join(faults)}]")
    return quote(text)


def _require_name(name: str) -> str:
    if not name:
        raise ValueError("resource name may not be empty")
    return name


def _write_params(dry_run: str, field_manager: str, field_validation: str) -> dict[str, Any]:
    return {
        "dryRun": dry_run or None,
        "fieldManager": field_manager or None,
        "fieldValidation": field_validation or None,
    }


def _delete_options(
    grace_period_seconds: int | None, propagation_policy: str, uid: str, resource_version: str, dry_run: str
) -> dict[str, Any]:
    options: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1"}
    if grace_period_seconds is not None:
        options["gracePeriodSeconds"] = grace_period_seconds
    if propagation_policy:
        options["propagationPolicy"] = propagation_policy
    preconditions = {key: value for key, value in (("uid", uid), ("resourceVersion", resource_version)) if value}
    if preconditions:
        options["preconditions"] = preconditions
    if dry_run:
        options["dryRun"] = [dry_run]
    return options


def _json(value: Any) -> bytes:
    from pykubectl.machinery.codecs import json

    data: bytes = json.dumps(value)
    return data
