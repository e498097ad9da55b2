"""The page about the library is a program that works."""

from __future__ import annotations

import re
import sys

import pytest

from tests.support.cluster import ClusterProcess
from tests.support.commands import ROOT

pytestmark = [pytest.mark.conformance, pytest.mark.slow]


def test_the_page_runs_from_top_to_bottom(cluster: ClusterProcess) -> None:
    page = (ROOT / "docs" / "library.md").read_text()
    program = "\n".join(re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
    result = cluster.commands.run((sys.executable, "-W", "error", "-"), (), stdin=program)
    assert (result.code, result.err) == (0, "")
    assert result.out == ""
