"""The server's scheme: all built-in kinds as dicts, with their defaults and conversions.

The groups' ``defaults`` modules and :mod:`mini_server.apis.conversions` fill it. Source: kubernetes
``pkg/api/legacyscheme/scheme.go``, ``pkg/apis/*/v1/defaults.go``.
"""

from __future__ import annotations

from functools import cache

from mini_server.apis import conversions
from mini_server.apis.core import defaults as core
from mini_server.apis.extensions import defaults as extensions
from mini_server.apis.workloads import defaults as workloads
from pykubectl.api.resources import GROUPS
from pykubectl.machinery.schema import GroupVersion, GroupVersionKind
from pykubectl.machinery.scheme import Scheme
from pykubectl.machinery.structural.types import builtin

# Errors of the API name the scheme by this.
_NAME = "pkg/api/legacyscheme/scheme.go:30"


@cache
def server_scheme() -> Scheme:
    """The scheme, filled; shared and not to be changed."""
    scheme = Scheme(_NAME)
    for kind in builtin().kinds():
        scheme.add_known_type(kind, dict)
    # A list of anything, which is sent but never stored.
    scheme.add_known_type(GroupVersionKind("", "v1", "List"), dict)
    for group, versions in GROUPS.items():
        scheme.set_version_priority(*(GroupVersion(group, version) for version in versions))
    for table in (core.TABLE, workloads.TABLE, extensions.TABLE):
        for key, default in table.items():
            scheme.add_defaulting(GroupVersionKind(*key), default)
    for (source, target), function in conversions.TABLE.items():
        scheme.converter.add(source, target, function)
    return scheme
