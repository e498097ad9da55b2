"""The README's tour, command by command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import ROOT, Surroundings

pytestmark = [pytest.mark.conformance, pytest.mark.slow]


def commands_of(document: Path) -> list[list[str]]:
    """What follows ``$ pykubectl`` in the document's console blocks, in order."""
    blocks = re.findall(r"^```console\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    words = [shlex.split(line.removeprefix("$ ")) for line in lines]
    assert all(command[0] == "pykubectl" for command in words)
    return [command[1:] for command in words]


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Surroundings]:
    """Someone with an empty home, whose cluster is stopped in the end whatever happened."""
    surroundings = Surroundings(tmp_path / "home", tmp_path / "kubeconfig")
    yield surroundings
    surroundings.pykubectl("down")


def test_the_tour_works_as_it_is_written(newcomer: Surroundings) -> None:
    commands = commands_of(ROOT / "README.md")
    assert [command[0] for command in (commands[0], commands[-1])] == ["up", "down"]
    for command in commands:
        result = newcomer.pykubectl(*command)
        assert result.code == 0, f"pykubectl {shlex.join(command)}: {result.err}{result.out}"
        assert not result.err, f"pykubectl {shlex.join(command)}: {result.err}"
        assert result.out, f"pykubectl {shlex.join(command)}"
