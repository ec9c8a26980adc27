"""Schemas of operators: `scale(Tensor x, float factor=2.0, *, bool flag=False) -> Tensor`.

In: the text.  Out: names, types and defaults, arguments bound to them, and the text as it prints.
Source: https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/README.md
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

from .. import dtypes as dt
from ..devices import device
from ..tensor import Tensor

MISSING: Any = object()


class Argument(NamedTuple):
    """One parameter: `type` without its alias annotation, such as "Tensor", "int[]", "float?"."""

    name: str
    type: str
    default: Any
    alias: str  # "a!" of Tensor(a!)
    kwarg_only: bool
    text: str

    @property
    def written(self) -> bool:
        """Whether the operator writes to it."""
        return "!" in self.alias


class Schema(NamedTuple):
    """An operator's name, overload, parameters and the text of what it returns."""

    name: str
    overload: str
    arguments: tuple[Argument, ...]
    returns: str

    def __str__(self) -> str:
        overload = f".{self.overload}" if self.overload else ""
        return f"{self.name}{overload}{self.signature()}"

    def signature(self) -> str:
        """The text behind the name."""
        parts, starred = [], False
        for one in self.arguments:
            if one.kwarg_only and not starred:
                parts.append("*")
                starred = True
            parts.append(one.text)
        return f"({', '.join(parts)}) -> {self.returns}"

    def bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        """{name: value} of what was given, checked and converted; RuntimeError as PyTorch's."""
        plain = [one for one in self.arguments if not one.kwarg_only]
        if len(args) > len(plain):
            raise RuntimeError(
                f"{self.name}() takes {len(plain)} positional argument(s) but {len(args)} was/were "
                f"given.  Declaration: {self}"
            )
        given: dict[str, Any] = {}
        for place, one in enumerate(self.arguments):
            if not one.kwarg_only and place < len(args):
                given[one.name] = self._fit(one, place, args[place])
            elif one.name in kwargs:
                given[one.name] = self._fit(one, place, kwargs[one.name])
            elif one.default is MISSING:
                raise RuntimeError(
                    f"{self.name}() is missing value for argument '{one.name}'. Declaration: {self}"
                )
        for name in kwargs:
            if name not in given:
                raise RuntimeError(
                    f"Unknown keyword argument '{name}' for operator '{self.name}'. Schema: {self}"
                )
        return given

    def _fit(self, one: Argument, place: int, value: Any) -> Any:
        try:
            return fit(one.type, value)
        except TypeError:
            self._refuse(one, place, value)

    def _refuse(self, one: Argument, place: int, value: Any) -> NoReturn:
        why = f"Unable to cast {value} to Tensor"
        if one.type != "Tensor":
            kind = str(type(value)).replace("loxley.", "torch.")
            why = (
                f"Unable to cast Python instance of type {kind} to C++ type '?' (#define "
                "PYBIND11_DETAILED_ERROR_MESSAGES or compile in debug mode for details)"
            )
        shown = one.type.replace("SymInt", "int")
        raise RuntimeError(
            f"{self.name}() Expected a value of type '{shown}' for argument '{one.name}' but "
            f"instead found type '{type(value).__name__}'.\nPosition: {place}\nValue: {value!r}\n"
            f"Declaration: {self}\nCast error details: {why}"
        )

    def split(self, given: dict[str, Any], filled: bool = False) -> tuple[list, dict[str, Any]]:
        """(positional, keyword) arguments of a call; defaults at the end are left out unless
        `filled`."""
        plain = [one for one in self.arguments if not one.kwarg_only]
        named = [one for one in self.arguments if one.kwarg_only]
        values = [given.get(one.name, one.default) for one in plain]
        while not filled and values and plain[len(values) - 1].name not in given:
            values.pop()
        by_name = {
            one.name: given.get(one.name, one.default)
            for one in named
            if filled or one.name in given
        }
        return values, by_name


_NUMBERS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "SymInt": (int,),
    "float": (int, float),
    "complex": (int, float, complex),
    "Scalar": (bool, int, float, complex),
    "bool": (bool, int),
    "str": (str,),
    "Tensor": (Tensor,),
    "ScalarType": (dt.dtype,),
    "Device": (device, str),
}
_CONVERSIONS: dict[str, Callable] = {
    "bool": bool,
    "float": float,
    "complex": complex,
    "Device": device,
}


def fit(kind: str, value: Any) -> Any:
    """A value as an argument of a type; TypeError where it is none."""
    if kind.endswith("?"):
        return None if value is None else fit(kind[:-1], value)
    sequence = re.fullmatch(r"(.+)\[(\d*)\]", kind)
    if sequence is not None:
        if sequence[2] and isinstance(value, (int, float)):
            return [fit(sequence[1], value)] * int(sequence[2])
        if not isinstance(value, (list, tuple)):
            raise TypeError(kind)
        return [fit(sequence[1], one) for one in value]
    allowed = _NUMBERS.get(kind)
    if allowed is None:
        return value
    if isinstance(value, Tensor) and kind != "Tensor" and not value._shape:
        value = value.item()
    if not isinstance(value, allowed):
        raise TypeError(kind)
    return _CONVERSIONS[kind](value) if kind in _CONVERSIONS else value


_WHOLE = re.compile(r"\s*([\w:]+)(?:\.(\w+))?\s*\((.*)\)\s*->\s*(.+?)\s*", re.DOTALL)
_ARGUMENT = re.compile(
    r"(?P<type>\w+)(?:\((?P<alias>[^)]*)\))?(?P<rest>[\[\]\d?]*)\s+(?P<name>\w+)"
    r"(?:\s*=\s*(?P<default>.+))?"
)


def parse(text: str) -> Schema:
    """The schema that a text tells; RuntimeError for what is none."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise RuntimeError(f"Couldn't find or parse the schema of an operator in: {text}")
    arguments, by_name = [], False
    for part in _parts(found[3]):
        if part == "*":
            by_name = True
        else:
            arguments.append(_argument(part, by_name))
    return Schema(found[1], found[2] or "", tuple(arguments), found[4])


def _parts(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for i, c in enumerate(text + ","):
        depth += (c in "([") - (c in ")]")
        if c == "," and not depth:
            if text[start:i].strip():
                yield text[start:i].strip()
            start = i + 1


def _argument(text: str, by_name: bool) -> Argument:
    found = _ARGUMENT.fullmatch(text)
    if found is None:
        raise RuntimeError(f"Couldn't parse the argument '{text}' of an operator's schema")
    kind, default = found["type"] + found["rest"], MISSING
    alias = f"({found['alias']})" if found["alias"] else ""
    shown = f"{found['type']}{alias}{found['rest']} {found['name']}"
    if found["default"] is not None:
        default = _value(kind, found["default"].strip())
        shown += f"={_shown(default, found['default'].strip())}"
    return Argument(found["name"], kind, default, found["alias"] or "", by_name, shown)


def _shown(default: Any, text: str) -> str:
    """A default as PyTorch prints it: `2.` for 2.0."""
    if isinstance(default, float) and default == int(default):
        return f"{int(default)}."
    return text


def _value(kind: str, text: str) -> Any:
    base = kind.rstrip("?")
    if base == "ScalarType" and text != "None":
        return dt.BY_NAME[text] if text in dt.BY_NAME else dt.ALIASES[text]
    try:
        value = ast.literal_eval({"true": "True", "false": "False"}.get(text, text))
    except (ValueError, SyntaxError):
        raise RuntimeError(f"'{text}' is no default of type {kind}") from None
    if base == "Device" and value is not None:
        return device(value)
    return float(value) if base == "float" and value is not None else value
