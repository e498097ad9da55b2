"""An API of its own for each test."""

from __future__ import annotations

from tests.unit.endpoints.conftest import api

__all__ = ["api"]
