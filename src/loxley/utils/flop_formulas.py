"""How many operations products and convolutions take: two for each multiply-add.

In: the shapes of an operator's arguments and of its result.  Out: a number.
Source: torch.utils.flop_counter.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from ..aten import OpOverloadPacket, ops

Shape = tuple[int, ...]
aten = ops.aten


def mm_flop(
    a_shape: Shape, b_shape: Shape, *args: Any, out_shape: Any = None, **kwargs: Any
) -> int:
    """(m, k) times (k, n)."""
    (m, k), (inner, n) = a_shape, b_shape
    if k != inner:
        raise AssertionError(f"matmul: inner dimensions must match (k == k2), got {k} and {inner}")
    return m * n * 2 * k


def addmm_flop(
    self_shape: Shape, a_shape: Shape, b_shape: Shape, out_shape: Any = None, **kwargs: Any
) -> int:
    """As `mm_flop`: the sum is not counted."""
    return mm_flop(a_shape, b_shape)


def bmm_flop(a_shape: Shape, b_shape: Shape, out_shape: Any = None, **kwargs: Any) -> int:
    """(b, m, k) times (b, k, n)."""
    b, m, k = a_shape
    return b * mm_flop((m, k), b_shape[1:])


def baddbmm_flop(
    self_shape: Shape, a_shape: Shape, b_shape: Shape, out_shape: Any = None, **kwargs: Any
) -> int:
    """As `bmm_flop`: the sum is not counted."""
    return bmm_flop(a_shape, b_shape)


def conv_flop_count(
    x_shape: Shape, w_shape: Shape, out_shape: Shape, transposed: bool = False
) -> int:
    """The operations of a convolution; each of the weights meets each place once."""
    places = (x_shape if transposed else out_shape)[2:]
    return prod(places) * prod(w_shape) * x_shape[0] * 2


def conv_flop(
    x_shape: Shape,
    w_shape: Shape,
    _bias: Any,
    _stride: Any,
    _padding: Any,
    _dilation: Any,
    transposed: bool,
    *args: Any,
    out_shape: Any = None,
    **kwargs: Any,
) -> int:
    """A convolution, transposed or not."""
    return conv_flop_count(x_shape, w_shape, out_shape, transposed=transposed)


def conv_backward_flop(
    grad_out_shape: Shape,
    x_shape: Shape,
    w_shape: Shape,
    _bias: Any,
    _stride: Any,
    _padding: Any,
    _dilation: Any,
    transposed: bool,
    _output_padding: Any,
    _groups: Any,
    output_mask: Any,
    out_shape: Any,
    **kwargs: Any,
) -> int:
    """Both gradients of a convolution, or that which `output_mask` names."""
    count = 0
    if output_mask[0]:
        count += conv_flop_count(grad_out_shape, w_shape, out_shape[0], not transposed)
    if output_mask[1]:
        first, second = (grad_out_shape, x_shape) if transposed else (x_shape, grad_out_shape)
        count += conv_flop_count(_swapped(first), _swapped(second), _swapped(out_shape[1]))
    return count


def _swapped(shape: Shape) -> Shape:
    return (shape[1], shape[0], *shape[2:])


# {operator: formula}; programs add to it.
flop_registry: dict[Any, Callable[..., int]] = {
    aten.mm: mm_flop,
    aten.addmm: addmm_flop,
    aten.bmm: bmm_flop,
    aten.baddbmm: baddbmm_flop,
    aten.convolution: conv_flop,
    aten.convolution_backward: conv_backward_flop,
}


def raw(formula: Callable, get_raw: bool) -> Callable:
    """The formula as `FlopCounterMode` calls it: with shapes for tensors, unless `get_raw`."""
    if get_raw:
        formula._get_raw = True  # type: ignore[attr-defined]
    return formula


def register_flop_formula(targets: Any, get_raw: bool = False) -> Callable[[Callable], Callable]:
    """Registers how many operations an operator takes: `formula(*args, out_shape=..., **kwargs)`
    with shapes for tensors.  With `get_raw` it gets the tensors, and the result as `out_val`.

    ValueError for what is no operator, RuntimeError for one that has a formula.
    Source: torch.utils.flop_counter.register_flop_formula.
    """

    def register(formula: Callable) -> Callable:
        for target in targets if isinstance(targets, (list, tuple)) else [targets]:
            if not isinstance(target, OpOverloadPacket):
                raise ValueError(
                    "register_flop_formula(targets): expected each target to be OpOverloadPacket "
                    "(i.e. torch.ops.mylib.foo), JitFunction, or HigherOrderOperator, got "
                    f"{target} which is of type {type(target)}"
                )
            if target in flop_registry:
                raise RuntimeError(f"duplicate registrations for {target}")
            flop_registry[target] = raw(formula, get_raw)
        return formula

    return register
