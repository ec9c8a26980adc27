"""What a Python function's parameters are called, read from its code; and wrappers told as it is.

In: a function.  Out: names.  `inspect.signature` tells the same and more, but makes an object for
each parameter: for the thousand functions behind the operators that took a quarter of the import.
`functools.wraps` too does more than is asked for here: it makes dictionaries of annotations.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import CO_VARARGS, CO_VARKEYWORDS
from typing import Any

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


def told_as(inner: Callable) -> Callable[[Any], Any]:
    """Gives a wrapper the name, text and parameters of what it wraps.

    Its annotations are those of `__wrapped__`, where `inspect.signature` looks.

    >>> told_as(len)(lambda *args: len(*args)).__name__
    'len'
    """

    def dress(outer: Any) -> Any:
        outer.__module__, outer.__doc__ = inner.__module__, inner.__doc__
        outer.__name__, outer.__qualname__ = inner.__name__, inner.__qualname__
        own = getattr(inner, "__dict__", None)
        if own:
            outer.__dict__.update(own)
        outer.__wrapped__ = inner
        return outer

    return dress
