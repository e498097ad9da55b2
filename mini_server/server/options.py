"""Options of the API server, with kube-apiserver's flags, names and meaning.

Source: kubernetes ``cmd/kube-apiserver/app/options``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.values.duration import parse_duration

MODES = ("AlwaysAllow", "AlwaysDeny", "Node", "RBAC")


class UsageError(ValueError):
    """A command line that cannot be obeyed; the text says why, in pflag's words where it has some."""


@dataclass(slots=True)
class Options:
    """Everything that can be set; the defaults suit a server for one person on loopback."""

    data_dir: Path = field(default_factory=lambda: Path("mini-server-data"))
    bind_address: str = "127.0.0.1"
    secure_port: int = 6443
    advertise_address: str = ""
    cert_dir: Path | None = None
    tls_cert_file: Path | None = None
    tls_private_key_file: Path | None = None
    client_ca_file: Path | None = None
    token_auth_file: Path | None = None
    anonymous_auth: bool = True
    authorization_mode: tuple[str, ...] = ("Node", "RBAC")
    service_account_issuer: str = "https://kubernetes.default.svc.cluster.local"
    service_account_signing_key_file: Path | None = None
    api_audiences: tuple[str, ...] = ()
    service_cluster_ip_range: str = "10.96.0.0/16"
    service_node_port_range: tuple[int, int] = (30000, 32767)
    allow_privileged: bool = True
    enable_admission_plugins: tuple[str, ...] = ()
    disable_admission_plugins: tuple[str, ...] = ()
    event_ttl: int = 3600
    storage_backend: str = "sqlite"
    verbosity: int = 0


class Flag(NamedTuple):
    """A flag: the option it sets, how its text is read, and what ``--help`` says.

    A ``boolean`` one needs no value; values of a ``repeated`` one add up.
    """

    option: str
    parse: Callable[[str], Any]
    text: str
    boolean: bool = False
    repeated: bool = False


def _comma(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _bool(text: str) -> bool:
    if text.lower() in ("true", "1", "t"):
        return True
    if text.lower() in ("false", "0", "f"):
        return False
    raise ValueError(f"strconv.ParseBool: parsing {quote(text)}: invalid syntax")


def _int(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"strconv.ParseInt: parsing {quote(text)}: invalid syntax")
    return int(text)


def _port(text: str) -> int:
    port = _int(text)
    if not 0 <= port <= _LAST_PORT:
        raise ValueError(f"{port} must be between 0 and {_LAST_PORT}, inclusive. 0 takes a free port")
    return port


def _path(text: str) -> Path:
    if not text:
        raise ValueError("a path is needed")
    return Path(text)


def _ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        raise ValueError(f"failed to parse IP: {quote(text)}") from None


def _modes(text: str) -> tuple[str, ...]:
    modes = _comma(text)
    if not modes:
        raise ValueError("at least one authorization-mode must be passed")
    for mode in modes:
        if mode not in MODES:
            raise ValueError(f'authorization-mode "{mode}" is not a valid mode: choose from {", ".join(MODES)}')
        if modes.count(mode) > 1:
            raise ValueError(f'authorization-mode "{mode}" is there more than once')
    return modes


def _issuer(text: str) -> str:
    if not text:
        raise ValueError("the service-account-issuer must not be empty")
    return text


def _cidr(text: str) -> str:
    first = text.split(",")[0].strip()
    try:
        network = ipaddress.ip_network(first, strict=False)
    except ValueError:
        raise ValueError(f"invalid CIDR address: {first}") from None
    if network.num_addresses < _FEWEST_ADDRESSES:
        raise ValueError(f"the service cluster IP range must be at least {_FEWEST_ADDRESSES} IP addresses")
    widest = network.max_prefixlen - _RANGE_BITS
    if network.prefixlen < widest:
        bits = network.max_prefixlen
        raise ValueError(f"the range is too large; for {bits}-bit addresses, the mask must be >= {widest}")
    return str(network)


def _ports(text: str) -> tuple[int, int]:
    low, dash, high = text.partition("-")
    if not dash or not low.isdigit() or not high.isdigit() or int(low) > int(high) or int(high) > _LAST_PORT:
        raise ValueError(f"{text} is not a port range such as 30000-32767")
    return int(low), int(high)


def _seconds(text: str) -> int:
    seconds = int(parse_duration(text))
    if seconds < 0:
        raise ValueError("a duration must not be negative")
    return seconds


_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_LAST_PORT = 65535
_FEWEST_ADDRESSES = 8
_RANGE_BITS = 20

FLAGS: dict[str, Flag] = {
    "data-dir": Flag("data_dir", _path, "where the embedded store and the certificates are kept"),
    "bind-address": Flag("bind_address", _ip, "the address to listen on"),
    "secure-port": Flag("secure_port", _port, "the port to serve HTTPS on; 0 takes a free one"),
    "advertise-address": Flag("advertise_address", _ip, "the address that members of the cluster reach the server at"),
    "cert-dir": Flag("cert_dir", _path, "where certificates that the server makes are kept"),
    "tls-cert-file": Flag("tls_cert_file", _path, "the serving certificate, instead of one that is made"),
    "tls-private-key-file": Flag("tls_private_key_file", _path, "the key of --tls-cert-file"),
    "client-ca-file": Flag("client_ca_file", _path, "the CA of client certificates, instead of the cluster's own"),
    "token-auth-file": Flag("token_auth_file", _path, 'a CSV file of tokens: token,user,uid,"group1,group2"'),
    "anonymous-auth": Flag("anonymous_auth", _bool, "let requests without credentials in as system:anonymous", True),
    "authorization-mode": Flag("authorization_mode", _modes, "AlwaysAllow, AlwaysDeny, Node, RBAC, in order"),
    "service-account-issuer": Flag("service_account_issuer", _issuer, "the issuer in service account tokens"),
    "service-account-signing-key-file": Flag(
        "service_account_signing_key_file", _path, "the private key that signs service account tokens"
    ),
    "api-audiences": Flag("api_audiences", _comma, "what tokens for the API server are for", repeated=True),
    "service-cluster-ip-range": Flag("service_cluster_ip_range", _cidr, "the range that service addresses come from"),
    "service-node-port-range": Flag("service_node_port_range", _ports, "the range that node ports come from"),
    "allow-privileged": Flag("allow_privileged", _bool, "allow privileged containers", True),
    "enable-admission-plugins": Flag(
        "enable_admission_plugins", _comma, "plugins to run beside the default ones", repeated=True
    ),
    "disable-admission-plugins": Flag("disable_admission_plugins", _comma, "default plugins not to run", repeated=True),
    "event-ttl": Flag("event_ttl", _seconds, "how long events are kept"),
    "v": Flag("verbosity", _int, "how much is logged"),
}

# Flags of kube-apiserver that cannot be obeyed here: naming them is better than ignoring them.
UNSUPPORTED = {
    "etcd-servers": "the real etcd is not a store of this version; leave the flag out to use the embedded store",
    "audit-policy-file": "audit logs are not part of this version",
    "admission-control-config-file": "admission plugins have no configuration files in this version",
    "encryption-provider-config": "encryption at rest is not part of this version",
    "oidc-issuer-url": "OpenID Connect is not part of this version",
}


# kube-apiserver has one flag with a letter.
_SHORT = {"v": "v"}


def parse(arguments: Sequence[str]) -> Options:
    """Options from a command line. Raises UsageError."""
    options = Options()
    given: set[str] = set()
    rest = list(arguments)
    while rest:
        name, value = _split(rest.pop(0))
        flag = FLAGS.get(name)
        if name in UNSUPPORTED:
            raise UsageError(f"--{name}: {UNSUPPORTED[name]}")
        if flag is None:
            raise UsageError(f"unknown flag: --{name}")
        if value is None:
            if flag.boolean:
                value = "true"
            elif rest:
                value = rest.pop(0)
            else:
                raise UsageError(f"flag needs an argument: --{name}")
        _set(options, name, flag, value, again=name in given)
        given.add(name)
    if (options.tls_cert_file is None) != (options.tls_private_key_file is None):
        raise UsageError("--tls-cert-file and --tls-private-key-file must be given together")
    return options


def _split(word: str) -> tuple[str, str | None]:
    """Name and value of a flag; None without a value. Underscores in names stand for hyphens."""
    if word.startswith("--") and word != "--":
        name, equals, value = word[2:].partition("=")
        return name.replace("_", "-"), value if equals else None
    if not word.startswith("-") or word in ("-", "--"):
        raise UsageError(f'unknown command "{word}" for "mini-server apiserver"')
    letter, value = word[1], word[2:]
    if letter not in _SHORT:
        raise UsageError(f"unknown shorthand flag: '{letter}' in {word}")
    return _SHORT[letter], value.removeprefix("=") if value else None


def _set(options: Options, name: str, flag: Flag, value: str, *, again: bool) -> None:
    try:
        parsed = flag.parse(value)
    except ValueError as error:
        raise UsageError(f'invalid argument "{value}" for "--{name}" flag: {error}') from None
    if flag.repeated and again:
        parsed = (*getattr(options, flag.option), *parsed)
    setattr(options, flag.option, parsed)


def usage() -> str:
    """The help text."""
    width = max(len(name) for name in FLAGS) + 4
    lines = [f"  --{name:<{width}}{flag.text}" for name, flag in FLAGS.items()]
    return "\n".join(
        [
            "Serves the Kubernetes API from an embedded store, or what --data-dir holds of an earlier run.",
            "",
            "Usage:",
            "  mini-server apiserver [flags]",
            "",
            "Examples:",
            "  mini-server apiserver --data-dir ./data --secure-port 6443 --token-auth-file tokens.csv",
            "",
            "Flags:",
            *lines,
            "",
        ]
    )
