"""Flags of ``mini-server apiserver``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mini_server.__main__ import main
from mini_server.server.options import FLAGS, UNSUPPORTED, Options, UsageError, parse, usage


@pytest.mark.parametrize(
    ("arguments", "option", "value"),
    [
        ([], "secure_port", 6443),
        ([], "bind_address", "127.0.0.1"),
        ([], "authorization_mode", ("Node", "RBAC")),
        ([], "anonymous_auth", True),
        (["--secure-port=0"], "secure_port", 0),
        (["--secure-port", "65535"], "secure_port", 65535),
        (["--secure_port=1"], "secure_port", 1),
        (["--secure-port=1", "--secure-port=2"], "secure_port", 2),
        (["--data-dir", "/tmp/x=y"], "data_dir", Path("/tmp/x=y")),
        (["--data-dir=/tmp/x=y"], "data_dir", Path("/tmp/x=y")),
        (["--bind-address", "0.0.0.0"], "bind_address", "0.0.0.0"),
        (["--bind-address=::1"], "bind_address", "::1"),
        (["--anonymous-auth=false"], "anonymous_auth", False),
        (["--anonymous-auth=F"], "anonymous_auth", False),
        (["--anonymous-auth"], "anonymous_auth", True),
        (["--authorization-mode=RBAC"], "authorization_mode", ("RBAC",)),
        (["--authorization-mode", "Node, RBAC,"], "authorization_mode", ("Node", "RBAC")),
        (["--service-cluster-ip-range=10.0.0.1/24"], "service_cluster_ip_range", "10.0.0.0/24"),
        (["--service-cluster-ip-range=10.0.0.0/24,fd00::/112"], "service_cluster_ip_range", "10.0.0.0/24"),
        (["--service-cluster-ip-range=fd00::/112"], "service_cluster_ip_range", "fd00::/112"),
        (["--service-node-port-range=30000-30010"], "service_node_port_range", (30000, 30010)),
        (["--event-ttl=1h30m"], "event_ttl", 5400),
        (["--api-audiences=a,b", "--api-audiences=c"], "api_audiences", ("a", "b", "c")),
        (
            ["--enable-admission-plugins=A", "--enable-admission-plugins=B,C"],
            "enable_admission_plugins",
            ("A", "B", "C"),
        ),
        (["--v=4"], "verbosity", 4),
        (["-v", "4"], "verbosity", 4),
        (["-v=4"], "verbosity", 4),
        (["-v4"], "verbosity", 4),
    ],
)
def test_values(arguments: list[str], option: str, value: Any) -> None:
    assert getattr(parse(arguments), option) == value


_ARGUMENT = 'invalid argument "{}" for "--{}" flag: {}'
_SYNTAX = 'strconv.{}: parsing "{}": invalid syntax'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nope"], "unknown flag: --nope"),
        (["--nope=1"], "unknown flag: --nope"),
        (["---data-dir=x"], "unknown flag: ---data-dir"),
        (["--=x"], "unknown flag: --"),
        (["-x"], "unknown shorthand flag: 'x' in -x"),
        (["-"], 'unknown command "-" for "mini-server apiserver"'),
        (["serve"], 'unknown command "serve" for "mini-server apiserver"'),
        (["--anonymous-auth", "false"], 'unknown command "false" for "mini-server apiserver"'),
        (["--secure-port"], "flag needs an argument: --secure-port"),
        (["-v"], "flag needs an argument: --v"),
        (["--secure-port=x"], _ARGUMENT.format("x", "secure-port", _SYNTAX.format("ParseInt", "x"))),
        (["--secure-port="], _ARGUMENT.format("", "secure-port", _SYNTAX.format("ParseInt", ""))),
        (["--secure-port=1.5"], _ARGUMENT.format("1.5", "secure-port", _SYNTAX.format("ParseInt", "1.5"))),
        (["--secure-port=٣"], _ARGUMENT.format("٣", "secure-port", _SYNTAX.format("ParseInt", "٣"))),
        (
            ["--secure-port=65536"],
            _ARGUMENT.format(
                "65536", "secure-port", "65536 must be between 0 and 65535, inclusive. 0 takes a free port"
            ),
        ),
        (
            ["--secure-port=-1"],
            _ARGUMENT.format("-1", "secure-port", "-1 must be between 0 and 65535, inclusive. 0 takes a free port"),
        ),
        (["--v=x"], _ARGUMENT.format("x", "v", _SYNTAX.format("ParseInt", "x"))),
        (["--data-dir="], _ARGUMENT.format("", "data-dir", "a path is needed")),
        (["--bind-address=here"], _ARGUMENT.format("here", "bind-address", 'failed to parse IP: "here"')),
        (["--advertise-address="], _ARGUMENT.format("", "advertise-address", 'failed to parse IP: ""')),
        (["--anonymous-auth=maybe"], _ARGUMENT.format("maybe", "anonymous-auth", _SYNTAX.format("ParseBool", "maybe"))),
        (
            ["--authorization-mode="],
            _ARGUMENT.format("", "authorization-mode", "at least one authorization-mode must be passed"),
        ),
        (
            ["--authorization-mode=RBAC,Webhook"],
            _ARGUMENT.format(
                "RBAC,Webhook",
                "authorization-mode",
                'authorization-mode "Webhook" is not a valid mode: choose from AlwaysAllow, AlwaysDeny, Node, RBAC',
            ),
        ),
        (
            ["--authorization-mode=RBAC,RBAC"],
            _ARGUMENT.format("RBAC,RBAC", "authorization-mode", 'authorization-mode "RBAC" is there more than once'),
        ),
        (
            ["--service-cluster-ip-range=x"],
            _ARGUMENT.format("x", "service-cluster-ip-range", "invalid CIDR address: x"),
        ),
        (
            ["--service-cluster-ip-range=10.0.0.0/30"],
            _ARGUMENT.format(
                "10.0.0.0/30",
                "service-cluster-ip-range",
                "the service cluster IP range must be at least 8 IP addresses",
            ),
        ),
        (
            ["--service-cluster-ip-range=10.0.0.0/8"],
            _ARGUMENT.format(
                "10.0.0.0/8",
                "service-cluster-ip-range",
                "the range is too large; for 32-bit addresses, the mask must be >= 12",
            ),
        ),
        (
            ["--service-node-port-range=5"],
            _ARGUMENT.format("5", "service-node-port-range", "5 is not a port range such as 30000-32767"),
        ),
        (
            ["--service-node-port-range=9-5"],
            _ARGUMENT.format("9-5", "service-node-port-range", "9-5 is not a port range such as 30000-32767"),
        ),
        (["--event-ttl=5"], _ARGUMENT.format("5", "event-ttl", 'time: missing unit in duration "5"')),
        (["--event-ttl=-5s"], _ARGUMENT.format("-5s", "event-ttl", "a duration must not be negative")),
        (
            ["--service-account-issuer="],
            _ARGUMENT.format("", "service-account-issuer", "the service-account-issuer must not be empty"),
        ),
        (["--tls-cert-file=x"], "--tls-cert-file and --tls-private-key-file must be given together"),
        (["--tls-private-key-file=x"], "--tls-cert-file and --tls-private-key-file must be given together"),
    ],
)
def test_faults(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arguments)
    assert str(caught.value) == message
    # The program says just that.
    assert main(["apiserver", *arguments]) == 1
    assert capsys.readouterr() == ("", f"Error: {message}\n")


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_cannot_be_obeyed_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(UsageError, match=f"--{name}: ") as caught:
        parse([f"--{name}=x"])
    assert UNSUPPORTED[name] in str(caught.value)
    assert name not in FLAGS


def test_help_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["-h"], ["--secure-port=x", "--help"]):
        assert main(["apiserver", *arguments]) == 0
        out, err = capsys.readouterr()
        assert (out, err) == (usage(), "")
    for name, flag in FLAGS.items():
        assert f"--{name} " in usage()
        assert flag.text in usage()


def test_every_flag_sets_an_option_of_its_own() -> None:
    options = Options()
    assert all(hasattr(options, flag.option) for flag in FLAGS.values())
    assert len({flag.option for flag in FLAGS.values()}) == len(FLAGS)


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        ([], 0, "Usage:", ""),
        (["--help"], 0, "Usage:", ""),
        (["help"], 0, "Usage:", ""),
        (["nope"], 1, "", 'Error: unknown command "nope" for "mini-server"\n'),
    ],
)
def test_commands(arguments: list[str], code: int, out: str, err: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == code
    captured = capsys.readouterr()
    assert (out in captured.out, captured.err) == (True, err)
