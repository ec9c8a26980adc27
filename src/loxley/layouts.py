"""`torch.layout` and `torch.memory_format`: named constants. Only strided tensors exist here."""

from __future__ import annotations

from typing import Any


class _Constant:
    """An object that is its name: prints as `torch.name`, copies and pickles as itself."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name

    def __copy__(self) -> _Constant:
        return self

    def __deepcopy__(self, memo: dict) -> _Constant:
        return self


class layout(_Constant):  # noqa: N801 - PyTorch's name
    """How a tensor's elements are kept. Source: torch.layout."""

    __slots__ = ()


class memory_format(_Constant):  # noqa: N801 - PyTorch's name
    """The order of dimensions in memory. Source: torch.memory_format."""

    __slots__ = ()


class qscheme(_Constant):  # noqa: N801 - PyTorch's name
    """How integers stand for real numbers. Source: torch.qscheme."""

    __slots__ = ()


per_tensor_affine = qscheme("per_tensor_affine")
per_tensor_symmetric = qscheme("per_tensor_symmetric")
per_channel_affine = qscheme("per_channel_affine")
per_channel_symmetric = qscheme("per_channel_symmetric")
per_channel_affine_float_qparams = qscheme("per_channel_affine_float_qparams")
strided = layout("strided")
sparse_coo = layout("sparse_coo")
sparse_csr = layout("sparse_csr")
sparse_csc = layout("sparse_csc")
sparse_bsr = layout("sparse_bsr")
sparse_bsc = layout("sparse_bsc")
jagged = layout("jagged")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")

LAYOUTS = (strided, sparse_coo, sparse_csr, sparse_csc, sparse_bsr, sparse_bsc, jagged)
FORMATS = (contiguous_format, preserve_format, channels_last, channels_last_3d)
_RANKS = {"channels_last": 4, "channels_last_3d": 5}


def channels_last_order(form: memory_format, ndim: int) -> tuple[int, ...]:
    """The dimensions from slowest to fastest in memory; RuntimeError for another rank."""
    rank = _RANKS[form.name]
    if ndim != rank:
        raise RuntimeError(f"required rank {rank} tensor to use {form.name} format")
    return (0, *range(2, rank), 1)


def check_strided(name: str, given: Any) -> None:
    """NotImplementedError for layouts other than `strided`."""
    if given is not None and not isinstance(given, layout):
        raise TypeError(
            f"{name}(): argument 'layout' must be torch.layout, not {type(given).__name__}"
        )
    if given is not None and given is not strided:
        raise NotImplementedError(f"torch.{name}: argument 'layout' {given} is not implemented")
