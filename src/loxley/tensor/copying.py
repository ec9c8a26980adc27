"""Copies and fills: clone, copy_, fill_, zero_, contiguous, detach, data."""

from __future__ import annotations

from typing import Any

from .. import layouts
from ..ops import copying as ops
from ..ops.family import CAST, cast, type_name
from ..shapes import broadcast_shapes, is_contiguous
from .api import method, public
from .arguments import NUMBERS, check_tensor, from_number
from .creation import in_format
from .layout import refuse_partial_overlap
from .quantizer import quantized_copy
from .tensor import Counter, Tensor


@public()
def clone(input: Tensor, *, memory_format: Any = layouts.preserve_format) -> Tensor:
    """A copy, differentiable. Source: torch.clone."""
    check_tensor("clone", input)
    if input.dtype.is_quantized:
        return quantized_copy(input)
    if memory_format is None or memory_format is layouts.preserve_format:
        return ops.clone(input)
    return in_format(ops.contiguous(input), memory_format)


@method
def contiguous(self: Tensor, memory_format: Any = layouts.contiguous_format) -> Tensor:
    """The tensor with its elements in order in memory, itself if they are.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.contiguous.html
    """
    if memory_format is layouts.preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    if has_format(self, memory_format):
        return self
    if self.dtype.is_quantized:
        return quantized_copy(self)
    return in_format(ops.contiguous(self), memory_format)


def has_format(t: Tensor, form: Any) -> bool:
    """Whether the elements lie in memory as the format says."""
    if form is layouts.contiguous_format:
        return t._contiguous
    if form is layouts.preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    if len(t._shape) != (4 if form is layouts.channels_last else 5):
        return False
    order = layouts.channels_last_order(form, len(t._shape))
    return is_contiguous(tuple(t._shape[d] for d in order), tuple(t._strides[d] for d in order))


def _is_contiguous(self: Tensor, memory_format: Any = layouts.contiguous_format) -> bool:
    """Whether the elements lie in memory as the format says. Source: torch.Tensor.is_contiguous."""
    return has_format(self, memory_format)


Tensor.is_contiguous = _is_contiguous  # type: ignore[attr-defined]


@method
def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Overwrites the tensor with `src`, broadcast and converted. Source: torch.Tensor.copy_."""
    if isinstance(src, NUMBERS):
        src = from_number(src)
    check_tensor("copy_", src, "other", 1)
    self._check_before_write(src)
    refuse_partial_overlap(self, (src,))
    shape = broadcast_shapes(self._shape, src._shape)
    if shape != self._shape:
        raise RuntimeError(
            f"output with shape {list(self._shape)} doesn't match the broadcast shape {list(shape)}"
        )
    if src.is_meta and not self.is_meta:
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")
    return self._assign(ops.copy(self, src, self._shape, self.dtype), src is self)


@public()
def fill_(self: Tensor, value: Any) -> Tensor:
    """Sets every element to a number or a 0-d tensor. Source: torch.Tensor.fill_."""
    self._check_before_write(value)
    if isinstance(value, Tensor):
        if value._shape:
            raise RuntimeError(
                "fill_ only supports 0-dimension value tensor but got tensor with "
                f"{len(value._shape)} dimensions."
            )
        return self._assign(ops.fill_tensor(self, value, self._shape, self.dtype))
    if not isinstance(value, NUMBERS):
        raise TypeError(
            f"fill_() received an invalid combination of arguments - got ({type(value).__name__}), "
            "but expected one of:\n * (Tensor value)\n * (Number value)\n"
        )
    if isinstance(value, complex) and self.dtype.category in (1, 2):
        raise RuntimeError(
            f"value cannot be converted to type {type_name(self.dtype)} without overflow"
        )
    return self._assign(ops.fill(self, value, self._shape, self.dtype), True)


@public(method=False)
def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor like `input` with every element set to `value`. Source: torch.fill."""
    return ops.clone(check_tensor("fill", input)).fill_(value)


@public()
def zero_(self: Tensor) -> Tensor:
    """Sets every element to zero. Source: torch.Tensor.zero_."""
    self._check_before_write()
    return self._assign(ops.zero(self, 0, self._shape, self.dtype), True)


@public()
def detach(input: Tensor) -> Tensor:
    """The same memory without history. Source: torch.Tensor.detach."""
    made = Tensor._alias(input._storage, input.dtype, input._shape, input._strides, input._offset)
    made._own_counter = input._own_counter
    made._inference = input._inference
    return made


@public()
def detach_(input: Tensor) -> Tensor:
    """Forgets the tensor's history. Source: torch.Tensor.detach_."""
    if input._base is not None:
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using "
            "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as "
            "True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
            "these gradients. To fix this error, please refer to the Optimizer.zero_grad() "
            "function in torch/optim/optimizer.py as the solution."
        )
    input._grad_fn, input._output_nr, input._requires_grad = None, 0, False
    return input


def _get_data(self: Tensor) -> Tensor:
    made = detach(self)
    made._own_counter = Counter()
    return made


def _set_data(self: Tensor, new: Tensor) -> None:
    if not isinstance(new, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(new).__name__}")
    if self._requires_grad and not (new.dtype.is_floating_point or new.dtype.is_complex):
        raise RuntimeError(
            "data set to a tensor that requires gradients must be floating point or complex dtype"
        )
    if new._shape != self._shape or new.dtype is not self.dtype:
        self._accumulator = None  # gradients must have the new shape and dtype
    counter = Counter()
    counter.version = self._counter.version
    for name in ("_storage", "_shape", "_strides", "_offset", "dtype", "_plain", "_contiguous"):
        setattr(self, name, getattr(new, name))
    self._own_counter = counter


Tensor.data = property(_get_data, _set_data)  # type: ignore[attr-defined]


def converted(t: Tensor, kind: Any, copy: bool, form: Any) -> Tensor:
    """`t` at a dtype and memory format; itself where nothing would change."""
    keep = form is None or form is layouts.preserve_format
    if not copy and t.dtype is kind and (keep or has_format(t, form)):
        return t
    if t.dtype.is_quantized or kind.is_quantized:
        if t.dtype is kind:
            return quantized_copy(t)
        raise RuntimeError(
            "Creation of quantized tensor requires quantized dtype like torch.quint8"
        )
    if keep:
        return CAST(t, kind)
    made = ops.contiguous(t) if t.dtype is kind else cast(t.contiguous(), kind)
    return in_format(made, form)


def _each(function: Any, *tensors: Tensor) -> Tensor:
    """A Python function called with the elements of all tensors, one by one."""
    made = [function(*xs) for xs in zip(*(t.reshape(-1).tolist() for t in tensors))]
    return tensors[0].new_tensor(made).reshape(tensors[0]._shape)


@method
def apply_(self: Tensor, callable: Any) -> Tensor:  # noqa: A002
    """Replaces each element by a Python function of it. Source: torch.Tensor.apply_."""
    return self.copy_(_each(callable, self))


@method
def map_(self: Tensor, tensor: Tensor, callable: Any) -> Tensor:  # noqa: A002
    """Replaces each element by a function of it and another's. Source: torch.Tensor.map_."""
    return self.copy_(_each(callable, self, tensor.expand(self._shape)))


@method
def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Any) -> Tensor:  # noqa: A002
    """Replaces each element by a function of it and two others'."""
    return self.copy_(_each(callable, self, x.expand(self._shape), y.expand(self._shape)))
