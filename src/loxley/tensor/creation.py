"""Tensors of given sizes: zeros, ones, full, empty, their `_like` and `new_` forms, eye.

Source: https://docs.pytorch.org/docs/stable/torch.html#creation-ops
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import devices as dev
from .. import dtypes as dt
from .. import layouts
from ..ir.graph import META, Value, leaf
from ..ops.movement import full as full_value
from ..shapes import Shape, contiguous_strides, extent, numel
from .api import expose, method, public, write_out
from .arguments import check_dtype, check_number, check_tensor
from .batched import spread_like
from .layout import relay
from .modes import modes
from .storage import Storage
from .tensor import Tensor, _common_order


def finish(value: Value, requires_grad: bool = False) -> Tensor:
    """A leaf tensor over a value."""
    t = Tensor._wrap(value, meta=value.op is META)
    t._inference = modes.inference
    if requires_grad:
        require_grad(t)
    return t


def require_grad(t: Tensor) -> None:
    """Makes a fresh tensor a leaf that gathers gradients; RuntimeError for integers."""
    if not (t.dtype.is_floating_point or t.dtype.is_complex):
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    t._requires_grad = True


def sizes_of(size: tuple, name: str = "zeros", keyword: Any = None) -> Shape:
    """`f(2, 3)`, `f((2, 3))`, `f(size=(2, 3))` alike; TypeError, RuntimeError as PyTorch."""
    if keyword is not None:
        size = (keyword,)
    elif not size:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
        wrong = "failed to unpack the object at pos {} with error "
        wrong += '"type must be tuple of ints,but got {}"'
    else:
        wrong = "(position {}) must be tuple of ints, not {}"
    shape = []
    for place, n in enumerate(size, 1):
        if isinstance(n, bool) or not hasattr(n, "__index__"):
            text = wrong.format(place, type(n).__name__)
            raise TypeError(f"{name}(): argument 'size' {text}")
        shape.append(n.__index__())
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {shape}")
    if numel(shape) >> 61:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={shape}")
    return tuple(shape)


def check_options(name: str, layout: Any, pin_memory: Any) -> None:
    """Errors for what tensors here cannot be."""
    layouts.check_strided(name, layout)
    if pin_memory:
        raise RuntimeError(
            "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory "
            "allocator is available on this system."
        )


def constant_tensor(
    size: Shape,
    number: Any,
    dtype: dt.dtype,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor all of whose elements are one number."""
    if dev.resolve(device) is dev.META:
        return finish(Value(META, (), (), size, dtype), requires_grad)
    return finish(full_value(size, number, dtype), requires_grad)


def _kind(dtype: Any, out: Tensor | None, name: str = "zeros") -> dt.dtype:
    dtype = check_dtype(name, dtype)
    if out is None:
        return dtype or dt.get_default_dtype()
    if dtype is not None and dtype is not out.dtype:
        raise RuntimeError(
            f"dtype {dtype.legacy_name} does not match dtype of out parameter "
            f"({out.dtype.legacy_name})"
        )
    return out.dtype


def _sized(name: str, number: int, meaning: str) -> Callable[..., Tensor]:
    """Declares `torch.name(*size)`, `Tensor.new_name` and `torch.name_like`."""

    def function(
        *args: Any,
        size: Any = None,
        out: Tensor | None = None,
        dtype: dt.dtype | None = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
        memory_format: Any = None,
    ) -> Tensor:
        shape = sizes_of(args, name, size)
        check_options(name, layout, pin_memory)
        made = constant_tensor(shape, number, _kind(dtype, out, name), device, requires_grad)
        if memory_format is not None:
            made = in_format(made, memory_format)
        return made if out is None else write_out(name, made, out)

    def new(
        self: Tensor,
        *args: Any,
        size: Any = None,
        dtype: dt.dtype | None = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
    ) -> Tensor:
        shape = sizes_of(args, f"new_{name}", size)
        check_options(f"new_{name}", layout, pin_memory)
        device = self.device if device is None else device
        kind = check_dtype(f"new_{name}", dtype) or self.dtype
        return spread_like(constant_tensor(shape, number, kind, device, requires_grad), self)

    def like(
        input: Tensor,
        *,
        dtype: dt.dtype | None = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
        memory_format: Any = layouts.preserve_format,
    ) -> Tensor:
        check_tensor(f"{name}_like", input)
        check_options(f"{name}_like", layout, pin_memory)
        return filled_like(input, number, dtype, device, requires_grad, memory_format)

    for made, title, forms in (
        (function, name, {"method": False}),
        (new, f"new_{name}", {"function": False}),
        (like, f"{name}_like", {"method": False}),
    ):
        made.__name__ = made.__qualname__ = title
        made.__doc__ = f"{meaning} Source: torch.{title}."
        public(**forms)(made)
    return function


def filled_like(
    input: Tensor,
    number: Any,
    dtype: dt.dtype | None,
    device: Any,
    requires_grad: bool,
    memory_format: Any,
) -> Tensor:
    """A tensor of one number with another tensor's size, dtype, device and memory order."""
    device = input.device if device is None else device
    kind = check_dtype("zeros_like", dtype) or input.dtype
    made = spread_like(constant_tensor(input._shape, number, kind, device), input)
    if memory_format is None or memory_format is layouts.preserve_format:
        made = relay(made, None if input._contiguous else _common_order((input,)))
    else:
        made = in_format(made, memory_format)
    if requires_grad:
        require_grad(made)
    return made


def in_format(fresh: Tensor, form: Any) -> Tensor:
    """A fresh tensor laid out in a memory format."""
    if form in (layouts.contiguous_format, layouts.preserve_format):
        return fresh
    return relay(fresh, layouts.channels_last_order(form, len(fresh._shape)))


zeros = _sized("zeros", 0, "Zeros.")
ones = _sized("ones", 1, "Ones.")
empty = _sized("empty", 0, "Elements of no particular value (zeros, made when they are needed).")


def _fill_kind(number: Any, dtype: dt.dtype | None, out: Tensor | None) -> dt.dtype:
    if dtype is None and out is None:
        return dt.dtype_of_scalar(number)
    return _kind(dtype, out, "full")


@public(method=False)
def full(
    size: Any,
    fill_value: Any,
    *,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor filled with one number, of that number's dtype. Source: torch.full."""
    if not isinstance(size, (tuple, list)):
        raise TypeError(
            f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}"
        )
    check_options("full", layout, pin_memory)
    if dtype is None and out is None and isinstance(fill_value, Tensor):
        dtype = fill_value.dtype
    number = check_number("full", fill_value, "fill_value")
    kind = _fill_kind(number, dtype, out)
    made = constant_tensor(sizes_of((size,), "full"), number, kind, device, requires_grad)
    return made if out is None else write_out("full", made, out)


@public(method=False)
def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = layouts.preserve_format,
) -> Tensor:
    """A tensor like another, filled with one number. Source: torch.full_like."""
    check_tensor("full_like", input)
    check_options("full_like", layout, pin_memory)
    number = check_number("full_like", fill_value, "fill_value")
    return filled_like(input, number, dtype, device, requires_grad, memory_format)


@method
def new_full(
    self: Tensor,
    size: Any,
    fill_value: Any,
    *,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of the given size filled with one number. Source: torch.Tensor.new_full."""
    check_options("new_full", layout, pin_memory)
    number = check_number("new_full", fill_value, "fill_value")
    device = self.device if device is None else device
    shape = sizes_of((size,), "new_full")
    kind = check_dtype("new_full", dtype) or self.dtype
    return spread_like(constant_tensor(shape, number, kind, device, requires_grad), self)


def _strided(
    shape: Shape, strides: Shape, kind: dt.dtype, device: Any, requires_grad: bool
) -> Tensor:
    if len(shape) != len(strides):
        raise RuntimeError(
            f"mismatch in length of strides and shape: {len(strides)} != {len(shape)}"
        )
    span = extent(shape, strides)
    base = constant_tensor((span,), 0, kind, device)
    made = Tensor._alias(base._storage, kind, shape, strides, 0)
    if requires_grad:
        require_grad(made)
    return made


@public(method=False)
def empty_strided(
    size: Any,
    stride: Any,
    *,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Elements of no particular value under given strides. Source: torch.empty_strided."""
    check_options("empty_strided", layout, pin_memory)
    shape, strides = sizes_of((size,), "empty_strided"), tuple(int(s) for s in stride)
    kind = _kind(dtype, None, "empty_strided")
    return _strided(shape, strides, kind, device, requires_grad)


@method
def new_empty_strided(
    self: Tensor,
    size: Any,
    stride: Any,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """`empty_strided` with this tensor's dtype. Source: torch.Tensor.new_empty_strided."""
    check_options("new_empty_strided", layout, pin_memory)
    device = self.device if device is None else device
    shape, strides = sizes_of((size,), "new_empty_strided"), tuple(int(s) for s in stride)
    kind = check_dtype("new_empty_strided", dtype) or self.dtype
    return _strided(shape, strides, kind, device, requires_grad)


@public(method=False)
def empty_permuted(
    size: Any,
    physical_layout: Any,
    *,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Memory of no particular value, dimensions as listed. Source: torch.empty_permuted."""
    check_options("empty_permuted", layout, pin_memory)
    shape, order = sizes_of((size,), "empty_permuted"), tuple(int(d) for d in physical_layout)
    if len(order) != len(shape):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. "
            f"len(size) = {len(shape)} is not equal to len(physical_layout) = {len(order)}"
        )
    for d in order:
        if not 0 <= d < len(shape):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(shape) - 1}, but got "
                f"{d} at index 0).  NB: negative dims not currently supported; file an issue if "
                "you want it."
            )
    if len(set(order)) != len(order):
        raise RuntimeError("Duplicate dim not allowed")
    strides = [0] * len(shape)
    for d, step in zip(order, contiguous_strides(tuple(shape[d] for d in order))):
        strides[d] = step
    kind = _kind(dtype, None, "empty_permuted")
    return _strided(shape, tuple(strides), kind, device, requires_grad)


@public(method=False)
def eye(
    n: int,
    m: int | None = None,
    *,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Ones on the diagonal, zeros elsewhere. Source: torch.eye."""
    check_options("eye", layout, pin_memory)
    m = n if m is None else m
    for name, x in (("n", n), ("m", m)):
        if x < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {x}")
    kind = _kind(dtype, out, "eye")
    if dev.resolve(device) is dev.META:
        return constant_tensor((n, m), 0, kind, device, requires_grad)
    made = finish(leaf(np.eye(n, m, dtype=kind.numpy), kind), requires_grad)
    return made if out is None else write_out("eye", made, out)


@public(method=False)
def scalar_tensor(
    s: Any,
    *,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A 0-d tensor of a number, of the default dtype. Source: torch.scalar_tensor."""
    check_options("scalar_tensor", layout, pin_memory)
    number = check_number("scalar_tensor", s, "s")
    kind = _kind(dtype, None, "scalar_tensor")
    return constant_tensor((), number, kind, device, requires_grad)


def meta_like(shape: Shape, strides: Shape, kind: dt.dtype) -> Tensor:
    """A meta tensor with the given layout."""
    storage = Storage(Value(META, (), (), (numel(shape),), kind), numel(shape), meta=True)
    return Tensor._alias(storage, kind, shape, strides, 0)


expose(
    layout=layouts.layout,
    memory_format=layouts.memory_format,
    **{c.name: c for c in (*layouts.LAYOUTS, *layouts.FORMATS)},
)
