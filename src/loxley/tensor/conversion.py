"""Other dtypes, devices and worlds: to, float, numpy, item, tolist.

Source: https://docs.pytorch.org/docs/stable/tensors.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import devices as dev
from .. import dtypes as dt
from .. import layouts
from ..narrow_types import widened
from ..ops.family import result_type as promoted
from ..shapes import numel
from .api import as_dtype, expose, method, public
from .arguments import NUMBERS, check_dtype, check_tensor
from .construction import from_numpy
from .copying import converted
from .creation import meta_like
from .legacy import kind_of_type
from .quantizer import reals_of
from .slices import refuse_storage
from .storage import window_of
from .tensor import Tensor


def _moved(t: Tensor, kind: dt.dtype | None, device: Any, copy: bool, memory_format: Any) -> Tensor:
    kind = kind or t.dtype
    target = t.device if device is None else dev.resolve(device)
    if target == t.device:
        return converted(t, kind, copy, memory_format)
    if t.is_meta:
        raise NotImplementedError(
            "Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() "
            "instead of torch.nn.Module.to() when moving module from meta to a different device."
        )
    made = meta_like(t._shape, t._strides, kind)
    if t.requires_grad:
        made.requires_grad = True
    return made


def _is_device(x: Any) -> bool:
    return isinstance(x, (str, dev.device)) or (isinstance(x, int) and not isinstance(x, bool))


def parse_to(args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `to`: (dtype), (device, dtype) or (other), then non_blocking and copy."""
    args = tuple(as_dtype(a) if isinstance(a, type) else a for a in args)
    given = dict(kwargs)
    if isinstance(given.get("dtype"), type):
        given["dtype"] = as_dtype(given["dtype"])
    names = ["non_blocking", "copy"]
    if args and (_is_device(args[0]) or args[0] is None):
        names = ["device", "dtype", *names]
    elif args and isinstance(args[0], (dt.dtype, type)):
        names = ["dtype", *names]
    elif args and isinstance(args[0], Tensor):
        names = ["other", *names]
    elif args:
        raise TypeError(
            f"to() received an invalid combination of arguments - got ({type(args[0]).__name__}), "
            "but expected one of:\n * (torch.device device = None, torch.dtype dtype = None, bool "
            "non_blocking = False, bool copy = False, *, torch.memory_format memory_format = "
            "None)\n * (torch.dtype dtype, bool non_blocking = False, bool copy = False, *, "
            "torch.memory_format memory_format = None)\n * (Tensor other, bool non_blocking = "
            "False, bool copy = False, *, torch.memory_format memory_format = None)\n"
        )
    for name, value in zip(names, args):
        given[name] = value
    return given


@method
def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """The tensor at another dtype, device or memory format; itself where nothing changes.

    `non_blocking` makes no difference: everything is on one processor. Source: torch.Tensor.to.
    """
    given = parse_to(args, kwargs)
    unknown = set(given) - {"device", "dtype", "other", "non_blocking", "copy", "memory_format"}
    if unknown:
        raise TypeError(f"to() got an unexpected keyword argument '{min(unknown)}'")
    for flag in ("non_blocking", "copy"):
        if given.get(flag, False).__class__ is not bool:
            kind = type(given[flag]).__name__
            raise TypeError(f"to(): argument '{flag}' must be bool, not {kind}")
    other = given.get("other")
    kind, device = check_dtype("to", given.get("dtype")), given.get("device")
    if other is not None:
        kind, device = other.dtype, other.device
    if device is not None and isinstance(device, int):
        raise RuntimeError("Cannot access accelerator device when none is available.")
    return _moved(self, kind, device, bool(given.get("copy", False)), given.get("memory_format"))


def _typed(name: str, kind: dt.dtype) -> None:
    def convert(self: Tensor, memory_format: Any = layouts.preserve_format) -> Tensor:
        return converted(self, kind, False, memory_format)

    convert.__name__ = name
    convert.__doc__ = f"The tensor as {kind.name}. Source: torch.Tensor.{name}."
    method(convert)


for _name, _kind in (
    ("float", dt.float32),
    ("double", dt.float64),
    ("half", dt.float16),
    ("bfloat16", dt.bfloat16),
    ("long", dt.int64),
    ("int", dt.int32),
    ("short", dt.int16),
    ("char", dt.int8),
    ("byte", dt.uint8),
    ("bool", dt.bool_),
    ("chalf", dt.complex32),
    ("cfloat", dt.complex64),
    ("cdouble", dt.complex128),
):
    _typed(_name, _kind)


@method
def cpu(self: Tensor, memory_format: Any = layouts.preserve_format) -> Tensor:
    """The tensor on the processor. Source: torch.Tensor.cpu."""
    return _moved(self, None, dev.CPU, False, memory_format)


@method
def cuda(self: Tensor, device: Any = None, non_blocking: bool = False, **kwargs: Any) -> Tensor:
    """AssertionError: there is no CUDA device. Source: torch.Tensor.cuda."""
    raise AssertionError("Torch not compiled with CUDA enabled")


@method
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor at another's dtype. Source: torch.Tensor.type_as."""
    return _moved(self, other.dtype, other.device, False, None)


def _type(self: Tensor, dtype: Any = None, non_blocking: bool = False, **kwargs: Any) -> Any:
    """The type's name, or the tensor at another type. Source: torch.Tensor.type."""
    if dtype is None:
        space = "torch.quantized" if self.dtype.is_quantized else "torch"
        return f"{space}.{self.dtype.legacy_name}Tensor"
    return converted(self, kind_of_type(dtype), False, None)


Tensor.type = _type  # type: ignore[attr-defined]


@method
def item(self: Tensor) -> Any:
    """The only element as a Python number; RuntimeError where there are more or none."""
    if not self._shape or numel(self._shape) == 1:
        found = self._number()
        if found is not None:
            return found
    if numel(self._shape) != 1:
        raise RuntimeError(
            f"a Tensor with {numel(self._shape)} elements cannot be converted to Scalar"
        )
    if self.is_meta:
        raise RuntimeError("Tensor.item() cannot be called on meta tensors")
    if self.dtype.is_quantized:
        return reals_of(self).item()
    return _plain(self._array()).item()


def _plain(array: np.ndarray) -> np.ndarray:
    array = widened(array)
    return array if array.dtype.kind in "biufc" else array.astype(np.float32)


@method
def tolist(self: Tensor) -> Any:
    """The elements as nested lists of Python numbers. Source: torch.Tensor.tolist."""
    refuse_storage(self._storage.value)
    if self.dtype.is_quantized:
        raise RuntimeError("load_scalar: invalid type")
    return _plain(self._array()).tolist()


@method
def numpy(self: Tensor, *, force: bool = False) -> np.ndarray:
    """An array that shares the tensor's memory, both ways. Source: torch.Tensor.numpy."""
    if self.is_meta:
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")
    if self.requires_grad and not force:
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
        )
    if self.dtype is dt.bfloat16 or self.dtype.restricted:
        raise TypeError(f"Got unsupported ScalarType {self.dtype.legacy_name}")
    refuse_storage(self._storage.value)
    memory = self._storage.export().view(np.uint8)
    return window_of(memory, self.dtype, self._shape, self._strides, self._offset)


def _array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
    made = numpy(self)
    if dtype is not None and made.dtype != dtype:
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        return made.astype(dtype)
    return made.copy() if copy else made


def _array_wrap(
    self: Tensor, array: np.ndarray, context: Any = None, return_scalar: bool = False
) -> Tensor:
    array = np.asarray(array)
    return from_numpy(array.astype(np.uint8) if array.dtype == bool else array)


Tensor.__array__ = _array  # type: ignore[attr-defined]
Tensor.__array_wrap__ = _array_wrap  # type: ignore[attr-defined]


@public(method=False)
def is_tensor(obj: Any) -> bool:
    """Whether the object is a tensor. Source: torch.is_tensor."""
    return isinstance(obj, Tensor)


@public()
def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is a floating one. Source: torch.is_floating_point."""
    return check_tensor("is_floating_point", input).dtype.is_floating_point


@public()
def is_complex(input: Tensor) -> bool:
    """Whether the dtype is complex. Source: torch.is_complex."""
    return check_tensor("is_complex", input).dtype.is_complex


@public()
def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers. Source: torch.is_signed."""
    return check_tensor("is_signed", input).dtype.is_signed


@public()
def is_nonzero(input: Tensor) -> bool:
    """Whether the only element is not zero. Source: torch.is_nonzero."""
    return bool(check_tensor("is_nonzero", input))


@public(method=False)
def result_type(tensor1: Any, tensor2: Any) -> dt.dtype:
    """The dtype of an operation on both. Source: torch.result_type."""
    for x in (tensor1, tensor2):
        if not isinstance(x, (Tensor, *NUMBERS)):
            raise TypeError(
                "result_type() received an invalid combination of arguments - got "
                f"({type(tensor1).__name__}, {type(tensor2).__name__})"
            )
    return promoted((tensor1, tensor2))


@public(method=False)
def set_default_device(device: Any) -> None:
    """Sets where creation functions place tensors. Source: torch.set_default_device."""
    dev.set_default(dev.CPU if device is None else dev.resolve(device))


@public(method=False)
def get_default_device() -> dev.device:
    """Where creation functions place tensors. Source: torch.get_default_device."""
    return dev.current_default()


expose(set_default_dtype=dt.set_default_dtype, get_default_dtype=dt.get_default_dtype)
