"""Writing where an index says, line by line, as a loop nest: scatter in all its forms.

In: how elements are combined (a `Spec`).  Out: a template over x and out [outer, size, inner] and
source [outer, count, inner] in row-major order; index has the source's shape, or is [count] for all
lines.  A line is walked in order, so the last of several elements for one place wins, and sums have
one order; workers, and lanes where they share an index, are other lines.  Places outside the line
are moved into it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

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
    Stmt,
    Store,
    Var,
)
from .nests import of, template_of
from .template import Template

_SIZES = tuple(Param(name, "i64") for name in ("outer", "size", "count", "inner"))
_OUTER, _SIZE, _COUNT, _INNER = _SIZES


class Spec(NamedTuple):
    """op      set, or what elements are combined by: add, mul, maximum, minimum
    kind    of the elements
    places  the kind of the index
    shared  all lines have one index
    last    lines lie side by side: inner is 1
    start   what is put at every place of the index before; None: nothing
    """

    op: str
    kind: Kind
    places: Kind = "i64"
    shared: bool = False
    last: bool = False
    start: float | int | None = None


@lru_cache(maxsize=256)
def template(spec: Spec) -> Template:
    return template_of(
        nest(spec),
        ("scatter", repr(spec)),
        lambda sizes: sizes["outer"] * (sizes["size"] + 4 * sizes["count"]) * sizes["inner"],
    )


def nest(spec: Spec) -> Kernel:
    buffers = (
        Buffer("x", spec.kind),
        Buffer("index", spec.places),
        Buffer("source", spec.kind),
        Buffer("out", spec.kind, writable=True),
    )
    name = f"scatter_{spec.op}_{spec.kind}_{int(spec.shared)}{int(spec.last)}"
    return Kernel(name, buffers, _SIZES, (For("o", _OUTER, _lines(spec), "parallel"),))


def _at(spec: Spec, size: Expr, k: Expr) -> Expr:
    """The index of element k of a line, where lines have `size` elements."""
    place = of("add", of("mul", Var("o"), size), k)
    return place if spec.last else of("add", of("mul", place, _INNER), Var("i"))


def _lines(spec: Spec) -> tuple[Stmt, ...]:
    """The lines that lie between each other in memory: a copy, then place by place."""
    count = _SIZE if spec.last else of("mul", _SIZE, _INNER)
    place = of("add", of("mul", Var("o"), count), Var("j"))
    copy = Store("out", place, Load("x", place, spec.kind))
    loops: list[Stmt] = [For("j", count, (copy,), "vector")]
    if spec.start is not None:
        loops.append(_along(spec, Var("s"), Const(spec.start, spec.kind)))
    source = Load("source", _at(spec, _COUNT, Var("k")), spec.kind)
    loops.append(_along(spec, Var("k"), source))
    return tuple(loops)


def _along(spec: Spec, k: Var, value: Expr) -> For:
    """What is written of all lines for one element of the index after the other.

    Where lines share an index they are lanes; else each element has a place of its own, for which
    processors' scatters of vectors win nothing.
    """
    let, store = _written(spec, k, value)
    if spec.last:
        return For(k.name, _COUNT, (let, store))
    if spec.shared:
        return For(k.name, _COUNT, (let, For("i", _INNER, (store,), "vector")))
    return For(k.name, _COUNT, (For("i", _INNER, (let, store)),))


def _written(spec: Spec, k: Var, value: Expr) -> tuple[Let, Store]:
    """The place of element k, and the value put there or combined with what is there."""
    name = f"to_{k.name}"
    index = Load("index", k if spec.shared else _at(spec, _COUNT, k), spec.places)
    wide: Expr = index if spec.places == "i64" else Call("cast", (index,), "i64")
    zero, last = Const(0, "i64"), of("sub", _SIZE, Const(1, "i64"))
    inside = of("minimum", of("maximum", wide, zero), last)
    there = _at(spec, _SIZE, Ref(name, "i64"))
    if spec.op != "set" and type(value) is not Const:
        value = of(spec.op, Load("out", there, spec.kind), value)
    return Let(name, inside), Store("out", there, value)
