"""`torch.masked`: reductions and normalizations over the elements that a mask keeps.

Source: https://docs.pytorch.org/docs/stable/masked.html
"""

from .masks import _input_mask, _output_mask  # noqa: F401 - PyTorch's tests read them
from .reductions import (
    amax,
    amin,
    argmax,
    argmin,
    logsumexp,
    mean,
    median,
    norm,
    prod,
    std,
    sum,
    var,
)
from .rows import cumprod, cumsum, log_softmax, logaddexp, normalize, softmax, softmin

__all__ = [
    "amax",
    "amin",
    "argmax",
    "argmin",
    "cumprod",
    "cumsum",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "mean",
    "median",
    "norm",
    "normalize",
    "prod",
    "softmax",
    "softmin",
    "std",
    "sum",
    "var",
]
