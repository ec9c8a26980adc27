"""Complex numbers: parts, conjugates, magnitudes and angles; `abs` and `sgn` of any number."""

from __future__ import annotations

import numpy as np

from ..dtypes import dtype
from ..ir.graph import Op
from ..numerics.special import sign
from ..shapes import broadcast_shapes
from .comparison import eq, zero_where
from .family import cast, unary
from .movement import zeros


def conj(x):
    """The complex conjugate; real tensors as they are."""
    return CONJ(x) if x.dtype.is_complex else x


CONJ = unary("conj", np.conjugate, lambda g: conj(g), widen=False)
CONJ_PHYSICAL = unary("conj_physical", np.conjugate, lambda g: conj(g), widen=False)


def real_part(x):
    """The real part of each element, computed apart (not a view)."""
    return REAL_PART(x) if x.dtype.is_complex else x


REAL_PART = unary("real_part", np.real, lambda g, x_dtype: cast(g, x_dtype), result="real")
IMAG_PART = unary("imag_part", np.imag, lambda g: g * 1j, result="real")


abs = unary(  # noqa: A001 - the operator's name
    "abs",
    np.abs,
    lambda g, x: g * sgn(x),
    result="real",
    widen=False,
    supports="ifc",
    kernel="abs_cpu",
)


def _sgn(x):
    if x.dtype.kind != "c":
        return sign(x)
    size = np.abs(x)
    divisor = np.where(size == 0, 1, size)  # of each part: infinities stay where they are
    return np.where(size == 0, 0, _complex(x.real / divisor, x.imag / divisor)).astype(x.dtype)


def _d_sgn(g, x, out):
    if not x.dtype.is_complex:
        return zeros(tuple(x.shape), x.dtype)
    along = cast(real_part(g * conj(out)), x.dtype) * out
    size = cast(abs(x), x.dtype)
    return zero_where(eq(size, 0), (g - along) / size)


sgn = unary("sgn", _sgn, _d_sgn)


def _angle(x):
    if x.dtype.kind == "c":
        return np.angle(x)
    return np.where(np.isnan(x), x, np.where(x < 0, x.dtype.type(np.pi), x.dtype.type(0)))


def _d_angle(g, x):
    if not x.dtype.is_complex:
        return zeros(tuple(x.shape), x.dtype)
    square = cast(real_part(x * conj(x)), x.dtype)
    return zero_where(eq(square, 0), g * x * 1j / square)


angle = unary("angle", _angle, _d_angle, result="real", floating=True)


def _complex_rule(re, im):
    shape = broadcast_shapes(re.shape, im.shape)
    return tuple(shape), re.dtype.to_complex()


def _complex(re, im):
    out = np.empty(np.broadcast_shapes(np.shape(re), np.shape(im)), _complex_of(re))
    out.real, out.imag = re, im
    return out


def _complex_of(x) -> type:
    return np.complex128 if x.dtype == np.float64 else np.complex64


complex = Op(  # noqa: A001 - the operator's name
    "complex",
    rule=_complex_rule,
    eval=_complex,
    names=("re", "im"),
    vjp=(lambda g: real_part(g), lambda g: IMAG_PART(g)),
    elementwise=True,
)

polar = Op(
    "polar",
    rule=_complex_rule,
    eval=lambda size, angle: _complex(size * np.cos(angle), size * np.sin(angle)),
    names=("size", "angle"),
    vjp=(
        lambda g, size, angle: real_part(g * conj(polar(_ones_like(size), angle))),
        lambda g, out: real_part(g * conj(out * 1j)),
    ),
    elementwise=True,
)


def _ones_like(x):
    return x * 0 + 1


def _parts(x) -> np.ndarray:
    x = np.ascontiguousarray(x)
    return x.view(x.real.dtype).reshape(*x.shape, 2)


def _real_layout(shape, strides, offset):
    return (*shape, 2), (*(2 * s for s in strides), 1), 2 * offset


def _complex_layout(shape, strides, offset):
    return shape[:-1], tuple(s // 2 for s in strides[:-1]), offset // 2


view_as_real = Op(
    "view_as_real",
    rule=lambda x: ((*x.shape, 2), x.dtype.to_real()),
    eval=lambda x, /: _parts(x),
    view=_real_layout,
    view_dtype=dtype.to_real,
    vjp=lambda g: view_as_complex(g),
)
view_as_complex = Op(
    "view_as_complex",
    rule=lambda x: (x.shape[:-1], x.dtype.to_complex()),
    eval=lambda x, /: _complex(x[..., 0], x[..., 1]),
    view=_complex_layout,
    view_dtype=dtype.to_complex,
    vjp=lambda g: view_as_real(g),
)


def _part_layout(part: int):
    def layout(shape, strides, offset):
        return shape, tuple(2 * s for s in strides), 2 * offset + part

    return layout


# The `real` and `imag` attributes: views of a complex tensor's memory.
real = Op(
    "real",
    rule=lambda x: (x.shape, x.dtype.to_real()),
    eval=lambda x, /: x.real,
    view=_part_layout(0),
    view_dtype=dtype.to_real,
    vjp=lambda g, x_dtype: cast(g, x_dtype),
    grad_name="SelectBackward0",
)
imag = Op(
    "imag",
    rule=lambda x: (x.shape, x.dtype.to_real()),
    eval=lambda x, /: x.imag,
    view=_part_layout(1),
    view_dtype=dtype.to_real,
    vjp=lambda g: g * 1j,
    grad_name="SelectBackward0",
)
