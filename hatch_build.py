"""Build hook: generates the schema table and the typed API before files are collected."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GenerateAPI(BuildHookInterface[Any]):
    """Runs ``pykubectl.codegen`` on the source tree; a no-op where an sdist already carries the output."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling for wheels, editable installs and sdists alike."""
        sys.path.insert(0, self.root)
        try:
            from pykubectl.codegen.main import generate

            generate(Path(self.root))
        finally:
            sys.path.remove(self.root)
