"""The scheme of the built-in kinds, and their codecs.

Source of the shape: client-go ``kubernetes/scheme/register.go``.
"""

from __future__ import annotations

from functools import cache

from pykubectl.api.resources import GROUPS
from pykubectl.machinery.codecs.factory import CodecFactory
from pykubectl.machinery.schema import GroupVersion
from pykubectl.machinery.scheme import Scheme
from pykubectl.machinery.structural.types import type_index

_META = "meta_v1"


@cache
def builtin_scheme() -> Scheme:
    """Every built-in kind as its typed class; a group's module is imported when its first class is asked for.

    The versions of a group are in the API server's order. It is shared: make a scheme of your own, with
    :func:`add_to_scheme`, to register more kinds.
    """
    scheme = Scheme("pykubectl/api/scheme.py")
    add_to_scheme(scheme)
    return scheme


def add_to_scheme(scheme: Scheme) -> None:
    """Registers all built-in kinds in a scheme."""
    for kind, (module, name) in type_index().items():
        cls = f"pykubectl.api.{module}:{name}"
        if module == _META:
            scheme.add_unversioned_types(kind.group_version, {kind.kind: cls})
        else:
            scheme.add_known_type(kind, cls)
    for group, versions in GROUPS.items():
        scheme.set_version_priority(*(GroupVersion(group, version) for version in versions))


@cache
def builtin_codecs(*, strict: bool = False) -> CodecFactory:
    """The codecs of the built-in scheme; ``strict`` ones refuse unknown and duplicate fields."""
    return CodecFactory(builtin_scheme(), strict=strict)
