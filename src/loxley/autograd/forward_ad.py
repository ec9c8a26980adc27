"""`torch.autograd.forward_ad`: dual tensors by hand.

Source: https://docs.pytorch.org/docs/stable/autograd.html#forward-mode-automatic-differentiation
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..tensor import Tensor
from ..tensor.modes import modes
from . import forward

__all__ = [
    "UnpackedDualTensor",
    "dual_level",
    "enter_dual_level",
    "exit_dual_level",
    "make_dual",
    "unpack_dual",
]
_current: list[int] = []  # the level that is in force; PyTorch has one at a time


class UnpackedDualTensor(NamedTuple):
    """A dual tensor taken apart; `tangent` is None where there is none."""

    primal: Tensor
    tangent: Tensor | None


def enter_dual_level() -> int:
    """Begins a level of forward mode. Source: torch.autograd.forward_ad.enter_dual_level."""
    if _current:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _current.append(forward.enter())
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """Ends the level; its tangents are gone. Source: torch.autograd.forward_ad.exit_dual_level."""
    if not _current:
        raise RuntimeError("Dual level must be a positive number.")
    if level is not None and level != 0:
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is "
            "not supported."
        )
    forward.leave(_current.pop())


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """An alias of `tensor` with a tangent. Source: torch.autograd.forward_ad.make_dual."""
    if not _current:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    for name, one in (("primal", tensor), ("tangent", tangent)):
        if not (one.is_floating_point() or one.is_complex()):
            raise ValueError(
                f"Expected {name} to be floating point or complex, but got: {one.dtype}"
            )
    return forward.with_tangent(tensor, tangent, _current[-1])


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """(primal, tangent) of a dual tensor. Source: torch.autograd.forward_ad.unpack_dual."""
    if not _current:
        return UnpackedDualTensor(tensor, None)
    if not isinstance(tensor, Tensor):
        raise TypeError(
            "_unpack_dual(): argument 'dual' (position 1) must be Tensor, not "
            f"{type(tensor).__name__}"
        )
    at = _current[-1]
    found = forward.tangent_of(tensor, at)
    if found is None:
        return UnpackedDualTensor(tensor, None)
    plain = forward.without_tangent(tensor, at)
    return UnpackedDualTensor(plain, found)


class dual_level:  # noqa: N801 - PyTorch's name
    """A level of forward mode for a block. Source: torch.autograd.forward_ad.dual_level."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exc: object) -> None:
        exit_dual_level()


class _set_fwd_grad_enabled:  # noqa: N801 - PyTorch's name
    """Whether tangents are computed, from now on or for a block."""

    def __init__(self, mode: bool) -> None:
        self.previous: Any = modes.forward_enabled
        forward.set_enabled(mode)

    def __enter__(self) -> None:
        """Nothing more: the mode is in force since the object was made."""

    def __exit__(self, *exc: object) -> None:
        forward.set_enabled(self.previous)


def _is_fwd_grad_enabled() -> bool:
    return modes.forward_enabled
