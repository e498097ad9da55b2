"""What a command is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pykubectl.cli.flags import Flag, Parsed
    from pykubectl.factory.factory import Factory


class Options(Protocol):
    """A command's run: `complete` resolves, `validate` is pure, `run` acts."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes what it needs of flags and arguments. Raises CommandError."""

    def validate(self) -> None:
        """Raises CommandError on flags that do not go together."""

    def run(self) -> int | None:
        """Does it; the exit code where that is not 0."""


class Command:
    """A command: how it is called, what help says, its flags, and the options that carry it out.

    ``group`` is the heading that a plugin's command is listed under.
    """

    __slots__ = ("children", "examples", "flags", "group", "long", "options", "summary", "use")

    def __init__(
        self,
        use: str,
        summary: str,
        *,
        long: str = "",
        examples: str = "",
        flags: tuple[Flag, ...] = (),
        options: type[Options] | None = None,
        children: dict[str, Command] | None = None,
        group: str = "Commands of plugins",
    ) -> None:
        self.use = use
        self.summary = summary
        self.long = long or summary
        self.examples = examples
        self.flags = flags
        self.options = options
        self.children = children or {}
        self.group = group
