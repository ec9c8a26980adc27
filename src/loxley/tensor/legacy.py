"""The constructors from before `torch.tensor`: `torch.Tensor(2, 3)`, `torch.LongTensor([1])`.

Subclasses of Tensor are made here too. Source: https://docs.pytorch.org/docs/stable/tensors.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import devices as dev
from .. import dtypes as dt
from .api import expose, method, public
from .construction import array_of, tensor
from .creation import constant_tensor, sizes_of
from .tensor import Tensor


def _construct(kind: dt.dtype, args: tuple, device: Any) -> Tensor:
    """From sizes (elements undefined), a sequence, an array or a tensor of the same dtype."""
    if len(args) == 1:
        data = args[0]
        if isinstance(data, Tensor):
            return data.detach() if data.dtype is kind or not data._shape else data.detach()
        if isinstance(data, tuple) and type(data) is not tuple:  # torch.Size
            return constant_tensor(tuple(data), 0, kind, device)
        if isinstance(data, (list, tuple, np.ndarray)):
            return tensor(_truncated(data, kind), dtype=kind, device=device)
        if isinstance(data, float):
            raise TypeError("new(): data must be a sequence (got float)")
    return constant_tensor(sizes_of(args, "new") if args else (0,), 0, kind, device)


def _truncated(data: Any, kind: dt.dtype) -> Any:
    if isinstance(data, np.ndarray):
        return array_of(data, kind)[0]
    return data


def _new(cls: type, *args: Any, device: Any = None, **kwargs: Any) -> Tensor:
    if kwargs:
        raise TypeError(f"new() got an unexpected keyword argument '{next(iter(kwargs))}'")
    made = _construct(dt.get_default_dtype(), args, dev.CPU if device is None else device)
    return made if cls is Tensor else as_subclass(made, cls)


Tensor.__new__ = _new  # type: ignore[method-assign]


@method
def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """A tensor of this one's dtype, from sizes or data. Source: torch.Tensor.new."""
    return _construct(self.dtype, args, self.device if device is None else device)


@method
def as_subclass(self: Tensor, cls: type) -> Any:
    """The same tensor, history included, as an instance of a subclass."""
    source = self.view_as(self) if self._requires_grad and self._grad_fn is None else self
    made = object.__new__(cls)
    made.__dict__.update(source.__dict__)
    made.dtype = source.dtype
    return made


def _make_subclass(cls: type, data: Tensor, require_grad: bool = False, **kwargs: Any) -> Any:
    """An instance of `cls` over the data's memory, a leaf of its own."""
    if kwargs:
        raise NotImplementedError(f"Tensor._make_subclass: argument '{next(iter(kwargs))}'")
    made = object.__new__(cls)
    made.__dict__.update(data.detach().__dict__)
    made.dtype = data.dtype
    if require_grad:
        made.requires_grad = True
    return made


Tensor._make_subclass = staticmethod(_make_subclass)  # type: ignore[attr-defined]


class tensortype(type):  # noqa: N801 - PyTorch's name
    """The class of `torch.FloatTensor` and its like: a dtype that can be called."""

    dtype: dt.dtype

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype

    def __call__(cls, *args: Any, device: Any = None) -> Tensor:
        return _construct(cls.dtype, args, dev.CPU if device is None else device)

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


def _typed(kind: dt.dtype) -> Any:
    name = f"{kind.legacy_name}Tensor"
    return tensortype(name, (), {"dtype": kind, "__module__": "torch"})


TYPED = {
    kind.legacy_name + "Tensor": _typed(kind)
    for kind in (
        dt.float32,
        dt.float64,
        dt.float16,
        dt.bfloat16,
        dt.int64,
        dt.int32,
        dt.int16,
        dt.int8,
        dt.uint8,
        dt.bool_,
    )
}
expose(**TYPED)


def kind_of_type(name: Any) -> dt.dtype:
    """The dtype of a dtype, a typed constructor or a name such as "torch.LongTensor"."""
    if isinstance(name, dt.dtype):
        return name
    if isinstance(name, tensortype):
        return name.dtype
    if name is Tensor or name == "torch.Tensor":
        return dt.get_default_dtype()
    found = TYPED.get(name.removeprefix("torch.")) if isinstance(name, str) else None
    if found is None or not name.startswith("torch."):
        shown = name.__name__ if isinstance(name, type) else name
        raise ValueError(f"invalid type: '{shown}'")
    return found.dtype


@public(method=False)
def set_default_tensor_type(t: Any, /) -> None:
    """Sets the default floating dtype by a tensor type. Source: torch.set_default_tensor_type."""
    dt.set_default_dtype(kind_of_type(t))
