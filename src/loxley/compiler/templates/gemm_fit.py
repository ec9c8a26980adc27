"""A product of operands with any strides as a template and its slots.

In: kinds, sizes and strides as a plan knows them.  Out: a `Fitted`: the template and all of its
i64 slots.  Where out's rows lie side by side, or its columns do not, the transposed product is
computed: the two operands change places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...ir.loops import Call, Expr, Load, Var
from .gemm import choose, shape_of, template
from .gemm_spec import Spec
from .memory import Contiguous
from .template import Template


class Strides(NamedTuple):
    """In elements: of the two batch indices, of rows, of columns."""

    x: int
    y: int
    row: int
    col: int


class Fitted(NamedTuple):
    """A template, its size and stride slots, and whether its "a" is the product's b."""

    template: Template
    slots: Mapping[str, int]
    swapped: bool


def fit(
    spec: Spec,
    sizes: Mapping[str, int],
    a: Strides,
    b: Strides,
    out: Strides,
) -> Fitted:
    """The product of a [x, y, m, k] and b [x, y, k, n] into out [x, y, m, n].

    spec   its units are found here; the epilogue is in terms of out as given
    sizes  "m", "n", "k", "x", "y"
    ValueError where neither out's rows nor its columns lie side by side.
    """
    m, n, k = (sizes[name] for name in ("m", "n", "k"))
    along_columns, along_rows = out.col == 1 or n <= 1, out.row == 1 or m <= 1
    if not (along_columns or along_rows):
        raise ValueError(f"gemm: expected rows or columns of out to be contiguous, but got {out}")
    # One column is better computed as one row, whose elements are lanes.
    swapped = along_rows and (not along_columns or n == 1)
    if swapped:
        spec, m, n = flipped(spec), n, m
        a, b, out = _turned(b), _turned(a), _turned(out)
    a_unit, b_unit = unit(a.row, m, a.col, k), unit(b.col, n, b.row, k)
    spec = spec._replace(a_unit=a_unit, b_unit=b_unit)
    slots = {"m": m, "n": n, "k": k, "x": sizes["x"], "y": sizes["y"]}
    for name, strides in (("a", a), ("b", b), ("out", out)):
        slots |= {f"{name}_{field}": value for field, value in strides._asdict().items()}
    del slots["out_col"]
    method = choose(spec, m, n, k)
    shape = shape_of(spec.kind, n) if method == "direct" else None
    return Fitted(template(spec, method, shape), slots, swapped)


def unit(line: int, lines: int, along: int, k: int) -> Contiguous:
    """Which direction of an operand has neighbours side by side; a direction of one has any."""
    if along == 1 and k > 1:
        return "k"
    if line == 1 and lines > 1:
        return "lines"
    return "k" if k <= 1 else "none"


def flipped(spec: Spec) -> Spec:
    """The transposed product: operands change places, and i and j in the epilogue."""
    return spec._replace(
        a=spec.b,
        b=spec.a,
        a_unit=spec.b_unit,
        b_unit=spec.a_unit,
        epilogue=None if spec.epilogue is None else _renamed(spec.epilogue),
    )


def _turned(strides: Strides) -> Strides:
    return strides._replace(row=strides.col, col=strides.row)


def _renamed(expr: Expr) -> Expr:
    """The expression with i and j exchanged."""
    if isinstance(expr, Var):
        return expr._replace(name={"i": "j", "j": "i"}.get(expr.name, expr.name))
    if isinstance(expr, Load):
        return expr._replace(index=_renamed(expr.index))
    if isinstance(expr, Call):
        return expr._replace(args=tuple(_renamed(a) for a in expr.args))
    return expr
