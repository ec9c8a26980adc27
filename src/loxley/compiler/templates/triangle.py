"""Systems of equations with triangular matrices, as a loop nest.

In: a (Z, N, N), of which one side of the diagonal is read, and b (Z, N, M).  Out: x (Z, N, M) with
a x = b.  Lanes are columns; a row is what substitution leaves of it, sums in the order of the rows
that are known.  A zero on the diagonal gives infinities and NaN.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ...ir.loops import (
    Buffer,
    Const,
    Expr,
    For,
    Kernel,
    Kind,
    Let,
    Load,
    Param,
    Ref,
    Register,
    Stmt,
    Store,
    Update,
    Var,
)
from .nests import of, parts_of, template_of, whole
from .template import Template

_SIZES = tuple(Param(name, "i64") for name in ("batch", "rows", "columns"))
_BATCH, _ROWS, _COLUMNS = _SIZES
_PART = 64  # columns that one worker takes at a time


class Spec(NamedTuple):
    """`kind` is f32 or f64; `unit`: the diagonal is ones and is not read."""

    kind: Kind
    upper: bool
    unit: bool


@lru_cache(maxsize=16)
def template(spec: Spec) -> Template:
    return template_of(
        nest(spec),
        ("triangle", *spec),
        lambda sizes: sizes["batch"] * sizes["rows"] ** 2 * sizes["columns"],
    )


def nest(spec: Spec) -> Kernel:
    buffers = (Buffer("a", spec.kind), Buffer("b", spec.kind), Buffer("out", spec.kind, True))
    parts = parts_of(_COLUMNS, _PART)
    matrix, first = Ref("matrix", "i64"), Ref("first", "i64")
    columns = of("mul", of("sub", Var("o"), of("mul", matrix, parts)), whole(_PART))
    count = of("minimum", whole(_PART), of("sub", _COLUMNS, first))
    body: tuple[Stmt, ...] = (
        Let("matrix", of("floor_divide", Var("o"), parts)),
        Let("first", columns),
        For("i", count, (For("j", _ROWS, _row(spec)),), "vector"),
    )
    loop = For("o", of("mul", _BATCH, parts), body, "parallel")
    name = f"triangle_{spec.kind}_{int(spec.upper)}{int(spec.unit)}"
    return Kernel(name, buffers, _SIZES, (loop,))


def _line(number: Expr, size: Expr, at: Expr) -> Expr:
    return of("add", of("mul", number, size), at)


def _row(spec: Spec) -> tuple[Stmt, ...]:
    """Row `j` in the order of substitution."""
    kind, matrix, row = spec.kind, Ref("matrix", "i64"), Ref("row", "i64")

    def turned(k: Expr) -> Expr:
        return of("sub", of("sub", _ROWS, whole(1)), k) if spec.upper else k

    def of_a(column: Expr) -> Load:
        return Load("a", _line(_line(matrix, _ROWS, row), _ROWS, column), kind)

    def place(number: Expr) -> Expr:
        column = of("add", Ref("first", "i64"), Var("i"))
        return _line(_line(matrix, _ROWS, number), _COLUMNS, column)

    known = of("mul", of_a(turned(Var("k"))), Load("out", place(turned(Var("k"))), kind))
    rest: Expr = of("sub", Load("b", place(row), kind), Ref("total", kind))
    rest = rest if spec.unit else of("div", rest, of_a(row))
    return (
        Let("row", turned(Var("j"))),
        Register("total", Const(0.0, kind)),
        For("k", Var("j"), (Update("total", "add", known),)),
        Store("out", place(row), rest),
    )
