"""The rules of loop nests: names, kinds, where loops may stand, and that indices are in bounds.

`verify` raises CompilationError with the line that breaks a rule; `check_bounds` runs the kernel
on copies of its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import CompilationError
from ...ir.loops import (
    Call,
    Const,
    Expr,
    For,
    Kernel,
    Let,
    Load,
    Param,
    Register,
    Stmt,
    Store,
    Update,
    Var,
)
from .interpreter import run
from .meaning import MEANING
from .printer import expression, statement_lines

_COMPARISONS = frozenset(("lt", "le", "gt", "ge", "eq", "ne"))
_TESTS = _COMPARISONS | {"isnan", "isinf"}
_BINARY = _COMPARISONS | frozenset(
    "add sub mul div maximum minimum fmax fmin and or xor atan2 pow floor_divide remainder fmod"
    " shl shr".split()
)
_ASSOCIATIVE = frozenset("add mul maximum minimum fmax fmin and or xor".split())


def verify(kernel: Kernel) -> None:
    """CompilationError at the first statement that breaks a rule."""
    _Verifier(kernel).statements(kernel.body, _Scope({p.name: p.kind for p in kernel.scalars}))


def check_bounds(
    kernel: Kernel, arrays: Mapping[str, np.ndarray], scalars: Mapping[str, Any]
) -> None:
    """IndexError where the kernel would reach outside of its buffers, for these arguments."""
    run(kernel, {name: a.copy() for name, a in arrays.items()}, scalars)


class _Scope:
    """Names and kinds of one body, copied for inner ones.

    registers  those that may be updated here
    outside    those among them from outside of the vector loop around
    """

    def __init__(self, names: dict[str, str]) -> None:
        self.names = dict(names)
        self.registers: set[str] = set()
        self.outside: set[str] = set()
        self.depth, self.vector = 0, False
        self.seen: set[int] = set()  # expressions that were checked, by identity

    def inner(self, loop: For) -> _Scope:
        made = _Scope({**self.names, loop.var: "i64"})
        made.registers, made.depth = set(self.registers), self.depth + 1
        made.vector = self.vector or loop.mode == "vector"
        made.outside = set(self.registers) if loop.mode == "vector" else set(self.outside)
        return made


class _Verifier:
    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.buffers = {b.name: b for b in kernel.buffers}

    def refuse(self, statement: Stmt, what: str) -> None:
        line = next(statement_lines((statement,)))
        raise CompilationError(f"kernel {self.kernel.name}: {what}, in `{line}`")

    def statements(self, statements: tuple[Stmt, ...], scope: _Scope) -> None:
        for statement in statements:
            if isinstance(statement, For):
                self.loop(statement, scope)
            elif isinstance(statement, (Let, Register)):
                self.definition(statement, scope)
            elif isinstance(statement, Update):
                self.update(statement, scope)
            else:
                self.store(statement, scope)

    def loop(self, loop: For, scope: _Scope) -> None:
        if self.kind(loop.extent, scope, loop) != "i64":
            self.refuse(loop, "an extent is an i64")
        if loop.var in scope.names:
            self.refuse(loop, f"{loop.var!r} is defined already")
        if loop.mode == "parallel" and scope.depth:
            self.refuse(loop, "only the outermost loop may be parallel")
        if loop.mode == "parallel":
            self.alone(loop)
        if loop.mode == "vector" and scope.vector:
            self.refuse(loop, "a vector loop within a vector loop")
        if loop.mode == "unroll" and not isinstance(loop.extent, Const):
            self.refuse(loop, "an unrolled loop has a constant extent")
        self.statements(loop.body, scope.inner(loop))

    def alone(self, loop: For) -> None:
        for other in self.kernel.body:
            if other is not loop and not isinstance(other, Let):
                self.refuse(other, "beside a parallel loop there are only definitions")

    def definition(self, statement: Let | Register, scope: _Scope) -> None:
        value = statement.value if isinstance(statement, Let) else statement.init
        if statement.name in scope.names:
            self.refuse(statement, f"{statement.name!r} is defined already")
        scope.names[statement.name] = self.kind(value, scope, statement)
        if isinstance(statement, Register):
            scope.registers.add(statement.name)

    def update(self, statement: Update, scope: _Scope) -> None:
        if statement.register not in scope.registers:
            self.refuse(statement, f"{statement.register!r} is not a register here")
        if statement.op not in _ASSOCIATIVE:
            self.refuse(statement, f"{statement.op!r} is not associative")
        if self.kind(statement.value, scope, statement) != scope.names[statement.register]:
            self.refuse(statement, "the register has another kind")

    def store(self, statement: Store, scope: _Scope) -> None:
        buffer = self.buffers.get(statement.buffer)
        if buffer is None or not buffer.writable:
            self.refuse(statement, f"{statement.buffer!r} is not a writable buffer")
        elif self.kind(statement.value, scope, statement) != buffer.kind:
            self.refuse(statement, f"the buffer holds {buffer.kind}")
        if self.kind(statement.index, scope, statement) != "i64":
            self.refuse(statement, "an index is an i64")

    def kind(self, expr: Expr, scope: _Scope, at: Stmt) -> str:
        """The kind of an expression, all of whose parts are checked."""
        if isinstance(expr, Const) or id(expr) in scope.seen:
            return expr.kind
        scope.seen.add(id(expr))
        if isinstance(expr, Load):
            self.load(expr, scope, at)
        elif isinstance(expr, Call):
            self.call(expr, [self.kind(a, scope, at) for a in expr.args], at)
        elif scope.names.get(expr.name) != expr.kind:
            what = "is not defined" if expr.name not in scope.names else "has another kind"
            self.refuse(at, f"{expr.name!r} {what}")
        elif expr.name in scope.outside and not isinstance(expr, (Var, Param)):
            self.not_updated(expr.name, at)
        return expr.kind

    def not_updated(self, name: str, at: Stmt) -> None:
        """A vector loop cannot read what its lanes are accumulating."""
        for loop in _vector_loops(self.kernel.body):
            inner = list(_flat(loop.body))
            if any(s is at for s in inner) and any(
                isinstance(s, Update) and s.register == name for s in inner
            ):
                self.refuse(at, f"{name!r} is read in the vector loop that updates it")

    def load(self, expr: Load, scope: _Scope, at: Stmt) -> None:
        buffer = self.buffers.get(expr.buffer)
        if buffer is None or buffer.kind != expr.kind:
            self.refuse(at, f"{expr.buffer!r} is not a buffer of {expr.kind}")
        if self.kind(expr.index, scope, at) != "i64":
            self.refuse(at, "an index is an i64")

    def call(self, expr: Call, kinds: list[str], at: Stmt) -> None:
        if expr.op not in MEANING and expr.op != "cast":
            self.refuse(at, f"there is no operation {expr.op!r}")
        if not _fits(expr, kinds):
            text = expression(expr)
            self.refuse(at, f"kinds of `{text}`: {', '.join(kinds)} -> {expr.kind}")


def _fits(expr: Call, kinds: list[str]) -> bool:
    """Whether an operation takes arguments of these kinds and gives its own."""
    if expr.op == "cast":
        return len(kinds) == 1
    if expr.op == "where":
        return kinds == ["bool", expr.kind, expr.kind]
    count = 3 if expr.op == "fma" else 2 if expr.op in _BINARY else 1
    result = "bool" if expr.op in _TESTS else kinds[0]
    right = kinds == [kinds[0]] * count and expr.kind == result
    return right and kinds[0] not in ("f16", "bf16")


def _flat(statements: tuple[Stmt, ...]) -> list[Stmt]:
    made: list[Stmt] = []
    for statement in statements:
        made.append(statement)
        if isinstance(statement, For):
            made += _flat(statement.body)
    return made


def _vector_loops(statements: tuple[Stmt, ...]) -> list[For]:
    return [s for s in _flat(statements) if isinstance(s, For) and s.mode == "vector"]
