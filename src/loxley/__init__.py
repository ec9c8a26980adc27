"""loxley: PyTorch's tensors, automatic differentiation and deep-learning library in pure Python.

`loxley.X` stands where `torch.X` stands.  `python -m loxley script.py` runs a PyTorch program.
"""

from __future__ import annotations

from . import dtypes as _dtype
from .dtypes import (
    can_cast,
    dtype,
    get_default_dtype,
    promote_types,
    set_default_dtype,
)
from .devices import device
from .numeric_limits import finfo, iinfo
from .tensor import PUBLIC as _PUBLIC
from .tensor import Tensor
from .tensor.size import Size
from . import autograd, random, special
from .autograd import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)

globals().update(_PUBLIC)
globals().update(_dtype.BY_NAME)
globals().update(_dtype.ALIASES)

__version__ = "2.13.0"
__all__ = [
    "Size",
    "Tensor",
    "autograd",
    "can_cast",
    "device",
    "dtype",
    "enable_grad",
    "finfo",
    "get_default_dtype",
    "iinfo",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "promote_types",
    "random",
    "set_default_dtype",
    "set_grad_enabled",
    "special",
    *_PUBLIC,
    *_dtype.BY_NAME,
    *_dtype.ALIASES,
]


def __getattr__(name: str):
    raise AttributeError(f"module 'torch' has no attribute '{name}' (loxley does not have it)")
