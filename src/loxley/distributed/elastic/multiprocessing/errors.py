"""`record`: errors of a program that `torchrun` started; they are left to Python."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

__all__ = ["record"]


def record(fn: Callable, error_handler: Any = None) -> Callable:
    """The function; NotImplementedError where an error file is asked for."""
    if error_handler is not None:
        raise NotImplementedError("torch.distributed.elastic: record with an error handler")

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    return wrapper
