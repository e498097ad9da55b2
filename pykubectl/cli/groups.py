"""Groups of flags that several commands take.

Source: cli-runtime ``pkg/genericclioptions``, kubectl ``pkg/cmd/util/helpers.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, STRINGS, Flag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pykubectl.builder.builder import Builder
    from pykubectl.cli.flags import Values
    from pykubectl.factory.factory import Factory

PRINT_FLAGS = (
    Flag("allow-missing-template-keys", kind=BOOL, default=True, help="Ignore missing keys in templates."),
    Flag("output", "o", help="Output format. One of: (json, yaml, kyaml, name, jsonpath, custom-columns ...)."),
    Flag("show-managed-fields", kind=BOOL, default=False, help="Keep managedFields in JSON and YAML output."),
    Flag("template", help="Template for -o go-template, jsonpath and their files; alone, one of Go."),
)
FILE_FLAGS = (
    Flag("filename", "f", STRINGS, help="Files, directories or URLs that contain the configuration."),
    Flag("kustomize", "k", help="A kustomization directory; not part of this version."),
    Flag("recursive", "R", BOOL, False, "Process the directories used in -f, --filename recursively."),
)
SELECTOR = Flag("selector", "l", help="Selector (label query) to filter on, such as key1=value1,key2 in (a,b).")
FIELD_SELECTOR = Flag("field-selector", help="Selector (field query) to filter on, such as key1=value1.")
ALL_NAMESPACES = Flag("all-namespaces", "A", BOOL, False, "Span all namespaces.")
ALL = Flag("all", kind=BOOL, default=False, help="Select all resources of the given types in the namespace.")
DRY_RUN = Flag("dry-run", default="none", bare="unchanged", help='Must be "none", "server", or "client".')
FIELD_MANAGER = Flag("field-manager", help="Name of the manager used to track field ownership.")
VALIDATE = Flag("validate", default="strict", bare="strict", help="strict (or true), warn, ignore (or false).")
CHUNK_SIZE = Flag("chunk-size", kind="int", default=500, help="Return large lists in chunks; 0 to disable.")

_VALIDATIONS = {
    "strict": "Strict",
    "true": "Strict",
    "warn": "Warn",
    "ignore": "Ignore",
    "false": "Ignore",
}


def dry_run(values: Values) -> str:
    """``none``, ``client`` or ``server``; the flag alone means ``client``. Raises CommandError."""
    value = str(values["dry-run"])
    if value in ("none", "client", "server"):
        return value
    if value == "unchanged":
        return "client"
    raise CommandError(f'Invalid dry-run value ({value}). Must be "none", "server", or "client".')


def field_validation(values: Values) -> str:
    """``Strict``, ``Warn`` or ``Ignore``. Raises CommandError."""
    value = str(values["validate"])
    if value not in _VALIDATIONS:
        raise CommandError(
            f'invalid - validate option "{value}"; must be one of: strict (or true), warn, ignore (or false)'
        )
    return _VALIDATIONS[value]


def operation(done: str, mode: str) -> str:
    """``created``, ``created (dry run)``, ``created (server dry run)``."""
    return {"client": f"{done} (dry run)", "server": f"{done} (server dry run)"}.get(mode, done)


def no_kustomize(values: Values) -> None:
    """Raises CommandError where a kustomization is asked for."""
    if values["kustomize"]:
        raise CommandError("-k is not part of this version: build the kustomization first and pipe it to -f -")


def output_format(values: Values) -> str:
    """``-o``; a template alone means a Go template."""
    return str(values["output"]) or ("go-template" if values.get("template") else "")


def resource_builder(factory: Factory, values: Values, args: Sequence[str] = (), *, every: bool = False) -> Builder:
    """A builder over what flags and arguments name; ``every``: a type alone means all of its objects.

    Source: cli-runtime ``pkg/genericclioptions/builder_flags.go``.
    """
    namespace, explicit = factory.namespace()
    validates = "validate" in values and field_validation(values) != "Ignore"
    return (
        factory.builder()
        .namespace(namespace, enforce=explicit)
        .all_namespaces(bool(values.get("all-namespaces")))
        .selectors(values.get("selector") or "", values.get("field-selector") or "")
        .files(values["filename"], recursive=values["recursive"], validate=validates)
        .arguments(args, every=every)
    )
