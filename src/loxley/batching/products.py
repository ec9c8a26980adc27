"""Products and convolutions on batched values: slices join the batch, or the groups."""

from __future__ import annotations

from math import prod
from typing import Any

from ..ir.graph import Op, Value, record
from ..ops import movement
from ..ops.elementwise import conj
from ..ops.matmul import matmul
from ..ops.nn_conv import convolution, transposed
from ..ops.reduce import sum as sum_op
from .core import COMPOSED, RULES, every, level_of, lifted


def _matmul(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """mm, bmm and matmul of all ranks; one matrix for all slices makes one large product."""
    a, b = inputs
    if flags == (True, False) and b.ndim <= 2:
        return matmul(a, b)
    if a.ndim - flags[0] == 1:
        a = movement.view(a, (*a.shape[:-1], 1, a.shape[-1]))
    if b.ndim - flags[1] == 1:
        b = movement.view(b, (*b.shape, 1))
    ndim = max(a.ndim - flags[0], b.ndim - flags[1])
    return matmul(
        lifted(a, ndim) if flags[0] else a,
        lifted(b, ndim) if flags[1] else b,
    )


def _scaled_sum(bias: Value, product: Value, beta: Any, alpha: Any) -> Value:
    made = product if alpha == 1 else product * alpha
    if beta == 0:
        return made + movement.zeros(bias.shape, bias.dtype)
    return made + (bias if beta == 1 else bias * beta)


def _addmm(bias: Value, a: Value, b: Value, beta: Any, alpha: Any) -> Any:
    return _scaled_sum(bias, matmul(a, b), beta, alpha)


def _addbmm(bias: Value, a: Value, b: Value, beta: Any, alpha: Any) -> Any:
    return _scaled_sum(bias, sum_op(matmul(a, b), (0,), False, a.dtype), beta, alpha)


def _addr(bias: Value, a: Value, b: Value, beta: Any, alpha: Any) -> Any:
    if a.dtype.category == 0:
        return NotImplemented
    return _scaled_sum(bias, movement.view(a, (*a.shape, 1)) * b, beta, alpha)


def _vdot(a: Value, b: Value) -> Any:
    return matmul(conj(a), b)


def _flat_rows(x: Value) -> Value:
    return movement.view(x, (prod(x.shape[:-1]), x.shape[-1]))


def _linear(x: Value, weight: Value, bias: Value | None) -> Any:
    plain = not level_of(weight) and (bias is None or not level_of(bias))
    if plain:
        return NotImplemented
    made = matmul(x, movement.t(weight) if weight.ndim == 2 else weight)
    return made if bias is None else made + bias


def _as_it_is(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """The first input alone is batched, and the operator takes any leading dimensions."""
    return record(op, tuple(inputs), attrs)


def _linear_grad_input(dy: Value, weight: Value) -> Any:
    if weight.ndim == 1:
        return movement.view(dy, (*dy.shape, 1)) * weight
    return matmul(dy, weight)


def _linear_grad_weight(dy: Value, x: Value) -> Any:
    rows = _flat_rows(x)
    if dy.ndim < x.ndim:
        return matmul(movement.view(dy, (dy.numel(),)), rows)
    return matmul(movement.t(_flat_rows(dy)), rows)


# Convolutions: (N, C, *S) with weights (O, C / groups, *K)


def joined(x: Value, at: int) -> Value:
    """Slices laid side by side in dimension `at` of a slice."""
    order = (*range(1, at + 1), 0, *range(at + 1, x.ndim))
    moved = movement.permute(x, order)
    shape = moved.shape
    return movement.view(moved, (*shape[:at], shape[at] * shape[at + 1], *shape[at + 2 :]))


def parted(x: Value, at: int, size: int) -> Value:
    """The inverse of `joined`."""
    shape = x.shape
    wide = movement.view(x, (*shape[:at], size, shape[at] // size, *shape[at + 1 :]))
    return movement.permute(wide, (at, *range(at), *range(at + 1, wide.ndim)))


def _convolution_bias(op: Op) -> Any:
    def composed(x: Value, w: Value, bias: Value | None, *attrs: Any) -> Any:
        if bias is None or not level_of(bias):
            return NotImplemented
        shape = (1, bias.shape[0], *(1,) * (x.ndim - 2))
        return op(x, w, None, *attrs) + movement.view(bias, shape)

    return composed


def _convolution(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    x, w, bias = inputs
    if not flags[1]:
        folded = record(op, (joined(x, 0), w, bias), attrs)
        return parted(folded, 0, size)
    if not flags[0] and attrs[-1] == 1 and op is convolution:
        w, groups = joined(w, 0), 1
    else:
        x, w = every([x, w], flags[:2], size)
        x, w, groups = joined(x, 1), joined(w, 0), attrs[-1] * size
    made = record(op, (x, w, None), (*attrs[:-1], groups))
    if bias is not None:
        made = made + movement.view(
            movement.expand(bias, (size, *bias.shape)),
            (1, size * bias.shape[0], *(1,) * (made.ndim - 2)),
        )
    return parted(made, 1, size)


def _grad_weight(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    dy, x = (joined(v, 1) for v in every(inputs, flags, size))
    shape = attrs[0]
    made = record(op, (dy, x), ((shape[0] * size, *shape[1:]), *attrs[1:-1], attrs[-1] * size))
    return movement.view(made, (size, *shape))


for _name in ("mm", "bmm", "matmul"):
    RULES[_name] = _matmul
RULES.update(
    {
        "linear": _as_it_is,
        "convolution": _convolution,
        "convolution_transposed": _convolution,
        "convolution_grad_weight": _grad_weight,
    }
)
COMPOSED.update(
    {
        "addmm": _addmm,
        "baddbmm": _addmm,
        "addmv": _addmm,
        "addbmm": _addbmm,
        "addr": _addr,
        "vdot": _vdot,
        "linear": _linear,
        "linear_grad_input": _linear_grad_input,
        "linear_grad_weight": _linear_grad_weight,
        "convolution": _convolution_bias(convolution),
        "convolution_transposed": _convolution_bias(transposed),
    }
)
