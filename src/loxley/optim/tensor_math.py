"""The arithmetic of update rules on tensors, for steps that are differentiated or only traced.

The names are those of `ops.optim.arrays.ArrayMath`.  In: `Cell`s, which hold a tensor that the
rule changes by replacing it.  Out: the cells, with tensors that carry their history.
"""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor, maximum, where

Operand = Any  # a cell, a tensor or a number


class Cell:
    """A tensor that a rule may change: `t` is its present value."""

    __slots__ = ("t",)

    def __init__(self, t: Tensor) -> None:
        self.t = t


def _of(x: Operand) -> Any:
    return x.t if isinstance(x, Cell) else x


class TensorMath:
    """Rule arithmetic by ordinary tensor operators; nothing is overwritten, so all is saved."""

    def copy(self, a: Cell) -> Cell:
        return Cell(a.t)

    def copy_(self, a: Cell, b: Operand) -> None:
        a.t = _of(b)

    def detached(self, a: Cell) -> Cell:
        return Cell(a.t.detach())

    def add(self, a: Cell, b: Operand, alpha: Any = 1) -> Cell:
        b = _of(b)
        return Cell(a.t + (b if isinstance(alpha, int) and alpha == 1 else b * alpha))

    def add_(self, a: Cell, b: Operand, alpha: Any = 1) -> Cell:
        return _set(a, self.add(a, b, alpha))

    def sub(self, a: Cell, b: Operand) -> Cell:
        return Cell(a.t - _of(b))

    def mul(self, a: Cell, b: Operand) -> Cell:
        return Cell(a.t * _of(b))

    def mul_(self, a: Cell, b: Operand) -> Cell:
        return _set(a, self.mul(a, b))

    def div(self, a: Cell, b: Operand) -> Cell:
        return Cell(a.t / _of(b))

    def div_(self, a: Cell, b: Operand) -> Cell:
        return _set(a, self.div(a, b))

    def into_(self, number: Any, a: Cell) -> Cell:
        return _set(a, Cell(number / a.t))

    def sqrt(self, a: Cell) -> Cell:
        return Cell(a.t.sqrt())

    def sqrt_(self, a: Cell) -> Cell:
        return _set(a, self.sqrt(a))

    def neg(self, a: Cell) -> Cell:
        return Cell(-a.t)

    def abs(self, a: Cell) -> Cell:
        return Cell(a.t.abs())

    def sign(self, a: Cell) -> Cell:
        return Cell(a.t.sign())

    def maximum_(self, a: Cell, b: Cell) -> Cell:
        return _set(a, Cell(maximum(a.t, b.t)))

    def clamp_(self, a: Cell, low: Any, high: Any) -> Cell:
        return _set(a, Cell(a.t.clamp(low, high)))

    def lerp_(self, a: Cell, b: Cell, weight: Any) -> Cell:
        return _set(a, Cell(a.t + (b.t - a.t) * weight))

    def addcmul(self, a: Cell, b: Cell, c: Cell, value: Any = 1) -> Cell:
        return Cell(a.t + b.t * value * c.t)

    def addcmul_(self, a: Cell, b: Cell, c: Cell, value: Any = 1) -> Cell:
        return _set(a, self.addcmul(a, b, c, value))

    def addcdiv_(self, a: Cell, b: Cell, c: Cell, value: Any = 1) -> Cell:
        return _set(a, Cell(a.t + b.t * value / c.t))

    def by_sign(self, s: Cell, negative: Operand, zero: Operand, positive: Operand) -> Cell:
        out = where(s.t < 0, _of(negative), s.t)
        out = where(s.t == 0, _of(zero), out)
        return Cell(where(s.t > 0, _of(positive), out))


def _set(a: Cell, new: Cell) -> Cell:
    a.t = new.t
    return a
