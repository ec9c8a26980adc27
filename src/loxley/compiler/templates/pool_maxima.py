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
from .nests import of, parts_of, template_of, whole
from .template import Template

_NAMES = ("planes", *(f"{n}_{axis}" for n in ("size", "out") for axis in "dhw"))
_SIZES = tuple(Param(name, "i64") for name in _NAMES)
_PLANES = 32  # planes that one worker takes at a time


@lru_cache(maxsize=8)
def template(kind: Kind) -> Template:
    """Slots: x, y, places, planes, size_d ... out_w; `kind` is a float's."""
    return template_of(
        nest(kind),
        ("adaptive maxima", kind),
        lambda sizes: 4 * sizes["planes"] * prod(sizes[f"size_{axis}"] for axis in "dhw"),
    )


def nest(kind: Kind) -> Kernel:
    buffers = (Buffer("x", kind), Buffer("y", kind, True), Buffer("places", "i64", True))
    body: tuple[Stmt, ...] = _window(kind)
    for axis in "whd":
        body = (For(f"o{axis}", Param(f"out_{axis}", "i64"), (*_bounds(axis), *body)),)
    before = of("mul", Var("o"), whole(_PLANES))
    planes = Param("planes", "i64")
    count = of("minimum", whole(_PLANES), of("sub", planes, before))
    body = (Let("p", of("add", before, Var("i"))), *body)
    tasks = parts_of(planes, _PLANES)
    loop = For("o", tasks, (For("i", count, body, "vector"),), "parallel")
    return Kernel(f"adaptive_maxima_{kind}", buffers, _SIZES, (loop,))


def _bounds(axis: str) -> tuple[Let, Let]:
    """Where the window begins, and how long it is."""
    size, out, at = Param(f"size_{axis}", "i64"), Param(f"out_{axis}", "i64"), Var(f"o{axis}")
    after = of("mul", of("add", at, whole(1)), size)
    stop = of("floor_divide", of("add", after, of("sub", out, whole(1))), out)
    first = of("floor_divide", of("mul", at, size), out)
    name = f"first_{axis}"
    return Let(name, first), Let(f"length_{axis}", of("sub", stop, Ref(name, "i64")))


def _within(stem: str, places: tuple[Expr, ...]) -> Expr:
    """The number of an element of a plane whose sizes are `stem`'s."""
    made = places[0]
    for axis, place in zip("hw", places[1:]):
        made = of("add", of("mul", made, Param(f"{stem}_{axis}", "i64")), place)
    return made


def _of_plane(stem: str, at: Expr) -> Expr:
    """The number of an element of all planes."""
    area: Expr = Param(f"{stem}_d", "i64")
    for axis in "hw":
        area = of("mul", area, Param(f"{stem}_{axis}", "i64"))
    return of("add", of("mul", Ref("p", "i64"), area), at)


def _window(kind: Kind) -> tuple[Stmt, ...]:
    inner = wide(kind)
    first = _within("size", tuple(Ref(f"first_{a}", "i64") for a in "dhw"))
    here = _within("size", tuple(of("add", Ref(f"first_{a}", "i64"), Var(a)) for a in "dhw"))
    value: Expr = Load("x", _of_plane("size", Ref("here", "i64")), kind)
    value = value if inner == kind else Call("cast", (value,), inner)
    seen, found = Ref("value", inner), Ref("found", "i64")
    better = of("gt", seen, Ref("best", inner))
    better = Call("or", (better, Call("isnan", (seen,), "bool")), "bool")
    body: tuple[Stmt, ...] = (
        Let("here", here),
        Let("value", value),
        Update("found", "maximum", Call("where", (better, Ref("here", "i64"), whole(0)), "i64")),
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
