"""`torch.fft`: discrete Fourier transforms under the names of NumPy's `fft`.

Source: https://docs.pytorch.org/docs/stable/fft.html
"""

from __future__ import annotations

from .tensor import Tensor
from .tensor.fourier import FOURIER
from .tensor.torch_function import offer as _offer

globals().update(FOURIER)
_offer(globals())
__all__ = ["Tensor", *FOURIER]
