"""Tensors: storages seen through layouts, and every function on them."""

from . import (
    creation,
    generator,
    nn_basic,
    nn_dropout,
    nn_norm,
    pointwise,
    products,
    random,
    random_fill,
    random_of,
    reduction,
    scanning,
    shaping,
    sorting,
)
from .api import PUBLIC
from .tensor import Tensor

globals().update(PUBLIC)
__all__ = ["PUBLIC", "Tensor", *PUBLIC]
_ = (creation, generator, nn_basic, nn_dropout, nn_norm, pointwise, products, random, random_fill, random_of, reduction, scanning, shaping, sorting)
