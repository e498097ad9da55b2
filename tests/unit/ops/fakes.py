"""A server that answers from a dictionary, and the objects of it that operations work on."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from typing import Any

from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.dynamic import DynamicClient
from pykubectl.client.rest import RESTClient
from pykubectl.client.transport.interface import Request
from pykubectl.machinery.errors import StatusError, new_not_found
from pykubectl.machinery.mapper import RESTMapping
from pykubectl.machinery.patch import json as json_patch
from pykubectl.machinery.patch import merge
from pykubectl.machinery.schema import GroupResource, GroupVersionKind, GroupVersionResource
from pykubectl.machinery.util.clock import FakeClock
from pykubectl.visitor.info import Info
from tests.support.fake_transport import FakeResponse, FakeTransport, json_response

Object = dict[str, Any]
Event = tuple[str, Object]

MAPPINGS = {
    kind: RESTMapping(GroupVersionResource(group, "v1", resource), GroupVersionKind(group, "v1", kind), namespaced)
    for group, resource, kind, namespaced in (
        ("", "pods", "Pod", True),
        ("", "configmaps", "ConfigMap", True),
        ("", "nodes", "Node", False),
        ("apps", "deployments", "Deployment", True),
        ("apps", "replicasets", "ReplicaSet", True),
        ("apps", "statefulsets", "StatefulSet", True),
        ("apps", "daemonsets", "DaemonSet", True),
        ("apps", "controllerrevisions", "ControllerRevision", True),
        ("x.y", "widgets", "Widget", True),
    )
}
_BY_RESOURCE = {mapping.resource.resource: mapping for mapping in MAPPINGS.values()}


class PatientClock(FakeClock):
    """Time goes by only while somebody waits, or as a test says."""

    def wait(self, event: threading.Event, timeout: float) -> bool:
        self.advance(timeout)
        return event.is_set()


class FakeServer:
    """Holds objects by their paths. ``requests`` are verb, path, query and body of what was asked.

    ``before`` is called ahead of each answer: it may change what there is, and its answer, where it has one, is given
    instead. ``watches`` are the events of the watches to come, one after the other.
    """

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.watches: list[list[Event]] = []
        self.before: Callable[[str, str], FakeResponse | None] = lambda verb, path: None
        self.clock = PatientClock()
        self.rest = RESTClient(RESTConfig("https://h"), FakeTransport(self._handle), wait=lambda seconds: None)
        self._version = 10

    def put(self, kind: str, name: str, **fields: Any) -> Object:
        """An object that somebody has put there."""
        mapping = MAPPINGS[kind]
        meta = {"name": name, **({"namespace": "shop"} if mapping.namespaced else {}), **fields.pop("metadata", {})}
        head = {"apiVersion": mapping.kind.api_version, "kind": kind, "metadata": {"uid": f"uid-{name}", **meta}}
        return self._store(f"{self._collection(mapping)}/{name}", {**head, **fields})

    def info(self, kind: str, name: str, obj: Object | None = None) -> Info:
        """An object as a command finds it; it is read from the server where it isn't given."""
        mapping = MAPPINGS[kind]
        client = DynamicClient(self.rest).resource(mapping.resource)
        return Info(client, mapping, "shop" if mapping.namespaced else "", name, obj, "file.yaml" if obj else "")

    def remove(self, kind: str, name: str) -> None:
        """Somebody has deleted it."""
        del self.objects[f"{self._collection(MAPPINGS[kind])}/{name}"]

    def asked(self, *verbs: str) -> list[str]:
        """``VERB path`` of the requests so far, of these verbs."""
        return [f"{verb} {path}" for verb, path, _, _ in self.requests if not verbs or verb in verbs]

    def bodies(self, verb: str) -> list[Any]:
        """The bodies of the requests of a verb."""
        return [body for own, _, _, body in self.requests if own == verb]

    def _collection(self, mapping: RESTMapping) -> str:
        group = mapping.kind.group
        root = f"/apis/{group}/v1" if group else "/api/v1"
        where = "/namespaces/shop" if mapping.namespaced else ""
        return f"{root}{where}/{mapping.resource.resource}"

    def _store(self, path: str, obj: Object) -> Object:
        self._version += 1
        obj = copy.deepcopy(obj)
        obj["metadata"]["resourceVersion"] = str(self._version)
        self.objects[path] = obj
        return obj

    def _handle(self, request: Request) -> FakeResponse:
        query = dict(request.query)
        body = json.loads(request.body) if request.body else None
        self.requests.append((request.method, request.path, query, body))
        given = self.before(request.method, request.path)
        if given is not None:
            return given
        if query.get("watch") == "true":
            events = self.watches.pop(0) if self.watches else []
            lines = [json.dumps({"type": kind, "object": obj}).encode() + b"\n" for kind, obj in events]
            return FakeResponse(200, b"".join(lines))
        try:
            return json_response(getattr(self, f"_{request.method.lower()}")(request.path, query, body))
        except StatusError as error:
            return json_response(error.status, error.code)

    def _get(self, path: str, query: dict[str, str], body: Any) -> Object:
        if path in self.objects:
            return self.objects[path]
        if path.rpartition("/")[2] not in _BY_RESOURCE:
            raise self._missing(path)
        name = query.get("fieldSelector", "").removeprefix("metadata.name=")
        found = [obj for own, obj in self.objects.items() if own.rpartition("/")[0] == path]
        items = [obj for obj in found if not name or obj["metadata"]["name"] == name]
        return {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": str(self._version)}, "items": items}

    def _missing(self, path: str) -> StatusError:
        resource, name = path.split("/")[-2:]
        mapping = _BY_RESOURCE.get(resource)
        return new_not_found(mapping.resource.group_resource if mapping else GroupResource("", resource), name)

    def _post(self, path: str, query: dict[str, str], body: Any) -> Object:
        return self._store(f"{path}/{body['metadata']['name']}", body)

    def _put(self, path: str, query: dict[str, str], body: Any) -> Object:
        if path not in self.objects:
            raise self._missing(path)
        return self._store(path, body)

    def _patch(self, path: str, query: dict[str, str], body: Any) -> Object:
        path = path.removesuffix("/scale")
        if path not in self.objects:
            raise self._missing(path)
        if isinstance(body, list):
            return self._store(path, json_patch.apply(self.objects[path], body))
        return self._store(path, merge.apply(self.objects[path], body))

    def _delete(self, path: str, query: dict[str, str], body: Any) -> Object:
        if path not in self.objects:
            raise self._missing(path)
        obj = self.objects.pop(path)
        return {"kind": "Status", "status": "Success", "details": {"uid": obj["metadata"]["uid"]}}
