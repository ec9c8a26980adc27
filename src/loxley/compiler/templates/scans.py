"""Scans along a dimension as loop nests: what each place holds is made of all up to it.

In: what is scanned (a `Spec`).  Out: a template over memory [outer, size, inner] in row-major
order.  A line is walked in order, so every result has one order of operations, NumPy's; lanes and
workers are other lines.  Buffers and meanings, where `k` counts from the end with `backwards`:

    sum, prod     x -> out              totals at the kind of the result
    max, min      x -> out, places      the later one of equals; NaN is the most extreme of all
    logaddexp     x -> out              log(exp(out[k - 1]) + exp(x[k]))
    linear        a, b -> out           out[k] = out[k - 1] a[k] + b[k], from 0 before k = 0
    runs          x, places -> out      out[places[k]] += x[k] from 0 on; places[k] <= k
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

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
from ..scalars import Scalar
from .nests import of, parts_of, template_of, whole
from .template import Template

_SIZES = tuple(Param(name, "i64") for name in ("outer", "size", "inner"))
_OUTER, _SIZE, _INNER = _SIZES
_READ = {"linear": ("a", "b"), "runs": ("x", "places")}
_LINES = 64  # lines that one worker walks side by side, where they are far apart


class Spec(NamedTuple):
    """what       sum, prod, max, min, logaddexp or linear
    kind       of the elements, in which is computed; 16-bit floats for max and min only
    backwards  from the last place to the first
    last       lines lie side by side in memory: inner is 1
    """

    what: str
    kind: Kind
    backwards: bool = False
    last: bool = False


@lru_cache(maxsize=256)
def template(spec: Spec) -> Template:
    return template_of(
        nest(spec),
        ("scan", *spec),
        lambda sizes: 4 * sizes["outer"] * sizes["size"] * sizes["inner"],
    )


def nest(spec: Spec) -> Kernel:
    """The kernel: a worker takes lines of `outer`, a vector's lanes lines of `inner`."""
    names = _READ.get(spec.what, ("x",))
    buffers = [Buffer(name, "i64" if name == "places" else spec.kind) for name in names]
    buffers.append(Buffer("out", spec.kind, writable=True))
    if spec.what in ("max", "min"):
        buffers.append(Buffer("places", "i64", writable=True))
    name = f"scan_{spec.what}_{spec.kind}_{int(spec.backwards)}{int(spec.last)}"
    loop = For("o", *_lines(spec), "parallel")
    return Kernel(name, tuple(buffers), _SIZES, (loop,))


def _alone(spec: Spec) -> bool:
    """Whether a line is walked element by element: as soon done as the next element is there."""
    return spec.last and spec.what not in ("logaddexp", "linear")


def _lines(spec: Spec) -> tuple[Expr, tuple[Stmt, ...]]:
    """How many tasks there are, and what each does."""
    body = _line(spec)
    if _alone(spec):
        return _OUTER, body
    if not spec.last:
        return _OUTER, (For("i", _INNER, body, "vector"),)
    before = of("mul", Var("o"), whole(_LINES))
    count = of("minimum", whole(_LINES), of("sub", _OUTER, before))
    tasks = parts_of(_OUTER, _LINES)
    return tasks, (For("i", count, body, "vector"),)


def _place(spec: Spec, k: Expr) -> Expr:
    """The index of the k-th element of a line in the order of the scan."""
    if spec.backwards:
        k = of("sub", of("sub", _SIZE, whole(1)), k)
    line: Expr = Var("o")
    if spec.last and not _alone(spec):
        line = of("add", of("mul", Var("o"), whole(_LINES)), Var("i"))
    place = of("add", of("mul", line, _SIZE), k)
    return place if spec.last else of("add", of("mul", place, _INNER), Var("i"))


def _line(spec: Spec) -> tuple[Stmt, ...]:
    if spec.what in ("sum", "prod"):
        return _totals(spec)
    if spec.what == "linear":
        return _recurrence(spec)
    if spec.what == "runs":
        return _runs(spec)
    return _logaddexp(spec) if spec.what == "logaddexp" else _extremes(spec)


def _totals(spec: Spec) -> tuple[Stmt, ...]:
    op = "add" if spec.what == "sum" else "mul"
    start = (-0.0 if spec.kind in ("f32", "f64") else 0) if spec.what == "sum" else 1
    at = _place(spec, Var("k"))
    step: tuple[Stmt, ...] = (
        Update("total", op, Load("x", at, spec.kind)),
        Store("out", at, Ref("total", spec.kind)),
    )
    return Register("total", Const(start, spec.kind)), For("k", _SIZE, step)


def _recurrence(spec: Spec) -> tuple[Stmt, ...]:
    at = _place(spec, Var("k"))
    step: tuple[Stmt, ...] = (
        Update("total", "mul", Load("a", at, spec.kind)),
        Update("total", "add", Load("b", at, spec.kind)),
        Store("out", at, Ref("total", spec.kind)),
    )
    return Register("total", Const(0.0, spec.kind)), For("k", _SIZE, step)


def _runs(spec: Spec) -> tuple[Stmt, ...]:
    """A place is 0 until it is added to; places beyond their line are moved into it."""
    at = _place(spec, Var("k"))
    to = of("minimum", of("maximum", Load("places", at, "i64"), whole(0)), Var("k"))
    there = _place(spec, Ref("to", "i64"))
    total = of("add", Load("out", there, spec.kind), Load("x", at, spec.kind))
    step: tuple[Stmt, ...] = (
        Store("out", at, Const(0, spec.kind)),
        Let("to", to),
        Store("out", there, total),
    )
    return (For("k", _SIZE, step),)


def _logaddexp(spec: Spec) -> tuple[Stmt, ...]:
    """The first place as it is, each other one made of what was stored before it."""
    first, at = _place(spec, whole(0)), _place(spec, of("add", Var("k"), whole(1)))
    before = Load("out", _place(spec, Var("k")), spec.kind)
    here, total = Ref("here", spec.kind), Ref("total", spec.kind)
    made: Any = np.logaddexp(Scalar(total), Scalar(here))  # type: ignore[call-overload]
    step: tuple[Stmt, ...] = (
        Let("here", Load("x", at, spec.kind)),
        Let("total", before),
        Store("out", at, made.expr),
    )
    start = Store("out", first, Load("x", first, spec.kind))
    return start, For("k", of("sub", _SIZE, whole(1)), step)


def _extremes(spec: Spec) -> tuple[Stmt, ...]:
    """The place is what counts; the extremum is only compared with, as a zero's sign gets lost."""
    wide = "f32" if spec.kind in ("f16", "bf16") else spec.kind

    def read(index: Expr) -> Expr:
        value = Load("x", index, spec.kind)
        return value if wide == spec.kind else Call("cast", (value,), wide)

    at = _place(spec, Var("k"))
    here, best, place = Ref("here", wide), Ref("best", wide), Ref("place", "i64")
    takes: Expr = of("ge" if spec.what == "max" else "le", here, best)
    if wide in ("f32", "f64"):
        takes = of("or", takes, Call("isnan", (here,), "bool"))
    step: tuple[Stmt, ...] = (
        Let("here", read(at)),
        Update("place", "maximum", Call("where", (takes, Var("k"), whole(0)), "i64")),
        Update("best", "maximum" if spec.what == "max" else "minimum", here),
        Store("places", at, place),
        Store("out", at, Load("x", _place(spec, place), spec.kind)),
    )
    start = Register("best", read(_place(spec, whole(0)))), Register("place", whole(0))
    return *start, For("k", _SIZE, step)
