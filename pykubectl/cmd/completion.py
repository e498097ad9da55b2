"""``completion``: shell completion of commands and flags.

The scripts call ``pykubectl completion --words -- WORD...``, which answers from the command and flag tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, Flag

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory

_BASH = """# bash completion for pykubectl
_pykubectl_complete() {
    local IFS=$'\\n'
    COMPREPLY=($(pykubectl completion --words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _pykubectl_complete pykubectl
"""
_ZSH = """#compdef pykubectl
_pykubectl() {
    local -a found
    found=("${(@f)$(pykubectl completion --words -- "${words[@]:1}" 2>/dev/null)}")
    compadd -- $found
}
compdef _pykubectl pykubectl
"""
_FISH = """# fish completion for pykubectl
function __pykubectl_complete
    set -l words (commandline -opc) (commandline -ct)
    pykubectl completion --words -- $words[2..-1] 2>/dev/null
end
complete -c pykubectl -f -a '(__pykubectl_complete)'
"""
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


class CompletionOptions:
    """Prints a script, or the words that fit what has been typed."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        self.factory, self.values, self.args = factory, parsed.values, parsed.args

    def validate(self) -> None:
        """A shell must be named."""
        if self.values["words"]:
            return
        if not self.args:
            raise CommandError("Shell not specified.\nSee 'kubectl completion -h' for help and examples")
        if len(self.args) > 1:
            raise CommandError(
                "Too many arguments. Expected only the shell type.\nSee 'kubectl completion -h' for help and examples"
            )
        if self.args[0] not in SCRIPTS:
            raise CommandError(
                f"Unsupported shell type \"{self.args[0]}\".\nSee 'kubectl completion -h' for help and examples"
            )

    def run(self) -> int | None:
        """Prints."""
        if self.values["words"]:
            for word in words(self.args):
                self.factory.streams.print(word)
        else:
            self.factory.streams.out.write(SCRIPTS[self.args[0]])
        return None


def words(typed: list[str]) -> list[str]:
    """What may stand for the last of the words typed: commands, subcommands, flags."""
    from pykubectl.cli.global_flags import GLOBAL_FLAGS
    from pykubectl.cmd import COMMANDS

    prefix = typed[-1] if typed else ""
    before = [word for word in typed[:-1] if not word.startswith("-")]
    if not before:
        return sorted(name for name in COMMANDS if name.startswith(prefix))
    entry = COMMANDS.get(before[0])
    if entry is None:
        return []
    command: Command = __import__(entry.module, fromlist=["COMMAND"]).COMMAND
    for word in before[1:]:
        command = command.children.get(word, command)
    if prefix.startswith("-"):
        flags = (*command.flags, *GLOBAL_FLAGS)
        return sorted(f"--{flag.name}" for flag in flags if f"--{flag.name}".startswith(prefix))
    return sorted(name for name in command.children if name.startswith(prefix))


COMMAND = Command(
    "completion SHELL",
    "Output shell completion code for the specified shell (bash, zsh, fish)",
    examples="""  # Load the completion code for bash into the current shell
  source <(pykubectl completion bash)

  # Load the completion code for zsh into the current shell
  source <(pykubectl completion zsh)""",
    flags=(Flag("words", kind=BOOL, default=False, help="Print the words that fit.", hidden=True),),
    options=CompletionOptions,
)
