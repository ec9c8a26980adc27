"""Maxima of windows that are given by the output's size, and where they stand, as a loop nest.

In: planes x (P, D, H, W).  Out: y and places (P, od, oh, ow), numbers of elements within a plane.
Lanes are planes.  An element replaces the maximum if it is larger or NaN: the first of equals wins,
and the last NaN.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod

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
from ..kinds import wide
from ..llvm.emit import kernel_text
from .template import Template

_NAMES = ("planes", *(f"{n}_{axis}" for n in ("size", "out") for axis in "dhw"))
_SIZES = tuple(Param(name, "i64") for name in _NAMES)
_PLANES = 32  # planes that one worker takes at a time


@lru_cache(maxsize=8)
def template(kind: Kind) -> Template:
    """Slots: x, y, places, planes, size_d ... out_w; `kind` is a float's."""
    kernel = nest(kind)
    slots = [(b.name, "ptr") for b in kernel.buffers] + [(s.name, "i64") for s in kernel.scalars]
    return Template(
        kernel.name,
        ("adaptive maxima", kind),
        lambda target: kernel_text(kernel, target),
        tuple(slots),
        lambda sizes, target: 0,
        lambda sizes: 4 * sizes["planes"] * prod(sizes[f"size_{axis}"] for axis in "dhw"),
    )


def nest(kind: Kind) -> Kernel:
    buffers = (Buffer("x", kind), Buffer("y", kind, True), Buffer("places", "i64", True))
    body: tuple[Stmt, ...] = _window(kind)
    for axis in "whd":
        body = (For(f"o{axis}", Param(f"out_{axis}", "i64"), (*_bounds(axis), *body)),)
    before = _of("mul", Var("o"), _whole(_PLANES))
    planes = Param("planes", "i64")
    count = _of("minimum", _whole(_PLANES), _of("sub", planes, before))
    body = (Let("p", _of("add", before, Var("i"))), *body)
    tasks = _of("floor_divide", _of("add", planes, _whole(_PLANES - 1)), _whole(_PLANES))
    loop = For("o", tasks, (For("i", count, body, "vector"),), "parallel")
    return Kernel(f"adaptive_maxima_{kind}", buffers, _SIZES, (loop,))


def _of(op: str, a: Expr, b: Expr) -> Call:
    return Call(op, (a, b), "bool" if op == "gt" else a.kind)


def _whole(number: int) -> Const:
    return Const(number, "i64")


def _bounds(axis: str) -> tuple[Let, Let]:
    """Where the window begins, and how long it is."""
    size, out, at = Param(f"size_{axis}", "i64"), Param(f"out_{axis}", "i64"), Var(f"o{axis}")
    after = _of("mul", _of("add", at, _whole(1)), size)
    stop = _of("floor_divide", _of("add", after, _of("sub", out, _whole(1))), out)
    first = _of("floor_divide", _of("mul", at, size), out)
    name = f"first_{axis}"
    return Let(name, first), Let(f"length_{axis}", _of("sub", stop, Ref(name, "i64")))


def _within(stem: str, places: tuple[Expr, ...]) -> Expr:
    """The number of an element of a plane whose sizes are `stem`'s."""
    made = places[0]
    for axis, place in zip("hw", places[1:]):
        made = _of("add", _of("mul", made, Param(f"{stem}_{axis}", "i64")), place)
    return made


def _of_plane(stem: str, at: Expr) -> Expr:
    """The number of an element of all planes."""
    area: Expr = Param(f"{stem}_d", "i64")
    for axis in "hw":
        area = _of("mul", area, Param(f"{stem}_{axis}", "i64"))
    return _of("add", _of("mul", Ref("p", "i64"), area), at)


def _window(kind: Kind) -> tuple[Stmt, ...]:
    inner = wide(kind)
    first = _within("size", tuple(Ref(f"first_{a}", "i64") for a in "dhw"))
    here = _within("size", tuple(_of("add", Ref(f"first_{a}", "i64"), Var(a)) for a in "dhw"))
    value: Expr = Load("x", _of_plane("size", Ref("here", "i64")), kind)
    value = value if inner == kind else Call("cast", (value,), inner)
    seen, found = Ref("value", inner), Ref("found", "i64")
    better = _of("gt", seen, Ref("best", inner))
    better = Call("or", (better, Call("isnan", (seen,), "bool")), "bool")
    body: tuple[Stmt, ...] = (
        Let("here", here),
        Let("value", value),
        Update("found", "maximum", Call("where", (better, Ref("here", "i64"), _whole(0)), "i64")),
        Update("best", "maximum", seen),
    )
    for axis in "whd":
        body = (For(axis, Ref(f"length_{axis}", "i64"), body),)
    there = _of_plane("out", _within("out", tuple(Var(f"o{a}") for a in "dhw")))
    return (
        Register("best", Const(float("-inf"), inner)),
        Register("found", first),
        *body,
        Store("places", there, found),
        Store("y", there, Load("x", _of_plane("size", found), kind)),
    )
