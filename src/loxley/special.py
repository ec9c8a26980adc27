"""`torch.special`: special functions under the names that SciPy uses.

Source: https://docs.pytorch.org/docs/stable/special.html
"""

from __future__ import annotations

from .tensor import PUBLIC, Tensor
from .tensor.special import ALIASES, SPECIAL
from .tensor.torch_function import offer as _offer

globals().update(SPECIAL)
globals().update({name: PUBLIC[of] for name, of in ALIASES.items() if of in PUBLIC})
_offer(globals())
__all__ = ["Tensor", *SPECIAL, *(name for name, of in ALIASES.items() if of in PUBLIC)]
