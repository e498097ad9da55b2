"""``config``: views and changes kubeconfigs.

Source: kubectl ``pkg/cmd/config``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pykubectl.cli.command import Command
from pykubectl.cli.errors import CommandError
from pykubectl.cli.flags import BOOL, Flag
from pykubectl.cli.groups import PRINT_FLAGS, output_format

if TYPE_CHECKING:
    from pykubectl.cli.flags import Parsed
    from pykubectl.client.config.kubeconfig import KubeConfig
    from pykubectl.client.config.writer import KubeConfigWriter
    from pykubectl.factory.factory import Factory

Object = dict[str, Any]

_REDACTED = "REDACTED"
_DATA_OMITTED = "DATA+OMITTED"


class ConfigOptions:
    """What all of them share."""

    def complete(self, factory: Factory, parsed: Parsed) -> None:
        """Takes flags and arguments."""
        self.factory, self.values, self.args = factory, parsed.values, parsed.args

    def validate(self) -> None:
        """Each subcommand checks its own arguments."""

    def read(self) -> KubeConfig:
        """The merged files as they are written, relative paths too. Raises ConfigError."""
        return self.factory.loading_rules.as_written().load()

    def writer(self) -> KubeConfigWriter:
        """Changes the files that the flags or the environment name."""
        from pykubectl.client.config.writer import KubeConfigWriter

        return KubeConfigWriter(self.factory.loading_rules)

    def one(self, text: str) -> str:
        """The only argument. Raises CommandError."""
        if len(self.args) != 1:
            raise CommandError(text)
        return self.args[0]

    def run(self) -> int | None:
        """Does it."""
        raise AssertionError("each subcommand has its own")


class ViewOptions(ConfigOptions):
    """Prints the merged kubeconfig."""

    def validate(self) -> None:
        """No arguments."""
        if self.args:
            text = f"unexpected arguments: [{' '.join(self.args)}]\nSee 'kubectl config view -h' for help and examples"
            raise CommandError(text)

    def run(self) -> int | None:
        """Secrets are left out unless they are asked for."""
        from pykubectl.printers.flags import PrintFlags

        document = self.read().to_dict()
        if document.get("users") is not None:
            document["users"] = [{**u, "user": _with_plugin(u["user"])} for u in document["users"]]
        if document.get("contexts") is not None:
            # Both names are shown even where they are empty.
            names = {"cluster": "", "user": ""}
            document["contexts"] = [
                {**c, "context": {**names, **(c.get("context") or {})}} for c in document["contexts"]
            ]
        if self.values["minify"]:
            document = _minified(document, self.values.get("context") or document.get("current-context", ""))
        if self.values["flatten"]:
            document = _flattened(document, self.factory.client_config.raw_config())
        if not (self.values["raw"] or self.values["flatten"]):
            document = _redacted(document)
        output = output_format(self.values) or "yaml"
        if output == "json":
            from pykubectl.printers.serial import to_json

            self.factory.streams.print(to_json(_ordered(document)))
            return None
        PrintFlags(output).to_printer().print_obj(document, self.factory.streams.out)
        return None


def _with_plugin(user: Object) -> Object:
    """With what Go writes of a credential plugin even where it is empty, and the default of its old version."""
    if not user.get("exec"):
        return user
    from pykubectl.client.config.validation import default_interactive_mode

    mode = default_interactive_mode(user["exec"])
    plugin = {"args": None, "env": None, "provideClusterInfo": False, **user["exec"]}
    return {**user, "exec": {**({"interactiveMode": mode} if mode else {}), **plugin}}


# The order of Go's structs (client-go ``tools/clientcmd/api/v1/types.go``), all in one: no two of them contradict.
_ORDER = (
    *("command", "args", "env", "kind", "apiVersion", "preferences", "name", "value", "clusters", "users", "contexts"),
    *("current-context", "cluster", "context", "user", "namespace", "server", "tls-server-name"),
    *("insecure-skip-tls-verify", "certificate-authority", "certificate-authority-data", "proxy-url"),
    *("disable-compression", "client-certificate", "client-certificate-data", "client-key", "client-key-data"),
    *("token", "tokenFile", "as", "as-uid", "as-groups", "as-user-extra", "username", "password", "auth-provider"),
    *("exec", "config", "installHint", "provideClusterInfo", "interactiveMode", "extensions", "extension"),
)
_RANK = {name: rank for rank, name in enumerate(_ORDER)}


def _ordered(value: Any) -> Any:
    from pykubectl.machinery.gojson import Struct

    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (_RANK.get(name, len(_RANK)), name))
        return Struct((name, _ordered(value[name])) for name in names)
    return [_ordered(entry) for entry in value] if isinstance(value, list) else value


_FILES = ("certificate-authority", "client-certificate", "client-key")


def _flattened(document: Object, resolved: KubeConfig) -> Object:
    """With the contents of files instead of their names, which ``resolved`` has with the directories they are in.

    Raises CommandError on a file that cannot be read.
    """
    result = dict(document)
    for section, field in (("clusters", "cluster"), ("users", "user")):
        if document.get(section) is not None:
            paths = resolved.section(section)
            result[section] = [
                {**entry, field: _inlined(entry.get(field) or {}, paths.get(entry["name"]) or {})}
                for entry in document[section]
            ]
    return result


def _inlined(body: Object, paths: Object) -> Object:
    import base64

    result = dict(body)
    for name in _FILES:
        if not result.pop(name, ""):
            continue
        path = paths[name]
        try:
            with open(path, "rb") as file:
                result.setdefault(f"{name}-data", base64.b64encode(file.read()).decode())
        except OSError as error:
            raise CommandError(f"open {path}: {(error.strerror or str(error)).lower()}") from None
    return result


def _redacted(document: Object) -> Object:
    """Without keys, tokens and certificates."""
    clusters = [
        {**entry, "cluster": _replace(entry.get("cluster") or {}, {"certificate-authority-data": _DATA_OMITTED})}
        for entry in document.get("clusters") or []
    ]
    secrets = {
        "client-certificate-data": _DATA_OMITTED,
        "client-key-data": _DATA_OMITTED,
        "token": _REDACTED,
        "password": _REDACTED,
    }
    users = [{**entry, "user": _replace(entry.get("user") or {}, secrets)} for entry in document.get("users") or []]
    result = dict(document)
    if document.get("clusters") is not None:
        result["clusters"] = clusters
    if document.get("users") is not None:
        result["users"] = users
    return result


def _replace(entry: Object, texts: dict[str, str]) -> Object:
    return {name: texts[name] if name in texts and value else value for name, value in entry.items()}


def _minified(document: Object, context: str) -> Object:
    """Only what the context uses. Raises CommandError."""
    contexts = [entry for entry in document.get("contexts") or [] if entry["name"] == context]
    if not contexts:
        raise CommandError(
            "cannot locate context " + context if context else "current-context must exist in order to minify"
        )
    body = contexts[0].get("context") or {}
    return {
        **document,
        "contexts": contexts,
        "clusters": [c for c in document.get("clusters") or [] if c["name"] == body.get("cluster")],
        "users": [u for u in document.get("users") or [] if u["name"] == body.get("user")],
        "current-context": context,
    }


class GetContextsOptions(ConfigOptions):
    """Lists contexts."""

    def run(self) -> int | None:
        """Raises CommandError on a name that there is none of."""
        from pykubectl.machinery.util.aggregate import raise_all
        from pykubectl.printers.tabwriter import TabWriter

        config = self.read()
        known = config.section("contexts")
        names = self.args or sorted(known)
        if self.values["output"] not in ("", "name"):
            head = f"--output {self.values['output']} is not available in kubectl config get-contexts; "
            raise CommandError(head + "resetting to default output format")
        if self.values["output"] == "name":
            for name in names:
                self.factory.streams.print(name)
            return None
        rows = [] if self.values["no-headers"] else [["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]]
        missing = [name for name in names if name not in known]
        for name in names:
            if name in missing:
                continue
            body = known[name]
            mark = "*" if name == config.current_context else ""
            rows.append([mark, name, body.get("cluster", ""), body.get("user", ""), body.get("namespace", "")])
        TabWriter(self.factory.streams.out).write(rows)
        if missing:
            raise_all([CommandError(f"context {name} not found") for name in missing])
        return None


class CurrentContextOptions(ConfigOptions):
    """Prints the current context."""

    def run(self) -> int | None:
        """Raises CommandError where none is set."""
        current = self.read().current_context
        if not current:
            raise CommandError("current-context is not set")
        self.factory.streams.print(current)
        return None


class UseContextOptions(ConfigOptions):
    """Makes a context current."""

    def run(self) -> int | None:
        """Raises CommandError on a name that there is none of."""
        name = self.one("you must specify a context name" if not self.args else "unexpected args")
        if name not in self.read().section("contexts"):
            raise CommandError(f'no context exists with the name: "{name}"')
        self.writer().set_current_context(name)
        self.factory.streams.print(f'Switched to context "{name}".')
        return None


class _GetNames(ConfigOptions):
    section, header = "", "NAME"

    def run(self) -> int | None:
        """One name a line, under a header."""
        self.factory.streams.print(self.header)
        for name in sorted(self.read().section(self.section)):
            self.factory.streams.print(name)
        return None


class GetClustersOptions(_GetNames):
    """Lists clusters."""

    section = "clusters"


class GetUsersOptions(_GetNames):
    """Lists users."""

    section = "users"


class _SetEntry(ConfigOptions):
    section, noun = "", ""
    fields: ClassVar[dict[str, str]] = {}

    def run(self) -> int | None:
        """Changes the fields that flags name; the entry is made where there is none."""
        name = self.one("Unexpected args: [" + " ".join(self.args) + "]")
        known = self.read().section(self.section)
        body = dict(known.get(name) or {})
        for flag, field in self.fields.items():
            if flag in self.values.changed:
                body[field] = self.values[flag]
        body = {field: value for field, value in body.items() if value}
        self.writer().set_entry(self.section, name, body)
        done = "modified" if name in known else "created"
        self.factory.streams.print(
            f'{self.noun} "{name}" {done}.' if self.noun != "Cluster" else f'Cluster "{name}" set.'
        )
        return None


class SetContextOptions(_SetEntry):
    """Makes or changes a context."""

    section, noun = "contexts", "Context"
    fields: ClassVar[dict[str, str]] = {"cluster": "cluster", "user": "user", "namespace": "namespace"}

    def validate(self) -> None:
        """A name, or the current context."""
        if not self.values["current"]:
            if len(self.args) != 1 or not self.args[0]:
                raise CommandError("you must specify a non-empty context name or --current")
            return
        if self.args:
            raise CommandError("you cannot specify both a context name and --current")
        current = self.read().current_context
        if not current:
            raise CommandError("no current context is set")
        self.args = [current]


class SetClusterOptions(_SetEntry):
    """Makes or changes a cluster."""

    section, noun = "clusters", "Cluster"
    fields: ClassVar[dict[str, str]] = {
        "server": "server",
        "insecure-skip-tls-verify": "insecure-skip-tls-verify",
        "certificate-authority": "certificate-authority",
        "tls-server-name": "tls-server-name",
    }


class SetCredentialsOptions(_SetEntry):
    """Makes or changes a user."""

    section, noun = "users", "User"
    fields: ClassVar[dict[str, str]] = {
        "token": "token",
        "client-certificate": "client-certificate",
        "client-key": "client-key",
        "username": "username",
        "password": "password",
    }

    def validate(self) -> None:
        """One way to authenticate."""
        if "token" in self.values.changed and self.values.changed & {"username", "password"}:
            text = "you cannot specify more than one authentication method at the same time: "
            raise CommandError(text + "--token, --username/--password")

    def run(self) -> int | None:
        """Says it in words of its own."""
        name = self.one("Unexpected args: [" + " ".join(self.args) + "]")
        body = dict(self.read().section("users").get(name) or {})
        for flag, field in self.fields.items():
            if flag in self.values.changed:
                body[field] = self.values[flag]
        # One way to authenticate takes the place of the other.
        for flag in ("username", "password") if "token" in self.values.changed else ("token",):
            if self.values.changed & {"token", "username", "password"}:
                body.pop(flag, None)
        body = {field: value for field, value in body.items() if value}
        self.writer().set_entry("users", name, body)
        self.factory.streams.print(f'User "{name}" set.')
        return None


class RenameContextOptions(ConfigOptions):
    """Renames a context, also as the current one."""

    def run(self) -> int | None:
        """Raises CommandError on a name that there is none of, and on one that is taken."""
        if len(self.args) != 2:
            raise CommandError(f"Unexpected args: [{' '.join(self.args)}]")
        old, new = self.args
        known = self.read().section("contexts")
        path = self.factory.loading_rules.default_filename
        if old not in known:
            raise CommandError(f'cannot rename the context "{old}", it\'s not in {path}')
        if new in known:
            raise CommandError(f'cannot rename the context "{old}", the context "{new}" already exists in {path}')
        self.writer().rename_context(old, new)
        self.factory.streams.print(f'Context "{old}" renamed to "{new}".')
        return None


class _DeleteEntry(ConfigOptions):
    section, noun = "", ""

    def run(self) -> int | None:
        """Raises CommandError on a name that there is none of."""
        name = self.one(f"you must specify a {self.noun}")
        if name not in self.read().section(self.section):
            raise CommandError(
                f"cannot delete {self.noun} {name}, not in {self.factory.loading_rules.default_filename}"
            )
        path = self.writer().delete_entry(self.section, name)
        self.factory.streams.print(f"deleted {self.noun} {name} from {path}")
        return None


class DeleteContextOptions(_DeleteEntry):
    """Removes a context."""

    section, noun = "contexts", "context"


class DeleteClusterOptions(_DeleteEntry):
    """Removes a cluster."""

    section, noun = "clusters", "cluster"


class DeleteUserOptions(_DeleteEntry):
    """Removes a user."""

    section, noun = "users", "user"


_HEADERS = Flag("no-headers", kind=BOOL, default=False, help="Don't print headers.")

COMMAND = Command(
    "config SUBCOMMAND",
    "Modify kubeconfig files",
    long='Modify kubeconfig files using subcommands like "kubectl config use-context my-context".',
    children={
        "current-context": Command(
            "config current-context", "Display the current-context", options=CurrentContextOptions
        ),
        "delete-cluster": Command(
            "config delete-cluster NAME",
            "Delete the specified cluster from the kubeconfig",
            options=DeleteClusterOptions,
        ),
        "delete-context": Command(
            "config delete-context NAME",
            "Delete the specified context from the kubeconfig",
            options=DeleteContextOptions,
        ),
        "delete-user": Command(
            "config delete-user NAME", "Delete the specified user from the kubeconfig", options=DeleteUserOptions
        ),
        "get-clusters": Command(
            "config get-clusters", "Display clusters defined in the kubeconfig", options=GetClustersOptions
        ),
        "get-contexts": Command(
            "config get-contexts [NAME]",
            "Describe one or many contexts",
            flags=(_HEADERS, Flag("output", "o", help="Output format. One of: (name).")),
            options=GetContextsOptions,
        ),
        "get-users": Command("config get-users", "Display users defined in the kubeconfig", options=GetUsersOptions),
        "rename-context": Command(
            "config rename-context CONTEXT_NAME NEW_NAME",
            "Rename a context from the kubeconfig file",
            options=RenameContextOptions,
        ),
        "set-cluster": Command(
            "config set-cluster NAME [--server=server]", "Set a cluster entry in kubeconfig", options=SetClusterOptions
        ),
        "set-context": Command(
            "config set-context NAME [--cluster=name] [--user=name] [--namespace=namespace]",
            "Set a context entry in kubeconfig",
            flags=(Flag("current", kind=BOOL, default=False, help="Modify the current context"),),
            options=SetContextOptions,
        ),
        "set-credentials": Command(
            "config set-credentials NAME [--token=token]",
            "Set a user entry in kubeconfig",
            options=SetCredentialsOptions,
        ),
        "use-context": Command(
            "config use-context NAME", "Set the current-context in a kubeconfig file", options=UseContextOptions
        ),
        "view": Command(
            "config view [flags]",
            "Display merged kubeconfig settings or a specified kubeconfig file",
            flags=(
                *PRINT_FLAGS,
                Flag("merge", kind=BOOL, default=True, help="Merge the full hierarchy of kubeconfig files."),
                Flag("flatten", kind=BOOL, default=False, help="Flatten the resulting kubeconfig into one file."),
                Flag("minify", kind=BOOL, default=False, help="Only what the current context uses."),
                Flag("raw", kind=BOOL, default=False, help="Display raw byte data and sensitive data."),
            ),
            options=ViewOptions,
        ),
    },
)
