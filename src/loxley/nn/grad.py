"""`torch.nn.grad`: the gradients of convolutions as functions of their own.

In: sizes, weights or inputs, and the gradient of the output. Out: the gradient of the input or of
the weight. Each runs the convolution's own derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..autograd import enable_grad, grad
from ..tensor import Tensor, empty
from . import functional as F


def _gradient(
    conv: Callable, input: Tensor, weight: Tensor, wanted: str, grad_output: Tensor, options: tuple
) -> Tensor:
    with enable_grad():
        input, weight = input.detach(), weight.detach()
        target = (input if wanted == "input" else weight).requires_grad_()
        return grad(conv(input, weight, None, *options), target, grad_output)[0]


def _input_gradient(
    conv: Callable, size: Sequence[int], weight: Tensor, grad_output: Tensor, options: tuple
) -> Tensor:
    blank = empty(tuple(size), dtype=weight.dtype, device=weight.device).zero_()
    return _gradient(conv, blank, weight, "input", grad_output, options)


def _weight_gradient(
    conv: Callable, input: Tensor, size: Sequence[int], grad_output: Tensor, options: tuple
) -> Tensor:
    blank = empty(tuple(size), dtype=input.dtype, device=input.device).zero_()
    return _gradient(conv, input, blank, "weight", grad_output, options)


def conv1d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `F.conv1d` with respect to its input."""
    options = (stride, padding, dilation, groups)
    return _input_gradient(F.conv1d, input_size, weight, grad_output, options)


def conv1d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `F.conv1d` with respect to its weight."""
    options = (stride, padding, dilation, groups)
    return _weight_gradient(F.conv1d, input, weight_size, grad_output, options)


def conv2d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `F.conv2d` with respect to its input."""
    options = (stride, padding, dilation, groups)
    return _input_gradient(F.conv2d, input_size, weight, grad_output, options)


def conv2d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `F.conv2d` with respect to its weight."""
    options = (stride, padding, dilation, groups)
    return _weight_gradient(F.conv2d, input, weight_size, grad_output, options)


def conv3d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `F.conv3d` with respect to its input."""
    options = (stride, padding, dilation, groups)
    return _input_gradient(F.conv3d, input_size, weight, grad_output, options)


def conv3d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `F.conv3d` with respect to its weight."""
    options = (stride, padding, dilation, groups)
    return _weight_gradient(F.conv3d, input, weight_size, grad_output, options)
