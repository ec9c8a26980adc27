"""Weight normalization as a forward pre-hook: w = g * v / |v| (Salimans and Kingma, 2016).

In: a module with a weight. Out: the same module with parameters `weight_g` and `weight_v` from
which the weight is made before each call. `parametrizations.weight_norm` is the newer form.
"""

from __future__ import annotations

import warnings
from typing import Any

from ...ops.weight_norm import WEIGHT_NORM
from ...tensor import Tensor
from ..modules.module import Module
from ..parameter import Parameter, UninitializedParameter


def norm_except_dim(v: Tensor, dim: int | None) -> Tensor:
    """|v| of each slice along `dim`, kept broadcastable; None or -1: of the whole tensor."""
    if dim is None or dim == -1:
        return v.norm()
    others = [d for d in range(v.dim()) if d != dim]
    return (v * v).sum(others, keepdim=True).sqrt() if others else v.abs()


def weight_from(v: Tensor, g: Tensor, dim: int | None) -> Tensor:
    """v * g / |v| per slice of `dim`; None or -1: of the whole tensor."""
    if dim is not None and dim in (0, v.dim() - 1):
        return WEIGHT_NORM(v, g, dim)[0]
    return v * (g / norm_except_dim(v, dim))


class WeightNorm:
    """The hook: sets `name` from `name_g` and `name_v` before each forward."""

    name: str
    dim: int

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """The weight that the two parameters give."""
        g = getattr(module, self.name + "_g")
        v = getattr(module, self.name + "_v")
        return weight_from(v, g, self.dim)

    @staticmethod
    def apply(module: Module, name: str, dim: int | None) -> WeightNorm:
        """Split the parameter `name` and register the hook."""
        warnings.warn(
            "`torch.nn.utils.weight_norm` is deprecated in favor of "
            "`torch.nn.utils.parametrizations.weight_norm`.",
            FutureWarning,
            stacklevel=3,
        )
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, WeightNorm) and hook.name == name:
                raise RuntimeError(
                    f"Cannot register two weight_norm hooks on the same parameter {name}"
                )
        hook = WeightNorm(name, dim)
        weight = getattr(module, name)
        if isinstance(weight, UninitializedParameter):
            raise ValueError(
                "The module passed to `WeightNorm` can't have uninitialized parameters. Make sure "
                "to run the dummy forward before applying weight normalization"
            )
        del module._parameters[name]
        norm = norm_except_dim(weight, hook.dim).data
        module.register_parameter(name + "_g", Parameter(norm))
        module.register_parameter(name + "_v", Parameter(weight.data))
        setattr(module, name, hook.compute_weight(module))
        module.register_forward_pre_hook(hook)
        return hook

    def remove(self, module: Module) -> None:
        """Make `name` an ordinary parameter again."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        del module._parameters[self.name + "_g"]
        del module._parameters[self.name + "_v"]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Normalize the parameter `name`, per slice of `dim` (None: as a whole)."""
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Undo `weight_norm`; ValueError where there is none."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
