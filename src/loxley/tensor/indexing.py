"""`x[...]` and `x[...] = v`: integers, slices, None, ellipsis, masks, index tensors and mixtures.

Integers, slices and None give views; index tensors give copies.  Without a grad graph to keep, a
view is one step of arithmetic on the layout, however many indices it has.
Source: https://docs.pytorch.org/docs/stable/tensor_view.html, the rules of advanced indexing are
NumPy's, except that integers count as views.
"""

from __future__ import annotations

from operator import index as as_index
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import constant, record
from ..ops import indexing, movement, slicing
from ..ops.copying import copy, fill_tensor
from ..ops.family import cast
from ..ops.masking import masked_put
from ..ops.movement import FULL
from ..ops.unsupported import no_kernel
from ..shapes import Shape
from .api import method, public
from .batched import is_batched
from .broadcasting import expand_shape
from .index_tensors import (
    as_index_tensor,
    check_kinds,
    check_mask,
    expand_masks,
    index_order,
    one_index,
    places_tensor,
    save_given,
)
from .layout import like_clone, refuse_overlap, relay
from .modes import modes
from .storage import window_of
from .tensor import Tensor, view_kind_of

_SEQUENCES = (list, tuple, range, np.ndarray)


def _slice_bounds(item: slice, size: int) -> tuple[int, int, int]:
    try:
        step = 1 if item.step is None else as_index(item.step)
        if step == 0:
            raise ValueError("slice step cannot be zero")
        if step < 0:
            raise ValueError("step must be greater than zero")
        start, stop, _ = slice(_bound(item.start), _bound(item.stop)).indices(size)
    except TypeError:
        for part in (item.start, item.stop, item.step):
            if isinstance(part, Tensor):
                raise TypeError(
                    "only integer tensors of a single element can be converted to an index"
                ) from None
        raise TypeError(
            "slice indices must be integers or None or have an __index__ method"
        ) from None
    return start, stop if stop > start else start, step


def _bound(part: Any) -> int | None:
    if part is None or type(part) is int:
        return part
    if isinstance(part, Tensor) and part.numel() == 1 and part.dtype.category <= 1:
        return int(part.item())
    return as_index(part)


def _place(index: int, size: int, dim: int) -> int:
    if not -size <= index < size:
        if not -(2**63) <= index < 2**63:
            raise ValueError("Overflow when unpacking long long")
        raise IndexError(f"index {index} is out of bounds for dimension {dim} with size {size}")
    return index + size if index < 0 else index


def _refuse_index_of_number(self: Tensor, index: int | slice) -> None:
    """The complaint about an index, by itself, of a tensor without dimensions."""
    if type(index) is slice:
        _slice_bounds(index, 0)
        if _tracked(self):
            self._current_grad_fn()  # what is wrong with the tensor itself comes first
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if index:
        _place(index, 0, 0)
    raise IndexError(
        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in "
        "C++ to convert a 0-dim tensor to a number"
    )


def _is_mask(item: Any) -> bool:
    return isinstance(item, Tensor) and item.dtype in (dt.bool_, dt.uint8)


def _prepared(index: Any) -> list:
    """The items of an index, sequences turned into tensors."""
    if isinstance(index, list) and _like_tuple(index):
        index = tuple(index)
    return [_item(i) for i in (index if type(index) is tuple else (index,))]


def _like_tuple(items: list) -> bool:
    """Whether PyTorch takes a list as a tuple of indices, an old habit of NumPy's."""
    if len(items) >= 32:
        return False
    return any(
        i is None or i is Ellipsis or isinstance(i, (slice, Tensor, *_SEQUENCES)) for i in items
    )


def _item(item: Any) -> Any:
    kind = type(item)
    if kind is int or kind is slice or item is None or item is Ellipsis or kind is bool:
        return item
    if isinstance(item, Tensor):
        return item
    if isinstance(item, np.generic):
        if item.dtype.kind == "b":
            return bool(item)
        if item.dtype.kind in "iu":
            return int(item)
        _refuse(f"numpy.{kind.__name__}")
    if isinstance(item, _SEQUENCES):
        return as_index_tensor(item)
    if isinstance(item, str):
        raise TypeError("new(): invalid data type 'str'")
    if hasattr(item, "__index__"):
        return as_index(item)
    _refuse(kind.__name__)


def _refuse(name: str) -> None:
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
        f"indices (got {name})"
    )


def _consumed(items: list, ndim: int) -> int:
    """How many dimensions the items index; IndexError for more than there are."""
    count = 0
    for item in items:
        if item is None or item is Ellipsis or type(item) is bool:
            continue
        count += len(item._shape) if _is_mask(item) else 1
    if count > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    return count


# ------------------------------------------------------------------ views


def _is_basic(items: tuple) -> bool:
    for item in items:
        kind = type(item)
        if kind is not int and kind is not slice and item is not None and item is not Ellipsis:
            return False
    return True


def basic_layout(self: Tensor, items: tuple) -> tuple[Shape, Shape, int]:
    """The layout of a view by integers, slices, None and ellipsis."""
    have, steps, offset = self._shape, self._strides, self._offset
    ndim = len(have)
    if len(items) == 1 and type(items[0]) is int and ndim:
        place = items[0]
        if not 0 <= place < have[0]:
            place = _place(place, have[0], 0)
        return have[1:], steps[1:], offset + place * steps[0]
    used = 0
    for item in items:
        if item is not None and item is not Ellipsis:
            used += 1
    if used > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    shape, strides, d = [], [], 0
    for at, item in enumerate(items):
        if type(item) is int:
            if not 0 <= item < have[d]:
                item = _place(item, have[d], at)
            offset += item * steps[d]
            d += 1
        elif item is None:
            shape.append(1)
            strides.append(have[d] * steps[d] if d < ndim else 1)
        elif item is Ellipsis:
            skip = d + ndim - used
            shape.extend(have[d:skip])
            strides.extend(steps[d:skip])
            d, used = skip, ndim  # a second ellipsis takes nothing
        else:
            start, stop, step = _slice_bounds(item, have[d])
            shape.append(-(-(stop - start) // step))
            strides.append(steps[d] * step)
            offset += start * steps[d]
            d += 1
    return tuple(shape) + have[d:], tuple(strides) + steps[d:], offset


def _aliased(self: Tensor, layout: tuple[Shape, Shape, int]) -> Tensor:
    """The untracked view of a layout (see `_dispatch_view`, whose rules these are)."""
    out = Tensor._alias(self._storage, self.dtype, *layout)
    base = self._base
    out._base = self if base is None else base
    own = self._own_counter
    if own is not None:
        out._own_counter = own
    version = (own or self._storage).version
    if version:
        out._attr_version = version
    if self._inference:
        out._inference = True
    now = modes.__dict__
    view_kind = self._view_kind if now["grad"] else view_kind_of(self, False, now)
    if view_kind:
        out._view_kind = view_kind
    return out


def _tracked(self: Tensor) -> bool:
    return self._tangents is not None or self._tracks() and modes.grad


def _steps(self: Tensor, items: list) -> tuple[Tensor, list]:
    """The views of an index one by one, each with its grad node; and the index tensors left over.

    The second result lists, for each dimension of the first, its index tensor or None.
    """
    consumed, ndim = _consumed(items, len(self._shape)), len(self._shape)
    result, dim, indices = self, 0, []
    for at, item in enumerate(items):
        if item is Ellipsis:
            dim, consumed = dim + ndim - consumed, ndim
        elif item is None:
            result = movement.unsqueeze(result, dim)
            dim += 1
        elif type(item) is slice:
            result = _sliced(result, item, dim)
            dim += 1
        elif type(item) is int:
            result = slicing.select(result, dim, _place(item, result._shape[dim], at))
        elif type(item) is bool or not item._shape and _is_mask(item):
            result = movement.unsqueeze(result, dim)
            _note(indices, dim, _truth(item))
            dim += 1
        elif not item._shape:
            if item.dtype.category != 1:
                raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
            if is_batched(item):
                _note(indices, dim, item)
                dim += 1
                continue
            place = _place(int(item.item()), result._shape[dim], at)
            result = slicing.select(result, dim, place)
        else:
            _note(indices, dim, item)
            dim += len(item._shape) if _is_mask(item) else 1
    return result, indices


def _sliced(result: Tensor, item: slice, dim: int) -> Tensor:
    size = result._shape[dim]
    bounds = _slice_bounds(item, size)
    if bounds == (0, size, 1) and not item.start and _reaches(item.stop, size):
        return result
    return slicing.slice_(result, dim, *bounds)


def _reaches(stop: Any, size: int) -> bool:
    return stop is None or as_index(stop) >= size


def _note(indices: list, dim: int, item: Tensor) -> None:
    """Puts an index at its dimension; a mask takes as many dimensions as it has."""
    width = sum(max(1, len(i._shape)) if _is_mask(i) else 1 for i in indices if i is not None)
    width += sum(i is None for i in indices)
    indices.extend([None] * (dim - width))
    indices.append(item)


def _truth(item: Any) -> Tensor:
    flag = item if type(item) is bool else bool(item.item())
    return places_tensor(np.zeros(1 if flag else 0, np.int64))


@method
def __getitem__(self: Tensor, key: Any) -> Tensor:
    kind = type(key)
    if kind is int or kind is slice:
        if not self._shape:
            _refuse_index_of_number(self, key)
        items: tuple = (key,)
    elif kind is tuple:
        items = key
    else:
        return _get_general(self, key)
    if kind is int or _is_basic(items):
        if not _tracked(self):
            return _aliased(self, basic_layout(self, items))
        if kind is slice:
            return slicing.slice_(self, 0, *_slice_bounds(key, self._shape[0]))
        return _get_tracked(self, items)
    return _get_general(self, key)


def _get_tracked(self: Tensor, items: tuple) -> Tensor:
    result, _ = _steps(self, list(items))
    return movement.alias(result) if result is self else result


def _get_general(self: Tensor, index: Any) -> Tensor:
    items = _prepared(index)
    if not self._shape and type(index) is not tuple and type(items[0]) is int:
        _refuse_index_of_number(self, items[0])
    result, indices = _steps(self, items)
    if indices:
        return indexed(result, indices)
    return movement.alias(result) if result is self else result


# ------------------------------------------------------------------ copies by index tensors


def indexed(self: Tensor, indices: list) -> Tensor:
    """The copy that index tensors, one per leading dimension or None, pick."""
    check_kinds(indices)
    if all(i is None for i in indices):
        return movement.alias(self)
    expanded = expand_masks(self._shape, indices)
    flat, dims = one_index(self._shape, expanded)
    result = indexing.index(self, flat, dims)
    if result._grad_fn is not None:
        shape = self._shape
        save_given(result, 1, indices, lambda: _places(shape, indices)[0])
    return relay(result, index_order(self, expanded, dims, flat._shape, result._shape))


def _places(shape: Shape, indices: list) -> tuple[Tensor, Shape]:
    return one_index(shape, expand_masks(shape, indices))


def _source_value(self: Tensor, value: Any) -> Tensor:
    """What is assigned, as a tensor; TypeError for what is neither number nor tensor."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (int, float, complex, np.number, np.bool_)):
        number = value.item() if isinstance(value, np.generic) else value
        if isinstance(number, complex) and not self.dtype.is_complex and number.imag:
            raise RuntimeError(
                "value cannot be converted to type "
                f"{_C_NAMES.get(self.dtype.name, self.dtype.name)} "
                "without overflow"
            )
        return Tensor._wrap(constant(number, self.dtype))
    name = self.dtype.legacy_name
    raise TypeError(f"can't assign a {type(value).__name__} to a torch.{name}Tensor")


_C_NAMES = {"float32": "float", "float64": "double", "int64": "int64_t", "int32": "int"}


def _set_view(view: Tensor, value: Any) -> None:
    """Writes a value, broadcast, into a view: `copy_` or `fill_`."""
    source = _source_value(view, value)
    if not source._shape and view._shape:
        view._check_before_write(source)
        view._assign(fill_tensor(view, cast(source, view.dtype), view._shape, view.dtype))
        return
    if source._shape != view._shape:
        source = _without_leading_ones(source)
        if source._shape != view._shape:
            source = movement.EXPAND(source, expand_shape(source, view._shape))
    view._check_before_write(source)
    view._assign(copy(view, source, view._shape, view.dtype), source is view)


def _without_leading_ones(source: Tensor) -> Tensor:
    shape = source._shape
    lead = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return movement.VIEW(source, shape[lead:])


def _write_number(self: Tensor, layout: tuple, number: Any) -> None:
    """The hot path: a Python number into a view of a tensor without history."""
    shape, strides, offset = layout
    storage, given = self._storage, constant(number, self.dtype)
    memory = storage.owned() if self.dtype is storage.dtype else None
    if memory is None:
        value = record(FULL, (given,), (shape,))
        storage.write(value, self.dtype, shape, strides, offset, False)
    elif shape:
        window_of(memory, self.dtype, shape, strides, offset)[...] = given.data
    else:
        memory[offset] = given.data
    self._counter.version += 1


def _is_itself(source: Tensor, self: Tensor, layout: tuple) -> bool:
    """Whether `self[...] = source` leaves the elements as they are, as after `self[...] += 1`."""
    return (
        source._storage is self._storage
        and source.dtype is self.dtype
        and (source._shape, source._strides, source._offset) == layout
        and not (self._inference or source._inference or _tracked(source))
        and 0 not in source._strides
    )


@method
def __setitem__(self: Tensor, key: Any, value: Any) -> None:
    kind = type(key)
    items = key if kind is tuple else (key,)
    if (kind is tuple or kind is int or kind is slice) and _is_basic(items):
        plain = type(value) is float or type(value) is int or type(value) is bool
        if not self._shape and kind is not tuple:
            _refuse_index_of_number(self, key)
        if not _tracked(self):
            layout = basic_layout(self, items)
            if plain and not self._inference and 0 not in self._strides:
                _write_number(self, layout, value)
                return
            if type(value) is Tensor and _is_itself(value, self, layout):
                self._counter.version += 1
                return
        target, _ = _steps(self, list(items))
        _set_view(target, value)
        return
    _set_general(self, key, value)


def _set_general(self: Tensor, index: Any, value: Any) -> None:
    if index is False:
        return
    if index is Ellipsis:
        _set_view(self, value)
        return
    if index is None or index is True:
        _set_view(movement.unsqueeze(self, 0), value)
        return
    source = _source_value(self, value)
    target, indices = _steps(self, _prepared(index))
    if not indices:
        _set_view(target, source)
        return
    _put_at(target, indices, source)


def _put_at(target: Tensor, indices: list, source: Tensor) -> None:
    check_kinds(indices)
    if source._shape and source._shape[0] == 1:
        source = _without_leading_ones(source)  # a view that may be forbidden: refused first
    target._check_before_write(source)
    masks = [i for i in indices if i is not None]
    fills = len(masks) == 1 and masks[0].dtype is dt.bool_ and source.numel() == 1
    if fills and target.dtype.restricted and not target.dtype.is_complex:
        raise no_kernel("masked_fill", target.dtype)
    if fills:
        source = cast(source, target.dtype)  # PyTorch fills by the mask here
    if not fills:
        refuse_overlap(target, (source, *masks))
    made = _filled(target, indices, source) if fills else None
    target._assign(put(target, indices, source, False) if made is None else made)


def _filled(target: Tensor, indices: list, source: Tensor) -> Tensor | None:
    """With one number where a mask holds, without a look at the mask; None: to be put.

    So masks of other counts make no other plan.
    """
    at = next(i for i, one in enumerate(indices) if one is not None)
    mask = indices[at]
    known = not (target.is_meta or any(map(is_batched, (target, mask, source))))
    if not (known and mask._shape) or source.requires_grad or target._tangents is not None:
        return None
    check_mask(target._shape, mask, at)
    over = len(target._shape) - at - len(mask._shape)
    if over:
        mask = movement.view(mask.contiguous(), (*mask._shape, *(1,) * over))
    return masked_put(target, mask, movement.view(source, ()) if source._shape else source)


# ------------------------------------------------------------------ index_put


def put(self: Tensor, indices: list, values: Tensor, accumulate: bool) -> Tensor:
    """`self` with values written at (or added to) the indexed places, checked as PyTorch does."""
    flat, dims = _places(self._shape, indices)
    shape = indexing.index_shape(self._shape, flat._shape, dims)
    _check_broadcast(values._shape, shape)
    if values.dtype is not self.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{self.dtype.legacy_name} for the destination and {values.dtype.legacy_name} for the "
            "source."
        )
    result = indexing.index_put(self, flat, values, dims, accumulate)
    if result._grad_fn is not None:
        mine = self._shape
        save_given(result, 1, indices, lambda: _places(mine, indices)[0])
    return result


def _check_broadcast(have: Shape, shape: Shape) -> None:
    lead = len(shape) - len(have)
    if lead < 0 or any(n not in (1, m) for n, m in zip(have, shape[lead:])):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(have)} cannot be broadcast to indexing "
            f"result of shape {list(shape)}"
        )


def _index_list(self: Tensor, indices: Any) -> list:
    if not isinstance(indices, (list, tuple)):
        raise TypeError(
            "index_put(): argument 'indices' (position 2) must be tuple of Tensors, "
            f"not {type(indices).__name__}"
        )
    made = [i if i is None or isinstance(i, Tensor) else as_index_tensor(i) for i in indices]
    check_kinds(made)
    if sum(len(i._shape) if _is_mask(i) else 1 for i in made if i is not None) > len(self._shape):
        raise IndexError(
            f"too many indices for tensor of dimension {len(self._shape)} (got {len(made)})"
        )
    return made


@public(inplace=True)
def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Values written at (or added to) places given by index tensors. Source: torch.index_put."""
    listed = _index_list(input, indices)
    if all(i is None for i in listed):
        _check_broadcast(values._shape, input._shape)
        return input + values if accumulate else copy(input, values, input._shape, input.dtype)
    return like_clone(put(input, listed, values, accumulate), input)


def _delete(self: Tensor, index: Any) -> None:
    raise TypeError("Tensor does not support deleting items")


def _reversed(self: Tensor) -> Tensor:
    return self.flip(0) if self._shape else self


def _contains(self: Tensor, element: Any) -> bool:
    if isinstance(element, (Tensor, int, float, complex)):
        return bool((self == element).any().item())
    raise RuntimeError(
        f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
    )


Tensor.__delitem__ = _delete  # type: ignore[attr-defined]
Tensor.__reversed__ = _reversed  # type: ignore[attr-defined]
Tensor.__contains__ = _contains  # type: ignore[attr-defined]
