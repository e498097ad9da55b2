"""Groups of flags: what their values mean."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import Values, parse
from pykubectl.cli.global_flags import GLOBAL_FLAGS
from pykubectl.cli.groups import (
    DRY_RUN,
    FILE_FLAGS,
    PRINT_FLAGS,
    VALIDATE,
    dry_run,
    field_validation,
    no_kustomize,
    operation,
    output_format,
)

FLAGS = (*PRINT_FLAGS, *FILE_FLAGS, DRY_RUN, VALIDATE, *GLOBAL_FLAGS)


def read(*argv: str) -> Values:
    return parse(FLAGS, list(argv), "kubectl apply").values


@pytest.mark.parametrize(
    ("argv", "mode"),
    [
        ([], "none"),
        (["--dry-run"], "client"),
        (["--dry-run=client"], "client"),
        (["--dry-run=server"], "server"),
        (["--dry-run=none"], "none"),
    ],
)
def test_dry_runs(argv: list[str], mode: str) -> None:
    assert dry_run(read(*argv)) == mode


@pytest.mark.parametrize("value", ["true", "Client", ""])
def test_other_dry_runs_are_refused(value: str) -> None:
    with pytest.raises(CommandError) as caught:
        dry_run(read(f"--dry-run={value}"))
    assert str(caught.value) == f'Invalid dry-run value ({value}). Must be "none", "server", or "client".'


@pytest.mark.parametrize(
    ("argv", "validation"),
    [
        ([], "Strict"),
        (["--validate"], "Strict"),
        (["--validate=true"], "Strict"),
        (["--validate=strict"], "Strict"),
        (["--validate=warn"], "Warn"),
        (["--validate=ignore"], "Ignore"),
        (["--validate=false"], "Ignore"),
    ],
)
def test_validations(argv: list[str], validation: str) -> None:
    assert field_validation(read(*argv)) == validation


def test_other_validations_are_refused() -> None:
    with pytest.raises(CommandError, match='invalid - validate option "x"; must be one of: strict'):
        field_validation(read("--validate=x"))


def test_what_was_done_tells_of_a_dry_run() -> None:
    modes = ("none", "client", "server")
    assert [operation("created", mode) for mode in modes] == [
        "created",
        "created (dry run)",
        "created (server dry run)",
    ]


@pytest.mark.parametrize(
    ("argv", "output"),
    [
        ([], ""),
        (["-o", "json"], "json"),
        (["--template={{.kind}}"], "go-template"),
        (["-oyaml", "--template=x"], "yaml"),
    ],
)
def test_a_template_alone_is_one_of_go(argv: list[str], output: str) -> None:
    assert output_format(read(*argv)) == output


def test_kustomizations_are_refused_and_say_what_to_do_instead() -> None:
    no_kustomize(read("-f", "x"))
    with pytest.raises(CommandError, match="build the kustomization first and pipe it to -f -"):
        no_kustomize(read("-k", "x"))


def test_no_flag_of_a_group_hides_a_global_one() -> None:
    names = [flag.name for flag in FLAGS] + [flag.short for flag in FLAGS if flag.short]
    assert len(names) == len(set(names)) + names.count("v") - 1


def test_values_begin_with_defaults_of_their_kind() -> None:
    values: dict[str, Any] = read()
    assert all(values[flag.name] == (flag.default or []) for flag in FLAGS if flag.kind == "strings")
    assert all(values[flag.name] in (True, False) for flag in FLAGS if flag.kind == "bool")
