"""Questions about loop nests that decide their code: how many lanes, how many vectors at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...ir.loops import Call, Const, Expr, For, Load, Register, Stmt, Store, Update
from ..kinds import SIZE
from .math import COSTS


def stores_of(statements: Iterable[Stmt]) -> Iterator[Store]:
    for statement in statements:
        if isinstance(statement, Store):
            yield statement
        elif isinstance(statement, For):
            yield from stores_of(statement.body)


def updates_of(statements: Iterable[Stmt]) -> dict[str, str]:
    """The registers that statements update, with the operation."""
    made: dict[str, str] = {}
    for statement in statements:
        if isinstance(statement, Update):
            made[statement.register] = statement.op
        elif isinstance(statement, For):
            made.update(updates_of(statement.body))
    return made


def values_of(statements: Iterable[Stmt]) -> Iterator[Expr]:
    """The expressions of statements, indices apart."""
    for statement in statements:
        if isinstance(statement, For):
            yield from values_of(statement.body)
        elif isinstance(statement, Register):
            yield statement.init
        else:
            yield statement.value


def lanes_for(loop: For, target: Any) -> int:
    """Lanes of a vector loop: a vector holds what is computed in; wider kinds take several.

    Where there are 32-bit numbers they decide, then 64-bit ones, then 16 and 8 bits.
    """
    sizes: set[int] = set()
    seen: set[int] = set()
    for value in values_of(loop.body):
        _sizes(value, sizes, seen)
    for size in (4, 8, 2, 1):
        if size in sizes:
            return target.vector_bytes // size
    return target.vector_bytes // 8


def _sizes(expr: Expr, sizes: set[int], seen: set[int]) -> None:
    if id(expr) in seen:
        return
    seen.add(id(expr))
    if isinstance(expr, Load):
        sizes.add(SIZE[expr.kind])
    elif isinstance(expr, Call):
        sizes.add(SIZE[expr.kind])
        for arg in expr.args:
            _sizes(arg, sizes, seen)


def bodies_at_once(loop: For) -> int:
    """Vectors side by side in the main loop.

    Sums need several, to hide an addition's latency.  Else one is as fast, as the processor
    overlaps iterations, and is compiled sooner.  0 for a very dear body: the masked loop does it
    all, which halves the time of compilation.
    """
    cost = 0
    seen: set[int] = set()
    for value in values_of(loop.body):
        cost += _cost(value, seen)
    if cost > 120:
        return 0
    if not updates_of(loop.body):
        return 1
    return 4 if cost <= 16 else 2 if cost <= 64 else 1


def _cost(expr: Expr, seen: set[int]) -> int:
    """About how many instructions an expression takes."""
    if id(expr) in seen or isinstance(expr, Const):
        return 0
    seen.add(id(expr))
    if isinstance(expr, Load):
        return 1
    if not isinstance(expr, Call):
        return 0
    return COSTS.get(expr.op, 1) + sum(_cost(a, seen) for a in expr.args)
