"""The published OpenAPI definitions of Kubernetes, as the package kubernetes-validate carries them."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

KUBERNETES = "v1.36.0"

Definition = dict[str, Any]


def load() -> dict[str, Definition]:
    """Definitions by their full name. Raises RuntimeError where the package is missing or lacks the version."""
    spec = find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise RuntimeError("kubernetes-validate is not installed: pip install 'kubernetes-validate==1.36.*'")
    path = Path(spec.origin).parent / "kubernetes-json-schema" / f"{KUBERNETES}-local" / "_definitions.json"
    if not path.exists():
        raise RuntimeError(f"kubernetes-validate has no definitions for {KUBERNETES}: {path} does not exist")
    definitions: dict[str, Definition] = json.loads(path.read_text())["$defs"]
    return definitions


def kinds(definition: Definition) -> list[tuple[str, str, str]]:
    """Group, version and kind of each kind that a definition is; several for DeleteOptions and WatchEvent."""
    marks = definition.get("x-kubernetes-group-version-kind") or []
    return [(mark["group"], mark["version"], mark["kind"]) for mark in marks]
