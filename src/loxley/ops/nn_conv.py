"""Convolution and transposed convolution in 1 to 3 dimensions, and their gradients.

`convolution` is linear in the input and in the weights; so are its two gradients, which are
operators of their own and each other's derivatives.
"""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from ..numerics import convolution as arrays
from ..numerics.convolution import Geometry
from .elementwise import conj
from .family import wide
from .reduce import sum as sum_op
from .slicing import slice_


def _maybe(x: np.ndarray | None) -> np.ndarray | None:
    return None if x is None else wide(x)


def transposed_size(size, kernel, stride, padding, dilation, output_padding) -> tuple[int, ...]:
    """The spatial shape of a transposed convolution's result."""
    parts = zip(size, kernel, stride, padding, dilation, output_padding)
    return tuple((n - 1) * s - 2 * p + d * (k - 1) + o + 1 for n, k, s, p, d, o in parts)


def _rule(x, w, bias, stride, padding, dilation, groups):
    size = Geometry(stride, padding, dilation, groups).output(x.shape[2:], w.shape[2:])
    return (x.shape[0], w.shape[0], *size), x.dtype


def _eval(x, w, bias, /, stride, padding, dilation, groups):
    geometry = Geometry(stride, padding, dilation, groups)
    return arrays.forward(wide(x), wide(w), _maybe(bias), geometry)


def _bias_grad(g):
    return sum_op(g, (0, *range(2, len(g.shape))), False, g.dtype)


def _transposed_eval(dy, w, bias, /, size, stride, padding, dilation, groups):
    made = arrays.grad_input(wide(dy), wide(w), size, Geometry(stride, padding, dilation, groups))
    if bias is not None:
        made += wide(bias).reshape((-1,) + (1,) * len(size))
    return made


def _grad_weight_eval(dy, x, /, shape, stride, padding, dilation, groups):
    geometry = Geometry(stride, padding, dilation, groups)
    return arrays.grad_weight(wide(dy), wide(x), shape, geometry)


def adjoint(x, w, out, stride, padding, dilation, groups):
    """The convolution's first `out` positions: an output padding makes x longer than they need."""
    made = convolution(x, w, None, stride, padding, dilation, groups)
    for d, size in enumerate(out, 2):
        if made.shape[d] != size:
            made = slice_(made, d, 0, size, 1)
    return made


# x (N, C, *S), weights (O, C / groups, *K), bias (O,) or None -> (N, O, *L)
convolution = Op(
    "convolution",
    rule=_rule,
    eval=_eval,
    vjp=(
        lambda g, w, x_shape, stride, padding, dilation, groups: transposed(
            g, conj(w), None, tuple(x_shape[2:]), stride, padding, dilation, groups
        ),
        lambda g, x, w_shape, stride, padding, dilation, groups: grad_weight(
            g, conj(x), tuple(w_shape), stride, padding, dilation, groups
        ),
        _bias_grad,
    ),
)

# The adjoint of `convolution` in its input, whose spatial shape is `size`; plus a bias.
transposed = Op(
    "convolution_transposed",
    rule=lambda dy, w, bias, size, stride, padding, dilation, groups: (
        (dy.shape[0], w.shape[1] * groups, *size),
        dy.dtype,
    ),
    eval=_transposed_eval,
    vjp=(
        lambda g, w, dy_shape, stride, padding, dilation, groups: adjoint(
            g, conj(w), dy_shape[2:], stride, padding, dilation, groups
        ),
        lambda g, dy, w_shape, stride, padding, dilation, groups: grad_weight(
            conj(dy), g, tuple(w_shape), stride, padding, dilation, groups
        ),
        _bias_grad,
    ),
    grad_name="ConvolutionBackward0",
)

# The adjoint of `convolution` in its weights, which have the given shape.
grad_weight = Op(
    "convolution_grad_weight",
    rule=lambda dy, x, shape, stride, padding, dilation, groups: (shape, dy.dtype),
    eval=_grad_weight_eval,
    vjp=(
        lambda g, x, dy_shape, stride, padding, dilation, groups: adjoint(
            conj(x), g, dy_shape[2:], stride, padding, dilation, groups
        ),
        lambda g, dy, x_shape, stride, padding, dilation, groups: transposed(
            conj(dy), g, None, tuple(x_shape[2:]), stride, padding, dilation, groups
        ),
    ),
    grad_name="ConvolutionBackwardBackward0",
)
