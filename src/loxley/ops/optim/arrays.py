"""The arithmetic of update rules on blocks of NumPy arrays.

An update rule is a function of `m`, the arithmetic, and of what it updates.  `m.name_(a, ...)`
changes `a`, `m.name(a, ...)` makes a new array; the names and the order of rounding are those of
PyTorch's methods.  In: 1-D pieces of equal length.  Out: the same pieces, changed in place.
`optim/tensor_math.py` has the same names on tensors, for `differentiable=True`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray
Operand = Any  # an array or a number


class ArrayMath:
    """In-place arithmetic with scratch memory; `begin` frees all scratch for the next block."""

    def __init__(self, scratch: Sequence[Array]) -> None:
        self._scratch = scratch
        self._taken = 0
        self._size = 0

    def begin(self, size: int) -> None:
        """Start on the next block, of `size` elements: what was made for the last one is void."""
        self._taken = 0
        self._size = size

    def _new(self) -> Array:
        self._taken += 1
        return self._scratch[self._taken - 1][: self._size]

    def _done(self, a: Array) -> Array:
        """The result of one operation, rounded to the dtype that the caller's arrays have."""
        return a

    def copy(self, a: Array) -> Array:
        out = self._new()
        np.copyto(out, a)
        return out

    def copy_(self, a: Array, b: Operand) -> None:
        np.copyto(a, b)

    def detached(self, a: Array) -> Array:
        """`a` without its history, which arrays have none of."""
        return a

    def add_(self, a: Array, b: Operand, alpha: float = 1) -> Array:
        return self._add(a, b, alpha, a)

    def add(self, a: Array, b: Operand, alpha: float = 1) -> Array:
        return self._add(a, b, alpha, self._new())

    def _add(self, a: Array, b: Operand, alpha: float, out: Array) -> Array:
        if alpha != 1:
            scaled = self._borrow()
            b = np.multiply(b, alpha, out=scaled)
        np.add(a, b, out=out)
        return self._done(out)

    def _borrow(self) -> Array:
        """Scratch for the inside of one operation: the last one, which `_new` never reaches."""
        return self._scratch[-1][: self._size]

    def sub(self, a: Array, b: Operand) -> Array:
        return self._done(np.subtract(a, b, out=self._new()))

    def mul_(self, a: Array, b: Operand) -> Array:
        return self._done(np.multiply(a, b, out=a))

    def mul(self, a: Array, b: Operand) -> Array:
        return self._done(np.multiply(a, b, out=self._new()))

    def div_(self, a: Array, b: Operand) -> Array:
        return self._done(np.divide(a, b, out=a))

    def div(self, a: Array, b: Operand) -> Array:
        return self._done(np.divide(a, b, out=self._new()))

    def into_(self, number: float, a: Array) -> Array:
        """a = number / a."""
        return self._done(np.divide(number, a, out=a))

    def sqrt_(self, a: Array) -> Array:
        return self._done(np.sqrt(a, out=a))

    def sqrt(self, a: Array) -> Array:
        return self._done(np.sqrt(a, out=self._new()))

    def neg(self, a: Array) -> Array:
        return np.negative(a, out=self._new())

    def abs(self, a: Array) -> Array:
        return np.absolute(a, out=self._new())

    def sign(self, a: Array) -> Array:
        return np.sign(a, out=self._new())

    def maximum_(self, a: Array, b: Array) -> Array:
        return np.maximum(a, b, out=a)

    def clamp_(self, a: Array, low: float, high: float) -> Array:
        return self._done(np.clip(a, low, high, out=a))

    def lerp_(self, a: Array, b: Array, weight: float) -> Array:
        """a + weight (b - a), reckoned from the nearer end."""
        step = np.subtract(b, a, out=self._borrow())
        if abs(weight) < 0.5:
            np.multiply(step, weight, out=step)
            np.add(a, step, out=a)
        else:
            np.multiply(step, 1 - weight, out=step)
            np.subtract(b, step, out=a)
        return self._done(a)

    def addcmul_(self, a: Array, b: Array, c: Array, value: float = 1) -> Array:
        return self._addcmul(a, b, c, value, a)

    def addcmul(self, a: Array, b: Array, c: Array, value: float = 1) -> Array:
        return self._addcmul(a, b, c, value, self._new())

    def _addcmul(self, a: Array, b: Array, c: Array, value: float, out: Array) -> Array:
        product = self._borrow()
        if value != 1:
            b = np.multiply(b, value, out=product)
        np.multiply(b, c, out=product)
        np.add(a, product, out=out)
        return self._done(out)

    def addcdiv_(self, a: Array, b: Array, c: Array, value: float = 1) -> Array:
        quotient = self._borrow()
        if value != 1:
            b = np.multiply(b, value, out=quotient)
        np.divide(b, c, out=quotient)
        np.add(a, quotient, out=a)
        return self._done(a)

    def by_sign(self, s: Array, negative: Operand, zero: Operand, positive: Operand) -> Array:
        """Elements of one of three operands by the sign of s; NaN where s is NaN."""
        out = self.copy(s)
        np.copyto(out, negative, where=s < 0)
        np.copyto(out, zero, where=s == 0)
        np.copyto(out, positive, where=s > 0)
        return out


class LowPrecisionMath(ArrayMath):
    """Arithmetic in float32 where each result is rounded to a 16-bit float, as PyTorch does."""

    def __init__(self, scratch: Sequence[Array], low: np.dtype) -> None:
        super().__init__(scratch)
        self._low = low

    def _done(self, a: Array) -> Array:
        np.copyto(a, a.astype(self._low))
        return a

    def _add(self, a: Array, b: Operand, alpha: float, out: Array) -> Array:
        # In additions, and there alone, PyTorch rounds numbers to 16 bits too.
        if not isinstance(b, np.ndarray):
            b = float(self._low.type(b))
        return super()._add(a, b, float(self._low.type(alpha)), out)
