"""`torch.autograd.Variable`: the name that tensors with gradients had before they were tensors."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor


class _VariableMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)

    def __call__(cls, data: Any = None, requires_grad: bool = False, volatile: Any = None) -> Any:
        """The tensor over the data's memory, a leaf; without data an empty one."""
        if volatile is not None:
            raise NotImplementedError("torch.autograd.Variable: argument 'volatile'")
        made = Tensor() if data is None else data.detach()
        return made.requires_grad_(requires_grad) if requires_grad else made


class Variable(metaclass=_VariableMeta):
    """A tensor; `isinstance` says so of every tensor. Source: torch.autograd.Variable."""
