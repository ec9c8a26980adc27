"""Comparisons, logic, tests of single numbers, and choices between tensors by a mask."""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from ..shapes import broadcast_shapes
from .family import (
    binary,
    elementwise,
    not_differentiable,
    promote,
    result_type,
    to_kind,
    unary,
)

eq = binary("eq", np.equal, result="bool", widen=False)
ne = binary("ne", np.not_equal, result="bool", widen=False)
lt = binary("lt", np.less, result="bool", widen=False, supports="bif")
le = binary("le", np.less_equal, result="bool", widen=False, supports="bif")
gt = binary("gt", np.greater, result="bool", widen=False, supports="bif")
ge = binary("ge", np.greater_equal, result="bool", widen=False, supports="bif")


def _truth(x):
    return x if x.dtype.kind == "b" else x != 0


def _logical(name: str, function) -> Op:
    """Truth values of each operand at its own dtype; only numbers are converted."""
    return binary(
        name,
        lambda a, b: function(_truth(a), _truth(b)),
        result="bool",
        widen=False,
        prepare=lambda inputs, attrs: (
            inputs
            if all(hasattr(x, "shape") and hasattr(x, "dtype") for x in inputs)
            else promote(inputs)
        ),
    )


logical_and = _logical("logical_and", np.logical_and)
logical_or = _logical("logical_or", np.logical_or)
logical_xor = _logical("logical_xor", np.logical_xor)
logical_not = unary("logical_not", lambda x: ~_truth(x), result="bool", widen=False)


def _for_floats(function):
    """A test that holds for no integer."""
    return lambda x: function(x) if x.dtype.kind not in "biu" else np.zeros(x.shape, bool)


isnan = unary("isnan", _for_floats(np.isnan), result="bool", widen=False)
isinf = unary("isinf", _for_floats(np.isinf), result="bool", widen=False)
isfinite = unary(
    "isfinite",
    lambda x: np.isfinite(x) if x.dtype.kind not in "biu" else np.ones(x.shape, bool),
    result="bool",
    widen=False,
)
isposinf = unary("isposinf", _for_floats(lambda x: x == np.inf), result="bool")
isneginf = unary("isneginf", _for_floats(lambda x: x == -np.inf), result="bool")
isreal = unary(
    "isreal",
    lambda x: x.imag == 0 if x.dtype.kind == "c" else np.ones(x.shape, bool),
    result="bool",
    widen=False,
)
signbit = unary(
    "signbit",
    lambda x: np.zeros(x.shape, bool) if x.dtype.kind == "b" else np.signbit(x),
    result="bool",
    supports="bif",
    kernel="signbit_cpu",
)


def _isclose(a, b, rtol, atol, equal_nan):
    near = a == b
    if a.dtype.kind in "fc" and equal_nan:
        near = near | (np.isnan(a) & np.isnan(b))
    if rtol == 0 and atol == 0:
        return near
    if a.dtype.kind in "biu":
        a, b = a.astype(np.float64), b.astype(np.float64)
    distance = np.abs(a - b)
    return near | (np.isfinite(distance) & (distance <= atol + np.abs(rtol * b)))


isclose = elementwise(
    "isclose", _isclose, names=("a", "b"), attrs=("rtol", "atol", "equal_nan"), result="bool"
)
heaviside = binary(
    "heaviside",
    lambda a, b: np.where(a == 0, b, (a > 0).astype(a.dtype)),
    not_differentiable("heaviside"),
    supports="bif",
    grad_name="NotImplemented",
)


def _where_rule(condition, a, b):
    return broadcast_shapes(condition.shape, a.shape, b.shape), a.dtype


def _where_prepare(inputs, attrs):
    kind = result_type(inputs[1:])
    return inputs[0], to_kind(inputs[1], kind), to_kind(inputs[2], kind)


where = Op(
    "where",
    rule=_where_rule,
    eval=np.where,
    names=("condition", "a", "b"),
    prepare=_where_prepare,
    elementwise=True,
    vjp=(
        None,
        lambda g, condition: where(condition, g, 0.0),
        lambda g, condition: where(condition, 0.0, g),
    ),
)


def zero_where(mask, g):
    """`g` with zeros where the mask holds."""
    return where(mask, 0.0, g)
