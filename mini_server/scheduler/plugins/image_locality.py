"""ImageLocality: prefers nodes that hold the pod's images."""

from __future__ import annotations

from mini_server.scheduler.framework.interface import MAX_NODE_SCORE, CycleState, Pod
from mini_server.scheduler.nodeinfo import NodeInfo

_MIB = 1024 * 1024
_MIN = 23 * _MIB
_MAX_PER_CONTAINER = 1000 * _MIB


class ImageLocality:
    """Source: kubernetes ``pkg/scheduler/framework/plugins/imagelocality/image_locality.go``."""

    name = "ImageLocality"

    def score(self, state: CycleState, pod: Pod, node: NodeInfo) -> float:
        """From the summed size of the images that are there, between 23 MiB and 1000 MiB per container."""
        sizes: dict[str, int] = {
            name: image.get("sizeBytes", 0)
            for image in node.node.get("status", {}).get("images") or []
            for name in image.get("names") or []
        }
        containers = [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]
        total = sum(sizes.get(_normalized(c.get("image", "")), 0) for c in containers)
        highest = _MAX_PER_CONTAINER * len(containers)
        total = min(max(total, _MIN), highest)
        return MAX_NODE_SCORE * (total - _MIN) // (highest - _MIN)


def _normalized(image: str) -> str:
    """With the tag that an image without one means."""
    return image if ":" in image.rsplit("/", 1)[-1] or "@" in image else f"{image}:latest"
