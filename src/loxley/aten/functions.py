"""Operators that PyTorch offers under `torch.ops.aten` only.

Each takes what its schema in PyTorch's library says; `FUNCTIONS` collects them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import dtypes as dt
from ..ops import nn_conv, nn_pool, nn_resample, nn_softmax, slicing
from ..shapes import normalize_dim
from ..tensor import Tensor, log_softmax, softmax
from ..tensor.nn_norm import batch_norm_with_update
from ..tensor.nn_pool import max_pool
from ..tensor.parts import slice_bounds

FUNCTIONS: dict[str, Callable[..., Any]] = {"_batch_norm_with_update": batch_norm_with_update}


def _operator(function: Callable[..., Any]) -> Callable[..., Any]:
    FUNCTIONS[function.__name__.removesuffix("_of_aten")] = function
    return function


@_operator
def slice_of_aten(
    self: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """`self[start:end:step]` in one dimension, sharing memory."""
    if not self._shape:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    dim = normalize_dim(dim, self.ndim)
    return slicing.slice_(self, dim, *slice_bounds(start, end, step, self._shape[dim]))


@_operator
def _softmax(self: Tensor, dim: int, half_to_float: bool) -> Tensor:
    """softmax; other devices may widen 16-bit floats."""
    _refuse_widening("softmax", half_to_float)
    return softmax(self, dim)


@_operator
def _log_softmax(self: Tensor, dim: int, half_to_float: bool) -> Tensor:
    """log_softmax; other devices may widen 16-bit floats."""
    _refuse_widening("log_softmax", half_to_float)
    return log_softmax(self, dim)


def _refuse_widening(name: str, half_to_float: bool) -> None:
    if half_to_float:
        raise RuntimeError(f"{name} with half to float conversion is not supported on CPU")


@_operator
def _softmax_backward_data(
    grad_output: Tensor, output: Tensor, dim: int, input_dtype: dt.dtype
) -> Tensor:
    """The gradient of softmax from its result."""
    return _to_input(nn_softmax.softmax_backward, grad_output, output, dim, input_dtype)


@_operator
def _log_softmax_backward_data(
    grad_output: Tensor, output: Tensor, dim: int, input_dtype: dt.dtype
) -> Tensor:
    """The gradient of log_softmax from its result."""
    return _to_input(nn_softmax.log_softmax_backward, grad_output, output, dim, input_dtype)


def _to_input(op: Any, grad: Tensor, output: Tensor, dim: int, input_dtype: dt.dtype) -> Tensor:
    made = op(grad, output, normalize_dim(dim, grad.ndim))
    narrow = grad.dtype is dt.float32 and input_dtype is dt.float16
    return made.to(input_dtype) if narrow else made


@_operator
def _safe_softmax(self: Tensor, dim: int, dtype: dt.dtype | None = None) -> Tensor:
    """softmax with zeros in rows that hold nothing but -inf."""
    x = self if dtype is None else self.to(dtype)
    return nn_softmax.safe_softmax(x, normalize_dim(dim, x.ndim))


@_operator
def native_dropout_backward(grad_output: Tensor, mask: Tensor, scale: float) -> Tensor:
    """The gradient of dropout from the mask that it drew."""
    return grad_output * (mask.to(grad_output.dtype) * scale)


@_operator
def _upsample_bilinear2d_aa(
    self: Tensor,
    output_size: Sequence[int] | None,
    align_corners: bool,
    scales_h: Any = None,
    scales_w: float | None = None,
    *,
    scale_factors: Sequence[float] | None = None,
) -> Tensor:
    """(N, C, H, W) at another size, antialiased; one factor for each size in overload `vec`."""
    if self.ndim != 4:
        raise RuntimeError(f"It is expected input_size equals to 4, but got size {self.ndim}")
    if isinstance(scales_h, (list, tuple)):
        scale_factors, scales_h = scales_h, None
    if output_size is None:
        if scale_factors is None:
            raise RuntimeError("Must specify exactly one of output_size and scale_factors")
        output_size = [int(n * s) for n, s in zip(self._shape[2:], scale_factors)]
    scales = tuple(scale_factors) if scale_factors is not None else (scales_h, scales_w)
    sizes = tuple(int(n) for n in output_size)
    return nn_resample.upsample(self, sizes, "bilinear", bool(align_corners), scales, True)


@_operator
def max_pool2d_with_indices(
    self: Tensor,
    kernel_size: Any,
    stride: Any = (),
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> tuple[Tensor, Tensor]:
    """Maxima of windows and their places in the input's planes."""
    return max_pool(2, self, kernel_size, stride, padding, dilation, ceil_mode, True)


@_operator
def max_pool2d_with_indices_backward(
    grad_output: Tensor,
    self: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    indices: Tensor,
) -> Tensor:
    """Gradients added up where the maxima stand."""
    if grad_output._shape != indices._shape:
        raise RuntimeError(
            f"expected grad_output and indices of one shape, got {list(grad_output._shape)} and "
            f"{list(indices._shape)}"
        )
    return nn_pool.max_pool2d_backward(grad_output, self, indices)


@_operator
def convolution_backward(
    grad_output: Tensor,
    input: Tensor,
    weight: Tensor,
    bias_sizes: Sequence[int] | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
    output_mask: Sequence[bool],
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """The gradients of a convolution's input, weights and bias, those that the mask names."""
    how = tuple(stride), tuple(padding), tuple(dilation), groups
    size, g = tuple(input._shape[2:]), grad_output
    grads: list[Tensor | None] = [None] * 3
    if output_mask[0] and transposed:
        grads[0] = nn_conv.adjoint(g, weight.conj(), size, *how)
    elif output_mask[0]:
        grads[0] = nn_conv.transposed(g, weight.conj(), None, size, *how)
    if output_mask[1]:
        pair = (input.conj(), g) if transposed else (g, input.conj())
        grads[1] = nn_conv.grad_weight(*pair, tuple(weight._shape), *how)
    if output_mask[2]:
        grads[2] = g.sum((0, *range(2, g.ndim)))
    return grads[0], grads[1], grads[2]


@_operator
def _to_copy(
    self: Tensor,
    *,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool | None = None,
    non_blocking: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """A copy at another dtype, on another device or in another order, never the tensor itself."""
    if layout not in (None, self.layout):
        raise NotImplementedError(f"torch.ops.aten._to_copy: layout {layout} is not implemented")
    if pin_memory:
        raise RuntimeError("Cannot access accelerator device when none is available.")
    options = {} if memory_format is None else {"memory_format": memory_format}
    place = self.device if device is None else device
    return self.to(device=place, dtype=self.dtype if dtype is None else dtype, copy=True, **options)


@_operator
def _pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """RuntimeError: there is no accelerator to pin memory for."""
    return self.pin_memory(device)


@_operator
def alias(self: Tensor) -> Tensor:
    """The same memory as another tensor, history included."""
    return self.view_as(self)


@_operator
def index_of_aten(self: Any, indices: Any, *rest: Any) -> Any:
    """`self[indices]`, by a list with a tensor of indices or None for each dimension; the
    overloads for lists and strings tell where an element stands."""
    if isinstance(self, Tensor):
        return self[tuple(slice(None) if i is None else i for i in indices)]
    if isinstance(self, str):
        start, end = (*rest, -1)[:2] if rest else (0, -1)
        return self.find(indices, start, len(self) if end == -1 else end)
    if indices not in self:
        raise RuntimeError(f"'{indices}' is not in list")
    return self.index(indices)


def _elsewhere(name: str) -> None:
    """An operator that PyTorch's CPU backend has not either."""

    def refused(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            f"Could not run 'aten::{name}' with arguments from the 'CPU' backend. This could be "
            "because the operator doesn't exist for this backend, or was omitted during the "
            "selective/custom build process (if using custom build)."
        )

    FUNCTIONS[name] = refused


_elsewhere("_flash_attention_forward")
_elsewhere("_efficient_attention_forward")
