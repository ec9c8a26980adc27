"""Tensors: storages seen through layouts, and every function on them."""

from . import creation, pointwise, products, reduction, shaping
from .api import PUBLIC
from .tensor import Tensor

globals().update(PUBLIC)
__all__ = ["PUBLIC", "Tensor", *PUBLIC]
_ = (creation, pointwise, products, reduction, shaping)
