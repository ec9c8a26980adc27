"""Which arguments are differentiated, and the basis along which Jacobians are taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.trees import flatten
from ..tensor import Tensor
from ..tensor.creation import zeros
from ..tensor.joining import cat

Argnums = int | tuple[int, ...]


def positions(argnums: Any, args: tuple) -> tuple[int, ...]:
    """Places of arguments, counted from the front; RuntimeError where there are none."""
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    if isinstance(argnums, tuple) and not argnums:
        raise RuntimeError("argnums must be non-empty")
    for place in chosen:
        if not isinstance(place, int):
            raise RuntimeError(f"argnums elements must be int, got {type(place)}")
        if not -len(args) <= place < len(args):
            raise RuntimeError(f"Got argnum={place}, but only {len(args)} positional inputs")
    if len(set(chosen)) != len(chosen):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return tuple(place % len(args) for place in chosen)


def of_chosen(func: Callable, args: tuple, kwargs: dict, places: tuple[int, ...]) -> Callable:
    """`func` of the chosen arguments alone."""

    def function(*chosen: Any) -> Any:
        given = list(args)
        for place, value in zip(places, chosen):
            given[place] = value
        return func(*given, **kwargs)

    return function


def tensors_of(tree: Any) -> tuple[list[Tensor], Any]:
    """The leaves, all of them tensors, and what holds them; RuntimeError for others."""
    leaves, shape = flatten(tree)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(leaf)}")
    return leaves, shape


def basis(tensors: list[Tensor]) -> list[Tensor]:
    """One direction per element of all tensors: for each tensor its part of every direction."""
    counts = [t.numel() for t in tensors]
    total, start, made = sum(counts), 0, []
    for t, count in zip(tensors, counts):
        rows = zeros(count, count, dtype=t.dtype)
        rows.fill_diagonal_(1)
        above = zeros(start, count, dtype=t.dtype)
        below = zeros(total - start - count, count, dtype=t.dtype)
        made.append(cat([above, rows, below]).reshape(total, *t.shape))
        start += count
    return made
