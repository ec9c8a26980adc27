"""`DeviceMesh`: processes arranged in a grid, here a grid of one.

In: a kind of device, a shape of ones.  Out: groups by dimension, sub-meshes by name.
Source: https://docs.pytorch.org/docs/2.13/distributed.html#devicemesh
"""

from __future__ import annotations

import math
from typing import Any

from .. import dtypes
from ..tensor import Tensor, tensor
from .groups import ProcessGroup, init_process_group, is_initialized, new_group

__all__ = ["DeviceMesh", "init_device_mesh"]


class DeviceMesh:
    """A grid of processes; NotImplementedError for one with other processes in it."""

    def __init__(
        self,
        device_type: str,
        mesh: Any = None,
        *,
        mesh_dim_names: tuple[str, ...] | None = None,
        _shape: tuple[int, ...] | None = None,
    ) -> None:
        ranks = mesh if isinstance(mesh, Tensor) else tensor([0] if mesh is None else mesh)
        if ranks.numel() != 1 or int(ranks.reshape(-1)[0]) != 0:
            raise NotImplementedError(
                f"torch.distributed.DeviceMesh({ranks.tolist()}): processes are not connected yet"
            )
        if not is_initialized():
            init_process_group()
        self.device_type = device_type
        self.shape = tuple(ranks.shape) if _shape is None else _shape
        self.mesh = ranks.reshape(self.shape).to(dtypes.int32)
        self.mesh_dim_names = None if mesh_dim_names is None else tuple(mesh_dim_names)
        self._groups: list[ProcessGroup] | None = None

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    def __repr__(self) -> str:
        names = self.mesh_dim_names
        parts = [f"{n}=1" for n in names] if names else ["1"] * self.ndim
        comma = "," if not names and self.ndim == 1 else ""
        stride = "((),)" if self.ndim == 1 else f"({', '.join(['()'] * self.ndim)})"
        return f"DeviceMesh(({', '.join(parts)}{comma}), '{self.device_type}', stride={stride})"

    def _key(self) -> tuple:
        return self.device_type, self.shape, self.mesh_dim_names

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceMesh) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __getitem__(self, mesh_dim_names: str | tuple[str, ...]) -> DeviceMesh:
        """The sub-mesh of some dimensions; KeyError for names that are not there."""
        if not self.mesh_dim_names:
            raise RuntimeError("Cannot slice a DeviceMesh without mesh_dim_names!")
        names = (mesh_dim_names,) if isinstance(mesh_dim_names, str) else tuple(mesh_dim_names)
        if not set(names) <= set(self.mesh_dim_names):
            raise KeyError(
                f"Invalid mesh_dim_names {names} specified. "
                f"Valid mesh_dim_names are {list(self.mesh_dim_names)}."
            )
        return DeviceMesh(self.device_type, mesh_dim_names=names, _shape=(1,) * len(names))

    def _flatten(self, mesh_dim_name: str | None = None) -> DeviceMesh:
        """One dimension made of all."""
        name = mesh_dim_name or "_".join(self.mesh_dim_names or ())
        return DeviceMesh(self.device_type, mesh_dim_names=(name,) if name else None)

    def size(self, mesh_dim: int | None = None) -> int:
        """1."""
        return math.prod(self.shape) if mesh_dim is None else self.shape[mesh_dim]

    def get_rank(self) -> int:
        """This process's rank in the world."""
        return 0

    def _dim(self, mesh_dim: int | str | None, more: str = "") -> int:
        if mesh_dim is None:
            if self.ndim > 1:
                told = (
                    f"Found the DeviceMesh have {self.ndim} dimensions",
                    "Optional kwarg `mesh_dim` needs to be specified when device_mesh.ndim > 1.",
                )
                raise RuntimeError(*told, *([more] if more else []))
            return 0
        if isinstance(mesh_dim, str):
            self[mesh_dim]
            return (self.mesh_dim_names or ()).index(mesh_dim)
        return mesh_dim

    def get_local_rank(self, mesh_dim: int | str | None = None) -> int:
        """This process's place along a dimension."""
        self._dim(mesh_dim)
        return 0

    def get_coordinate(self) -> tuple[int, ...]:
        """This process's place."""
        return (0,) * self.ndim

    def get_all_groups(self) -> list[ProcessGroup]:
        """A group for each dimension."""
        if self._groups is None:
            self._groups = [new_group([0]) for _ in self.shape]
        return self._groups

    def get_group(self, mesh_dim: int | str | None = None) -> ProcessGroup:
        """The group of a dimension; RuntimeError where several are meant."""
        more = (
            "If you want to get the list of all the ProcessGroups in the DeviceMesh,"
            "please use `get_all_groups()` instead."
        )
        return self.get_all_groups()[self._dim(mesh_dim, more)]


def init_device_mesh(
    device_type: str,
    mesh_shape: tuple[int, ...],
    *,
    mesh_dim_names: tuple[str, ...] | None = None,
    backend_override: dict | None = None,
) -> DeviceMesh:
    """A mesh of the world, which is initialized by its environment where it was not before.

    RuntimeError for a larger mesh, and for names that do not fit.
    """
    if backend_override is not None:
        raise NotImplementedError(
            "torch.distributed.init_device_mesh: argument 'backend_override' is not implemented"
        )
    if mesh_dim_names is not None:
        _check_names(tuple(mesh_shape), tuple(mesh_dim_names))
    if ":" in device_type:
        raise RuntimeError(
            f"Device type with index is not supported but got {device_type}. ",
            "If you maintained a 'torch.device' object, it's recommended to pass in 'device.type'.",
        )
    if math.prod(mesh_shape) != 1:
        raise RuntimeError(
            "Mesh should not be bigger than default world size 1, but found "
            f"{math.prod(mesh_shape)} ranks!"
        )
    return DeviceMesh(device_type, mesh_dim_names=mesh_dim_names, _shape=tuple(mesh_shape))


def _check_names(shape: tuple[int, ...], names: tuple[str, ...]) -> None:
    if len(set(names)) != len(names):
        raise RuntimeError(
            "Each mesh_dim_name must be unique. Found repeated mesh_dim_name in "
            f"mesh_dim_names {names}"
        )
    if len(shape) != len(names):
        raise RuntimeError(
            "mesh_shape and mesh_dim_names should have same length! Found "
            f"len(mesh_dim_names): {len(names)} and len(mesh_shape):{len(shape)}."
        )
