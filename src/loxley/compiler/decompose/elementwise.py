"""Elementwise operators: the NumPy rule traced on symbols, or a scalar rule given here.

Here stand the rules that NumPy's form cannot tell (blocks with scratch memory, tables, branches);
everything else is traced by `scalars`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ...ir.graph import Op
from ...ir.loops import Expr, Kind, Ref
from ..kinds import FLOATING, wide
from ..nodes import Node, map_expr
from ..scalars import Scalar, Untraceable, call, cast, compute, number, symbol, truth, where

SCALARS: dict[str, Callable] = {}


def scalar_rule(name: str) -> Callable[[Callable], Callable]:
    """Registers a function of symbols and attributes as the meaning of an elementwise operator."""

    def register(function: Callable) -> Callable:
        SCALARS[name] = function
        return function

    return register


def decompose(op: Op, inputs: tuple[Node, ...], attrs: tuple, kind: Kind) -> Node | str:
    """One map, or the reason why the operator's rule has no scalar expression."""
    kinds = tuple([None if x is None else x.kind for x in inputs])
    expr = traced(op, attrs, kinds, kind)
    if isinstance(expr, str):
        return expr
    used = [x for x in inputs if x is not None]
    return map_expr(expr, *used)


def traced(op: Op, attrs: tuple, kinds: tuple, kind: Kind) -> Expr | str:
    """What an operator's rule does with elements of `kinds` (None: no input), or why not."""
    return _traced(op, attrs, _apart(attrs), kinds, kind)


def _apart(attrs: tuple) -> tuple:
    """What equal attributes may differ in: their types and the signs of zeros."""
    return tuple([repr(a) if isinstance(a, (float, complex)) and not a else type(a) for a in attrs])


@lru_cache(maxsize=4096)
def _traced(op: Op, attrs: tuple, apart: tuple, kinds: tuple, kind: Kind) -> Expr | str:
    symbols: list[Any] = []
    for k in kinds:
        if k is None:
            symbols.append(None)
        else:
            symbols.append(Scalar(Ref(str(sum(s is not None for s in symbols)), k)))
    try:
        function = SCALARS.get(op.name)
        if function is None:
            made = op.eval(*symbols, *attrs)
        else:
            made = function(*symbols, *attrs)
        return cast(symbol(made, kind), kind).expr
    except (Untraceable, TypeError, AttributeError, ValueError, OverflowError) as error:
        return f"{op.name}: {error}"


# ---------------------------------------------------------------- activations

_ROOT_HALF = math.sqrt(0.5)
_DENSITY = 1 / math.sqrt(2 * math.pi)
_TANH_SCALE = math.sqrt(2 / math.pi)
_TANH_CUBE = 0.044715


def _wide(*values: Scalar) -> list[Scalar]:
    return [cast(v, wide(v.kind)) for v in values]


def _sigmoid(x: Scalar) -> Scalar:
    return compute("sigmoid", x.kind, x)


@scalar_rule("sigmoid")
def _(x):
    return _sigmoid(*_wide(x))


@scalar_rule("gelu")
def _(x, approximate):
    (x,) = _wide(x)
    if approximate == "tanh":
        t = call("tanh", (x * x * _TANH_CUBE + 1) * x * _TANH_SCALE)
        return x * (t * 0.5 + 0.5)
    return x * (call("erf", x * _ROOT_HALF) * 0.5 + 0.5)


@scalar_rule("gelu_backward")
def _(g, x, approximate):
    g, x = _wide(g, x)
    square = x * x
    if approximate == "tanh":
        t = call("tanh", (square * _TANH_CUBE + 1) * x * _TANH_SCALE)
        slope = (square * (1.5 * _TANH_SCALE * _TANH_CUBE) + 0.5 * _TANH_SCALE) * x
        return g * (t * 0.5 + 0.5 + slope * (1 - t * t))
    normal = call("erf", x * _ROOT_HALF) * 0.5 + 0.5
    return g * (normal + x * (call("exp", square * -0.5) * _DENSITY))


@scalar_rule("silu")
def _(x):
    (x,) = _wide(x)
    return x * _sigmoid(x)


@scalar_rule("silu_backward")
def _(g, x):
    g, x = _wide(g, x)
    s = _sigmoid(x)
    return g * (s * (1 + x * (1 - s)))


@scalar_rule("threshold_backward")
def _(g, x, threshold):
    below = x <= number(threshold, x.kind)
    return where(below, number(0, g.kind), g)


@scalar_rule("masked_scale")
def _(x, mask, keep):
    kind = x.kind
    x, mask = _wide(x, mask)
    scale = np.divide(x.dtype.type(1), x.dtype.type(keep))
    return x * (mask * cast(cast(symbol(scale, x.kind), kind), x.kind))


@scalar_rule("erf")
def _(x):
    return call("erf", *_wide(x))


@scalar_rule("erfc")
def _(x):
    return call("erfc", *_wide(x))


@scalar_rule("softplus")
def _(x, beta, threshold):
    (x,) = _wide(x)
    scaled = x * beta
    return where(scaled > threshold, x, np.logaddexp(scaled, number(0, x.kind)) / beta)


@scalar_rule("mish")
def _(x):
    (x,) = _wide(x)
    return x * call("tanh", np.logaddexp(x, number(0, x.kind)))


@scalar_rule("log_sigmoid")
def _(x):
    (x,) = _wide(x)
    return -np.logaddexp(number(0, x.kind), -x)


@scalar_rule("prelu_kernel")
def _(x, weight):
    kind = x.kind
    x, weight = _wide(x, weight)
    return cast(where(x > 0, x, weight * x), kind)


# ---------------------------------------------------------------- logarithms and roots


def _floats(*values: Scalar) -> list[Scalar]:
    """The arguments in the kind that arithmetic is done in; integers are left to NumPy."""
    if any(v.kind not in FLOATING for v in values):
        raise Untraceable("integers")
    return _wide(*values)


@scalar_rule("xlogy")
@scalar_rule("xlogy_1")
@scalar_rule("xlogy_2")
def _(a, b):
    kind = b.kind
    a, b = _floats(a, b)
    logarithm = cast(cast(call("log", b), kind), b.kind)  # rounds before the product
    return _nothing_times(a, b, logarithm)


@scalar_rule("special_xlog1py")
@scalar_rule("special_xlog1py_1")
@scalar_rule("special_xlog1py_2")
def _(a, b):
    a, b = _floats(a, b)
    return _nothing_times(a, b, call("log1p", b))


def _nothing_times(a: Scalar, b: Scalar, logarithm: Scalar) -> Scalar:
    """a * logarithm, but zero where a is zero and b is a number."""
    return where((a == 0) & (b == b), number(0, a.kind), a * logarithm)


@scalar_rule("special_entr")
def _(x):
    (x,) = _floats(x)
    inside = where(x == 0, number(0, x.kind), -x * call("log", x))
    return where(x < 0, number(-math.inf, x.kind), inside)


@scalar_rule("logit")
def _(x, eps):
    if x.kind not in FLOATING:
        raise Untraceable("integers")
    if eps is not None:
        low = x.dtype.type(eps)
        x = np.clip(x, low, x.dtype.type(1 - low))
    return call("log", *_wide(x / (1 - x)))  # each step rounds to 16 bits


@scalar_rule("logaddexp")
def _(a, b):
    return np.logaddexp(*_floats(a, b))


@scalar_rule("logaddexp2")
def _(a, b):
    a, b = _floats(a, b)
    gap = where(a == b, number(0, a.kind), -call("abs", a - b))
    return call("maximum", a, b) + call("log1p", call("exp2", gap)) * (1 / math.log(2))


@scalar_rule("hypot")
def _(a, b):
    a, b = (call("abs", v) for v in _floats(a, b))
    long, short = call("maximum", a, b), call("minimum", a, b)
    ratio = where(long == 0, long, short / long)
    made = long * call("sqrt", 1 + ratio * ratio)
    return where((a == math.inf) | (b == math.inf), number(math.inf, a.kind), made)


@scalar_rule("sinc")
def _(x):
    (x,) = _floats(x)
    y = x * math.pi
    return where(x == 0, number(1, x.kind), call("sin", y) / y)


# ---------------------------------------------------------------- others


@scalar_rule("pow_number")
def _(x, exponent):
    if x.dtype.kind in "iu" and isinstance(exponent, int) and 1 <= exponent <= 4:
        square = x * x
        return {1: x, 2: square, 3: square * x, 4: square * square}[exponent]
    if isinstance(exponent, complex) or x.dtype.kind in "biu":
        raise Untraceable("a power of integers or complex numbers")
    (wide_x,) = _wide(x)
    if x.kind == "bf16" and exponent in (3, -2):
        raise Untraceable("rounds every product")
    shortcuts = {
        0: lambda v: number(1, v.kind),
        0.5: lambda v: call("sqrt", v),
        1: lambda v: v,
        2: lambda v: v * v,
        3: lambda v: v * v * v,
        -0.5: lambda v: 1 / call("sqrt", v),
        -1: lambda v: 1 / v,
        -2: lambda v: 1 / (v * v),
    }
    if exponent in shortcuts:
        return shortcuts[exponent](wide_x)
    return call("pow", wide_x, number(exponent, wide_x.kind))


@scalar_rule("pow")
def _(a, b):
    if a.dtype.kind in "biu":
        raise Untraceable("a power of integers")
    a, b = _wide(a, b)
    return call("pow", a, b)


@scalar_rule("clone")
@scalar_rule("contiguous")
@scalar_rule("alias")
def _(x):
    return x


@scalar_rule("to_copy")
def _(x, kind):
    from_, to = x.dtype, kind.numpy
    if to.kind == "b":
        return truth(x)
    if to.kind in "iu" and from_.kind not in "iub":
        middle = np.int64 if to.itemsize == 8 or to == np.uint32 else np.int32
        (x,) = _wide(x)
        return x.astype(middle).astype(to)
    return x.astype(to)


@scalar_rule("where")
def _(condition, a, b):
    return where(condition, a, b)


@scalar_rule("is_zero")
def _(x):
    return x == 0


@scalar_rule("equal_or_nan")
def _(a, b):
    return (a == b) | ((a != a) & (b != b))


@scalar_rule("exp_difference")
def _(a, b):
    a, b = _wide(a, b)
    return call("exp", a - b)


@scalar_rule("exp_of_log_softmax")
def _(y):
    return call("exp", *_wide(y))


@scalar_rule("lerp")
@scalar_rule("lerp_tensor")
def _(a, b, weight):
    a, b, weight = _wide(a, b, weight)
    span = b - a
    near = call("lt", call("abs", weight), number(0.5, weight.kind), kind="bool")
    return where(near, a + span * weight, b - span * (1 - weight))


ALSO = frozenset(
    ("clone", "contiguous", "alias", "prelu_kernel", "is_zero", "equal_or_nan", "exp_difference")
    + ("exp_of_log_softmax", "where", "to_copy")
)
