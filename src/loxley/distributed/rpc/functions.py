"""`async_execution`: functions that give a future, which the caller waits for."""

from __future__ import annotations

import functools
from collections.abc import Callable


def async_execution(fn: Callable) -> Callable:
    """Marks a function: a remote call of it ends when the future that it returns does."""

    @functools.wraps(fn)
    def wrapper(*args, **kwargs):  # type: ignore[no-untyped-def]
        return fn(*args, **kwargs)

    wrapper._wrapped_async_rpc_function = fn  # type: ignore[attr-defined]
    return wrapper
