"""Greater and lesser of numbers, bounds, and blends of tensors."""

from __future__ import annotations

import numpy as np

from ..dtypes import float32
from ..ir.graph import Op
from .arithmetic import multiply_add
from .comparison import (
    eq,
    ge,
    gt,
    isnan,
    le,
    logical_and,
    logical_or,
    lt,
    where,
    zero_where,
)
from .complex_numbers import conj
from .family import LOW, binary, elementwise, promote, result_type, to_kind


def _no_complex(message: str, error: type = NotImplementedError):
    def prepare(inputs, attrs):
        if any(
            x is not None and getattr(getattr(x, "dtype", None), "is_complex", False)
            for x in inputs
        ):
            raise error(message)
        return promote(inputs, attrs)

    return prepare


def _larger(name: str, function, loses) -> Op:
    """maximum or minimum: equal operands share the gradient."""
    return binary(
        name,
        function,
        (
            lambda g, a, b: zero_where(loses(a, b), where(eq(a, b), g / 2, g)),
            lambda g, a, b: zero_where(loses(b, a), where(eq(a, b), g / 2, g)),
        ),
        widen=False,
        prepare=_no_complex(f"{name} not implemented for complex tensors.", RuntimeError),
    )


maximum = _larger("maximum", np.maximum, lt)
minimum = _larger("minimum", np.minimum, gt)


def _ignoring_nan(name: str, function, wins) -> Op:
    def first(g, a, b):
        return where(logical_or(wins(a, b), isnan(b)), g, 0.0)

    def second(g, a, b):
        return zero_where(logical_or(wins(a, b), isnan(b)), g)

    prepare = _no_complex(f"{name} not implemented for complex tensors.", RuntimeError)
    return binary(name, function, (first, second), widen=False, prepare=prepare)


fmax = _ignoring_nan("fmax", np.fmax, ge)
fmin = _ignoring_nan("fmin", np.fmin, le)


def at_least(x, low):
    """maximum(x, low) that keeps x where both are zeros, of which one may be negative."""
    # Of equal numbers NumPy takes the first in half precision, else the second.
    return np.maximum(x, low) if x.dtype == np.float16 else np.maximum(low, x)


def _at_most(x, high):
    return np.minimum(x, high) if x.dtype == np.float16 else np.minimum(high, x)


def _clamp(x, low, high):
    if low is not None:
        x = at_least(x, low)
    return x if high is None else _at_most(x, high)


def _inside(x, low, high):
    if low is None:
        return le(x, high)
    return ge(x, low) if high is None else logical_and(ge(x, low), le(x, high))


def _d_low(g, x, low, high):
    mask = lt(x, low)
    return where(mask if high is None else logical_and(mask, lt(low, high)), g, 0.0)


def _d_high(g, x, low, high):
    mask = gt(x, high)
    return where(mask if low is None else logical_or(mask, lt(high, low)), g, 0.0)


def _bounded(name: str, grad_name: str, bounds) -> Op:
    return elementwise(
        name,
        _clamp,
        names=("x", "low", "high"),
        vjp=(lambda g, x, low, high: where(_inside(x, low, high), g, 0.0), *bounds),
        widen=False,
        supports="if" if bounds[0] is None else "bif",
        kernel=f"{name}_scalar_cpu",
        grad_name=grad_name,
        prepare=_no_complex("clamp is not supported for complex types"),
    )


# Bounds that are numbers, bounds that are tensors; None where one is missing.
clamp = _bounded("clamp", "ClampBackward1", (None, None))
clamp_tensor = _bounded("clamp_tensor", "ClampBackward0", (_d_low, _d_high))
clamp_min = _bounded("clamp_min", "ClampMinBackward0", (None, None))
clamp_min_tensor = _bounded("clamp_min_tensor", "ClampMinBackward1", (_d_low, _d_high))
clamp_max = _bounded("clamp_max", "ClampMaxBackward0", (None, None))
clamp_max_tensor = _bounded("clamp_max_tensor", "ClampMaxBackward1", (_d_low, _d_high))


def _lerp(a, b, weight):
    """From the nearer end, so that both ends are met exactly."""
    span = b - a
    near = np.abs(weight) < 0.5
    if np.ndim(weight) == 0:
        return multiply_add(span, weight, a) if near else multiply_add(-span, 1 - weight, b)
    return np.where(near, multiply_add(span, weight, a), multiply_add(-span, 1 - weight, b))


def _with_number(count: int):
    """Promotes the first `count` inputs; 16-bit floats read a number after them in float32."""

    def prepare(inputs, attrs):
        kind = result_type(inputs[:count])
        *tensors, last = inputs
        scalar = not getattr(last, "shape", ())
        wide = float32 if kind.numpy in LOW and scalar else kind
        return (*(to_kind(x, kind) for x in tensors), to_kind(last, wide))

    return prepare


def _lerp_row(name: str, grad_name: str) -> Op:
    return elementwise(
        name,
        _lerp,
        names=("a", "b", "weight"),
        vjp=(
            lambda g, weight: g * conj(1 - weight),
            lambda g, weight: g * conj(weight),
            lambda g, a, b: g * conj(b - a),
        ),
        supports="fc",
        kernel="lerp_kernel_scalar" if name == "lerp" else "lerp_kernel_tensor",
        prepare=_with_number(2),
        grad_name=grad_name,
    )


lerp = _lerp_row("lerp", "LerpBackward0")
lerp_tensor = _lerp_row("lerp_tensor", "LerpBackward1")
_TRIPLE = ("x", "first", "second", "value")
addcmul = elementwise(
    "addcmul",
    lambda x, first, second, value: multiply_add(value * first, second, x),
    names=_TRIPLE,
    vjp=(
        lambda g: g,
        lambda g, second, value: g * conj(second * value),
        lambda g, first, value: g * conj(first * value),
        None,
    ),
    prepare=_with_number(3),
)
addcdiv = elementwise(
    "addcdiv",
    lambda x, first, second, value: x + value * first / second,
    names=_TRIPLE,
    vjp=(
        lambda g: g,
        lambda g, second, value: g * conj(value / second),
        lambda g, first, second, value: -(g * conj(value * first / (second * second))),
        None,
    ),
    prepare=_with_number(3),
)
