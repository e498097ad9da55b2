"""Names of definitions, modules and attributes."""

from __future__ import annotations

import keyword
import re
from typing import NamedTuple

# Names that an attribute must not hide, because annotations of the same class use them.
_HIDDEN = frozenset(("bool", "bytes", "dict", "float", "int", "list", "str"))
# Plural acronyms are one word: podCIDRs is pod_cidrs.
_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|[0-9]+")

_EXTRA_GROUPS = {
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions": "apiextensions",
    "io.k8s.kube-aggregator.pkg.apis.apiregistration": "apiregistration",
    "io.k8s.apimachinery.pkg.apis.meta": "meta",
}
# Definitions outside any group version live beside ObjectMeta.
_META_TYPES = {"io.k8s.apimachinery.pkg.version.Info": "VersionInfo"}


class TypeName(NamedTuple):
    """Where a definition lives: the module of its group and version, and its name there."""

    module: str
    name: str


def type_name(definition: str) -> TypeName:
    """``io.k8s.api.apps.v1.Deployment`` is ``Deployment`` in ``apps_v1``."""
    if definition in _META_TYPES:
        return TypeName("meta_v1", _META_TYPES[definition])
    prefix, version, name = definition.rsplit(".", 2)
    group = _EXTRA_GROUPS.get(prefix) or prefix.removeprefix("io.k8s.api.")
    if "." in group or "/" in group:
        return TypeName("meta_v1", name)
    return TypeName(f"{group}_{version}", name)


def attribute(wire: str) -> str:
    """``clusterIP`` is ``cluster_ip``; keywords, and names that annotations need, get an underscore behind."""
    snake = "_".join(word.lower() for word in _WORD.findall(wire.lstrip("$")))
    if wire.startswith("$"):
        snake = f"dollar_{snake}"
    return f"{snake}_" if keyword.iskeyword(snake) or snake in _HIDDEN else snake
