"""What a Python function's parameters are called, read from its code.

In: a function.  Out: names.  `inspect.signature` tells the same and more, but makes an object for
each parameter: for the thousand functions behind the operators that took a quarter of the import.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import CO_VARARGS, CO_VARKEYWORDS

Names = tuple[str, ...]


def parameters(function: Callable) -> tuple[Names, Names, Names]:
    """Parameters before `/`, before `*` and after it (`*args`, `**kwargs` themselves are last).

    >>> parameters(lambda x, /, dim, *, keepdim, **more: None)
    (('x',), ('dim',), ('keepdim', 'more'))
    """
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = function.__code__
    by_place, before = code.co_argcount, code.co_posonlyargcount
    several = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    names = code.co_varnames[: by_place + code.co_kwonlyargcount + several]
    return names[:before], names[before:by_place], names[by_place:]
