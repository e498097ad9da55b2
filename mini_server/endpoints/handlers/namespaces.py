"""``finalize`` of namespaces, and ``token`` of service accounts.

Source: kubernetes ``pkg/registry/core/namespace/storage``, ``pkg/registry/core/serviceaccount/storage/token.go``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mini_server.admission.interface import CREATE
from mini_server.authn.serviceaccount import Bound, ServiceAccountTokens
from mini_server.endpoints.answer import answer_item, answer_object
from mini_server.endpoints.decode import decode_body
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.handlers.write import check_name
from mini_server.endpoints.options import write_options
from mini_server.endpoints.request import AnyResponse, Handler, Request
from mini_server.registry.store import RegistryStore
from pykubectl.machinery.errors import StatusError, new_bad_request, new_conflict, new_invalid, new_not_found
from pykubectl.machinery.schema import GroupKind, GroupVersionKind
from pykubectl.machinery.structural.types import builtin
from pykubectl.machinery.validation import field
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

TOKEN_REQUEST = GroupVersionKind("authentication.k8s.io", "v1", "TokenRequest")
_MIN_SECONDS, _MAX_SECONDS = 600, 1 << 32


def finalize_handler(endpoint: Endpoint) -> Handler:
    """Changes the finalizers of a namespace's spec; one that is being deleted goes with the last of them."""

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "UpdateOptions")
        wanted = await decode_body(request, endpoint.resource.gvk, endpoint.type, options.field_validation)
        check_name(request, wanted)
        finalizers = (wanted.get("spec") or {}).get("finalizers") or []

        async def transform(old: Object | None) -> Object:
            if old is None:
                raise new_not_found(endpoint.resource.group_resource, request.info.name)
            version = wanted["metadata"].get("resourceVersion")
            if version and version != old["metadata"]["resourceVersion"]:
                text = "the object has been modified; please apply your changes to the latest version and try again"
                raise new_conflict(endpoint.resource.group_resource, request.info.name, text)
            spec = {**old.get("spec", {}), "finalizers": finalizers}
            if not finalizers:
                spec.pop("finalizers")
            return {**old, "spec": spec}

        context = endpoint.context(request, options)
        updated = await endpoint.store.update(context, request.info.name, transform, subresource="finalize")
        return answer_item(endpoint, updated.item, request)

    return handle


def token_handler(endpoint: Endpoint, tokens: ServiceAccountTokens, bound_to: dict[str, RegistryStore]) -> Handler:
    """Issues a token for a service account, perhaps bound to a pod, secret or node."""
    type = builtin().type_for(TOKEN_REQUEST)
    assert type is not None

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "CreateOptions")
        asked = await decode_body(request, TOKEN_REQUEST, type, options.field_validation)
        spec = asked.setdefault("spec", {})
        seconds = int(spec.get("expirationSeconds") or 3600)
        _check_seconds(seconds)
        namespace, name = request.info.namespace, request.info.name
        account = (await endpoint.store.get(namespace, name)).obj
        dry_run = options.dry_run
        await endpoint.validating(request, CREATE, dry_run=dry_run, subresource="token")(asked, None)
        bound, node = await _bound(spec.get("boundObjectRef"), namespace, name, bound_to)
        issued = tokens.issue(
            namespace,
            name,
            account["metadata"]["uid"],
            seconds=seconds,
            audiences=spec.get("audiences") or (),
            bound=bound,
            node=node,
        )
        meta = {
            "name": name,
            "namespace": namespace,
            "creationTimestamp": format_time(endpoint.clock.now()),
        }
        spec["audiences"] = spec.get("audiences") or list(tokens.audiences)
        spec["expirationSeconds"] = seconds
        spec.setdefault("boundObjectRef", None)
        expires = format_time(datetime.fromtimestamp(issued.expires, UTC))
        status = {"token": issued.token, "expirationTimestamp": expires}
        return answer_object({**asked, "metadata": meta, "status": status}, request, status=201)

    return handle


def _check_seconds(seconds: int) -> None:
    text = ""
    if seconds < _MIN_SECONDS:
        text = "may not specify a duration less than 10 minutes"
    elif seconds > _MAX_SECONDS:
        text = "may not specify a duration larger than 2^32 seconds"
    if text:
        fault = field.invalid("spec.expirationSeconds", seconds, text)
        raise new_invalid(GroupKind("authentication.k8s.io", "TokenRequest"), "", [fault])


async def _bound(
    reference: Object | None, namespace: str, account: str, stores: dict[str, RegistryStore]
) -> tuple[Bound | None, Bound | None]:
    """What a token is bound to, and the node where that runs."""
    if not reference:
        return None, None
    kind = reference.get("kind", "")
    store = stores.get(kind)
    if store is None:
        raise new_bad_request(f'cannot bind token for serviceaccount to object of type "{kind}"')
    obj = (await store.get("" if kind == "Node" else namespace, reference.get("name", ""))).obj
    uid = obj["metadata"]["uid"]
    if reference.get("uid") and reference["uid"] != uid:
        text = f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record. "
        text += "The object might have been deleted and then recreated"
        raise new_conflict(store.resource.group_resource, reference.get("name", ""), text)
    bound = Bound(kind, reference["name"], uid)
    if kind != "Pod":
        return bound, None
    if obj["spec"].get("serviceAccountName") != account:
        text = f'cannot bind token for serviceaccount "{account}" to pod running with different serviceaccount name.'
        raise new_bad_request(text)
    return bound, await _node(obj["spec"].get("nodeName", ""), stores["Node"])


async def _node(name: str, nodes: RegistryStore) -> Bound | None:
    """A node, None where it is not there: a pod may be bound to one that has gone."""
    if not name:
        return None
    try:
        return Bound("Node", name, (await nodes.get("", name)).obj["metadata"]["uid"])
    except StatusError as error:
        if error.code != 404:
            raise
        return None
