"""`fully_shard`: a module whose parameters are `DTensor`s, on a mesh of one process.

In: a module.  Out: the same object, its class now also `FSDPModule`; while it runs, its
parameters are plain tensors in the dtype of `MixedPrecisionPolicy`.
Source: https://docs.pytorch.org/docs/2.13/distributed.fsdp.fully_shard.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...nn import Module
from ...tensor import Tensor
from ..device_mesh import DeviceMesh, init_device_mesh
from ..tensor.api import distribute_parameter
from ..tensor.placement_types import Shard
from .api import MixedPrecisionPolicy, OffloadPolicy
from .casting import cast_floats

_classes: dict[type, type] = {}


class UnshardHandle:
    """What `unshard(async_op=True)` gives: nothing is left to wait for."""

    def wait(self) -> None:
        """Returns at once."""


class FSDPModule:
    """A module that `fully_shard` was called on. With one process nothing is cut or gathered."""

    def unshard(self, async_op: bool = False) -> UnshardHandle | None:
        """Parameters are whole already."""
        return UnshardHandle() if async_op else None

    def reshard(self) -> None:
        """Parameters stay whole."""

    def set_is_last_backward(self, is_last_backward: bool) -> None:
        """Without effect: nothing is reduced late."""

    def set_requires_gradient_sync(
        self, requires_gradient_sync: bool, *, recurse: bool = True
    ) -> None:
        """Without effect: there is nobody to reduce with."""

    def set_requires_all_reduce(self, requires_all_reduce: bool, *, recurse: bool = True) -> None:
        """Without effect: there is nobody to reduce with."""

    def set_reshard_after_forward(self, reshard_after_forward: bool, recurse: bool = True) -> None:
        """Without effect: nothing is cut."""

    def set_reshard_after_backward(
        self, reshard_after_backward: bool, *, recurse: bool = True
    ) -> None:
        """Without effect: nothing is cut."""

    def set_modules_to_forward_prefetch(self, modules: list[FSDPModule]) -> None:
        """Without effect: nothing is gathered."""

    def set_modules_to_backward_prefetch(self, modules: list[FSDPModule]) -> None:
        """Without effect: nothing is gathered."""


class _State:
    """The parameters that one wrapped module looks after."""

    def __init__(self, module: Module, mesh: DeviceMesh, policy: MixedPrecisionPolicy) -> None:
        self.policy = policy
        self.places: list[tuple[Module, str]] = []
        self.kept: list[list[Any]] = []
        done: dict[int, Any] = {}
        for sub, name, p in _managed(module):
            if p.dim() == 0:
                raise ValueError(
                    "fully_shard doesn't support scalar parameters. Change "
                    f"{name} to a 1D tensor with numel equal to 1."
                )
            if id(p) not in done:
                done[id(p)] = distribute_parameter(p, mesh, [Shard(0)])
                self._reduce_in_lower_precision(done[id(p)])
            sub._parameters[name] = done[id(p)]
            self.places.append((sub, name))

    def _reduce_in_lower_precision(self, p: Tensor) -> None:
        kind = self.policy.reduce_dtype or self.policy.param_dtype
        if kind is not None and p.requires_grad:
            p.register_hook(lambda g: g.to(kind).to(g.dtype))

    def before(self, module: Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        kind = self.policy.param_dtype
        if kind is not None and self.policy.cast_forward_inputs:
            args, kwargs = cast_floats(args, kind), cast_floats(kwargs, kind)
        self.kept.append([sub._parameters[name] for sub, name in self.places])
        made: dict[int, Tensor] = {}
        for sub, name in self.places:
            p: Any = sub._parameters[name]
            if id(p) not in made:
                made[id(p)] = p.to_local() if kind is None else p.to_local().to(kind)
            sub._parameters[name] = made[id(p)]
        return args, kwargs

    def after(self, module: Module, args: tuple, output: Any) -> Any:
        for (sub, name), p in zip(self.places, self.kept.pop()):
            sub._parameters[name] = p
        kind = self.policy.output_dtype
        return output if kind is None else cast_floats(output, kind)


def _managed(module: Module) -> list[tuple[Module, str, Any]]:
    own = [(module, n, p) for n, p in module._parameters.items() if p is not None]
    for child in module.children():
        if not isinstance(child, FSDPModule):
            own.extend(_managed(child))
    return own


def fully_shard(
    module: Any,
    *,
    mesh: DeviceMesh | None = None,
    reshard_after_forward: bool | int | None = None,
    shard_placement_fn: Callable | None = None,
    mp_policy: MixedPrecisionPolicy = MixedPrecisionPolicy(),  # noqa: B008 - frozen
    offload_policy: OffloadPolicy = OffloadPolicy(),  # noqa: B008 - a value without state
    ignored_params: set | None = None,
    dp_mesh_dims: Any = None,
) -> Any:
    """Makes the parameters that no inner wrapped module looks after `DTensor`s; the same module."""
    for name, value in (
        ("shard_placement_fn", shard_placement_fn),
        ("ignored_params", ignored_params),
        ("dp_mesh_dims", dp_mesh_dims),
    ):
        if value is not None:
            raise NotImplementedError(f"torch.distributed.fsdp.fully_shard: argument '{name}'")
    if not isinstance(module, Module):
        raise NotImplementedError("torch.distributed.fsdp.fully_shard: a list of modules")
    if isinstance(module, FSDPModule):
        raise AssertionError("Each distinct composable distributed API can only be applied once")
    found = init_device_mesh("cpu", (1,)) if mesh is None else mesh
    if found.ndim != 1:
        raise NotImplementedError("torch.distributed.fsdp.fully_shard: a mesh of dimensions")
    state = _State(module, found, mp_policy)
    module.register_forward_pre_hook(state.before, prepend=True, with_kwargs=True)
    module.register_forward_hook(state.after, always_call=True)
    kind = type(module)
    if kind not in _classes:
        _classes[kind] = type(f"FSDP{kind.__name__}", (FSDPModule, kind), {})
    module.__class__ = _classes[kind]
    return module
