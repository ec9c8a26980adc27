"""Optimizers' update rules, run on symbols: the third arithmetic beside arrays and tensors.

A rule changes its parameter and buffers in place; here each is a `Cell` whose symbol is replaced.
The scalars of the step are elements of a float64 leaf, so that a decaying rate is the same kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ...ir.loops import Kind, Ref
from ..kinds import LOW
from ..nodes import Node, map_expr, slice_of, view
from ..scalars import Scalar, Untraceable, call, cast, compute, symbol, where


class Cell:
    """A symbol that a rule may replace."""

    __slots__ = ("now",)

    def __init__(self, now: Scalar) -> None:
        self.now = now


class ScalarMath:
    """The arithmetic of update rules on cells; see `ops.optim.arrays.ArrayMath`."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def _of(self, x: Any) -> Scalar:
        """An operand: a cell's symbol; a number at the precision that arrays compute in."""
        if isinstance(x, Cell):
            return x.now
        inner = "f32" if self.kind in LOW else self.kind
        return cast(symbol(x, inner), inner)

    def _rounded(self, x: Any) -> Scalar:
        """An operand of an addition, where PyTorch rounds numbers to 16 bits too."""
        return self._of(x) if isinstance(x, Cell) else cast(self._of(x), self.kind)

    def _do(self, op: str, *args: Any) -> Scalar:
        return compute(op, self.kind, *(self._of(a) for a in args))

    def _set(self, cell: Cell, now: Scalar) -> Cell:
        cell.now = now
        return cell

    def copy(self, a):
        return Cell(a.now)

    def copy_(self, a, b):
        a.now = cast(self._of(b), self.kind)

    def detached(self, a):
        return a

    def _sum(self, a, b, alpha):
        b = self._rounded(b)
        if not (isinstance(alpha, (int, float)) and alpha == 1):
            inner = "f32" if self.kind in LOW else self.kind
            b = compute("mul", inner, cast(b, inner), cast(self._rounded(alpha), inner))
        return compute("add", self.kind, self._of(a), b)

    def add_(self, a, b, alpha=1):
        return self._set(a, self._sum(a, b, alpha))

    def add(self, a, b, alpha=1):
        return Cell(self._sum(a, b, alpha))

    def sub(self, a, b):
        return Cell(self._do("sub", a, b))

    def mul_(self, a, b):
        return self._set(a, self._do("mul", a, b))

    def mul(self, a, b):
        return Cell(self._do("mul", a, b))

    def div_(self, a, b):
        return self._set(a, self._do("div", a, b))

    def div(self, a, b):
        return Cell(self._do("div", a, b))

    def into_(self, number, a):
        return self._set(a, self._do("div", number, a))

    def sqrt_(self, a):
        return self._set(a, self._do("sqrt", a))

    def sqrt(self, a):
        return Cell(self._do("sqrt", a))

    def neg(self, a):
        return Cell(self._do("neg", a))

    def abs(self, a):
        return Cell(self._do("abs", a))

    def sign(self, a):
        return Cell(self._do("sign", a))

    def maximum_(self, a, b):
        return self._set(a, self._do("maximum", a, b))

    def clamp_(self, a, low, high):
        inner = compute("maximum", self.kind, self._of(a), self._of(low))
        return self._set(a, compute("minimum", self.kind, inner, self._of(high)))

    def lerp_(self, a, b, weight):
        inner = "f32" if self.kind in LOW else self.kind
        x, y, w = (cast(self._of(v), inner) for v in (a, b, weight))
        step = y - x
        near = call("lt", call("abs", w), cast(symbol(0.5, inner), inner), kind="bool")
        rest = cast(symbol(1 - weight, inner), inner)
        return self._set(a, cast(where(near, x + step * w, y - step * rest), self.kind))

    def _product(self, a, b, c, value):
        inner = "f32" if self.kind in LOW else self.kind
        b, c = cast(self._of(b), inner), cast(self._of(c), inner)
        if not (isinstance(value, (int, float)) and value == 1):
            b = b * cast(self._of(value), inner)
        return compute("add", self.kind, self._of(a), b * c)

    def addcmul_(self, a, b, c, value=1):
        return self._set(a, self._product(a, b, c, value))

    def addcmul(self, a, b, c, value=1):
        return Cell(self._product(a, b, c, value))

    def addcdiv_(self, a, b, c, value=1):
        inner = "f32" if self.kind in LOW else self.kind
        b, c = cast(self._of(b), inner), cast(self._of(c), inner)
        if not (isinstance(value, (int, float)) and value == 1):
            b = b * cast(self._of(value), inner)
        return self._set(a, compute("add", self.kind, self._of(a), b / c))

    def by_sign(self, s, negative, zero, positive):
        x = self._of(s)
        inner = cast(x, "f32") if x.kind in LOW else x
        made = where(inner < 0, self._of(negative), self._of(s))
        made = where(inner == 0, self._of(zero), made)
        return Cell(cast(where(inner > 0, self._of(positive), made), self.kind))


@lru_cache(maxsize=256)
def _expressions(rule: Callable, kinds: tuple[Kind, ...], scalars: int, flags: tuple):
    """The new values of everything but the gradient, or None where the rule can't be traced."""
    count = len(kinds)
    cells = [Cell(Scalar(Ref(str(i), k))) for i, k in enumerate(kinds)]
    numbers = [Scalar(Ref(str(count + i), "f64")) for i in range(scalars)]
    try:
        rule(ScalarMath(kinds[0]), *cells, numbers, flags)
    except (Untraceable, TypeError, AttributeError):
        return None
    return tuple(cell.now.expr for i, cell in enumerate(cells) if i != 1)


def decompose(rule: Callable, inputs: tuple[Node, ...], flags: tuple) -> tuple[Node, ...] | None:
    """Maps that update (parameter, *buffers) from (parameter, gradient, *buffers, scalars)."""
    *arrays, scalars = inputs
    if any(x.kind != arrays[0].kind for x in arrays):
        return None
    (count,) = scalars.shape
    exprs = _expressions(rule, tuple(x.kind for x in arrays), count, flags)
    if exprs is None:
        return None
    numbers = [view(slice_of(scalars, (i,), (1,), (1,)), ()) for i in range(count)]
    return tuple(map_expr(e, *arrays, *numbers) for e in exprs)
