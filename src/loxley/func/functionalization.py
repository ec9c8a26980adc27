"""`functionalize` and `debug_unwrap`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import batching
from ..tensor import Tensor


def functionalize(func: Callable, *, remove: str = "mutations") -> Callable:
    """A function that gives what `func` gives and writes to the same tensors.

    Recorded graphs have neither mutations nor views (every write makes a new value, see
    docs/laziness.md), so that `func` already is what PyTorch makes of it.
    RuntimeError for another `remove` than "mutations" and "mutations_and_views".
    Source: torch.func.functionalize.
    """
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. "
            "Valid options are:\n     remove='mutations': all inplace and out= operators will be "
            "removed from the program, and replaced with their out-of-place equivalents.\n     "
            "remove='mutations_and_views': In addition to the above, all aliasing operators {view} "
            "will be replaced with their non-aliasing counterparts, {view}_copy.\n"
        )

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return wrapped


def debug_unwrap(tensor: Tensor, *, recurse: bool = True) -> Tensor:
    """The tensor of all slices under a slice of `vmap`, to look at while debugging.

    recurse  through all levels, else the innermost alone. Source: torch.func.debug_unwrap.
    """
    value = tensor._read()
    if not batching.level_of(value):
        return tensor
    inner = batching.bottom(value) if recurse else value.inputs[0]
    return Tensor._wrap(inner)  # type: ignore[arg-type]
