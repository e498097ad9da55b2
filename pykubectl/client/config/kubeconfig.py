"""Kubeconfig files: which are read, and how they are merged.

Source of the rules: client-go ``tools/clientcmd/loader.go``, ``tools/clientcmd/config.go``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pykubectl.client.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Section = dict[str, dict[str, Any]]

# The list of a file, the field of its elements, and the fields in there that are paths.
SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("clusters", "cluster", ("certificate-authority",)),
    ("users", "user", ("client-certificate", "client-key", "tokenFile")),
    ("contexts", "context", ()),
)


# What is read of a body, and the Go type that it must have; all else is left out.
# Source: client-go ``tools/clientcmd/api/v1/types.go``.
_BYTES, _TEXTS = "[]uint8", "[]string"
_FIELDS: dict[str, tuple[str, dict[str, str]]] = {
    "clusters": (
        "Cluster",
        {
            **dict.fromkeys(("server", "tls-server-name", "certificate-authority", "proxy-url"), "string"),
            **dict.fromkeys(("insecure-skip-tls-verify", "disable-compression"), "bool"),
            "certificate-authority-data": _BYTES,
            "extensions": "[]v1.NamedExtension",
        },
    ),
    "users": (
        "AuthInfo",
        {
            **dict.fromkeys(("client-certificate", "client-key", "token", "tokenFile", "as", "as-uid"), "string"),
            **dict.fromkeys(("username", "password"), "string"),
            **dict.fromkeys(("client-certificate-data", "client-key-data"), _BYTES),
            "as-groups": _TEXTS,
            "as-user-extra": "map[string][]string",
            "auth-provider": "v1.AuthProviderConfig",
            "exec": "v1.ExecConfig",
            "extensions": "[]v1.NamedExtension",
        },
    ),
    "contexts": (
        "Context",
        {**dict.fromkeys(("cluster", "user", "namespace"), "string"), "extensions": "[]v1.NamedExtension"},
    ),
}
_KINDS = {"string": str, "bool": bool, _BYTES: str}


class KubeConfig:
    """One kubeconfig file, or several merged.

    ``clusters``, ``users`` and ``contexts`` are the entries' bodies by name, with the keys of the file; ``origins``
    gives the file of an entry by section and name; ``others`` holds the remaining fields.
    """

    def __init__(self) -> None:
        self.clusters: Section = {}
        self.users: Section = {}
        self.contexts: Section = {}
        self.current_context = ""
        self.others: dict[str, Any] = {}
        self.origins: dict[tuple[str, str], str] = {}

    def section(self, name: str) -> Section:
        """``clusters``, ``users`` or ``contexts``."""
        found: Section = getattr(self, name)
        return found

    def to_dict(self) -> dict[str, Any]:
        """As a document, entries sorted by name, as kubectl writes it."""
        document: dict[str, Any] = {"apiVersion": "v1", "kind": "Config"}
        for section, field, _ in SECTIONS:
            entries = self.section(section)
            # Go has no list where it has appended nothing.
            document[section] = [{"name": name, field: entries[name]} for name in sorted(entries)] or None
        document["current-context"] = self.current_context
        others = {name: value for name, value in self.others.items() if value or name != "preferences"}
        return {**others, **document}


class LoadingRules:
    """Where kubeconfigs are: one explicit file, or the list of ``KUBECONFIG``, or ``~/.kube/config``.

    ``warn`` gets the text when ``KUBECONFIG`` names files of which none exists. With ``resolve_paths`` relative paths
    in a file are taken from its directory; else they are left as they are written, for who writes them back.
    """

    def __init__(
        self,
        explicit_path: str = "",
        env: Mapping[str, str] | None = None,
        warn: Callable[[str], None] | None = None,
        *,
        resolve_paths: bool = True,
    ) -> None:
        env = os.environ if env is None else env
        listed = env.get("KUBECONFIG", "")
        self.explicit_path = explicit_path
        self.precedence = [*dict.fromkeys(listed.split(os.pathsep))] if listed else [default_path(env)]
        self._warn = warn if listed else None
        self._resolve_paths = resolve_paths

    def as_written(self) -> LoadingRules:
        """The same files, their paths left as they are written."""
        from copy import copy

        other = copy(self)
        other._resolve_paths = False
        return other

    def load(self) -> KubeConfig:
        """The merged configuration.

        Raises ConfigError where the explicit file does not exist or a file cannot be read; other missing files count as
        empty.
        """
        if self.explicit_path and not os.path.exists(self.explicit_path):
            raise ConfigError(f"stat {self.explicit_path}: no such file or directory")
        configs: list[KubeConfig] = []
        missing: list[str] = []
        errors: list[str] = []
        for path in [self.explicit_path] if self.explicit_path else [path for path in self.precedence if path]:
            try:
                configs.append(load_file(path, resolve_paths=self._resolve_paths))
            except FileNotFoundError:
                missing.append(path)
            except ConfigError as error:
                errors.append(f'error loading config file "{path}": {error}')
        if errors:
            raise ConfigError(errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]", errors)
        if missing and not configs and self._warn is not None:
            self._warn(f"Config not found: {', '.join(missing)}")
        return merge(configs)

    @property
    def files(self) -> list[str]:
        """The files in the order they count, whether they exist or not."""
        return [self.explicit_path] if self.explicit_path else [*self.precedence]

    @property
    def default_filename(self) -> str:
        """The file that is written where no entry says otherwise: the first that exists, else the first."""
        for path in self.files:
            if os.path.exists(path):
                return path
        return self.files[0] if self.files else ""


def home(env: Mapping[str, str]) -> str:
    """The user's home directory."""
    return env.get("HOME") or os.path.expanduser("~")


def default_path(env: Mapping[str, str]) -> str:
    """``~/.kube/config``."""
    return os.path.join(home(env), ".kube", "config")


def load_file(path: str, *, resolve_paths: bool = True) -> KubeConfig:
    """One file; relative paths in it are taken from its directory unless they are to be left as they are.

    Raises FileNotFoundError, and ConfigError (without the file's name) for a file that cannot be read or understood.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        verb = "read" if isinstance(error, IsADirectoryError) else "open"
        raise ConfigError(f"{verb} {path}: {(error.strerror or str(error)).lower()}") from error
    config = parse(data)
    base = os.path.dirname(os.path.abspath(path))
    for section, _, path_fields in SECTIONS:
        for name, entry in config.section(section).items():
            config.origins[section, name] = path
            if resolve_paths:
                _resolve_paths(entry, path_fields, base)
    return config


def parse(data: bytes) -> KubeConfig:
    """A kubeconfig document. Raises ConfigError for what is none."""
    from pykubectl.machinery.codecs import yaml

    try:
        document = yaml.loads(data)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    config = KubeConfig()
    if document is None:
        return config
    if not isinstance(document, dict):
        raise ConfigError(not_a_mapping(document))
    version, kind = document.get("apiVersion"), document.get("kind")
    if (version not in (None, "", "v1")) or (kind not in (None, "", "Config")):
        scheme = "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"
        raise ConfigError(f'no kind "{kind}" is registered for version "{version}" in scheme "{scheme}"')
    for section, field, _ in SECTIONS:
        _read_section(config.section(section), document.get(section), section, field)
    config.current_context = _text(document.get("current-context"))
    config.others = {
        key: value
        for key, value in document.items()
        if key not in ("apiVersion", "kind", "clusters", "users", "contexts", "current-context")
    }
    return config


def _read_section(target: Section, entries: object, section: str, field: str) -> None:
    if entries is None:
        return
    if not isinstance(entries, list):
        raise ConfigError(f"json: cannot unmarshal {json_kind(entries)} into Go struct field Config.{section}")
    for entry in entries:
        if not isinstance(entry, dict):
            raise ConfigError(f"json: cannot unmarshal {json_kind(entry)} into Go struct field Config.{section}")
        body = entry.get(field)
        if body is not None and not isinstance(body, dict):
            raise ConfigError(f"json: cannot unmarshal {json_kind(body)} into Go struct field Config.{section}.{field}")
        # The first of several entries with one name counts.
        target.setdefault(_text(entry.get("name")), _known(body or {}, section, field))


def _known(body: dict[str, Any], section: str, field: str) -> dict[str, Any]:
    """The fields of a body that clients know and that say something. Raises ConfigError on a wrong type."""
    owner, types = _FIELDS[section]
    # As Go meets them: YAML becomes JSON with its keys in order.
    for name, kind in sorted(types.items()):
        value = body.get(name)
        expected = _KINDS.get(kind, list if kind.startswith("[]") else dict)
        if value is not None and not isinstance(value, expected):
            where = f"{owner}.{section}.{field}.{name} of type {kind}"
            raise ConfigError(f"json: cannot unmarshal {json_kind(value)} into Go struct field {where}")
    return {name: value for name, value in body.items() if name in types and value not in (None, "", False)}


def merge(configs: list[KubeConfig]) -> KubeConfig:
    """All entries; of several with the same name the first file's, whole. The first file's other fields win too."""
    if len(configs) == 1:
        return configs[0]
    merged = KubeConfig()
    for config in reversed(configs):
        for section, _, _ in SECTIONS:
            merged.section(section).update(config.section(section))
        merged.origins.update(config.origins)
        merged.current_context = config.current_context or merged.current_context
        merged.others.update({key: value for key, value in config.others.items() if value})
    return merged


def _resolve_paths(entry: dict[str, Any], fields: tuple[str, ...], base: str) -> None:
    for field in fields:
        value = entry.get(field)
        if value and not os.path.isabs(value):
            entry[field] = os.path.normpath(os.path.join(base, value))
    exec_ = entry.get("exec")
    if isinstance(exec_, dict):
        command = exec_.get("command") or ""
        if os.sep in command and not os.path.isabs(command):
            exec_["command"] = os.path.normpath(os.path.join(base, command))


def _text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConfigError(f"json: cannot unmarshal {json_kind(value)} into Go struct field of type string")
    return value


def json_kind(value: object) -> str:
    """What Go calls the kind of a JSON value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "string"


def not_a_mapping(document: object) -> str:
    """What Go says of a document that has neither version nor kind because it is no mapping."""
    return (
        f"couldn't get version/kind; json parse error: json: cannot unmarshal {json_kind(document)} into Go value of "
        'type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
    )
