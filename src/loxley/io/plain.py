"""Constructors that a pickle may call: plain values, from arguments that bound the work.

Each takes what Python's own pickles pass and refuses the rest with pickle.UnpicklingError:
`bytearray(10**12)`, `list(range(10**12))` or `Fraction("1e1000000000")` would fill the memory.
"""

from __future__ import annotations

import collections
import datetime
import fractions
import math
import pathlib
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor.size import Size

_CONTAINERS = (list, tuple, set, frozenset, dict, OrderedDict, collections.Counter)


def _items(values: Any) -> Any:
    if type(values) not in _CONTAINERS:
        raise pickle.UnpicklingError(f"items from a {type(values).__name__} are refused")
    return values


def ordered_dict(items: Any = ()) -> OrderedDict:
    """`OrderedDict()`, or of a list of pairs."""
    return OrderedDict(_items(items))


def default_dict(factory: Any = None, items: Any = ()) -> collections.defaultdict:
    """`defaultdict(factory)`, for the factories that cannot do anything but make a container."""
    if factory is not None and factory not in BUILTINS:
        raise pickle.UnpicklingError(f"defaultdict of {factory!r:.80} is refused")
    return collections.defaultdict(factory, _items(items))


def counter(items: Any = ()) -> collections.Counter:
    """`Counter` of a mapping."""
    return collections.Counter(_items(items))


def deque(items: Any = (), maxlen: int | None = None) -> collections.deque:
    """`deque` of given items."""
    return collections.deque(_items(items), maxlen)


def size(values: Any = ()) -> Size:
    """`torch.Size` of a tuple."""
    return Size(_items(values))


def encode(text: str, encoding: str = "latin1") -> bytes:
    """What protocol 2 calls to write bytes."""
    if encoding not in ("latin1", "latin-1") or not isinstance(text, str):
        raise pickle.UnpicklingError("only latin1 text becomes bytes")
    return text.encode("latin1")


def _bytes(data: Any = b"", encoding: str = "latin1") -> bytes:
    return data if type(data) is bytes else encode(data, encoding)


def _bytearray(data: Any = b"", encoding: str = "latin1") -> bytearray:
    return bytearray(_bytes(data, encoding))


def _container(kind: type) -> Callable:
    def make(items: Any = ()) -> Any:
        return kind(_items(items))

    return make


def _number(kind: type) -> Callable:
    def make(value: Any = 0) -> Any:
        if type(value) not in (int, float, bool):
            raise pickle.UnpicklingError(f"{kind.__name__} of a {type(value).__name__} is refused")
        return kind(value)

    return make


def _str(value: Any = "") -> str:
    if type(value) is not str:
        raise pickle.UnpicklingError(f"str of a {type(value).__name__} is refused")
    return value


def same_arguments(kind: type) -> Callable:
    """A constructor whose work is bounded whatever its arguments are."""

    def make(*args: Any) -> Any:
        return kind(*args)

    return make


def fraction(numerator: Any = 0, denominator: Any = 1) -> fractions.Fraction:
    """`Fraction` of two integers or of "3/4": no exponents."""
    if isinstance(numerator, str):
        if not re.fullmatch(r"-?\d+(/\d+)?", numerator):
            raise pickle.UnpicklingError(f"fraction {numerator!r:.40} is refused")
        return fractions.Fraction(numerator)
    return fractions.Fraction(numerator, denominator)


def path(*parts: str) -> pathlib.PurePosixPath:
    """A path, as text only."""
    return pathlib.PurePosixPath(*parts)


def numpy_dtype(name: Any, *rest: Any) -> np.dtype:
    """A NumPy dtype of numbers or text."""
    if not isinstance(name, str) or not re.fullmatch(r"[<>=|]?([biufc]\d{1,2}|[SU]\d{1,9})", name):
        raise pickle.UnpicklingError(f"NumPy dtype {name!r:.40} is refused")
    return np.dtype(name)


def check_numpy_dtype(kind: np.dtype, state: Any) -> None:
    """A dtype's state says nothing new: native order, no fields, the size of the name."""
    plain = (
        isinstance(state, tuple)
        and len(state) == 8
        and state[1] in ("<", "|", "=")
        and state[2:5] == (None, None, None)
        and state[5] in (-1, kind.itemsize)
    )
    if not plain:
        raise pickle.UnpicklingError(f"the NumPy dtype's state {state!r:.80} is refused")


def numpy_scalar(kind: np.dtype, data: Any = b"") -> Any:
    """A NumPy scalar from its bytes."""
    data = _bytes(data)
    if not isinstance(kind, np.dtype) or len(data) != kind.itemsize:
        raise pickle.UnpicklingError("a NumPy scalar's bytes are not of its dtype's size")
    return np.frombuffer(data, kind, 1)[0]


def numpy_reconstruct(subtype: Any, shape: Any, kind: Any) -> np.ndarray:
    """The empty array that is about to get its state."""
    if subtype is not np.ndarray:
        raise pickle.UnpicklingError("subclasses of NumPy arrays are refused")
    return np.empty(0, np.uint8)


def fill_numpy_array(array: np.ndarray, state: Any) -> None:
    """Gives an array its state: (version, shape, dtype, is Fortran, bytes), checked."""
    if not isinstance(state, tuple) or len(state) != 5 or not isinstance(state[1], tuple):
        raise pickle.UnpicklingError("the NumPy array's state is not one")
    _, shape, kind, fortran, data = state
    if not isinstance(kind, np.dtype) or not all(type(n) is int and 0 <= n < 2**31 for n in shape):
        raise pickle.UnpicklingError("NumPy arrays of objects are refused")
    data = _bytes(data)
    if math.prod(shape) * kind.itemsize != len(data) or len(shape) > 32:
        raise pickle.UnpicklingError(f"the bytes of a NumPy array do not make {shape!r:.80}")
    array.__setstate__((1, shape, kind, bool(fortran), data))


# The built-in types that a file may name, with what a call of them runs.
BUILTINS: dict[type, Callable] = {
    **{kind: _container(kind) for kind in (set, frozenset, list, tuple, dict)},
    **{kind: _number(kind) for kind in (int, float, bool)},
    **{kind: same_arguments(kind) for kind in (complex, slice, range)},
    **{bytes: _bytes, bytearray: _bytearray, str: _str},
}
MAKERS: dict[type, Callable] = {
    **BUILTINS,
    OrderedDict: ordered_dict,
    collections.defaultdict: default_dict,
    collections.Counter: counter,
    collections.deque: deque,
    datetime.datetime: same_arguments(datetime.datetime),
    datetime.date: same_arguments(datetime.date),
    datetime.timedelta: same_arguments(datetime.timedelta),
    fractions.Fraction: fraction,
    pathlib.PurePosixPath: path,
    np.dtype: numpy_dtype,
}
