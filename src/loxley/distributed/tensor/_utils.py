"""`torch.distributed.tensor._utils`: which part of a tensor lies on this process.

Source: running PyTorch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["compute_local_shape_and_global_offset"]


def compute_local_shape_and_global_offset(
    global_shape: Sequence[int], mesh: Any, placements: Sequence[Any]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The local part's shape and where it begins: the whole, on a mesh of one process.

    NotImplementedError for larger meshes.
    """
    if mesh.size() != 1:
        raise NotImplementedError("compute_local_shape_and_global_offset: more than one process")
    return tuple(global_shape), (0,) * len(global_shape)
