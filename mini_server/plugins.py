"""Finding the server's plugins: entry points of the group ``mini_server``.

Unlike pykubectl, which passes over a plugin that it cannot load, the server does not start without one that is
installed: a policy must not disappear because its module has a fault.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from pluggy import PluginManager

from mini_server import hookspecs
from mini_server.admission.registry import PluginRegistry, builtin_registry

GROUP = "mini_server"


def plugin_manager() -> PluginManager:
    """A manager that knows the hooks and has no plugins yet."""
    manager = PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    return manager


def installed_plugins() -> PluginManager:
    """A manager with the plugins of all installed distributions.

    Raises ValueError that names the plugin which cannot be imported, or implements a hook that there is not.
    """
    manager = plugin_manager()
    for point in sorted(entry_points(group=GROUP)):
        try:
            manager.register(point.load(), point.name)
            manager.check_pending()
        except Exception as error:
            raise ValueError(f"plugin {point.name} could not be loaded: {type(error).__name__}: {error}") from error
    return manager


def admission_registry(plugins: PluginManager) -> PluginRegistry:
    """The built-in admission plugins, and those of third parties behind them.

    Raises ValueError where a name is taken.
    """
    registry = builtin_registry()
    plugins.hook.mini_server_admission_plugins(registry=registry)
    return registry
