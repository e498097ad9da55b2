"""Every command explains itself."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator

import pytest

from pykubectl.__main__ import main
from pykubectl.cli.command import Command
from pykubectl.cli.streams import IOStreams
from pykubectl.cmd import COMMANDS


def walk(command: Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Command]]:
    yield path, command
    for name, child in command.children.items():
        yield from walk(child, (*path, name))


ALL = [
    pair for name, entry in COMMANDS.items() for pair in walk(importlib.import_module(entry.module).COMMAND, (name,))
]


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_help(path: tuple[str, ...], command: Command) -> None:
    out, err = io.StringIO(), io.StringIO()
    assert main([*path, "--help"], IOStreams(io.StringIO(), out, err)) == 0
    assert command.summary.splitlines()[0] in out.getvalue() or command.long.splitlines()[0] in out.getvalue()
    assert not err.getvalue()


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_a_command_runs_or_has_others_below_it(path: tuple[str, ...], command: Command) -> None:
    assert command.use.startswith(path[-1]) or " ".join(path) in command.use
    assert command.summary
    assert command.options is not None or command.children
    assert all(flag.help for flag in command.flags)
    assert len({flag.name for flag in command.flags}) == len(command.flags)
    letters = [flag.short for flag in command.flags if flag.short]
    assert len(set(letters)) == len(letters)


def test_the_table_tells_what_the_modules_tell() -> None:
    for name, entry in COMMANDS.items():
        assert importlib.import_module(entry.module).COMMAND.summary.rstrip(".") == entry.summary.rstrip("."), name
