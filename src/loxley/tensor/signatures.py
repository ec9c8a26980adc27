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
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .. import dtypes as dt
from .. import layouts
from ..devices import device
from ..ir.signature import told_as
from .signature_forms import FORMS, FUNCTIONAL, FUNCTIONAL_LATE, LOOKED_AT_LATE, UNBOUNDED
from .signature_table import TABLE
from .tensor import Tensor

_EXPLAINED = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_OTHER_ERRORS = (ArithmeticError, AttributeError, LookupError, RuntimeError, ValueError)
F = TypeVar("F", bound=Callable[..., Any])
ROWS = TABLE | FORMS
_LONG, _UNSIGNED = 1 << 63, 1 << 64
_TOO_LONG = "Overflow when unpacking long long"
_INTEGERS = frozenset((int,))
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


def _never_single(x: Any) -> Any:
    """For a tensor that stands for a number one of its class that doesn't."""
    if not _single(x):
        return x
    made = object.__new__(type(x))
    made._shape = (1,)
    return made


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
    "A": lambda x: True,
    "G": lambda x: type(x).__name__ == "Generator",  # whose module stands above this one
}


class Parameter(NamedTuple):
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
            return self.optional or self.kind == "A"
        check = _CHECKS[self.kind]
        if not self.several:
            return check(x) or _takes_over(x)
        if isinstance(x, (list, tuple)):
            none_too = self.optional_items
            if self.kind == "i" and len(x) > 1 and bool in map(type, x[1:]):
                x = (
                    x[0],
                    *(y for y in x[1:] if type(y) is not bool),
                )  # only the first is looked at
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
        self.hidden = text.startswith("!")  # accepted, and not told in errors
        self.parameters = [_parameter(part) for part in text.lstrip("!").split()]
        names = {p.name for p in self.parameters}
        if {"layout", "device", "pin_memory"} <= names:
            self.parameters.append(_parameter("*b?:requires_grad="))
        self.by_place = [p for p in self.parameters if not p.by_name]
        self.names = {p.name: p for p in self.parameters}
        last = self.by_place[-1]
        self.ends_in_sizes = last.kind == "i" and last.several

    def packed(self, args: tuple, first: int) -> tuple:
        """The arguments with a single list of integers that was given as several of them."""
        places = len(self.by_place)
        if self.ends_in_sizes and places == 2 - first and len(args) >= places:
            if _is_int(args[places - 1]):
                return (*args[: places - 1], list(args[places - 1 :]))
        return args

    def problem(self, args: tuple, kwargs: dict[str, Any], first: int) -> str | None:
        """What is wrong with a call, after the function's name; positions count from `first`."""
        places, args = self.by_place, self.packed(args, first)
        if len(args) > len(places):
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

    def refuse_long(self, name: str, args: tuple, kwargs: dict[str, Any], first: int) -> None:
        """PyTorch's error where an integer has more bits than its parameter."""
        pairs = list(zip(self.by_place, self.packed(args, first)))
        pairs += [(self.names[key], x) for key, x in kwargs.items() if key in self.names]
        for parameter, x in pairs:
            if parameter.kind == "i":
                _refuse_long_int(name, parameter, x)
            elif parameter.kind == "S" and type(x) is int and not -_LONG <= x < _UNSIGNED:
                raise OverflowError("int too big to convert")

    def _too_many(self, count: int, first: int) -> str:
        most = len(self.by_place) - (1 - first)
        noun = "argument" if most == 1 else "arguments"
        given = count - (1 - first)
        were = "was" if given == 1 else "were"
        return f" takes {most} positional {noun} but {given} {were} given"

    def told(self, first: int) -> str:
        """The parameters as errors show them, a method's without the tensor."""
        return ", ".join(f"{p.expected()} {p.name}" for p in self.parameters[1 - first :])


def _any_long(values: tuple) -> bool:
    """Whether an integer, by itself or in a list, has more than 64 bits."""
    for x in values:
        kind = type(x)
        if kind is int:
            if not -_LONG <= x < _LONG:
                return True
        elif (kind is tuple or kind is list) and _any_long(x):
            return True
    return False


def _refuse_long_int(name: str, parameter: Parameter, x: Any) -> None:
    if type(x) is int and not -_LONG <= x < _LONG:
        raise ValueError(_TOO_LONG)
    for place, one in enumerate(x if isinstance(x, (list, tuple)) else ()):
        if type(one) is int and not -_LONG <= one < _LONG:
            raise TypeError(
                f"{name}(): argument '{parameter.name}' failed to unpack the object at pos "
                f'{place + 1} with error "{_TOO_LONG}"'
            )


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
        self.unbounded = name in UNBOUNDED
        every = [p for overload in self.overloads for p in overload.parameters]
        taken = {p.name for p in every}
        self.renames = {k: v for k, v in _NUMPY_NAMES.items() if v in taken and k not in taken}
        self._lists_of_tensors = all(p.kind == "T" for p in every if p.several)
        self._accepted: set[tuple] = set()
        # Of those the types of arguments by place, none of them a class: what calls mostly are,
        # each with the places of lists, all of whose elements were integers.
        self.direct: dict[tuple, tuple[int, ...]] = {}

    def check(self, args: tuple, kwargs: dict[str, Any], first: int = 1) -> None:
        """TypeError where no overload takes these arguments."""
        key = (*map(type, args), *kwargs, *map(type, kwargs.values()))
        values = (*args, *kwargs.values())
        looked = not (self.unbounded and _any_long(values))
        if looked and key in self._accepted:
            return
        parts = [frozenset(map(type, x)) if isinstance(x, (list, tuple)) else None for x in values]
        if looked and any(parts) and (*key, *parts) in self._accepted:
            return
        problems = []
        for overload in self.overloads:
            problem = overload.problem(args, kwargs, first)
            if problem is None:
                if self.unbounded:
                    overload.refuse_long(self.name, args, kwargs, first)
                break
            if not overload.hidden:
                problems.append(problem)
        else:
            self._refuse(problems, args, kwargs, first)
        if any(map(_single, values)) and not self._accepts_by_type(args, kwargs, first):
            return
        lists = tuple([i for i, x in enumerate(values) if isinstance(x, (list, tuple))])
        if not lists:
            self._accepted.add(key)
        elif any(parts) and (
            self._lists_of_tensors or not any(Tensor in part for part in parts if part)
        ):
            self._accepted.add((*key, *parts))
        integers = all(parts[i] == _INTEGERS for i in lists)
        if integers and not (kwargs or type in key or self.unbounded):
            self.direct[key] = lists

    def renamed(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments by PyTorch's names where they were given by NumPy's."""
        if self.renames.keys().isdisjoint(kwargs):
            return kwargs
        return {self.renames.get(key, key): x for key, x in kwargs.items()}

    def _accepts_by_type(self, args: tuple, kwargs: dict[str, Any], first: int) -> bool:
        """Whether the call would do with tensors that stand for no number in the same places."""
        args = tuple(map(_never_single, args))
        kwargs = {key: _never_single(x) for key, x in kwargs.items()}
        return any(one.problem(args, kwargs, first) is None for one in self.overloads)

    def explain(self, args: tuple, kwargs: dict[str, Any], first: int) -> None:
        """PyTorch's error for a call that failed, where its types or sizes are why."""
        if "out" in kwargs:
            self.check_with_out(args, kwargs, first)
            kwargs = {key: x for key, x in kwargs.items() if key != "out"}
        else:
            self.check(args, kwargs, first)
        for overload in self.overloads:
            if overload.problem(args, kwargs, first) is None:
                overload.refuse_long(self.name, args, kwargs, first)
                return

    def _refuse(self, problems: list[str], args: tuple, kwargs: dict, first: int) -> None:
        if len(problems) == 1:
            raise TypeError(f"{self.name}(){problems[0]}")
        got = [type(x).__name__ for x in args[1 - first :]]
        got += [f"{name}={type(x).__name__}" for name, x in kwargs.items()]
        shown = [one for one in self.overloads if not one.hidden]
        lines = "".join(f" * ({one.told(first)})\n" for one in shown)
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
        outs = self.outs
        if len(outs) > 1 and "T" in outs and len(args) > 1 and _is_int(args[1]):
            outs = [form for form in outs if form != "T"]  # of a dimension: values and places
        if out is not None and not any(_fits(out, form) for form in outs):
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


def _all_integers(args: tuple, lists: tuple[int, ...]) -> bool:
    """Whether the lists at these places hold integers alone, and at least one each."""
    for i in lists:
        if {*map(type, args[i])} != _INTEGERS:
            return False
    return True


@functools.cache
def _signature(name: str, first: int) -> Signature:
    """A function's and a method's apart: what one accepts, the other may refuse."""
    return Signature(name, ROWS[name])


def checked_functional(names: dict[str, Any]) -> dict[str, Any]:
    """The functions of `nn.functional` that hand their arguments on, with these types checked."""
    made = {}
    for name, (inner, row) in FUNCTIONAL.items():
        signature = Signature(inner, row)
        signature.renames = {}  # functions in Python take no names but their own
        make = _checking_late if name in FUNCTIONAL_LATE else _checking
        made[name] = make(names[name], inner, 1, lambda one=signature: one)
    return made


def explain(name: str, args: tuple, kwargs: dict[str, Any]) -> None:
    """The TypeError that a method's arguments deserve before what failed with them."""
    if name in ROWS:
        _signature(name, 0).explain(args, kwargs, 0)


def checked(function: F, name: str, first: int = 1, plain: Callable | None = None) -> F:
    """The function with its arguments' types checked; itself where the table has no such name.

    `plain` does the same for arguments that are given by place and are no classes.
    """
    if name not in ROWS:
        return function
    if name in LOOKED_AT_LATE and not (first and name in ("permute", "reshape")):
        return _checking_late(function, name, first, functools.partial(_signature, name, first))
    return _checking(function, name, first, functools.partial(_signature, name, first), plain)


def _checking(
    function: F,
    name: str,
    first: int,
    signature: Callable[[], Signature],
    plain: Callable | None = None,
) -> F:
    """The function with its arguments' types checked first."""
    known: Signature | None = None
    direct: dict[tuple, tuple[int, ...]] = {}
    plain = plain or function

    @told_as(function)
    def checking(*args: Any, **kwargs: Any) -> Any:
        nonlocal known, direct
        if not kwargs:
            lists = direct.get(tuple(map(type, args)))
            if lists is not None and (not lists or _all_integers(args, lists)):
                try:
                    return plain(*args)
                except _EXPLAINED:
                    known.explain(args, kwargs, first)  # type: ignore[union-attr]
                    raise
        if known is None:
            known = signature()
            direct = known.direct
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
        try:
            return function(*args, **(known.renamed(kwargs) if kwargs else kwargs))
        except _EXPLAINED:
            known.explain(args, kwargs, first)
            raise

    return checking  # type: ignore[return-value]


def _checking_late(function: F, name: str, first: int, signature: Callable[[], Signature]) -> F:
    """The function with its arguments' types looked at where it fails."""

    @told_as(function)
    def checking(*args: Any, **kwargs: Any) -> Any:
        if kwargs and not _NUMPY_NAMES.keys().isdisjoint(kwargs):
            kwargs = signature().renamed(kwargs)
        try:
            return function(*args, **kwargs)
        except _EXPLAINED as error:
            if not (isinstance(error, TypeError) and str(error).startswith(name)):
                signature().explain(args, kwargs, first)
            raise

    return checking  # type: ignore[return-value]
