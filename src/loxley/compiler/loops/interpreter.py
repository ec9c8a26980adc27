"""Runs a loop nest on NumPy arrays: the definition that emitted code is tested against.

    run(kernel, {"x": x, "y": y}, {"n": 100})        # writes to y

In: one flat array per buffer, which begins at the buffer's address, and the scalars.  Vector
loops take all iterations at once, as they are independent; sums over them go in order, where
emitted code has an order of its own.  IndexError names what reaches outside of a buffer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from ...ir.loops import (
    Call,
    Const,
    Expr,
    For,
    Kernel,
    Let,
    Load,
    Param,
    Ref,
    Register,
    Stmt,
    Update,
    Var,
)
from ..kinds import NUMPY
from .meaning import MEANING, Array, cast


def run(kernel: Kernel, arrays: Mapping[str, np.ndarray], scalars: Mapping[str, Any]) -> None:
    """Executes `kernel`; its writable buffers are changed in place."""
    kinds = {p.name: p.kind for p in kernel.scalars}
    names = {n: NUMPY[kinds[n]].type(v) for n, v in scalars.items()}
    with np.errstate(all="ignore"):
        _Run(arrays, names).statements(kernel.body)


class _Run:
    """`names` holds scalars, or within a vector loop arrays with an element per iteration."""

    def __init__(self, arrays: Mapping[str, np.ndarray], names: dict[str, Array]) -> None:
        self.arrays, self.names = arrays, names
        self.iterations: int | None = None  # of the vector loop around
        self.outside: frozenset[str] = frozenset()  # registers from outside of it
        self.shared: dict[int, Array] = {}  # parts of the statement at hand, by identity

    def statements(self, statements: tuple[Stmt, ...]) -> None:
        for statement in statements:
            self.shared.clear()
            if isinstance(statement, For):
                self.loop(statement)
            elif isinstance(statement, Let):
                self.names[statement.name] = self.value(statement.value)
            elif isinstance(statement, Register):
                self.names[statement.name] = self.spread(self.value(statement.init))
            elif isinstance(statement, Update):
                self.update(statement)
            else:
                index = self.checked(statement.buffer, self.value(statement.index))
                self.arrays[statement.buffer][index] = self.value(statement.value)

    def spread(self, value: Array) -> Array:
        return value if self.iterations is None else np.broadcast_to(value, (self.iterations,))

    def update(self, statement: Update) -> None:
        name, meaning = statement.register, MEANING[statement.op]
        value, old = self.value(statement.value), self.names[name]
        if name in self.outside:
            self.names[name] = np.asarray(reduce(meaning, self.spread(value), old))[()]
        else:
            self.names[name] = meaning(old, value)

    def loop(self, loop: For) -> None:
        extent = int(self.value(loop.extent))
        if loop.mode != "vector":
            for i in range(extent):
                self.body(loop, np.int64(i))
        elif extent > 0:
            self.iterations, self.outside = extent, frozenset(self.names)
            self.body(loop, np.arange(extent))
            self.iterations, self.outside = None, frozenset()

    def body(self, loop: For, i: Array) -> None:
        known = frozenset(self.names)
        self.names[loop.var] = i
        self.statements(loop.body)
        self.names = {name: value for name, value in self.names.items() if name in known}

    def checked(self, buffer: str, index: Array) -> Array:
        size = len(self.arrays[buffer])
        if np.size(index) and (np.min(index) < 0 or np.max(index) >= size):
            raise IndexError(
                f"{buffer}[{np.min(index)} .. {np.max(index)}] is outside of {size} elements"
            )
        return index

    def value(self, expr: Expr) -> Array:
        if isinstance(expr, Const):
            return NUMPY[expr.kind].type(expr.value)
        if isinstance(expr, (Param, Var, Ref)):
            return self.names[expr.name]
        if id(expr) not in self.shared:
            self.shared[id(expr)] = self.computed(expr)
        return self.shared[id(expr)]

    def computed(self, expr: Load | Call) -> Array:
        if isinstance(expr, Load):
            return self.arrays[expr.buffer][self.checked(expr.buffer, self.value(expr.index))]
        args = [self.value(a) for a in expr.args]
        if expr.op == "cast":
            return cast(args[0], expr.kind)
        return MEANING[expr.op](*args)
