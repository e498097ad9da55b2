"""From ``TYPE.FIELD.FIELD`` to a text about it.

Source: kubectl ``pkg/explain/explain.go``, ``pkg/explain/v2/explain.go``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.printers.explain.plaintext import ExplainError, explain

if TYPE_CHECKING:
    from pykubectl.client.discovery.client import DiscoveryClient
    from pykubectl.machinery.mapper import RESTMapper

_NOT_A_FIELD = re.compile(r"[\[\]{}()*@?$'\"]")


def resource_and_path(text: str, mapper: RESTMapper, api_version: str) -> tuple[GroupVersionResource, list[str]]:
    """What resource is meant, and which of its fields. Raises CommandError, NoMatch."""
    if _NOT_A_FIELD.search(text):
        raise CommandError("invalid jsonpath syntax, first node must be field node")
    name, *path = text.removesuffix(".").split(".")
    mapping = mapper.by_name(name)
    if not api_version:
        for candidate in mapper.all_named(name):
            # "deployments.apps.spec" names the group too.
            whole = str(candidate.resource.group_resource)
            if text.startswith(whole):
                rest = text.removeprefix(whole).strip(".")
                return candidate.resource, rest.split(".") if rest else []
        return mapping.resource, path
    group, _, version = api_version.rpartition("/")
    return mapping.resource._replace(group=group, version=version), path


def explanation(
    discovery: DiscoveryClient, resource: GroupVersionResource, path: list[str], out: TextIO, *, recursive: bool
) -> None:
    """Writes the text. Raises CommandError where the server or its document doesn't have what is asked for."""
    place = f"apis/{resource.group}/{resource.version}" if resource.group else f"api/{resource.version}"
    try:
        document = discovery.openapi_v3(place)
    except KeyError:
        shown = f"{resource.group}/{resource.version}, Resource={resource.resource}"
        raise CommandError(f'couldn\'t find resource for "{shown}"') from None
    try:
        explain(document, resource, path, out, recursive=recursive)
    except ExplainError as error:
        raise CommandError(str(error)) from None
