"""What a plugin can add to the server.

A plugin is a module or object that implements some of these hooks with `hookimpl` and is named by an entry point of the
group ``mini_server``::

    [project.entry-points.mini_server]
    team-label = "team_label.plugin"

with, in ``team_label/plugin.py``::

    @hookimpl
    def mini_server_admission_plugins(registry):
        registry.register("TeamLabel", TeamLabel)

and ``mini-server apiserver --enable-admission-plugins TeamLabel`` runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from mini_server.admission.registry import PluginRegistry

hookspec = pluggy.HookspecMarker("mini_server")
hookimpl = pluggy.HookimplMarker("mini_server")


@hookspec
def mini_server_admission_plugins(registry: PluginRegistry) -> None:
    """Adds admission plugins by `PluginRegistry.register`, the call that the built-in ones are added by.

    Called once, when an API server starts, after the built-in plugins are registered: those of third parties run behind
    them, in the order they are registered in. A plugin is registered as ``name -> factory``; the factory is called
    with an `AdmissionContext` when the plugin is enabled, and makes an object with the methods of
    `mini_server.admission.interface.MutationPlugin`, `ValidationPlugin`, or both. Plugins registered with
    ``default=True`` are on unless ``--disable-admission-plugins`` names them, the others off unless
    ``--enable-admission-plugins`` does.

    Raises ValueError where a name is taken; the server does not start then.
    """
    raise AssertionError("a specification is never called")
