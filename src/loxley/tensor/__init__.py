"""Tensors: storages seen through layouts, and every function on them."""

from . import (
    creation,
    gather,
    generator,
    indexing,
    joining,
    masking,
    nn_basic,
    nn_dropout,
    nn_norm,
    padding,
    parts,
    pointwise,
    products,
    random,
    random_fill,
    random_of,
    rearranging,
    reduction,
    scanning,
    shaping,
    sorting,
    view_copies,
    view_inplace,
)
from .api import PUBLIC
from .tensor import Tensor

globals().update(PUBLIC)
__all__ = ["PUBLIC", "Tensor", *PUBLIC]
_ = (
    creation,
    gather,
    generator,
    indexing,
    joining,
    masking,
    nn_basic,
    nn_dropout,
    nn_norm,
    padding,
    parts,
    pointwise,
    products,
    random,
    random_fill,
    random_of,
    rearranging,
    reduction,
    scanning,
    shaping,
    sorting,
    view_copies,
    view_inplace,
)
