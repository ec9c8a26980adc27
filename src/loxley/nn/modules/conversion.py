"""Converting the tensors of a module: dtype, device, memory format, gradients on and off.

In: a module. Out: the same module; parameters stay the same objects, their data is exchanged.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeAlias, overload

from ...autograd import no_grad
from ...devices import device as Device
from ...dtypes import bfloat16, float16, float32, float64
from ...dtypes import dtype as DType
from ...layouts import memory_format
from ...tensor import Tensor, empty_like
from ..parameter import Parameter

if TYPE_CHECKING:
    from .module import Module

_Where: TypeAlias = Device | str | int | None
_TO_FORMS = """ but expected one of:
 * (torch.device device = None, torch.dtype dtype = None, bool non_blocking = False, \
bool copy = False, *, torch.memory_format memory_format = None)
 * (torch.dtype dtype, bool non_blocking = False, bool copy = False, *, \
torch.memory_format memory_format = None)
 * (Tensor tensor, bool non_blocking = False, bool copy = False, *, \
torch.memory_format memory_format = None)
"""


def parse_to(*args: Any, **kwargs: Any) -> tuple[Any, DType | None, bool, Any]:
    """(device, dtype, non_blocking, memory_format) of the three forms of `Module.to`."""
    memory_format = kwargs.get("memory_format")
    first = args[0] if args else None
    if isinstance(first, Tensor) or isinstance(kwargs.get("tensor"), Tensor):
        names = ("tensor", "non_blocking", "copy")
    elif isinstance(first, DType):
        names = ("dtype", "non_blocking", "copy")
    else:
        names = ("device", "dtype", "non_blocking", "copy")
    given = dict(zip(names, args, strict=False))
    options = {k: v for k, v in kwargs.items() if k != "memory_format"}
    fits = len(args) <= len(names) and set(options) <= set(names) - set(given)
    given.update(options)
    if not fits or not _types_fit(given):
        raise TypeError(_bad_arguments(args, kwargs))
    tensor = given.get("tensor")
    if tensor is not None:
        return tensor.device, tensor.dtype, bool(given.get("non_blocking", False)), memory_format
    where = given.get("device")
    where = None if where is None else Device(where)
    return where, given.get("dtype"), bool(given.get("non_blocking", False)), memory_format


def _types_fit(given: dict[str, Any]) -> bool:
    where = given.get("device")
    return (
        (where is None or isinstance(where, (Device, str, int)))
        and not isinstance(where, bool)
        and (given.get("dtype") is None or isinstance(given["dtype"], DType))
        and isinstance(given.get("non_blocking", False), bool)
        and isinstance(given.get("copy", False), bool)
    )


def _bad_arguments(args: tuple, kwargs: dict) -> str:
    parts = [type(a).__name__ for a in args]
    parts += [f"{k}={type(v).__name__}" for k, v in kwargs.items()]
    listed = ", ".join(parts) + (", " if kwargs else "")
    return f"to() received an invalid combination of arguments - got ({listed}),{_TO_FORMS}"


class Conversion:
    """What `Module` offers to convert its parameters and buffers in place."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace the data of every parameter, gradient and buffer by `fn` of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for name, param in self._parameters.items():
            if param is not None:
                self._apply_to_parameter(name, param, fn)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def _apply_to_parameter(self, name: str, param: Tensor, fn: Callable) -> None:
        # Without the graph: the result takes the parameter's place, it does not follow from it.
        with no_grad():
            applied = fn(param)
        grad = param.grad
        if _same_kind(param, applied):
            param.data = applied
            holder = param
        else:
            holder = Parameter(applied, requires_grad=param.requires_grad)
            self._parameters[name] = holder
        if grad is None:
            return
        with no_grad():
            grad_applied = fn(grad)
        if holder is param and _same_kind(grad, grad_applied):
            param.grad.data = grad_applied
        else:
            holder.grad = grad_applied.requires_grad_(grad.requires_grad)

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` on every submodule, children first, then on this module."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    @overload
    def to(
        self,
        device: _Where = None,
        dtype: DType | None = None,
        non_blocking: bool = False,
        copy: bool = False,
        *,
        memory_format: memory_format | None = None,
    ) -> Self: ...
    @overload
    def to(
        self,
        dtype: DType,
        non_blocking: bool = False,
        copy: bool = False,
        *,
        memory_format: memory_format | None = None,
    ) -> Self: ...
    @overload
    def to(
        self,
        tensor: Tensor,
        non_blocking: bool = False,
        copy: bool = False,
        *,
        memory_format: memory_format | None = None,
    ) -> Self: ...
    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Move and cast: `to(device, dtype)`, `to(dtype)`, `to(tensor)`, `to(memory_format=...)`.

        Only floating and complex tensors are cast. Raises TypeError for another dtype.
        """
        where, dtype, non_blocking, memory_format = parse_to(*args, **kwargs)
        if dtype is not None:
            if not (dtype.is_floating_point or dtype.is_complex):
                raise TypeError(
                    "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                    f"dtype={dtype}"
                )
            if dtype.is_complex:
                warnings.warn(
                    "Complex modules are a new feature under active development whose design may "
                    "change, and some modules might not work as expected when using complex "
                    "tensors as parameters or buffers. Please file an issue at "
                    "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml if a "
                    "complex module does not work as expected.",
                    stacklevel=2,
                )

        def convert(tensor: Tensor) -> Tensor:
            castable = tensor.is_floating_point() or tensor.is_complex()
            options = {"device": where, "dtype": dtype if castable else None}
            if memory_format is not None and tensor.dim() in (4, 5):
                options["memory_format"] = memory_format
            return tensor.to(non_blocking=non_blocking, **options)

        return self._apply(convert)

    def _cast_floats(self, dtype: DType) -> Self:
        return self._apply(lambda t: t.to(dtype) if t.is_floating_point() else t)

    def float(self) -> Self:
        """Cast all floating-point parameters and buffers to float32."""
        return self._cast_floats(float32)

    def double(self) -> Self:
        """Cast all floating-point parameters and buffers to float64."""
        return self._cast_floats(float64)

    def half(self) -> Self:
        """Cast all floating-point parameters and buffers to float16."""
        return self._cast_floats(float16)

    def bfloat16(self) -> Self:
        """Cast all floating-point parameters and buffers to bfloat16."""
        return self._cast_floats(bfloat16)

    def type(self, dst_type: DType | str) -> Self:
        """Cast all parameters and buffers to `dst_type`."""
        return self._apply(lambda t: t.type(dst_type))

    def cpu(self) -> Self:
        """Move all parameters and buffers to the CPU."""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device: _Where = None) -> Self:
        """Move to a CUDA device: raises what `Tensor.cuda` raises where there is none."""
        return self._apply(lambda t: t.cuda(device))

    def xpu(self, device: _Where = None) -> Self:
        """Move to an XPU device: raises where there is none."""
        return self._apply(lambda t: t.to(_indexed("xpu", device)))

    def ipu(self, device: _Where = None) -> Self:
        """Move to an IPU device: raises where there is none."""
        return self._apply(lambda t: t.to(_indexed("ipu", device)))

    def mtia(self, device: _Where = None) -> Self:
        """Move to an MTIA device: raises where there is none."""
        return self._apply(lambda t: t.to(_indexed("mtia", device)))

    def to_empty(self, *, device: _Where, recurse: bool = True) -> Self:
        """Move to `device` without copying the values: what was on `meta` gets storage."""
        return self._apply(lambda t: empty_like(t, device=device), recurse=recurse)

    def share_memory(self) -> Self:
        """Move every tensor's storage to memory that child processes share."""
        return self._apply(lambda t: t.share_memory_())

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set `requires_grad` of every parameter."""
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Reset the gradients of all parameters: to None, or to zeros."""
        for param in self.parameters():
            if param.grad is None:
                continue
            if set_to_none:
                param.grad = None
            else:
                if param.grad.grad_fn is not None:
                    param.grad.detach_()
                else:
                    param.grad.requires_grad_(False)
                param.grad.zero_()


def _same_kind(before: Tensor, after: Tensor) -> bool:
    return before.device.type == after.device.type


def _indexed(kind: str, device: Any) -> str:
    return kind if device is None else f"{kind}:{device}" if isinstance(device, int) else device
