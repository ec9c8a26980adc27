"""`repr`, `str` and `format` of tensors."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from .. import devices as dev
from .. import dtypes as dt
from ..ir.graph import BATCHED
from ..narrow_types import COMPLEX32, widened
from ..origin import is_ours
from . import formatting
from .api import expose
from .modes import modes
from .quantized import quantized_repr
from .tensor import Tensor


def _shown(array: np.ndarray) -> np.ndarray:
    return widened(array) if array.dtype == COMPLEX32 else array


def _prefix(t: Tensor) -> str:
    kind = type(t)
    own = is_ours(kind)
    return "tensor(" if own else f"{kind.__name__}("


def _slices_repr(t: Tensor) -> str:
    """A slice of a `vmap`, shown as the tensor of all slices, by level."""
    value = t._read()
    level = value.attrs[0]
    number = modes.levels.index(level) + 1 if level in modes.levels else level
    inner = textwrap.indent(repr(Tensor._wrap(value.inputs[0])), "    ")  # type: ignore[arg-type]
    return f"BatchedTensor(lvl={number}, bdim=0, value=\n{inner}\n)"


def _tangent(t: Tensor) -> str | None:
    if t._tangents is None or not modes.forward_levels:
        return None
    found = t._tangents.get(modes.forward_levels[-1])
    return None if found is None else repr(found)


def _repr(self: Tensor, *, tensor_contents: str | None = None) -> str:
    if self._storage.value.op is BATCHED:
        return _slices_repr(self)
    if self.dtype.is_quantized:
        return quantized_repr(self, _prefix(self))
    try:
        fn = self._current_grad_fn()
        name = None if fn is None else fn.name().rpartition("::")[2]
    except RuntimeError:  # a view whose history a write has cut off
        name = "Invalid"
    return formatting.format_tensor(
        None if self.is_meta else _shown(self._array()),
        dtype_name=str(self.dtype),
        default_dtype_name=str(dt.get_default_dtype()),
        requires_grad=self.requires_grad,
        grad_fn_name=name,
        prefix=_prefix(self),
        device=None if self.device == dev.CPU else str(self.device),
        size=self._shape,
        contents=tensor_contents,
        tangent=_tangent(self),
    )


def _format(self: Tensor, spec: str) -> str:
    if not self._shape and not self.is_meta and is_ours(type(self)):
        return formatting.format_scalar(widened(self._array()), spec)
    return object.__format__(self, spec)


Tensor.__repr__ = _repr  # type: ignore[method-assign]
Tensor.__str__ = lambda self: self.__repr__()  # type: ignore[method-assign]
Tensor.__format__ = _format  # type: ignore[method-assign]


def typename(obj: Any) -> str:
    """The name of an object's type, `torch.FloatTensor` for tensors. Source: torch.typename."""
    if isinstance(obj, Tensor):
        return obj.type()
    kind = obj if isinstance(obj, type) else type(obj)
    plain = kind.__module__ in ("builtins", "__builtin__")
    return kind.__qualname__ if plain else f"{kind.__module__}.{kind.__qualname__}"


expose(
    set_printoptions=formatting.set_printoptions,
    typename=typename,
)
