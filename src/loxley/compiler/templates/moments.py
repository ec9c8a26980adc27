"""Means and variances of the columns of a matrix that is longer than the caches, as a loop nest.

In: x (N, C).  Out: mean and var (C,), var divided by N.  A worker takes columns that lie side by
side and walks their rows in blocks, so that memory is read nearly as it lies; the sums of blocks
are added in their order.
"""

from __future__ import annotations

from functools import lru_cache

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

_ROWS, _COLUMNS = Param("rows", "i64"), Param("columns", "i64")
_BLOCK, _PART = 32, 256  # rows of a block, columns of a task


@lru_cache(maxsize=8)
def template(kind: Kind) -> Template:
    """Slots: x, mean, var, rows, columns, scale (1 / rows); `kind` is f32 or f64."""
    return template_of(
        nest(kind),
        ("moments", kind),
        lambda sizes: 4 * sizes["rows"] * sizes["columns"],
    )


def nest(kind: Kind) -> Kernel:
    buffers = Buffer("x", kind), Buffer("mean", kind, True), Buffer("var", kind, True)
    body = (
        Let("first", of("mul", Var("o"), whole(_PART))),
        *_averages("mean", lambda x: x, kind),
        *_averages("var", lambda x: _squared(of("sub", x, Load("mean", _column(), kind))), kind),
    )
    loop = For("o", parts_of(_COLUMNS, _PART), body, "parallel")
    scalars = _ROWS, _COLUMNS, Param("scale", kind)
    return Kernel(f"moments_{kind}", buffers, scalars, (loop,))


def _squared(x: Expr) -> Expr:
    return of("mul", x, x)


def _column() -> Expr:
    return of("add", Ref("first", "i64"), Var("i"))


def _averages(name: str, value, kind: Kind) -> tuple[Stmt, ...]:
    """Stores the mean over the rows of what `value` makes of an element."""
    count = of("minimum", whole(_PART), of("sub", _COLUMNS, Ref("first", "i64")))
    total = Load(name, _column(), kind)
    row = of("add", of("mul", Var("b"), whole(_BLOCK)), Var("r"))
    element = Load("x", of("add", of("mul", row, _COLUMNS), _column()), kind)
    height = of("sub", _ROWS, of("mul", Var("b"), whole(_BLOCK)))
    block = (
        Register("sum", Const(0.0, kind)),
        For("r", of("minimum", whole(_BLOCK), height), (Update("sum", "add", value(element)),)),
        Store(name, _column(), of("add", total, Ref("sum", kind))),
    )
    scaled = Store(name, _column(), of("mul", total, Param("scale", kind)))
    return (
        For("i", count, (Store(name, _column(), Const(0.0, kind)),), "vector"),
        For("b", parts_of(_ROWS, _BLOCK), (For("i", count, block, "vector"),)),
        For("i", count, (scaled,), "vector"),
    )
