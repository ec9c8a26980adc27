"""`torch.distributed._functional_collectives`: collectives that give new tensors.

In: a tensor of one process and a group.  Out: what the process gets, as a new tensor.
Source: running PyTorch.
"""

from __future__ import annotations

from typing import Any

from ..autograd import no_grad
from ..tensor import Tensor, empty_like
from .device_mesh import DeviceMesh
from .nn import functional

__all__ = ["all_to_all_single", "all_to_all_single_autograd", "wait_tensor"]


def wait_tensor(tensor: Tensor) -> Tensor:
    """The tensor: collectives of one process are over when they return."""
    return tensor


def _process_group(group: Any) -> Any:
    """The group of a mesh or of a mesh's dimension; NotImplementedError for lists of ranks."""
    if isinstance(group, DeviceMesh):
        return group.get_group()
    if isinstance(group, tuple) and len(group) == 2 and isinstance(group[0], DeviceMesh):
        return group[0].get_group(group[1])
    if isinstance(group, (str, list, tuple)):
        raise NotImplementedError(
            "torch.distributed._functional_collectives: a group that is no ProcessGroup or mesh"
        )
    return group


def all_to_all_single_autograd(
    self: Tensor,
    output_split_sizes: list[int] | None,
    input_split_sizes: list[int] | None,
    group: Any,
    tag: str = "",
) -> Tensor:
    """Each process's parts of the first dimension, (N, ...), as they were sent; differentiable."""
    return functional.all_to_all_single(
        empty_like(self), self, output_split_sizes, input_split_sizes, _process_group(group)
    )


def all_to_all_single(
    self: Tensor,
    output_split_sizes: list[int] | None,
    input_split_sizes: list[int] | None,
    group: Any,
    tag: str = "",
) -> Tensor:
    """Each process's parts of the first dimension, (N, ...), as they were sent."""
    with no_grad():
        return all_to_all_single_autograd(self, output_split_sizes, input_split_sizes, group, tag)
