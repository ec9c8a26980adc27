"""The short-time Fourier transform and its inverse.

Source: https://docs.pytorch.org/docs/stable/generated/torch.stft.html
"""

from __future__ import annotations

import warnings
from math import sqrt
from typing import Any

from ..ops import fft as ops
from ..ops.complex_numbers import view_as_real
from ..ops.slicing import unfold_backward
from .api import public
from .padding import pad
from .tensor import Tensor


def _named(x: Tensor) -> str:
    return f"torch.{x.dtype.legacy_name}Tensor"


def _described(input: Tensor, options: dict[str, Any]) -> str:
    """The call as PyTorch's messages show it."""
    parts = []
    for name, value in options.items():
        if isinstance(value, Tensor):
            value = f"{_named(value)}{{{list(value._shape)}}}"
        elif isinstance(value, bool):
            value = int(value)
        parts.append(f"{name}={value}")
    return f"stft({_named(input)}{list(input._shape)}, {', '.join(parts)}) "


def _check(input: Tensor, options: dict[str, Any]) -> None:
    def refuse(message: str) -> None:
        raise RuntimeError(f"{_described(input, options)}: expected {message}")

    n_fft, hop, width = options["n_fft"], options["hop_length"], options["win_length"]
    window = options["window"]
    if input.dtype.category < 2:
        refuse("a tensor of floating point or complex values")
    if not 1 <= input.ndim <= 2:
        refuse("a 1D or 2D tensor")
    length = input._shape[-1]
    if not 0 < n_fft <= length:
        refuse(f"0 < n_fft < {length}, but got n_fft={width}")
    if hop <= 0:
        refuse(f"hop_length > 0, but got hop_length={hop}")
    if not 0 < width <= n_fft:
        refuse(f"0 < win_length <= n_fft, but got win_length={width}")
    if window is not None and (window.ndim != 1 or window._shape[0] != width):
        refuse(
            f"a 1D window tensor of size equal to win_length={width}, but got window with size "
            f"{list(window._shape)}"
        )


def _padded_window(window: Tensor | None, like: Tensor, width: int, n_fft: int) -> Tensor | None:
    """The window centred in n_fft zeros; None where it would be all ones."""
    if width == n_fft:
        return window
    left = (n_fft - width) // 2
    if window is None:
        window = like.detach().new_ones(width, dtype=like.dtype.to_real())
    return pad(window, (left, n_fft - width - left))


def _warn_of_rectangle() -> None:
    warnings.warn(
        "A window was not provided. A rectangular window will be applied,which is known to cause "
        "spectral leakage. Other windows such as torch.hann_window or torch.hamming_window are "
        "recommended to reduce spectral leakage.To suppress this warning and use a rectangular "
        "window, explicitly set `window=torch.ones(n_fft, device=<device>)`.",
        UserWarning,
        stacklevel=3,
    )


@public()
def stft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """Spectra (B, N, T) of overlapping windows of signals (B, L). Source: torch.stft."""
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    if align_to_window:
        raise NotImplementedError("torch.stft: argument 'align_to_window' is not implemented")
    if center:
        extended = (1,) * (3 - input.ndim) + input._shape
        around = int(n_fft // 2)
        padded = pad(input.view(extended), [around, around], pad_mode)
        input = padded.view(padded._shape[-input.ndim :])
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    complex_ = input.dtype.is_complex or (window is not None and window.dtype.is_complex)
    if return_complex is None:
        if not complex_:
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will "
                "further "
                "require that return_complex=True in a future PyTorch release."
            )
        return_complex = True
    _check(
        input,
        {
            "n_fft": n_fft,
            "hop_length": hop,
            "win_length": width,
            "window": window,
            "normalized": bool(normalized),
            "onesided": onesided,
            "return_complex": bool(return_complex),
            "align_to_window": align_to_window,
        },
    )
    onesided = not complex_ if onesided is None else onesided
    if complex_ and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if window is None:
        _warn_of_rectangle()
    frames = (input if input.ndim == 2 else input.unsqueeze(0)).unfold(-1, n_fft, hop)
    window = _padded_window(window, input, width, n_fft)
    if window is not None:
        frames = frames * window
    scale = 1 / sqrt(n_fft) if normalized else 1.0
    if frames.dtype.is_complex:
        made = ops.c2c(frames, (2,), scale, True)
    else:
        made = ops.r2c(frames, (2,), scale, bool(onesided))
    made = made.transpose(1, 2)
    if input.ndim == 1:
        made = made.squeeze_(0)
    return made if return_complex else view_as_real(made)


def _check_inverse(
    input: Tensor, n_fft: int, hop: int, width: int, window: Any, onesided: bool, complex_: bool
) -> None:
    def refuse(message: str) -> None:
        raise RuntimeError(f"istft({_named(input)}{list(input._shape)}): expected {message}")

    if not input.dtype.is_complex:
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with "
            "return_complex=True."
        )
    if input.numel() == 0:
        raise RuntimeError("istft(...) expected: input tensor to be non-empty")
    if not 2 <= input.ndim <= 3:
        refuse(f"a tensor with 2 or 3 dimensions, but got {input.ndim}")
    rows = input._shape[-2]
    if onesided and n_fft // 2 + 1 != rows:
        refuse(
            "the frequency dimension (3rd to the last) of the input tensor to match n_fft / 2 + 1 "
            "when "
            f"onesided=True, but got {rows}"
        )
    if not onesided and n_fft != rows:
        refuse(
            "the frequency dimension (3rd to the last) of the input tensor to match n_fft when "
            f"onesided=False, but got {rows}"
        )
    if not 0 < hop <= width:
        refuse("0 < hop_length <= win_length")
    if not 0 < width <= n_fft:
        refuse("0 < win_length <= n_fft")
    if window is not None and (window.ndim != 1 or window._shape[0] != width):
        refuse(f"window to be a 1D tensor of size {width}, but got {list(window._shape)}")
    if complex_ and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if not complex_ and window is not None and window.dtype.is_complex:
        raise RuntimeError("Complex windows are incompatible with return_complex=False")


def _overlap_added(frames: Tensor, hop: int) -> Tensor:
    """(B, T, N) frames laid over each other at steps of hop: (B, N + hop (T - 1))."""
    batch, count, size = frames._shape
    return unfold_backward(frames, (batch, size + hop * (count - 1)), 1, size, hop)


@public()
def istft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Tensor:
    """The signal of which `stft` made the spectra, by least squares. Source: torch.istft."""
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    if onesided is None:
        onesided = not return_complex and input._shape[-2] != n_fft
    _check_inverse(input, n_fft, hop, width, window, onesided, return_complex)
    spectra = (input if input.ndim == 3 else input.unsqueeze(0)).transpose(1, 2)
    scale = 1 / sqrt(n_fft) if normalized else 1 / n_fft
    if return_complex:
        frames = ops.c2c(spectra, (2,), scale, False)
    else:
        half = spectra if onesided else spectra[..., : n_fft // 2 + 1]
        frames = ops.c2r(half, (2,), scale, n_fft)
    window = _padded_window(window, input, width, n_fft)
    if window is None:
        window = input.detach().new_ones(n_fft, dtype=input.dtype.to_real())
    signal = _overlap_added(frames * window, hop)
    weights = _overlap_added((window * window).expand(1, frames._shape[1], n_fft), hop)
    return _cut(input, signal, weights, n_fft if center else 0, length)


def _cut(input: Tensor, signal: Tensor, weights: Tensor, centre: int, length: int | None) -> Tensor:
    """The part between the centres (or of the given length), divided by the windows' weight."""
    full = signal._shape[-1]
    start = centre // 2
    end = full - start if length is None else start + length
    signal, weights = signal[:, start:end], weights[:, start:end]
    least = weights.abs().min().item()
    if least <= 1e-11:
        raise RuntimeError(f"window overlap add min: {least:g}")
    made = signal / weights
    if end > full:
        made = pad(made, (0, end - full))
    return made if input.ndim == 3 else made.squeeze(0)
