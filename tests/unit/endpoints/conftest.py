"""An API of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.endpoints.api import Api


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as api:
        yield api
