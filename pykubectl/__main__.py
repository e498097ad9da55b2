"""``pykubectl``: from the command line to one command's module, and to an exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pykubectl.cli.errors import CommandError, UsageError, report
from pykubectl.cli.flags import Flag, parse
from pykubectl.cli.global_flags import GLOBAL_FLAGS
from pykubectl.cli.streams import IOStreams, drop_output, flush, open_standard_streams
from pykubectl.cmd import COMMANDS

if TYPE_CHECKING:
    from pykubectl.cli.command import Command
    from pykubectl.cli.flags import Values
    from pykubectl.client.transport.interface import Transport

PROGRAM = "kubectl"
SIGNALLED = 128
INTERRUPTED, BROKEN_PIPE = SIGNALLED + 2, SIGNALLED + 13
# Of subcommands.
ALIASES = {"use": "use-context"}
_HELP = (Flag("help", "h", "bool", False, "help for this command"),)


def entrypoint() -> int:
    """The console script: runs the command and leaves without tidying memory, which takes longer than the job."""
    open_standard_streams()
    code = flush(main(sys.argv[1:]))
    if code > SIGNALLED:
        _end_by_signal(code - SIGNALLED)
    os._exit(code)


def main(argv: list[str], streams: IOStreams | None = None, transport: Transport | None = None) -> int:
    """Runs a command line; the exit code, over 128 where a signal is the cause. Faults are told in a line."""
    streams = streams or IOStreams.standard()
    try:
        return _run(argv, streams, transport)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        drop_output(streams)
        return BROKEN_PIPE
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            # What is left in the buffer would fail once more at exit.
            drop_output(streams)
        return report(_known(error), streams)


def _end_by_signal(number: int) -> None:
    """As a program that knows nothing of the signal ends: a shell's loop that waits for it ends too."""
    import signal

    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _known(error: Exception) -> Exception:
    """A fault of the program itself is told as one too, with a hint how to see more."""
    if os.environ.get("PYKUBECTL_TRACEBACK"):
        raise error
    return error


def _run(argv: list[str], streams: IOStreams, transport: Transport | None) -> int:
    name, position = _command_word(argv)
    if name is None:
        return _help(argv, streams)
    rest = [*argv[:position], *argv[position + 1 :]]
    if name == "help":
        return _help(rest, streams)
    if name == "options":
        return _options(streams)
    command = _load(name, rest, streams)
    if isinstance(command, int):
        return command
    return _dispatch(command, _full_name(name), rest, streams, transport)


def _command_word(argv: list[str]) -> tuple[str | None, int]:
    """The first word that is no flag nor a global flag's value."""
    takes_value = {f"--{f.name}" for f in GLOBAL_FLAGS if f.kind != "bool"} | {"-n", "-s", "-v"}
    position = 0
    while position < len(argv):
        word = argv[position]
        if not word.startswith("-") or word == "-":
            return word, position
        position += 2 if word in takes_value else 1
    return None, -1


def _load(name: str, rest: list[str], streams: IOStreams) -> Command | int:
    """The command of a name: built in, of a plugin, or a program ``kubectl-NAME``. Raises UsageError."""
    entry = COMMANDS.get(name)
    if entry is None:
        from pykubectl.plugins import find_command, run_program

        command = find_command(name, streams)
        if command is not None:
            return command
        code = run_program(name, rest)
        if code is not None:
            return code
        raise CommandError(f'unknown command "{name}" for "{PROGRAM}"{_suggest(name)}')
    module = __import__(entry.module, fromlist=["COMMAND"])
    found: Command = module.COMMAND
    return found


def _full_name(name: str) -> str:
    """As texts call a command: what kubectl has too goes by its name."""
    return f"{PROGRAM if name in COMMANDS else 'pykubectl'} {name}"


def _suggest(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, COMMANDS, n=3, cutoff=0.7)
    if not close:
        return ""
    return "\n\nDid you mean this?\n" + "".join(f"\t{match}\n" for match in close)


def _dispatch(command: Command, path: str, argv: list[str], streams: IOStreams, transport: Transport | None) -> int:
    while command.children:
        word, position = _command_word(argv)
        child = command.children.get(ALIASES.get(word or "", word or ""))
        if child is None:
            break
        command, path = child, f"{path} {word}"
        argv = [*argv[:position], *argv[position + 1 :]]
    if _asks_for_help(argv) or command.options is None:
        return _command_help(command, path, argv, streams)
    parsed = parse((*command.flags, *GLOBAL_FLAGS, *_HELP), argv, path)
    _refuse(parsed.values)
    from pykubectl.factory.factory import Factory

    options = command.options()
    with Factory(parsed.values, streams, transport) as factory:
        options.complete(factory, parsed)
        options.validate()
        code = options.run() or 0
    if not code and parsed.values["warnings-as-errors"] and factory.warnings:
        plural = "warning" if factory.warnings == 1 else "warnings"
        raise CommandError(f"{factory.warnings} {plural} received")
    return code


def _refuse(values: Values) -> None:
    """Flags of kubectl's that mean something this version has not. Raises CommandError."""
    if values["kuberc"] not in ("", "off"):
        raise CommandError("--kuberc is not part of this version")
    if values["profile"] != "none":
        raise CommandError("--profile is not part of this version")


def _asks_for_help(argv: list[str]) -> bool:
    before = argv[: argv.index("--")] if "--" in argv else argv
    return any(word in ("-h", "--help") for word in before)


def _command_help(command: Command, path: str, argv: list[str], streams: IOStreams) -> int:
    from pykubectl.app import command_help
    from pykubectl.machinery.gostrings import quote

    if _asks_for_help(argv):
        streams.out.write(command_help(command, path, streams))
        return 0
    word, _ = _command_word(argv)
    if word is not None:
        raise CommandError(f"unknown command {quote(word)}\nSee '{path} -h' for help and examples")
    # Nothing was done: as kubectl, that is a failure.
    streams.err.write(command_help(command, path, streams))
    return 1


def _help(argv: list[str], streams: IOStreams) -> int:
    """``pykubectl``, ``pykubectl --help`` and ``pykubectl help COMMAND``."""
    from pykubectl.app import root_help

    word, position = _command_word(argv)
    if word is not None:
        command = _load(word, [], streams)
        if isinstance(command, int):
            return command
        rest = [*argv[:position], *argv[position + 1 :], "--help"]
        return _dispatch(command, _full_name(word), rest, streams, None)
    unknown = [w for w in argv if w.startswith("-") and w not in ("-h", "--help")]
    if unknown:
        raise UsageError(f"unknown flag: {unknown[0]}", PROGRAM)
    streams.out.write(root_help(streams))
    return 0


def _options(streams: IOStreams) -> int:
    """``pykubectl options``: the flags that every command takes."""
    from pykubectl.app import flag_lines

    streams.print("The following options can be passed to any command:\n")
    streams.out.write("\n".join(flag_lines(GLOBAL_FLAGS)))
    return 0


if __name__ == "__main__":
    sys.exit(entrypoint())
