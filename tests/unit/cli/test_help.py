"""Help and completion: how they are laid out, and where they are found."""

from __future__ import annotations

import io

import pytest

from pykubectl.__main__ import main
from pykubectl.app import command_help
from pykubectl.cli.command import Command
from pykubectl.cli.flags import BOOL, INT, STRINGS, Flag
from pykubectl.cli.streams import IOStreams
from pykubectl.cmd import COMMANDS
from pykubectl.cmd.completion import words


def run(*argv: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    return main(list(argv), IOStreams(io.StringIO(), out, err)), out.getvalue(), err.getvalue()


COMMAND = Command(
    "thing NAME [flags]",
    "Does a thing",
    long="Does a thing.\n\nAnd more.",
    examples="  # Do it\n  kubectl thing a",
    flags=(
        Flag("zone", "z", help="Where."),
        Flag("all", kind=BOOL, default=False, help="Everything."),
        Flag("count", "c", INT, 3, "How often."),
        Flag("names", kind=STRINGS, help="Which."),
        Flag("secret", help="Not shown.", hidden=True),
    ),
    children={"sub": Command("thing sub", "Does less"), "other": Command("thing other", "Does else")},
)


def test_the_layout_of_a_commands_help() -> None:
    streams = IOStreams(io.StringIO(), io.StringIO(), io.StringIO())
    assert command_help(COMMAND, "kubectl thing", streams) == (
        "Does a thing.\n\nAnd more.\n\n"
        "Examples:\n  # Do it\n  kubectl thing a\n\n"
        "Available Commands:\n  sub    Does less\n  other  Does else\n\n"
        "Options:\n"
        "        --all=false:\n\tEverything.\n\n"
        "    -c, --count=3:\n\tHow often.\n\n"
        "        --names=[]:\n\tWhich.\n\n"
        "    -z, --zone='':\n\tWhere.\n\n"
        "Usage:\n  kubectl thing NAME [flags]\n"
    )


def test_titles_have_colour_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, coloured, _ = run("get", "--help")
    monkeypatch.setenv("NO_COLOR", "1")
    _, plain, _ = run("get", "--help")
    assert "\x1b[" in coloured and "\x1b[" not in plain


@pytest.mark.parametrize("argv", [(), ("--help",), ("-h",), ("help",)])
def test_all_commands_are_listed(argv: tuple[str, ...]) -> None:
    code, out, err = run(*argv)
    assert (code, err) == (0, "")
    assert all(f"  {name} " in out for name in COMMANDS)


@pytest.mark.parametrize(
    "argv",
    [
        ("get", "--help"),
        ("get", "-h"),
        ("help", "get"),
        ("get", "pods", "--foo", "--help"),
        ("--namespace", "x", "get", "--help"),
    ],
)
def test_help_of_a_command_is_found_before_anything_else_is_looked_at(argv: tuple[str, ...]) -> None:
    code, out, err = run(*argv)
    assert (code, err) == (0, "")
    assert out.startswith("Display one or many resources.")


def test_help_of_a_command_below_another() -> None:
    assert run("rollout", "status", "--help") == run("help", "rollout", "status")
    assert run("rollout", "status", "--help")[1].startswith("Show the status of the rollout")


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (("gett",), 'error: unknown command "gett" for "kubectl"\n\nDid you mean this?\n\tget\n'),
        (("xyzzy",), 'error: unknown command "xyzzy" for "kubectl"\n'),
        (("--foo",), "error: unknown flag: --foo\nSee 'kubectl --help' for usage.\n"),
        (("get", "--foo"), "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n"),
    ],
)
def test_what_is_unknown(argv: tuple[str, ...], text: str) -> None:
    assert run(*argv) == (1, "", text)


def test_after_two_dashes_nothing_asks_for_help() -> None:
    code, out, err = run("config", "current-context", "--kubeconfig", "/nonexistent/x", "--", "--help")
    assert code == 1 and "Usage:" not in out + err


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (["ge"], ["get"]),
        (["roll"], ["rollout"]),
        (["rollout", "re"], ["restart", "resume"]),
        (["rollout", ""], ["history", "pause", "restart", "resume", "status", "undo"]),
        (["-A", "rollout", "u"], ["undo"]),
        (["get", "--all-n"], ["--all-namespaces"]),
        (["get", "--names"], ["--namespace"]),
        (["rollout", "status", "--rev"], ["--revision"]),
        (["nothing", "x"], []),
        (["get", "po"], []),
    ],
)
def test_words_that_complete_what_was_typed(typed: list[str], found: list[str]) -> None:
    assert words(typed) == found


def test_with_nothing_typed_every_command_fits() -> None:
    assert words([]) == words([""]) == sorted(COMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_ask_for_words(shell: str) -> None:
    code, out, err = run("completion", shell)
    assert (code, err) == (0, "")
    assert "pykubectl completion --words -- " in out
