"""The command table: name -> module and summary. A command's module is imported when the command is run."""

from __future__ import annotations

from typing import NamedTuple


class CommandEntry(NamedTuple):
    """Where a command lives, what it is in one line, and the group that help lists it in."""

    module: str
    summary: str
    group: str


_BASIC, _DEPLOY, _CLUSTER, _DEBUG, _SETTINGS, _OTHER = (
    "Basic Commands",
    "Deploy Commands",
    "Cluster Management Commands",
    "Troubleshooting and Debugging Commands",
    "Settings Commands",
    "Other Commands",
)

COMMANDS: dict[str, CommandEntry] = {
    "create": CommandEntry("pykubectl.cmd.create", "Create a resource from a file or from stdin", _BASIC),
    "explain": CommandEntry("pykubectl.cmd.explain", "Get documentation for a resource", _BASIC),
    "get": CommandEntry("pykubectl.cmd.get", "Display one or many resources", _BASIC),
    "delete": CommandEntry(
        "pykubectl.cmd.delete",
        "Delete resources by file names, stdin, resources and names, or by label selector",
        _BASIC,
    ),
    "rollout": CommandEntry("pykubectl.cmd.rollout", "Manage the rollout of a resource", _DEPLOY),
    "scale": CommandEntry(
        "pykubectl.cmd.scale", "Set a new size for a deployment, replica set, or stateful set", _DEPLOY
    ),
    "cluster-info": CommandEntry("pykubectl.cmd.cluster_info", "Display cluster information", _CLUSTER),
    "describe": CommandEntry(
        "pykubectl.cmd.describe", "Show details of a specific resource or group of resources", _DEBUG
    ),
    "logs": CommandEntry("pykubectl.cmd.logs", "Print the logs for a container in a pod", _DEBUG),
    "apply": CommandEntry("pykubectl.cmd.apply", "Apply a configuration to a resource by file name or stdin", _DEPLOY),
    "patch": CommandEntry("pykubectl.cmd.patch", "Update fields of a resource", _DEPLOY),
    "wait": CommandEntry("pykubectl.cmd.wait", "Wait for a specific condition on one or many resources", _DEPLOY),
    "label": CommandEntry("pykubectl.cmd.label", "Update the labels on a resource", _SETTINGS),
    "annotate": CommandEntry("pykubectl.cmd.annotate", "Update the annotations on a resource", _SETTINGS),
    "completion": CommandEntry(
        "pykubectl.cmd.completion", "Output shell completion code for the specified shell (bash, zsh, fish)", _SETTINGS
    ),
    "api-resources": CommandEntry(
        "pykubectl.cmd.api_resources", "Print the supported API resources on the server", _OTHER
    ),
    "api-versions": CommandEntry(
        "pykubectl.cmd.api_versions",
        'Print the supported API versions on the server, in the form of "group/version"',
        _OTHER,
    ),
    "config": CommandEntry("pykubectl.cmd.config", "Modify kubeconfig files", _OTHER),
    "plugin": CommandEntry("pykubectl.cmd.plugin", "Provides utilities for interacting with plugins", _OTHER),
    "version": CommandEntry("pykubectl.cmd.version", "Print the client and server version information", _OTHER),
}
