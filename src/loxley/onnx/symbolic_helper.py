"""`torch.onnx.symbolic_helper`: the decorator with which programs declare symbolic functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

__all__ = ["parse_args"]

_KINDS = ("v", "i", "is", "f", "fs", "b", "s", "t", "none")


def parse_args(*arg_descriptors: str) -> Callable[[Callable], Callable]:
    """Declares what a symbolic function's arguments are: "v" values of the graph, "i", "f", "b",
    "s" numbers and strings, "is" and "fs" lists of them, "t" tensors, "none" nothing.

    Nothing exports here, so arguments come from the program itself and are handed on as they are;
    AssertionError for more of them than were described, ValueError for unknown descriptions.
    """
    for kind in arg_descriptors:
        if kind not in _KINDS:
            raise ValueError(f"parse_args: unknown description {kind!r} of an argument")

    def decorate(fn: Callable) -> Callable:
        fn._arg_descriptors = arg_descriptors  # type: ignore[attr-defined]

        @functools.wraps(fn)
        def wrapper(g: Any, *args: Any, **kwargs: Any) -> Any:
            if len(arg_descriptors) < len(args):
                raise AssertionError(
                    f"A mismatch between the number of arguments ({len(args)}) and their "
                    f"descriptors ({len(arg_descriptors)}) was found at symbolic function "
                    f"'{fn.__name__}'."
                )
            return fn(g, *args, **kwargs)

        return wrapper

    return decorate
