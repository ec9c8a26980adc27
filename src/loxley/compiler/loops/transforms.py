"""Other orders for the same loops: split, interchange, vectorize, parallelize, unroll.

In: a `For`.  Out: another that computes the same; `ScheduleError` says why one would not.
`replace_loop` puts it into a kernel.  What is checked is sufficient, not necessary: a loop may be
refused although it could be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from ...ir.loops import (
    Call,
    Const,
    Expr,
    For,
    Kernel,
    Load,
    Register,
    Stmt,
    Store,
    Update,
    Var,
)


class ScheduleError(ValueError):
    """A loop cannot be changed as asked for."""


# ---------------------------------------------------------------------- looking at loops


def statements_of(statements: Iterable[Stmt]) -> Iterator[Stmt]:
    """All statements, those of inner loops after their loop."""
    for statement in statements:
        yield statement
        if isinstance(statement, For):
            yield from statements_of(statement.body)


def expressions_of(statement: Stmt) -> tuple[Expr, ...]:
    """The expressions of one statement, inner statements apart."""
    if isinstance(statement, For):
        return (statement.extent,)
    if isinstance(statement, Register):
        return (statement.init,)
    if isinstance(statement, Store):
        return (statement.index, statement.value)
    return (statement.value,)


def loads_of(expr: Expr) -> Iterator[Load]:
    if isinstance(expr, Load):
        yield expr
        yield from loads_of(expr.index)
    elif isinstance(expr, Call):
        for arg in expr.args:
            yield from loads_of(arg)


def mentions(expr: Expr, name: str) -> bool:
    """Whether a variable, parameter or register occurs in an expression."""
    if isinstance(expr, Call):
        return any(mentions(a, name) for a in expr.args)
    if isinstance(expr, Load):
        return mentions(expr.index, name)
    return not isinstance(expr, Const) and expr.name == name


# ---------------------------------------------------------------------- rewriting


def substituted(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """`expr` with variables, parameters and references replaced by name."""
    if isinstance(expr, Call):
        return expr._replace(args=tuple(substituted(a, values) for a in expr.args))
    if isinstance(expr, Load):
        return expr._replace(index=substituted(expr.index, values))
    return expr if isinstance(expr, Const) else values.get(expr.name, expr)


def rewritten(statement: Stmt, change: Callable[[Expr], Expr]) -> Stmt:
    """A statement, inner ones included, with each expression changed."""
    if isinstance(statement, For):
        body = tuple(rewritten(s, change) for s in statement.body)
        return statement._replace(extent=change(statement.extent), body=body)
    if isinstance(statement, Register):
        return statement._replace(init=change(statement.init))
    if isinstance(statement, Store):
        index, value = change(statement.index), change(statement.value)
        return statement._replace(index=index, value=value)
    return statement._replace(value=change(statement.value))


def replace_loop(kernel: Kernel, old: For, new: Stmt) -> Kernel:
    """`kernel` with the loop `old` (by identity) replaced; ValueError if it is not there."""
    found = []

    def replaced(statements: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
        made = []
        for statement in statements:
            if statement is old:
                found.append(statement)
                statement = new
            elif isinstance(statement, For):
                statement = statement._replace(body=replaced(statement.body))
            made.append(statement)
        return tuple(made)

    body = replaced(kernel.body)
    if not found:
        raise ValueError(f"kernel {kernel.name} does not hold this loop over {old.var!r}")
    return kernel._replace(body=body)


# ---------------------------------------------------------------------- legality


Term = tuple[int, tuple[str, ...]]  # a number times names


def expanded(expr: Expr) -> dict[tuple[str, ...], int] | None:
    """An index as a sum of products of names, sorted; None if it is not one."""
    if isinstance(expr, Const):
        return {(): int(expr.value)}
    if isinstance(expr, Load):
        return None
    if not isinstance(expr, Call):
        return {(expr.name,): 1}
    if expr.op not in ("add", "sub", "mul"):
        return None
    a, b = (expanded(x) for x in expr.args)
    if a is None or b is None:
        return None
    made: dict[tuple[str, ...], int] = {}
    if expr.op == "mul":
        for left, x in a.items():
            for right, y in b.items():
                names = tuple(sorted((*left, *right)))
                made[names] = made.get(names, 0) + x * y
        return made
    for names in {**a, **b}:
        other = b.get(names, 0)
        made[names] = a.get(names, 0) + (other if expr.op == "add" else -other)
    return made


def _stride(terms: Mapping[tuple[str, ...], int], name: str, loops: set[str]) -> Term | None:
    """What one step of a loop's variable adds to an index; None if that is not one product."""
    found = [(names, c) for names, c in terms.items() if c and name in names]
    if len(found) != 1:
        return None
    names = list(found[0][0])
    names.remove(name)
    return None if loops.intersection(names) else (abs(found[0][1]), tuple(names))


def _bound(extent: Expr) -> Term | None:
    """A number of iterations that a loop does not exceed."""
    if isinstance(extent, Const):
        return int(extent.value), ()
    if isinstance(extent, Call) and extent.op == "minimum":
        return next((b for b in map(_bound, extent.args) if b is not None), None)
    return None if isinstance(extent, (Call, Load)) else (1, (extent.name,))


def one_to_one(index: Expr, loops: Iterable[For]) -> bool:
    """Whether all iterations of nested loops are known to have different indices.

    Each stride must be at least what the loops with smaller strides cover together.
    """
    terms, left = expanded(index), list(loops)
    if terms is None:
        return False
    names = {loop.var for loop in left}
    steps = []
    for loop in left:
        stride = _stride(terms, loop.var, names)
        if stride is None:
            return False
        steps.append((len(stride[1]), stride, _bound(loop.extent)))
    steps.sort(key=lambda step: step[:2])
    covered: Term | None = (1, ())
    for _, (number, others), bound in steps:
        if covered is None or others != covered[1] or number < covered[0]:
            return False
        covered = bound and (number * bound[0], tuple(sorted((*others, *bound[1]))))
    return True


def _stores_within(loop: For, around: tuple[For, ...] = ()) -> Iterator[tuple[Store, tuple]]:
    """Each store in a loop, with the loops around it from this one inwards."""
    around = (*around, loop)
    for statement in loop.body:
        if isinstance(statement, Store):
            yield statement, around
        elif isinstance(statement, For):
            yield from _stores_within(statement, around)


def independent(loop: For) -> str:
    """Why iterations of `loop` depend on one another, sums apart; "" if they do not.

    Independent are iterations that each store to places of their own, and load nothing of a
    buffer that is written to but what they store.
    """
    places: dict[str, Expr] = {}
    for store, around in _stores_within(loop):
        if places.setdefault(store.buffer, store.index) != store.index:
            return f"{store.buffer!r} is written at several places"
        if not one_to_one(store.index, around):
            return f"it is not known that {store.buffer!r} is written at another place each time"
    for statement in statements_of(loop.body):
        for expr in expressions_of(statement):
            for load in loads_of(expr):
                if load.buffer in places and load.index != places[load.buffer]:
                    return f"{load.buffer!r} is read where another iteration may write"
    return ""


def _outer_updates(loop: For) -> list[str]:
    inner = list(statements_of(loop.body))
    own = {s.name for s in inner if isinstance(s, Register)}
    return [s.register for s in inner if isinstance(s, Update) and s.register not in own]


def _refuse(what: str, loop: For, why: str) -> None:
    if why:
        raise ScheduleError(f"the loop over {loop.var!r} cannot be {what}: {why}")


# ---------------------------------------------------------------------- transforms


def split(loop: For, size: int, outer: str, mode: Literal["serial", "parallel"] = "serial") -> For:
    """Blocks of `size` iterations, the last one shorter; always legal for a serial outer loop.

    for i in n: f(i)   ->   for outer in (n + size - 1) // size:
                                for i in minimum(size, n - outer * size): f(outer * size + i)
    """
    step = Const(size, "i64")
    up = Call("add", (loop.extent, Const(size - 1, "i64")), "i64")
    blocks = Call("floor_divide", (up, step), "i64")
    start = Call("mul", (Var(outer), step), "i64")
    rest = Call("minimum", (step, Call("sub", (loop.extent, start), "i64")), "i64")
    place = {loop.var: Call("add", (start, Var(loop.var)), "i64")}
    body = tuple(rewritten(s, lambda e: substituted(e, place)) for s in loop.body)
    made = For(outer, blocks, (loop._replace(extent=rest, body=body),))
    return parallel(made, checked=loop) if mode == "parallel" else made


def _nested(what: str, loop: For, distinct: bool = False) -> For:
    """The only statement of `loop`, a loop with which it can change places."""
    inner = loop.body[0] if len(loop.body) == 1 else None
    if not isinstance(inner, For):
        raise ScheduleError(f"the loop over {loop.var!r} cannot be {what}: it is not two loops")
    if mentions(inner.extent, loop.var):
        _refuse(what, loop, f"the extent of {inner.var!r} depends on it")
    if loop.mode == "unroll" or inner.mode not in ("serial", "vector"):
        _refuse(what, loop, f"it is {loop.mode} and the inner one {inner.mode}")
    if any(isinstance(s, Update) for s in statements_of(inner.body)):
        _refuse(what, loop, "the order of sums would change")
    if not distinct:
        _refuse(what, loop, independent(loop))
    return inner


def interchange(loop: For) -> For:
    """The only loop within `loop` becomes the outer one.

    for r in m: for i in n: f(r, i)   ->   for i in n: for r in m: f(r, i)
    """
    inner = _nested("interchanged", loop)
    _refuse("interchanged", loop, "it is parallel" if loop.mode == "parallel" else "")
    return inner._replace(body=(loop._replace(body=inner.body),))


def vectorize(loop: For) -> For:
    """Iterations become lanes; sums over them take the vectors' order."""
    if any(isinstance(s, For) and s.mode == "vector" for s in statements_of(loop.body)):
        _refuse("vectorized", loop, "it holds a vector loop")
    for inner in statements_of(loop.body):
        if isinstance(inner, For) and mentions(inner.extent, loop.var):
            _refuse("vectorized", loop, f"the extent of {inner.var!r} depends on it")
    _refuse("vectorized", loop, independent(loop))
    return loop._replace(mode="vector")


def parallel(loop: For, checked: For | None = None) -> For:
    """Iterations are divided among workers.  `checked` is the loop that `loop` was split from."""
    for name in _outer_updates(loop):
        _refuse("parallel", loop, f"it updates {name!r}, which is shared")
    _refuse("parallel", loop, independent(checked or loop))
    return loop._replace(mode="parallel")


def unroll(loop: For) -> For:
    """Written out; the extent is a constant."""
    if not isinstance(loop.extent, Const):
        _refuse("unrolled", loop, "its extent is not a constant")
    return loop._replace(mode="unroll")


def tile(loop: For, rows: int, columns: int, distinct: bool = False) -> For:
    """Two nested loops in blocks, for reading and writing in different directions.

    for r in m: for i in n: f(r, i)   ->   for r in blocks of m: for i in blocks of n:
                                               for r in rows: for i in columns: f(...)

    A parallel outer loop stays one, a vector inner loop too.  `distinct`: the caller knows that
    iterations write to different places, and read nothing that others write.
    """
    _nested("tiled", loop, distinct)
    outer = split(loop._replace(mode="serial"), rows, f"{loop.var}.block")
    row = outer.body[0]
    assert isinstance(row, For) and isinstance(row.body[0], For)
    blocks = split(row.body[0], columns, f"{row.body[0].var}.block")
    swapped = blocks._replace(body=(row._replace(body=blocks.body),))
    return outer._replace(body=(swapped,), mode=loop.mode)
