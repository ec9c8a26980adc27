"""Planes read at places that are made at run time, and added to there: sampling by grids.

In: a `Spec`.  Out: a template over planes x (N, C, S) and, per tap t, numbers of elements at_t and
weights w_t (N, P); numbers outside a plane are moved inside.

    operator   read                   written
    sum        x, at_t ..., w_t ...   out (N, C, P)   sum over taps of w x[at], 0 where w is
    add        y, at_t ..., w_t ...   out (N, C, S)   zeros with w y (N, C, P) added at `at`
    dot        x, y, at_t ...         out_t (N, P)    sum over channels of y x[at]

A plane, or for `dot` a part of its places, belongs to one worker; sums run in the order of places,
then taps, or of channels.
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
    Register,
    Stmt,
    Store,
    Update,
    Var,
)
from .nests import of, parts_of, template_of, whole
from .template import Template

_SIZES = tuple(Param(name, "i64") for name in ("images", "channels", "size", "places"))
_IMAGES, _CHANNELS, _SIZE, _PLACES = _SIZES
_PART = 512  # places that a task of `dot` takes


class Spec(NamedTuple):
    """`what` is sum, add or dot; `kind` f32 or f64."""

    what: str
    kind: Kind
    taps: int


@lru_cache(maxsize=64)
def template(spec: Spec) -> Template:
    return template_of(
        nest(spec),
        ("taps", *spec),
        lambda sizes: 4 * spec.taps * sizes["images"] * sizes["channels"] * sizes["places"],
    )


def nest(spec: Spec) -> Kernel:
    numbers = range(spec.taps)
    names = {"sum": ["x"], "add": ["y"], "dot": ["x", "y"]}[spec.what]
    buffers = [Buffer(name, spec.kind) for name in names]
    buffers += [Buffer(f"at{t}", "i64") for t in numbers]
    if spec.what == "dot":
        buffers += [Buffer(f"out{t}", spec.kind, writable=True) for t in numbers]
    else:
        buffers += [Buffer(f"w{t}", spec.kind) for t in numbers]
        buffers.append(Buffer("out", spec.kind, writable=True))
    tasks, body = {"sum": _sum, "add": _add, "dot": _dot}[spec.what](spec)
    name = f"taps_{spec.what}_{spec.kind}_{spec.taps}"
    return Kernel(name, tuple(buffers), _SIZES, (For("o", tasks, body, "parallel"),))


def _line(number: Expr, size: Expr, at: Expr) -> Expr:
    return of("add", of("mul", number, size), at)


def _element(t: int, at: Expr) -> Expr:
    """The number of the tap's element, inside the plane."""
    last = of("sub", _SIZE, whole(1))
    found = Load(f"at{t}", at, "i64")
    return of("minimum", of("maximum", found, whole(0)), last)


def _image() -> Let:
    """The number of the first place of the plane's image."""
    return Let("n", of("mul", of("floor_divide", Var("o"), _CHANNELS), _PLACES))


def _sum(spec: Spec) -> tuple[Expr, tuple[Stmt, ...]]:
    kind, zero = spec.kind, Const(0.0, spec.kind)
    lines: list[Stmt] = [Let("at", of("add", Ref("n", "i64"), Var("p")))]
    total: Expr = zero
    for t in range(spec.taps):
        place = _line(Var("o"), _SIZE, _element(t, Ref("at", "i64")))
        lines.append(Let(f"f{t}", Load(f"w{t}", Ref("at", "i64"), kind)))
        weight = Ref(f"f{t}", kind)
        part = of("mul", weight, Load("x", place, kind))
        part = Call("where", (of("eq", weight, zero), zero, part), kind)
        total = part if t == 0 else of("add", total, part)
    lines.append(Store("out", _line(Var("o"), _PLACES, Var("p")), total))
    loop = For("p", _PLACES, tuple(lines), "vector")
    return of("mul", _IMAGES, _CHANNELS), (_image(), loop)


def _add(spec: Spec) -> tuple[Expr, tuple[Stmt, ...]]:
    kind = spec.kind
    clear = Store("out", _line(Var("o"), _SIZE, Var("j")), Const(0.0, kind))
    here = Load("y", _line(Var("o"), _PLACES, Var("p")), kind)
    lines: list[Stmt] = [Let("at", of("add", Ref("n", "i64"), Var("p"))), Let("here", here)]
    for t in range(spec.taps):
        lines.append(Let(f"to{t}", _line(Var("o"), _SIZE, _element(t, Ref("at", "i64")))))
        there = Ref(f"to{t}", "i64")
        part = of("mul", Ref("here", kind), Load(f"w{t}", Ref("at", "i64"), kind))
        lines.append(Store("out", there, of("add", Load("out", there, kind), part)))
    loops = For("j", _SIZE, (clear,), "vector"), For("p", _PLACES, tuple(lines))
    return of("mul", _IMAGES, _CHANNELS), (_image(), *loops)


def _dot(spec: Spec) -> tuple[Expr, tuple[Stmt, ...]]:
    kind, numbers = spec.kind, range(spec.taps)
    parts = parts_of(_PLACES, _PART)
    image = Ref("image", "i64")
    lets = (
        Let("image", of("floor_divide", Var("o"), parts)),
        Let("first", of("mul", of("sub", Var("o"), of("mul", image, parts)), whole(_PART))),
    )
    first = Ref("first", "i64")
    count = of("minimum", whole(_PART), of("sub", _PLACES, first))
    lines: list[Stmt] = [
        Let("p", of("add", first, Var("i"))),
        Let("at", _line(image, _PLACES, Ref("p", "i64"))),
    ]
    for t in numbers:
        lines.append(Let(f"e{t}", _element(t, Ref("at", "i64"))))
        lines.append(Register(f"s{t}", Const(0.0, kind)))
    plane = _line(image, _CHANNELS, Var("c"))
    step: list[Stmt] = [
        Let("plane", plane),
        Let("here", Load("y", _line(Ref("plane", "i64"), _PLACES, Ref("p", "i64")), kind)),
    ]
    for t in numbers:
        there = Load("x", _line(Ref("plane", "i64"), _SIZE, Ref(f"e{t}", "i64")), kind)
        step.append(Update(f"s{t}", "add", of("mul", Ref("here", kind), there)))
    lines.append(For("c", _CHANNELS, tuple(step)))
    lines += [Store(f"out{t}", Ref("at", "i64"), Ref(f"s{t}", kind)) for t in numbers]
    return of("mul", _IMAGES, parts), (*lets, For("i", count, tuple(lines), "vector"))
