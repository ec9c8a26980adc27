"""Which types of arguments a public function takes, as PyTorch's parser of arguments decides it.

In: a call's arguments.  Out: nothing, or the TypeError that PyTorch raises before it looks at any
value.  What has been accepted once is remembered by the types alone, so that a check costs one
look into a set.  Kinds of `signature_table.TABLE`: T Tensor, S number, i int, f float, b bool,
s str, d dtype, D device, L layout, M memory format, G Generator; `?` None too; `[]` a list or
tuple, `[n]` also a single one.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from .. import dtypes as dt
from .. import layouts
from ..devices import device
from .signature_table import TABLE
from .tensor import Tensor

_OTHER_ERRORS = (ArithmeticError, AttributeError, LookupError, RuntimeError, ValueError)
F = TypeVar("F", bound=Callable[..., Any])
# The names that NumPy has for parameters.
_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x1": "input"}
_NUMPY_NAMES["x2"] = "other"
_EXPECTED = {
    "T": "Tensor",
    "S": "Number",
    "i": "int",
    "f": "float",
    "b": "bool",
    "s": "str",
    "d": "torch.dtype",
    "D": "torch.device",
    "L": "torch.layout",
    "M": "torch.memory_format",
    "G": "torch.Generator",
}


def _single(x: Any) -> bool:
    """Whether a tensor stands for a number."""
    return isinstance(x, Tensor) and not x._shape and not x._requires_grad


def _is_int(x: Any) -> bool:
    if isinstance(x, (int, np.integer)):
        return not isinstance(x, bool)
    return _single(x) and x.dtype.category == 1


def _is_number(x: Any) -> bool:
    return isinstance(x, (int, float, complex, np.number, np.bool_)) or _single(x)


def _is_float(x: Any) -> bool:
    if isinstance(x, (int, float, np.floating, np.integer)):
        return True
    return _single(x) and x.dtype.category in (1, 2)


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "T": lambda x: isinstance(x, Tensor),
    "S": _is_number,
    "i": _is_int,
    "f": _is_float,
    "b": lambda x: isinstance(x, (bool, np.bool_)),
    "s": lambda x: isinstance(x, str),
    "d": lambda x: isinstance(x, dt.dtype) or x in (float, int, bool, complex),
    "D": lambda x: isinstance(x, (device, str)) or _is_int(x),
    "L": lambda x: isinstance(x, layouts.layout),
    "M": lambda x: isinstance(x, layouts.memory_format),
    "G": lambda x: type(x).__name__ == "Generator",  # whose module stands above this one
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its kind, and whether it must be given, may be None or a list."""

    name: str
    kind: str
    required: bool
    by_name: bool
    optional: bool
    several: bool
    single_too: bool
    optional_items: bool

    def accepts(self, x: Any) -> bool:
        """Whether an argument has the parameter's type."""
        if x is None:
            return self.optional
        check = _CHECKS[self.kind]
        if not self.several:
            return check(x) or _takes_over(x)
        if isinstance(x, (list, tuple)):
            none_too = self.optional_items
            return all(check(y) or (none_too and y is None) or _takes_over(y) for y in x)
        return (self.single_too and check(x)) or _takes_over(x)

    def expected(self) -> str:
        """What an error says that the argument must be."""
        name = _EXPECTED[self.kind]
        return f"tuple of {name}s" if self.several else name


def _takes_over(x: Any) -> bool:
    """Whether a class answers for itself what is done with it."""
    return not isinstance(x, (Tensor, type)) and hasattr(type(x), "__torch_function__")


def _parameter(text: str) -> Parameter:
    kind, _, name = text.partition(":")
    by_name = kind.startswith("*")
    letter, rest = kind.lstrip("*")[0], kind.lstrip("*")[1:]
    before, bracket, after = rest.partition("[")
    optional = after.endswith("?") if bracket else "?" in before
    size = after.rstrip("?").rstrip("]")
    return Parameter(
        name.rstrip("="), letter, not name.endswith("="), by_name, optional,
        bool(bracket), bool(size), bool(bracket) and "?" in before,
    )  # fmt: skip


class Overload:
    """The parameters of one way to call a function."""

    def __init__(self, text: str) -> None:
        self.parameters = [_parameter(part) for part in text.split()]
        names = {p.name for p in self.parameters}
        if {"layout", "device", "pin_memory"} <= names:
            self.parameters.append(_parameter("*b:requires_grad="))
        self.by_place = [p for p in self.parameters if not p.by_name]
        self.names = {p.name: p for p in self.parameters}
        last = self.by_place[-1]
        self.unpacked = len(self.by_place) == 2 and last.kind == "i" and last.several

    def problem(self, args: tuple, kwargs: dict[str, Any], first: int) -> str | None:
        """What is wrong with a call, after the function's name; positions count from `first`."""
        places = self.by_place
        if len(args) > len(places):
            if self.unpacked and all(map(_is_int, args[1:])):
                args = (args[0], list(args[1:]))
            else:
                return self._too_many(len(args), first)
        for place, (parameter, x) in enumerate(zip(places, args)):
            if not parameter.accepts(x):
                return _wrong(parameter, x, f" (position {place + first})")
        given = {p.name for p in places[: len(args)]}
        for key, x in kwargs.items():
            name = key if key in self.names else _NUMPY_NAMES.get(key, key)
            if name not in self.names:
                return f" got an unexpected keyword argument '{key}'"
            if name in given:
                return f" got multiple values for argument '{key}'"
            given.add(name)
            if not self.names[name].accepts(x):
                return _wrong(self.names[name], x, "")
        missing = [p.name for p in self.parameters if p.required and p.name not in given]
        if missing:
            names = ", ".join(f'"{name}"' for name in missing)
            return f" missing {len(missing)} required positional arguments: {names}"
        return None

    def _too_many(self, count: int, first: int) -> str:
        most = len(self.by_place) - (1 - first)
        noun = "argument" if most == 1 else "arguments"
        given = count - (1 - first)
        were = "was" if given == 1 else "were"
        return f" takes {most} positional {noun} but {given} {were} given"

    def __str__(self) -> str:
        return ", ".join(f"{p.expected()} {p.name}" for p in self.parameters)


def _wrong(parameter: Parameter, x: Any, place: str) -> str:
    got, expected = type(x).__name__, parameter.expected()
    start = f": argument '{parameter.name}'{place} must be {expected}"
    if parameter.several and isinstance(x, (list, tuple)):
        check = _CHECKS[parameter.kind]
        bad = next(i for i, item in enumerate(x) if not check(item))
        return f"{start}, but found element of type {type(x[bad]).__name__} at pos {bad}"
    return f"{start}, not {got}"


class Signature:
    """All overloads of a function, and the combinations of types that were accepted before."""

    def __init__(self, name: str, row: str) -> None:
        self.name = name
        overloads, _, outs = row.rpartition(" > ")
        self.overloads = [Overload(text) for text in overloads.split(" | ")]
        self.outs = outs.split()
        self._accepted: set[tuple] = set()

    def check(self, args: tuple, kwargs: dict[str, Any], first: int = 1) -> None:
        """TypeError where no overload takes these arguments."""
        key = (*map(type, args), *kwargs, *map(type, kwargs.values()))
        if key in self._accepted:
            return
        values = (*args, *kwargs.values())
        parts = [tuple(map(type, x)) if isinstance(x, (list, tuple)) else None for x in values]
        if any(parts) and (*key, *parts) in self._accepted:
            return
        problems = []
        for overload in self.overloads:
            problem = overload.problem(args, kwargs, first)
            if problem is None:
                break
            problems.append(problem)
        else:
            self._refuse(problems, args, kwargs, first)
        if not any(_single(x) or isinstance(x, (list, tuple)) for x in values):
            self._accepted.add(key)
        elif any(parts) and not any(Tensor in part for part in parts if part):
            if not any(map(_single, values)):
                self._accepted.add((*key, *parts))

    def _refuse(self, problems: list[str], args: tuple, kwargs: dict, first: int) -> None:
        if len(problems) == 1:
            raise TypeError(f"{self.name}(){problems[0]}")
        got = [type(x).__name__ for x in args[1 - first :]]
        got += [f"{name}={type(x).__name__}" for name, x in kwargs.items()]
        lines = "".join(f" * ({overload})\n" for overload in self.overloads)
        raise TypeError(
            f"{self.name}() received an invalid combination of arguments - got ({', '.join(got)}), "
            f"but expected one of:\n{lines}"
        )

    def check_with_out(self, args: tuple, kwargs: dict[str, Any], first: int) -> None:
        """TypeError also where `out=` is not as many tensors as there are results."""
        out = kwargs["out"]
        if not self.outs:
            raise TypeError(f"{self.name}() got an unexpected keyword argument 'out'")
        self.check(args, {key: x for key, x in kwargs.items() if key != "out"}, first)
        if out is not None and not any(_fits(out, form) for form in self.outs):
            expected = "Tensor" if "T" in self.outs else "tuple of Tensors"
            raise TypeError(
                f"{self.name}(): argument 'out' must be {expected}, not {type(out).__name__}"
            )


def _fits(out: Any, form: str) -> bool:
    """Whether `out=` is a tensor ("T"), as many of them ("TT"), or a list ("L")."""
    if form == "T":
        return isinstance(out, Tensor) or _takes_over(out)
    if not isinstance(out, (tuple, list)):
        return _takes_over(out)
    whole = form == "L" or len(out) == len(form)
    return whole and all(isinstance(x, Tensor) or _takes_over(x) for x in out)


@functools.cache
def _signature(name: str) -> Signature:
    return Signature(name, TABLE[name])


def checked(function: F, name: str, first: int = 1) -> F:
    """The function with its arguments' types checked; itself where the table has no such name."""
    if name not in TABLE:
        return function
    known: Signature | None = None

    @functools.wraps(function)
    def checking(*args: Any, **kwargs: Any) -> Any:
        nonlocal known
        if known is None:
            known = _signature(name)
        try:
            if "out" in kwargs:
                known.check_with_out(args, kwargs, first)
            else:
                known.check(args, kwargs, first)
        except TypeError:
            if name.endswith("_") or "out" in kwargs:
                raise
            with contextlib.suppress(*_OTHER_ERRORS):
                function(*args, **kwargs)  # whose TypeError may say better what is wrong
            raise
        return function(*args, **kwargs)

    return checking  # type: ignore[return-value]
