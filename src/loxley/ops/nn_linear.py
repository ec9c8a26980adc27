"""`linear`: x @ weight.T + bias over the last dimension, one BLAS call for any rank."""

from __future__ import annotations

from math import prod

import numpy as np

from ..ir.graph import Op
from .elementwise import conj
from .matmul import product
from .reduce import sum_to, wide


def _flat(x: np.ndarray) -> np.ndarray:
    return x.reshape(prod(x.shape[:-1]), x.shape[-1])


def _rule(x, weight, bias):
    if x.dtype is not weight.dtype:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {x.dtype.legacy_name} and "
            f"{weight.dtype.legacy_name}"
        )
    if bias is not None and bias.dtype is not weight.dtype:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {bias.dtype.legacy_name} and "
            f"{weight.dtype.legacy_name}"
        )
    width = x.shape[-1] if x.shape else 1
    if not x.shape or len(weight.shape) not in (1, 2) or width != weight.shape[-1]:
        rows = int(np.prod(x.shape[:-1]))
        inner = tuple(reversed(weight.shape)) if len(weight.shape) == 2 else (weight.shape, 1)
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{width} and {inner[0]}x{inner[1]})"
        )
    shape = x.shape[:-1] + weight.shape[:-1]
    if bias is not None and bias.shape not in ((), (1,), weight.shape[:1]):
        raise RuntimeError(
            f"The expanded size of the tensor ({shape[-1]}) must match the existing size "
            f"({bias.shape[-1]}) at non-singleton dimension {max(len(shape) - 1, 1)}.  Target "
            "sizes: "
            f"{list(shape)}.  Tensor sizes: {list(bias.shape)}"
        )
    return shape, x.dtype


def _eval(x, weight, bias, /):
    x, weight = wide(x), wide(weight)
    made = np.empty(x.shape[:-1] + weight.shape[:-1], x.dtype)
    if weight.ndim == 1:
        np.matmul(x, weight, out=made)
    else:  # rows of one matrix, written where they belong: the result owns its memory
        np.matmul(_flat(x), weight.T, out=_flat(made))
    if bias is not None:
        made += wide(bias)
    return made


def _grad_name(attrs, metas):
    rank, biased = len(metas[0][0]), metas[2] is not None
    if rank == 2:
        return "AddmmBackward0" if biased else "MmBackward0"
    if rank == 1:
        return "ViewBackward0" if biased else "SqueezeBackward4"
    return "ViewBackward0" if biased else "UnsafeViewBackward0"


def _grad_input_eval(dy, weight, /):
    if weight.ndim == 1:
        return dy[..., None] * weight
    return product(_flat(dy), weight).reshape(dy.shape[:-1] + weight.shape[1:])


def _grad_weight_eval(dy, x, /):
    if dy.ndim < x.ndim:  # a weight of one dimension
        return product(dy.reshape(-1), _flat(x))
    return product(_flat(dy).T, _flat(x))


# The gradient of linear's input: dy @ weight.
linear_grad_input = Op(
    "linear_grad_input",
    rule=lambda dy, weight: (
        (dy.shape[:-1] if len(weight.shape) == 2 else dy.shape) + weight.shape[-1:],
        dy.dtype,
    ),
    eval=_grad_input_eval,
    vjp=(
        lambda g, weight: linear(g, conj(weight), None),
        lambda g, dy: conj(linear_grad_weight(conj(dy), g)),
    ),
)

# The gradient of linear's weight: dy.T @ x, summed over all leading dimensions.
linear_grad_weight = Op(
    "linear_grad_weight",
    rule=lambda dy, x: (
        (dy.shape[-1:] if len(dy.shape) == len(x.shape) else ()) + x.shape[-1:],
        dy.dtype,
    ),
    eval=_grad_weight_eval,
    vjp=(
        lambda g, x: linear(conj(x), g, None),
        lambda g, dy: linear_grad_input(conj(dy), g),
    ),
)

linear = Op(
    "linear",
    rule=_rule,
    eval=_eval,
    grad_name=_grad_name,
    vjp=(
        lambda g, weight: linear_grad_input(g, conj(weight)),
        lambda g, x: linear_grad_weight(g, conj(x)),
        lambda g, bias_shape: sum_to(g, bias_shape),
    ),
)
