"""`torch._prims_common`: what programs take from PyTorch's reference operators."""

from __future__ import annotations

import warnings

from .determinism import (
    are_deterministic_algorithms_enabled,
    is_deterministic_algorithms_warn_only_enabled,
)

__all__ = ["alert_not_deterministic"]

_REPORT = (
    "file an issue at https://github.com/pytorch/pytorch/issues to help us prioritize adding "
    "deterministic support for this operation."
)


def alert_not_deterministic(caller: str) -> None:
    """RuntimeError where only deterministic algorithms are allowed, or a warning.

    Source: torch.use_deterministic_algorithms.
    """
    if not are_deterministic_algorithms_enabled():
        return
    missing = f"{caller} does not have a deterministic implementation, but you set "
    if is_deterministic_algorithms_warn_only_enabled():
        told = f"'torch.use_deterministic_algorithms(True, warn_only=True)'. You can {_REPORT}"
        warnings.warn(missing + told, stacklevel=2)
        return
    raise RuntimeError(
        f"{missing}'torch.use_deterministic_algorithms(True)'. You can turn off determinism just "
        "for this operation, or you can use the 'warn_only=True' option, if that's acceptable for "
        f"your application. You can also {_REPORT}"
    )
