"""An operator in kopf that annotates ConfigMaps and sees them go; it ends when it has seen one go."""

from __future__ import annotations

import asyncio

import kopf

stop = asyncio.Event()


@kopf.on.create("configmaps", labels={"operator": "kopf"})
def created(name, namespace, patch, **_):
    patch.metadata.annotations["seen"] = "yes"


@kopf.on.delete("configmaps", labels={"operator": "kopf"})
def deleted(name, **_):
    stop.set()


async def main() -> None:
    await kopf.operator(namespaces=["default"], stop_flag=stop)


asyncio.run(main())
