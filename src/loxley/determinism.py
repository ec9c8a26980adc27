"""Switches about reproducibility.

Every operator is deterministic, and every run of a program gives the same bits.  Within a run, a
plan's last bits may change once, when machine code takes over from the interpreter; where
deterministic algorithms are asked for, plans are compiled at first sight instead.
"""

from __future__ import annotations

from typing import Any

from .config import config

_STATE: dict[str, Any] = {"deterministic": False, "warn_only": False, "precision": "highest"}


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Whether repeated runs of the same operators must give the same bits.

    Source: torch.use_deterministic_algorithms.
    """
    if bool(mode) is not _STATE["deterministic"]:
        if mode:
            _STATE["compile"] = config.compile
            config.compile = "1" if config.compile == "auto" else config.compile
        else:
            config.compile = _STATE["compile"]
    _STATE["deterministic"], _STATE["warn_only"] = bool(mode), bool(warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was told last."""
    return _STATE["deterministic"]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What `use_deterministic_algorithms` was told last of `warn_only`."""
    return _STATE["warn_only"]


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """0 or "default", 1 or "warn", 2 or "error". Source: torch.set_deterministic_debug_mode."""
    modes = {"default": 0, "warn": 1, "error": 2}
    if isinstance(debug_mode, str):
        if debug_mode not in modes:
            raise RuntimeError(
                "invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got "
                f"{debug_mode}"
            )
        debug_mode = modes[debug_mode]
    use_deterministic_algorithms(debug_mode > 0, warn_only=debug_mode == 1)


def set_float32_matmul_precision(precision: str) -> None:
    """Of "highest", "high", "medium"; float32 products are exact to float32 on the CPU anyway."""
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(
            f"Invalid float32 matmul precision {precision}; expected highest, high or medium"
        )
    _STATE["precision"] = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was told last."""
    return _STATE["precision"]
