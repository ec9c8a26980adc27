"""Elementwise arithmetic and comparison as functions, methods and Python operators."""

from __future__ import annotations

from typing import Any

from ..ops import elementwise as ops
from .api import public
from .tensor import Tensor


def _scaled(other: Any, alpha: Any) -> Any:
    return other if alpha == 1 and alpha is not True else other * alpha


@public(inplace=True, out=True)
def add(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """`input + alpha * other`, broadcast and promoted. Source: torch.add."""
    return ops.add(input, _scaled(other, alpha))


@public(inplace=True, out=True, aliases=("subtract",))
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """`input - alpha * other`, broadcast and promoted. Source: torch.sub."""
    return ops.sub(input, _scaled(other, alpha))


@public(inplace=True, out=True, aliases=("multiply",))
def mul(input: Any, other: Any) -> Tensor:
    """`input * other`, broadcast and promoted. Source: torch.mul."""
    return ops.mul(input, other)


@public(inplace=True, out=True)
def exp(input: Tensor) -> Tensor:
    """e to the power of each element. Source: torch.exp."""
    return ops.exp(input)


@public(inplace=True, out=True, aliases=("negative",))
def neg(input: Tensor) -> Tensor:
    """`-input`. Source: torch.neg."""
    return ops.neg(input)


def _operator(name: str, function: Any) -> None:
    def forward(self: Tensor, other: Any) -> Any:
        if isinstance(other, _OPERANDS):
            return function(self, other)
        return NotImplemented

    def reflected(self: Tensor, other: Any) -> Any:
        if isinstance(other, _OPERANDS):
            return function(other, self)
        return NotImplemented

    setattr(Tensor, f"__{name}__", forward)
    setattr(Tensor, f"__r{name}__", reflected)


_OPERANDS = (Tensor, int, float, complex)
for _name, _function in (("add", ops.add), ("sub", ops.sub), ("mul", ops.mul), ("truediv", ops.div)):
    _operator(_name, _function)
Tensor.__neg__ = lambda self: ops.neg(self)  # type: ignore[attr-defined]
