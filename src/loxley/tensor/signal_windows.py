"""Windows of `torch.signal.windows`: symmetric by default, periodic with sym=False.

All take the length M and the options of a factory function; formulas are taken at even steps.
Source: https://docs.pytorch.org/docs/stable/signal.html
"""

from __future__ import annotations

from collections.abc import Iterable
from math import pi, sqrt
from typing import Any

from .. import dtypes as dt
from .. import layouts
from .construction import tensor
from .creation import empty, ones
from .sequences import arange, linspace
from .tensor import Tensor


def _options(name: str, M: int, options: dict[str, Any]) -> dict[str, Any]:
    """The factory options with the dtype filled in, after PyTorch's checks."""
    known = ("dtype", "layout", "device", "requires_grad")
    for key in options:
        if key not in known:
            raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
    kind = options.get("dtype") or dt.get_default_dtype()
    layout = options.get("layout", layouts.strided)
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if layout is not layouts.strided:
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    if kind not in (dt.float32, dt.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {kind}")
    if not isinstance(options.get("requires_grad", False), bool):
        given = type(options["requires_grad"]).__name__
        raise TypeError(f"{name}(): argument 'requires_grad' must be bool, not {given}")
    return {**options, "dtype": kind}


def _intervals(M: int, sym: bool) -> int:
    return M if not sym and M > 1 else M - 1


def _steps(start: float, M: int, step: float, options: dict[str, Any]) -> Tensor:
    """M multiples of `step`, from start * step."""
    return linspace(start * step, (start + (M - 1)) * step, M, **options)


def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, **options: Any
) -> Tensor:
    """exp(-|n - center| / tau). Source: torch.signal.windows.exponential."""
    options = _options("exponential", M, options)
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    if M == 0:
        return empty((0,), **options)
    center = _intervals(M, sym) / 2.0 if center is None else center
    return (-_steps(-center, M, 1 / tau, options).abs()).exp()


def cosine(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """sin(pi (n + 1/2) / M). Source: torch.signal.windows.cosine."""
    options = _options("cosine", M, options)
    if M == 0:
        return empty((0,), **options)
    return _steps(0.5, M, pi / (_intervals(M, sym) + 1), options).sin()


def gaussian(M: int, *, std: float = 1.0, sym: bool = True, **options: Any) -> Tensor:
    """exp(-(n / (sqrt(2) std))^2) about the middle. Source: torch.signal.windows.gaussian."""
    options = _options("gaussian", M, options)
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    if M == 0:
        return empty((0,), **options)
    k = _steps(-_intervals(M, sym) / 2.0, M, 1 / (std * sqrt(2)), options)
    return (-(k**2)).exp()


def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, **options: Any) -> Tensor:
    """I0(beta sqrt(1 - x^2)) / I0(beta) for x in [-1, 1]. Source: torch.signal.windows.kaiser."""
    options = _options("kaiser", M, options)
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    if M == 0:
        return empty((0,), **options)
    if M == 1:
        return ones((1,), **options)
    limit = tensor(beta, dtype=options["dtype"])
    end = limit.minimum(-limit + (M - 1) * (limit * 2.0 / _intervals(M, sym)))
    k = linspace((-limit).item(), end.item(), M, **options)
    return (limit * limit - k**2).sqrt().i0() / limit.i0()


def bartlett(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """A triangle that is zero at its ends. Source: torch.signal.windows.bartlett."""
    options = _options("bartlett", M, options)
    if M < 2:
        return (ones if M else empty)((M,), **options)
    step = 2 / _intervals(M, sym)
    return 1 - linspace(-1, -1 + (M - 1) * step, M, **options).abs()


def general_cosine(M: int, *, a: Iterable[float], sym: bool = True, **options: Any) -> Tensor:
    """The sum of (-1)^i a_i cos(2 pi i n / M). Source: torch.signal.windows.general_cosine."""
    options = _options("general_cosine", M, options)
    if M < 2:
        return (ones if M else empty)((M,), **options)
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    k = linspace(0, (M - 1) * (2 * pi / _intervals(M, sym)), M, **options)
    weights = tensor([(-1) ** i * w for i, w in enumerate(a)], dtype=options["dtype"])
    orders = arange(weights.numel(), dtype=options["dtype"])
    return (weights.unsqueeze(-1) * (orders.unsqueeze(-1) * k).cos()).sum(0)


def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, **options: Any) -> Tensor:
    """alpha - (1 - alpha) cos(2 pi n / M). Source: torch.signal.windows.general_hamming."""
    return general_cosine(M, a=[alpha, 1.0 - alpha], sym=sym, **options)


def hamming(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """The Hamming window. Source: torch.signal.windows.hamming."""
    return general_hamming(M, sym=sym, **options)


def hann(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """The Hann window. Source: torch.signal.windows.hann."""
    return general_hamming(M, alpha=0.5, sym=sym, **options)


def blackman(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """The Blackman window. Source: torch.signal.windows.blackman."""
    return general_cosine(M, a=[0.42, 0.5, 0.08], sym=sym, **options)


def nuttall(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """Nuttall's window of four terms. Source: torch.signal.windows.nuttall."""
    weights = [0.3635819, 0.4891775, 0.1365995, 0.0106411]
    return general_cosine(M, a=weights, sym=sym, **options)
