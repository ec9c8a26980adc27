"""Functions of complex tensors. Conjugates are computed, never lazy, so `is_conj` is False."""

from __future__ import annotations

from typing import Any

from .. import dtypes as dt
from ..ops import elementwise as ops
from ..ops.unsupported import no_kernel
from .api import public, write_out
from .arguments import check_tensor
from .tensor import Tensor
from .unary import define_unary

define_unary("angle", ops.angle, "The angle of each element in radians.", inplace=False)


@public()
def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor itself. Source: torch.conj."""
    return ops.conj(check_tensor("conj", input))


@public()
def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: conjugates are not lazy here. Source: torch.resolve_conj."""
    return check_tensor("resolve_conj", input)


@public()
def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: negation is not lazy here. Source: torch.resolve_neg."""
    return check_tensor("resolve_neg", input)


@public()
def is_conj(input: Tensor) -> bool:
    """Whether the tensor is a lazy conjugate, which there are none of here."""
    check_tensor("is_conj", input)
    return False


@public()
def is_neg(input: Tensor) -> bool:
    """Whether the tensor is lazily negated, which there are none of here."""
    check_tensor("is_neg", input)
    return False


@public(method=False)
def real(input: Tensor) -> Tensor:
    """The real parts, sharing memory. Source: torch.real."""
    check_tensor("real", input)
    return ops.real(input) if input.dtype.is_complex else input


@public(method=False)
def imag(input: Tensor) -> Tensor:
    """The imaginary parts, sharing memory. Source: torch.imag."""
    if not check_tensor("imag", input).dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return ops.imag(input)


def _set_real(self: Tensor, value: Any) -> None:
    real(self).copy_(value)


def _set_imag(self: Tensor, value: Any) -> None:
    imag(self).copy_(value)


Tensor.real = property(real, _set_real)  # type: ignore[attr-defined]
Tensor.imag = property(imag, _set_imag)  # type: ignore[attr-defined]


@public(method=False)
def view_as_real(input: Tensor) -> Tensor:
    """A complex tensor as pairs of real numbers, sharing memory. Source: torch.view_as_real."""
    if not check_tensor("view_as_real", input).dtype.is_complex:
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return ops.view_as_real(input)


@public(method=False)
def view_as_complex(input: Tensor) -> Tensor:
    """Pairs of real numbers as complex numbers, sharing memory. Source: torch.view_as_complex."""
    kind = check_tensor("view_as_complex", input).dtype
    if kind not in (dt.float16, dt.float32, dt.float64):
        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, but got a "
            f"tensor of scalar type: {kind.legacy_name}"
        )
    shape, strides = input._shape, input._strides
    if not shape:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if strides[-1] != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(s % 2 for s in strides[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if input._offset % 2:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    return ops.view_as_complex(input)


def _check_parts(name: str, first: Tensor, second: Tensor, names: tuple[str, str]) -> None:
    check_tensor(name, first, names[0], 1)
    check_tensor(name, second, names[1], 2)
    floats = (dt.float16, dt.float32, dt.float64)
    if first.dtype not in floats or second.dtype not in floats:
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{first.dtype.legacy_name} and {second.dtype.legacy_name}"
        )
    if first.dtype is not second.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {first.dtype.legacy_name} but got scalar type "
            f"{second.dtype.legacy_name} for second argument"
        )
    if first.dtype is dt.float16 and name == "polar":
        raise no_kernel("polar_cpu", first.dtype)


def _into(name: str, made: Tensor, out: Tensor | None) -> Tensor:
    if out is None:
        return made
    if isinstance(out, Tensor) and out.dtype is not made.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {made.dtype.legacy_name} but got scalar type "
            f"{out.dtype.legacy_name} for argument 'out'"
        )
    return write_out(name, made, out)


@public(method=False)
def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:  # noqa: A001
    """Complex numbers of two parts. Source: torch.complex."""
    _check_parts("complex", real, imag, ("real", "imag"))
    return _into("complex", ops.complex(real, imag), out)


@public(method=False)
def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor:  # noqa: A002
    """Complex numbers of magnitudes and angles. Source: torch.polar."""
    _check_parts("polar", abs, angle, ("abs", "angle"))
    return _into("polar", ops.polar(abs, angle), out)


@public(method=False, out=True)
def view_as_real_copy(input: Tensor) -> Tensor:
    """`view_as_real` as a tensor of its own. Source: torch.view_as_real_copy."""
    return ops.clone(view_as_real(input))


@public(method=False, out=True)
def view_as_complex_copy(input: Tensor) -> Tensor:
    """`view_as_complex` as a tensor of its own. Source: torch.view_as_complex_copy."""
    return ops.clone(view_as_complex(input))
