"""``explain``: what a kind and its fields mean.

Source: kubectl ``pkg/cmd/explain/explain.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError, Exit
from pykubectl.cli.flags import BOOL, Flag

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.factory.factory import Factory

_SUGGEST = 'Use "kubectl api-resources" for a complete list of supported resources.'
_PLAINTEXT = "plaintext"


class ExplainOptions:
    """Prints what the server's OpenAPI document says."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        self.factory, self.values, self.args = factory, parsed.values, parsed.args

    def validate(self) -> None:
        """One argument, a format that there is."""
        values = self.values
        if not self.args:
            raise CommandError(f"You must specify the type of resource to explain. {_SUGGEST}")
        if len(self.args) > 1:
            raise CommandError("We accept only this format: explain RESOURCE")
        if values["output"] == "plaintext-openapiv2":
            raise CommandError("--output plaintext-openapiv2 is not part of this version; plaintext is")

    def run(self) -> int | None:
        """Asks the server and prints. Raises CommandError."""
        from pykubectl.machinery.mapper import NoMatch
        from pykubectl.ops.explain import explanation, resource_and_path

        values = self.values
        try:
            resource, path = resource_and_path(self.args[0], self.factory.mapper, values["api-version"])
        except NoMatch as error:
            # The one command that tells this without "error:" before it.
            self.factory.streams.warn(str(error))
            raise Exit(1) from None
        if values["output"] != _PLAINTEXT:
            raise CommandError(f"unrecognized format: {values['output']}")
        out = self.factory.streams.out
        explanation(self.factory.live_discovery, resource, path, out, recursive=values["recursive"])
        return None


COMMAND = Command(
    "explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] "
    "[-o|--output=plaintext|plaintext-openapiv2]",
    "Get documentation for a resource",
    long="Describe fields and structure of various resources.\n\nThis command describes the fields associated with "
    "each supported API resource. Fields are identified via a simple JSONPath identifier:\n\n"
    "  TYPE.FIELDNAME[.FIELDNAME]\n\n"
    f"Information about each field is retrieved from the server in OpenAPI format.\n\n{_SUGGEST}",
    examples="""  # Get the documentation of the resource and its fields
  kubectl explain pods

  # Get all the fields in the resource
  kubectl explain pods --recursive

  # Get the explanation for deployment in a supported API version
  kubectl explain deployments --api-version=apps/v1

  # Get the documentation of a specific field of a resource
  kubectl explain pods.spec.containers""",
    flags=(
        Flag("api-version", help="Explain this API version (group/version) of the resource."),
        Flag("output", "o", default=_PLAINTEXT, help="Format of the text: plaintext."),
        Flag("recursive", "R", BOOL, False, "Print the fields of fields."),
    ),
    options=ExplainOptions,
)
