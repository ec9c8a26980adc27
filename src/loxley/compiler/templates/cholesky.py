"""The upper Cholesky factor of matrices that fit into the caches, as a loop nest.

In: a (Z, N, N), of which the upper triangle is read.  Out: u (Z, N, N) with u^T u = a and zeros
below the diagonal, and info (Z,): the order of the first leading minor that is not positive, or 0.
A row is what the rows above leave of it, summed in their order; lanes are its elements.
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
from .nests import of, template_of, whole
from .template import Template

_BATCH, _ROWS = Param("batch", "i64"), Param("rows", "i64")
_NEVER = Const((1 << 62), "i64")


@lru_cache(maxsize=8)
def template(kind: Kind) -> Template:
    """Slots: a, out, info, batch, rows; `kind` is f32 or f64."""
    return template_of(
        nest(kind),
        ("cholesky", kind),
        lambda sizes: sizes["batch"] * sizes["rows"] ** 3 // 3,
    )


def nest(kind: Kind) -> Kernel:
    buffers = Buffer("a", kind), Buffer("out", kind, True), Buffer("info", "i64", True)
    worst = Ref("worst", "i64")
    found = Call("where", (Call("eq", (worst, _NEVER), "bool"), whole(0), worst), "i64")
    body = (
        Register("worst", _NEVER),
        For("j", _ROWS, _row(kind)),
        Store("info", Var("o"), found),
    )
    loop = For("o", _BATCH, body, "parallel")
    return Kernel(f"cholesky_{kind}", buffers, (_BATCH, _ROWS), (loop,))


def _place(row: Expr, column: Expr) -> Expr:
    line = of("add", of("mul", Var("o"), _ROWS), row)
    return of("add", of("mul", line, _ROWS), column)


def _row(kind: Kind) -> tuple[Stmt, ...]:
    """Row `j`: the rest, then its root on the diagonal, by which the rest is divided."""
    diagonal = _place(Var("j"), Var("j"))
    column = of("add", Var("j"), Var("i"))
    here, square = _place(Var("j"), column), Ref("square", kind)
    above = Load("out", _place(Var("k"), Var("j")), kind)
    known = of("mul", above, Load("out", _place(Var("k"), column), kind))
    rest = of("sub", Load("a", here, kind), Ref("total", kind))
    fine = Call("gt", (square, Const(0.0, kind)), "bool")
    minor = Call("where", (fine, _NEVER, of("add", Var("j"), whole(1))), "i64")
    root = Call("sqrt", (square,), kind)
    divided = of("div", Load("out", here, kind), root)
    length = Ref("length", "i64")
    zero = Store("out", _place(Var("j"), Var("i")), Const(0.0, kind))
    return (
        Let("length", of("sub", _ROWS, Var("j"))),
        For("i", Var("j"), (zero,), "vector"),
        For(
            "i",
            length,
            (
                Register("total", Const(0.0, kind)),
                For("k", Var("j"), (Update("total", "add", known),)),
                Store("out", here, rest),
            ),
            "vector",
        ),
        Register("square", Load("out", diagonal, kind)),
        Update("worst", "minimum", minor),
        For("i", length, (Store("out", here, divided),), "vector"),
        Store("out", diagonal, root),  # divided by its root, infinity were NaN
    )
