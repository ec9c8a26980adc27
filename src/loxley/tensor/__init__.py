"""Tensors: storages seen through layouts, and every function on them."""

from . import (
    creation,
    generator,
    pointwise,
    products,
    random,
    random_fill,
    random_of,
    reduction,
    shaping,
)
from .api import PUBLIC
from .tensor import Tensor

globals().update(PUBLIC)
__all__ = ["PUBLIC", "Tensor", *PUBLIC]
_ = (creation, generator, pointwise, products, random, random_fill, random_of, reduction, shaping)
