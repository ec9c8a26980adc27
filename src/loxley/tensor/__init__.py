"""Tensors: storages seen through layouts, and every function on them."""

from __future__ import annotations

from typing import Any

from . import (  # noqa: F401 - importing a family attaches and registers its functions
    arithmetic,
    broadcasting,
    column_compressed,
    comparison,
    complex_numbers,
    compressed,
    construction,
    conversion,
    coordinate,
    copying,
    creation,
    einsum,
    gather,
    generator,
    indexing,
    joining,
    legacy,
    masking,
    memory,
    operators,
    padding,
    parts,
    pickling,
    printing,
    products,
    quantized,
    random,
    random_fill,
    rearranging,
    reduction,
    sequences,
    shaping,
    sorting,
    sparse,
    torch_function,
    unary,
    unique,
    view_inplace,
)
from .api import PUBLIC
from .rare import FUNCTIONS, keep_places
from .tensor import Tensor

keep_places()
globals().update(dict.items(PUBLIC))  # those that are there; the others when they are asked for
__all__ = ["PUBLIC", "Tensor", *dict.keys(PUBLIC), *FUNCTIONS]


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module 'torch' has no attribute '{name}' (loxley does not have it)")
    globals()[name] = PUBLIC[name]
    return PUBLIC[name]
