"""`vmap`: a function of slices made one of whole tensors, by batched values (see `batching`).

Source: https://docs.pytorch.org/docs/stable/generated/torch.vmap.html
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from .. import batching
from ..tensor import Tensor, cat, movedim
from ..tensor.batched import enter, leave
from ..tensor.modes import modes
from .tracking import transforming
from .trees import Tree, broadcast_to, flatten

_LEVELS = itertools.count(1)
InDims = int | tuple


class Frame(NamedTuple):
    """One `vmap` under way."""

    level: int
    size: int
    randomness: str


@contextmanager
def slices(size: int, randomness: str = "error") -> Iterator[Frame]:
    """A level of `vmap` while the block runs; gives its `Frame`."""
    batching.activate()
    frame = Frame(next(_LEVELS), size, randomness)
    levels, vmaps = modes.levels, modes.vmaps
    modes.levels, modes.vmaps = (*levels, frame.level), (*vmaps, frame)
    try:
        yield frame
    finally:
        modes.levels, modes.vmaps = levels, vmaps


def vmap(
    func: Callable,
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable:
    """A function that applies `func` to all slices of its arguments at once.

    in_dims     the dimension that is taken apart, per argument (nested as they are); None for
                arguments that are the same for all slices
    out_dims    where it stands in the results; None for results without it
    randomness  "error", "same" numbers in all slices, or "different" ones
    chunk_size  how many slices are computed at once, by default all

    ValueError for dimensions that do not fit; RuntimeError for what depends on the elements of one
    slice. Source: torch.vmap.
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            "Only allowed values for randomness are 'error', 'different', or 'same'. "
            f"Got {randomness}"
        )
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        size, leaves, dims, shape = _checked(func, in_dims, args)
        if chunk_size is not None and size > chunk_size:
            return _in_chunks(
                func, leaves, dims, shape, out_dims, randomness, chunk_size, size, kwargs
            )
        return _run(func, leaves, dims, shape, out_dims, randomness, size, kwargs)

    return wrapped


def _name(func: Any) -> str:
    return func.__name__ if hasattr(func, "__name__") else repr(func)


# Arguments


def _checked(func: Callable, in_dims: Any, args: tuple) -> tuple[int, list, list, Tree]:
    """(number of slices, leaves of the arguments, a dimension or None for each, containers)."""
    name = f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{name}expected `in_dims` to be int or a (potentially nested) tuple matching the "
            f"structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({_name(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you "
            "are trying to vmap over a function with no inputs. The latter is unsupported."
        )
    leaves, shape = flatten(args)
    dims = broadcast_to(in_dims, shape, _is_dim)
    if dims is None:
        raise ValueError(
            f"{name}in_dims is not compatible with the structure of `inputs`. in_dims has "
            f"structure {flatten(in_dims)[1]} but inputs has structure {shape}."
        )
    dims = [_in_dim(name, leaf, dim) for leaf, dim in zip(leaves, dims)]
    sizes = [x._shape[d] for x, d in zip(leaves, dims) if d is not None]
    if not sizes:
        raise AssertionError("vmap: Expected at least one input that is mapped over, got none")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return sizes[0], leaves, dims, shape


def _is_dim(x: Any) -> bool:
    return not isinstance(x, (tuple, list, dict))


def _in_dim(name: str, leaf: Any, dim: Any) -> int | None:
    if not isinstance(dim, int) and dim is not None:
        raise ValueError(
            f"{name}Got in_dim={dim} for an input but in_dim must be either an integer dimension "
            "or None."
        )
    if dim is None:
        return None
    if not isinstance(leaf, Tensor):
        raise ValueError(
            f"{name}Got in_dim={dim} for an input but the input is of type {type(leaf)}. We cannot "
            "vmap over non-Tensor arguments, please use None as the respective in_dim"
        )
    n = leaf.dim()
    if not -n <= dim < n:
        raise ValueError(
            f"{name}Got in_dim={dim} for some input, but that input is a Tensor of dimensionality "
            f"{n} so expected in_dim to satisfy -{n} <= in_dim < {n}."
        )
    return dim % n


# Running


def _run(func, leaves, dims, shape, out_dims, randomness, size, kwargs) -> Any:
    with slices(size, randomness) as frame:
        given = [
            x if d is None else enter(movedim(x, d, 0) if d else x, frame.level, size)
            for x, d in zip(leaves, dims)
        ]
        versions = [None if d is None else x._version for x, d in zip(given, dims)]
        with transforming():
            result = func(*shape.build(given), **kwargs)
    found, out_shape = flatten(result)
    places = _out_dims(func, out_dims, found, out_shape)
    made = [_left(func, x, place, frame) for x, place in zip(found, places)]
    for whole, one, dim, version in zip(leaves, given, dims, versions):
        if version is not None and one._version != version:
            _write_back(whole, one, dim, frame)
    return out_shape.build(made)


def _write_back(whole: Tensor, one: Tensor, dim: int, frame: Frame) -> None:
    """What was written to a slice is written to the tensor that it is a slice of."""
    new = leave(one, frame.level, frame.size)
    target = movedim(whole, dim, 0) if dim else whole
    target.copy_(new)


def _out_dims(func: Callable, out_dims: Any, found: list, shape: Tree) -> list:
    name = _name(func)
    if isinstance(out_dims, int) or out_dims is None:
        places: list | None = [out_dims] * len(found)
    else:
        if isinstance(out_dims, list):
            out_dims = tuple(out_dims)
        if shape.kind is None and isinstance(out_dims, tuple) and len(out_dims) == 1:
            places = list(out_dims)
        else:
            places = None if isinstance(out_dims, str) else broadcast_to(out_dims, shape, _is_dim)
    if places is not None and not all(p is None or isinstance(p, int) for p in places):
        places = None
        out_dims = str(out_dims)
    if places is None and not isinstance(out_dims, (tuple, dict)):
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python "
            "collection of ints representing where in the outputs the vmapped dimension should "
            "appear."
        )
    if places is None:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with "
            f"the structure of `outputs`. out_dims has structure {flatten(out_dims)[1]} but "
            f"outputs has structure {shape}."
        )
    return places


def _left(func: Callable, x: Any, place: int | None, frame: Frame) -> Any:
    name = _name(func)
    if place is None:
        if isinstance(x, Tensor) and frame.level in batching.levels_of(x._storage.value):
            raise ValueError(
                f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None"
            )
        return x
    if not isinstance(x, Tensor):
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(x)}. Did you "
            "mean to set out_dims= to None for output?"
        )
    out = leave(x, frame.level, frame.size)
    return movedim(out, 0, place) if place else out


def _in_chunks(func, leaves, dims, shape, out_dims, randomness, chunk_size, size, kwargs) -> Any:
    """One run after the other, of `chunk_size` slices each; the results joined."""
    rows, spec, places = [], None, None
    for start in range(0, size, chunk_size):
        count = min(chunk_size, size - start)
        part = [x if d is None else x.narrow(d, start, count) for x, d in zip(leaves, dims)]
        made = _run(func, part, dims, shape, out_dims, randomness, count, kwargs)
        flat, spec = flatten(made)
        places = places or _out_dims(func, out_dims, flat, spec)
        rows.append(flat)
    assert spec is not None and places is not None
    joined = [
        column[0] if place is None else cat(column, place)
        for column, place in zip(zip(*rows), places)
    ]
    return spec.build(joined)
