# Made by `make stubs` from the running package; changes go into what it is made of.
"""`torch.fft`: discrete Fourier transforms under the names of NumPy's `fft`."""

from loxley.devices import device
from loxley.dtypes import dtype
from loxley.layouts import layout
from loxley.tensor.fourier import Sizes
from loxley.tensor.tensor import Tensor
from typing import Any

from loxley.tensor.tensor import Tensor as Tensor

def fft(
    input: Tensor,
    n: int | None = None,
    dim: int = -1,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The Fourier transform along `dim`, cut or padded to n. Source: torch.fft.fft."""
def fft2(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes = (-2, -1),
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """`fftn` over the last two dimensions. Source: torch.fft.fft2."""
def fftfreq(
    n: int,
    d: float = 1.0,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The frequencies of the n terms of `fft` at steps of d. Source: torch.fft.fftfreq."""
def fftn(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The transform over several dimensions (all). Source: torch.fft.fftn."""
def fftshift(
    input: Tensor,
    dim: Sizes | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Rolls the zero frequency to the middle. Source: torch.fft.fftshift."""
def hfft(
    input: Tensor,
    n: int | None = None,
    dim: int = -1,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The transform of a Hermitian signal given by its half. Source: torch.fft.hfft."""
def hfft2(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes = (-2, -1),
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """`hfftn` over the last two dimensions. Source: torch.fft.hfft2."""
def hfftn(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The transform of a Hermitian signal over several dimensions. Source: torch.fft.hfftn."""
def ifft(
    input: Tensor,
    n: int | None = None,
    dim: int = -1,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The inverse of `fft`. Source: torch.fft.ifft."""
def ifft2(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes = (-2, -1),
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """`ifftn` over the last two dimensions. Source: torch.fft.ifft2."""
def ifftn(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The inverse of `fftn`. Source: torch.fft.ifftn."""
def ifftshift(
    input: Tensor,
    dim: Sizes | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The inverse of `fftshift`. Source: torch.fft.ifftshift."""
def ihfft(
    input: Tensor,
    n: int | None = None,
    dim: int = -1,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The inverse of `hfft`. Source: torch.fft.ihfft."""
def ihfft2(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes = (-2, -1),
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """`ihfftn` over the last two dimensions. Source: torch.fft.ihfft2."""
def ihfftn(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The inverse of `hfftn`. Source: torch.fft.ihfftn."""
def irfft(
    input: Tensor,
    n: int | None = None,
    dim: int = -1,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The inverse of `rfft`, real, n = 2 (size - 1) by default. Source: torch.fft.irfft."""
def irfft2(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes = (-2, -1),
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """`irfftn` over the last two dimensions. Source: torch.fft.irfft2."""
def irfftn(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The inverse of `rfftn`, real. Source: torch.fft.irfftn."""
def rfft(
    input: Tensor,
    n: int | None = None,
    dim: int = -1,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The transform of real input, without the redundant half. Source: torch.fft.rfft."""
def rfft2(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes = (-2, -1),
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """`rfftn` over the last two dimensions. Source: torch.fft.rfft2."""
def rfftfreq(
    n: int,
    d: float = 1.0,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: device | str | int | None = None,
    requires_grad: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The frequencies of the terms of `rfft`. Source: torch.fft.rfftfreq."""
def rfftn(
    input: Tensor,
    s: Sizes | None = None,
    dim: Sizes | None = None,
    norm: str | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """`fftn` of real input, without the redundant half. Source: torch.fft.rfftn."""
