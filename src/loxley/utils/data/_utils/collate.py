"""Collation: a list of samples becomes one batch.

In: samples of equal structure (tensors, arrays, numbers, strings, mappings, sequences).
Out: the same structure holding stacked tensors.  `default_collate_fn_map` is the registry:
element type (or tuple of types) -> function(batch, *, collate_fn_map).
Source: https://docs.pytorch.org/docs/2.13/data.html#torch.utils.data._utils.collate.collate
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from ....dtypes import float64
from ....tensor import Tensor, as_tensor, stack, tensor

__all__ = ["collate", "default_collate", "default_convert"]

CollateMap = dict[type | tuple[type, ...], Callable]

default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)
# Kinds of NumPy dtypes that no tensor holds: bytes, void, str, object.
_TEXT_KINDS = "SVUO"


def default_convert(data: Any) -> Any:
    """Turn NumPy arrays and scalars inside `data` into tensors; leave everything else as it is."""
    if isinstance(data, Tensor):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        return data if data.dtype.kind in _TEXT_KINDS else as_tensor(data)
    if isinstance(data, Mapping):
        return _like_mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple):
        parts = [default_convert(part) for part in data]
        return type(data)(*parts) if hasattr(data, "_fields") else parts
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _like_sequence(data, [default_convert(part) for part in data])
    return data


def collate(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Collate `batch` by the first element's type: registry, then mapping, tuple, sequence.

    Raises RuntimeError where sequences differ in length, TypeError for a type nobody handles.
    """
    element = batch[0]
    handler = _find_handler(type(element), element, collate_fn_map or {})
    if handler is not None:
        return handler(batch, collate_fn_map=collate_fn_map)
    if isinstance(element, Mapping):
        parts = {
            key: collate([sample[key] for sample in batch], collate_fn_map=collate_fn_map)
            for key in element
        }
        return _like_mapping(element, parts)
    if isinstance(element, tuple) and hasattr(element, "_fields"):
        columns = zip(*batch)
        return type(element)(*(collate(c, collate_fn_map=collate_fn_map) for c in columns))
    if isinstance(element, Sequence):
        return _collate_sequences(element, batch, collate_fn_map)
    raise TypeError(default_collate_err_msg_format.format(type(element)))


def _find_handler(kind: type, element: Any, registry: CollateMap) -> Callable | None:
    if kind in registry:
        return registry[kind]
    for key, handler in registry.items():
        if isinstance(element, key):
            return handler
    return None


def _collate_sequences(element: Sequence, batch: Any, registry: CollateMap | None) -> Any:
    if any(len(sample) != len(element) for sample in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    parts = [collate(column, collate_fn_map=registry) for column in zip(*batch)]
    return parts if isinstance(element, tuple) else _like_sequence(element, parts)


def _like_mapping(pattern: Mapping, parts: dict) -> Any:
    """A mapping of pattern's own type with the values of parts; a dict where that fails."""
    try:
        if isinstance(pattern, MutableMapping):
            # A copy, since the type may carry more than its items.
            clone = copy.copy(pattern)
            clone.update(parts)
            return clone
        return type(pattern)(parts)
    except TypeError:
        return parts


def _like_sequence(pattern: Sequence, parts: list) -> Any:
    """A sequence of pattern's own type with the items of parts; a list where that fails."""
    try:
        if isinstance(pattern, MutableSequence):
            clone = copy.copy(pattern)
            for i, part in enumerate(parts):
                clone[i] = part
            return clone
        return parts if isinstance(pattern, range) else type(pattern)(parts)
    except TypeError:
        return parts


def collate_tensor_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """Stack tensors of one shape: n of shape S -> (n, *S)."""
    return stack(list(batch), 0)


def collate_numpy_array_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Stack NumPy arrays as tensors; TypeError for arrays of text or objects."""
    if batch[0].dtype.kind in _TEXT_KINDS:
        raise TypeError(default_collate_err_msg_format.format(batch[0].dtype))
    return collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """A 1-d tensor of NumPy scalars, in their dtype."""
    return as_tensor(np.asarray(batch))


def collate_float_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """A 1-d float64 tensor of Python floats."""
    return tensor(batch, dtype=float64)


def collate_int_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """A 1-d int64 (or bool) tensor of Python integers."""
    return tensor(batch)


def collate_str_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Text is left as it is."""
    return batch


default_collate_fn_map: CollateMap = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


_OURS = dict(default_collate_fn_map)


def stacks_tensors() -> bool:
    """Whether the registry is as it was: tuples are taken apart and their tensors stacked."""
    return default_collate_fn_map == _OURS


def default_collate(batch: Any) -> Any:
    """Stack a list of samples: tensors gain a leading batch dimension, numbers become tensors."""
    return collate(batch, collate_fn_map=default_collate_fn_map)
