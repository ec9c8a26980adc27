"""Means and variances of the columns of a matrix that is longer than the caches, as a loop nest.

In: x (N, C).  Out: mean and var (C,), var divided by N.  A worker takes columns that lie side by
side and walks their rows in blocks, so that memory is read nearly as it lies; the sums of blocks
are added in their order.
"""

from __future__ import annotations

from functools import lru_cache

from ...ir.loops import (
    Buffer,
    Call,
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
from ..llvm.emit import kernel_text
from .template import Template

_ROWS, _COLUMNS = Param("rows", "i64"), Param("columns", "i64")
_BLOCK, _PART = 32, 256  # rows of a block, columns of a task


@lru_cache(maxsize=8)
def template(kind: Kind) -> Template:
    """Slots: x, mean, var, rows, columns, scale (1 / rows); `kind` is f32 or f64."""
    kernel = nest(kind)
    slots = [(b.name, "ptr") for b in kernel.buffers]
    slots += [("rows", "i64"), ("columns", "i64"), ("scale", "f64")]
    return Template(
        kernel.name,
        ("moments", kind),
        lambda target: kernel_text(kernel, target),
        tuple(slots),
        lambda sizes, target: 0,
        lambda sizes: 4 * sizes["rows"] * sizes["columns"],
    )


def nest(kind: Kind) -> Kernel:
    buffers = Buffer("x", kind), Buffer("mean", kind, True), Buffer("var", kind, True)
    body = (
        Let("first", _of("mul", Var("o"), _whole(_PART))),
        *_averages("mean", lambda x: x, kind),
        *_averages("var", lambda x: _squared(_of("sub", x, Load("mean", _column(), kind))), kind),
    )
    loop = For("o", _parts(_COLUMNS, _PART), body, "parallel")
    scalars = _ROWS, _COLUMNS, Param("scale", kind)
    return Kernel(f"moments_{kind}", buffers, scalars, (loop,))


def _of(op: str, a: Expr, b: Expr) -> Call:
    return Call(op, (a, b), a.kind)


def _whole(number: int) -> Const:
    return Const(number, "i64")


def _squared(x: Expr) -> Expr:
    return _of("mul", x, x)


def _parts(count: Expr, size: int) -> Expr:
    return _of("floor_divide", _of("add", count, _whole(size - 1)), _whole(size))


def _column() -> Expr:
    return _of("add", Ref("first", "i64"), Var("i"))


def _averages(name: str, value, kind: Kind) -> tuple[Stmt, ...]:
    """Stores the mean over the rows of what `value` makes of an element."""
    count = _of("minimum", _whole(_PART), _of("sub", _COLUMNS, Ref("first", "i64")))
    total = Load(name, _column(), kind)
    row = _of("add", _of("mul", Var("b"), _whole(_BLOCK)), Var("r"))
    element = Load("x", _of("add", _of("mul", row, _COLUMNS), _column()), kind)
    height = _of("sub", _ROWS, _of("mul", Var("b"), _whole(_BLOCK)))
    block = (
        Register("sum", Const(0.0, kind)),
        For("r", _of("minimum", _whole(_BLOCK), height), (Update("sum", "add", value(element)),)),
        Store(name, _column(), _of("add", total, Ref("sum", kind))),
    )
    scaled = Store(name, _column(), _of("mul", total, Param("scale", kind)))
    return (
        For("i", count, (Store(name, _column(), Const(0.0, kind)),), "vector"),
        For("b", _parts(_ROWS, _BLOCK), (For("i", count, block, "vector"),)),
        For("i", count, (scaled,), "vector"),
    )
