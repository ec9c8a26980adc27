"""`torch.special`: special functions under the names that SciPy uses.

Source: https://docs.pytorch.org/docs/stable/special.html
"""

from __future__ import annotations

from .tensor import PUBLIC, Tensor
from .tensor.special import ALIASES, SPECIAL

globals().update(SPECIAL)
globals().update({name: PUBLIC[of] for name, of in ALIASES.items() if of in PUBLIC})
__all__ = ["Tensor", *SPECIAL, *(name for name, of in ALIASES.items() if of in PUBLIC)]
