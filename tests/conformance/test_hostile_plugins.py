"""A plugin that does everything wrong keeps nobody from the other commands, and is named."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.commands import ROOT, Surroundings

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

HOOK = "from pykubectl.hookspecs import hookimpl\n@hookimpl\ndef pykubectl_commands():\n    "
FAULTS = {
    "raise RuntimeError('boom')": "could not be loaded: RuntimeError: boom",
    "import sys; sys.exit(3)": "could not be loaded: SystemExit: 3",
    "import nothing_of_that_name": "could not be loaded: ModuleNotFoundError: No module named 'nothing_of_that_name'",
    HOOK + "raise RuntimeError('boom')": "failed: RuntimeError: boom",
    HOOK + "return {'bad': 5}": "failed: TypeError: pykubectl_commands gives bad, which is no Command",
    HOOK + "return ['bad']": "failed: AttributeError: 'list' object has no attribute 'items'",
}
COMMAND = """
from pykubectl.cli.command import Command
from pykubectl.hookspecs import hookimpl

class Options:
    def complete(self, factory, parsed): pass
    def validate(self): pass
    def run(self): return {}["missing"]

@hookimpl
def pykubectl_commands():
    return {"bad": Command("bad", "Bad", options=Options), "up": Command("up", "Taken", options=Options)}
"""


def with_plugin(directory: Path, source: str) -> Surroundings:
    """Where a distribution with one plugin is installed."""
    packages = directory / "packages"
    (packages / "bad-1.0.dist-info").mkdir(parents=True)
    (packages / "bad-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: bad\nVersion: 1.0\n")
    (packages / "bad-1.0.dist-info" / "entry_points.txt").write_text("[pykubectl]\nbad = bad_plugin\n")
    (packages / "bad_plugin.py").write_text(source)
    path = os.pathsep.join([str(packages), str(ROOT)])
    return replace(Surroundings(directory / "home", directory / "kubeconfig"), extra={"PYTHONPATH": path})


@pytest.mark.parametrize("source", FAULTS)
def test_a_broken_plugin_is_named_and_passed_over(tmp_path: Path, source: str) -> None:
    there = with_plugin(tmp_path, source)
    warning = f"Warning: plugin bad {FAULTS[source]}\n"

    status = there.pykubectl("status", "--data-dir", str(tmp_path / "data"))
    unknown = there.pykubectl("bad")

    assert (status.code, status.err) == (1, warning)
    assert status.out.startswith("There is no cluster in ")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err == f'{warning}error: unknown command "bad" for "kubectl"\n'


def test_the_commands_of_a_plugin_may_fail_and_take_no_other_ones_name(tmp_path: Path) -> None:
    there = with_plugin(tmp_path, COMMAND)

    failed = there.pykubectl("bad")

    text = "error: internal error: KeyError: 'missing' (PYKUBECTL_TRACEBACK=1 shows where)\n"
    assert failed == (1, "", text)
    assert there.pykubectl("up", "--help").out.startswith("Start a Kubernetes cluster on this machine")
