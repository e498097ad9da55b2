"""Help: plain text, with colour on a terminal that wants it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pykubectl.cli.flags import BOOL, DURATION, STRINGS, Flag
from pykubectl.cmd import COMMANDS

if TYPE_CHECKING:
    from pykubectl.cli.command import Command
    from pykubectl.cli.streams import IOStreams

# What a newcomer needs first.
LOCAL_CLUSTER = "A Cluster on This Machine"


def wants_colour(streams: IOStreams) -> bool:
    """On a terminal that can, unless NO_COLOR is set; FORCE_COLOR asks for it elsewhere."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or streams.out.isatty()


def _title(text: str, colour: bool) -> str:
    if not colour:
        return text
    import typer

    return typer.style(text, bold=True, fg=typer.colors.CYAN)


def root_help(streams: IOStreams) -> str:
    """All commands, by group: what starts a cluster first, plugins last."""
    from pykubectl.plugins import commands

    colour = wants_colour(streams)
    lines = ["pykubectl controls Kubernetes clusters, and starts one of its own.", ""]
    groups: dict[str, list[tuple[str, str]]] = {LOCAL_CLUSTER: []}
    for name, entry in COMMANDS.items():
        groups.setdefault(entry.group, []).append((name, entry.summary))
    for name, command in commands(streams).items():
        groups.setdefault(command.group, []).append((name, command.summary))
    groups = {group: rows for group, rows in groups.items() if rows}
    width = max(len(name) for rows in groups.values() for name, _ in rows) + 2
    for group, rows in groups.items():
        lines.append(_title(f"{group}:", colour))
        lines += [f"  {name:<{width}}{summary}" for name, summary in rows]
        lines.append("")
    lines += [
        "Usage:",
        "  pykubectl [flags] [options]",
        "",
        'Use "pykubectl <command> --help" for more information about a given command.',
        "",
    ]
    return "\n".join(lines)


def command_help(command: Command, path: str, streams: IOStreams) -> str:
    """What a command does, examples, subcommands, flags and usage."""
    colour = wants_colour(streams)
    lines = [command.long, ""]
    if command.examples:
        lines += [_title("Examples:", colour), command.examples, ""]
    if command.children:
        width = max(len(name) for name in command.children) + 2
        lines.append(_title("Available Commands:", colour))
        lines += [f"  {name:<{width}}{child.summary}" for name, child in command.children.items()]
        lines.append("")
    if command.flags:
        lines.append(_title("Options:", colour))
        lines += flag_lines(command.flags)
    parent = path.rpartition(" ")[0]
    lines += [_title("Usage:", colour), f"  {parent} {command.use}", ""]
    return "\n".join(lines)


def flag_lines(flags: tuple[Flag, ...]) -> list[str]:
    """Each flag with its default and what it does."""
    lines: list[str] = []
    for flag in sorted(flags, key=lambda f: f.name):
        if not flag.hidden:
            lines += [_flag_line(flag), f"\t{flag.help}", ""]
    return lines


def _flag_line(flag: Flag) -> str:
    short = f"-{flag.short}, " if flag.short else "    "
    if flag.kind == BOOL:
        default = str(flag.default).lower()
    elif flag.kind == STRINGS:
        default = "[]"
    elif flag.kind == DURATION:
        from pykubectl.machinery.values.duration import format_duration

        default = format_duration(flag.default)
    else:
        default = f"'{flag.default}'" if isinstance(flag.default, str) else str(flag.default)
    return f"    {short}--{flag.name}={default}:"
