"""Elementwise operators: one line each, the derivative next to the definition."""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from ..shapes import broadcast_shapes
from .family import binary, cast, promote, result_type, to_kind, unary


def conj(x):
    """The complex conjugate; real tensors as they are."""
    return CONJ(x) if x.dtype.is_complex else x


CONJ = unary("conj", np.conjugate, lambda g: conj(g))


def _refuse_bool_sub(inputs, attrs):
    for x in inputs:
        if getattr(x, "dtype", None) is dt.bool_ or isinstance(x, bool):
            raise RuntimeError(
                "Subtraction, the `-` operator, with a bool tensor is not supported. "
                "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
            )
    return promote(inputs)


add = binary("add", np.add, (lambda g: g, lambda g: g), widen=False)
sub = binary(
    "sub", np.subtract, (lambda g: g, lambda g: -g), widen=False, prepare=_refuse_bool_sub
)
mul = binary(
    "mul", np.multiply, (lambda g, b: g * conj(b), lambda g, a: g * conj(a)), widen=False
)
div = binary(
    "div",
    np.divide,
    (lambda g, b: g / conj(b), lambda g, b, out: -(g * conj(out / b))),
    floating=True,
    widen=False,
)
neg = unary("neg", np.negative, lambda g: -g, widen=False)
exp = unary("exp", np.exp, lambda g, out: g * conj(out), floating=True)
log = unary("log", np.log, lambda g, x: g / conj(x), floating=True)
tanh = unary("tanh", np.tanh, lambda g, out: g * conj(1 - out * out), floating=True)
eq = binary("eq", np.equal, result="bool", widen=False)
gt = binary("gt", np.greater, result="bool", widen=False)


def _where_rule(condition, a, b):
    return broadcast_shapes(condition.shape, a.shape, b.shape), a.dtype


def _where_prepare(inputs, attrs):
    kind = result_type(inputs[1:])
    return inputs[0], to_kind(inputs[1], kind), to_kind(inputs[2], kind)


def _where_eval(condition, a, b, /):
    return np.where(condition, a, b)


where = Op(
    "where",
    rule=_where_rule,
    eval=_where_eval,
    prepare=_where_prepare,
    elementwise=True,
    vjp=(
        None,
        lambda g, condition: where(condition, g, 0.0),
        lambda g, condition: where(condition, 0.0, g),
    ),
)


# A value of its own from another: copies only when one of the two is written to.
clone = Op(
    "clone",
    rule=lambda x: (x.shape, x.dtype),
    eval=lambda x, /: x,
    vjp=lambda g: g,
    elementwise=True,
)

__all__ = ["add", "cast", "clone", "conj", "div", "exp", "log", "mul", "neg", "sub", "tanh", "where"]
