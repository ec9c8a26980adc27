"""Schemas from the annotations of Python functions.

Source: https://docs.pytorch.org/docs/stable/library.html#torch.library.infer_schema
"""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, Union, get_args, get_origin

from .. import dtypes as dt
from ..devices import device
from ..tensor import Tensor

_SCALAR: Any = int | float | bool
_NAMES: list[tuple[Any, str]] = [
    (Tensor, "Tensor"),
    (int, "SymInt"),
    (float, "float"),
    (bool, "bool"),
    (str, "str"),
    (dt.dtype, "ScalarType"),
    (device, "Device"),
    (_SCALAR, "Scalar"),
    (Union[int, float, complex, bool], "Scalar"),  # noqa: UP007 - the very type
]
_LISTS = (list, typing.Sequence, collections.abc.Sequence)
_IN_LISTS = ("Tensor", "SymInt", "float", "bool", "Scalar")


def infer_schema(
    prototype_function: Callable,
    /,
    *,
    mutates_args: str | Iterable[str],
    op_name: str | None = None,
    tags: Any = (),
) -> str:
    """The schema that a function's annotations tell: "(Tensor x, SymInt n=1) -> Tensor".

    `mutates_args` names the arguments that the function writes to, "unknown" means all tensors.
    ValueError for missing or unsupported annotations. Source: torch.library.infer_schema.
    """
    signature = inspect.signature(prototype_function)
    hints = _hints(prototype_function)
    names = set(() if isinstance(mutates_args, str) else mutates_args)
    parts, starred = [], False
    for place, one in enumerate(signature.parameters.values()):
        if one.kind is one.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        parts.append(_parameter(one, hints, signature, place, mutates_args))
    unknown = names - set(signature.parameters)
    if unknown:
        _refuse(
            f"{sorted(unknown)} in mutates_args were not found in the custom op's signature. "
            "mutates_args should contain the names of all args that the custom op mutates, or "
            'just the string "unknown" if you don\'t know.',
            signature,
        )
    whole = f"({', '.join(parts)}) -> {_returns(hints.get('return'), signature)}"
    return whole if op_name is None else op_name + whole


def _hints(function: Callable) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except (NameError, TypeError) as error:
        raise ValueError(
            f"infer_schema(func): Unsupported type annotation of {function!r}: {error}"
        ) from None


def _refuse(message: str, signature: inspect.Signature) -> typing.NoReturn:
    raise ValueError(f"infer_schema(func): {message} Got func with signature {signature})")


def _parameter(
    one: inspect.Parameter,
    hints: dict[str, Any],
    signature: inspect.Signature,
    place: int,
    mutates: str | Iterable[str],
) -> str:
    if one.kind not in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY):
        _refuse("We do not support positional-only args, varargs, or varkwargs.", signature)
    if one.name not in hints or one.annotation is one.empty:
        _refuse(f"Parameter {one.name} must have a type annotation.", signature)
    found = _type(hints[one.name])
    if found is None and one.default is None:  # an implicit None
        found = _type(hints[one.name])
    if found is None:
        _refuse(f"Parameter {one.name} has unsupported type {hints[one.name]}.", signature)
    written = mutates == "unknown" if isinstance(mutates, str) else one.name in mutates
    if written:
        if found.startswith("Tensor"):
            found = f"Tensor(a{place}!){found.removeprefix('Tensor')}"
        elif mutates != "unknown":
            _refuse(
                f"Parameter {one.name} is in mutable_args but only Tensors or collections of "
                "Tensors can be mutated",
                signature,
            )
    if one.default is one.empty:
        return f"{found} {one.name}"
    return f"{found} {one.name}={_default(one, signature)}"


def _default(one: inspect.Parameter, signature: inspect.Signature) -> str:
    value = one.default
    if value is None or isinstance(value, (int, float, bool)):
        return str(value)
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dt.dtype):
        return value.name
    if isinstance(value, device):
        return f'"{value}"'
    return _refuse(
        f"Parameter {one.name} has an unsupported default value type {type(value)}. Please file an "
        "issue on GitHub so we can prioritize this.",
        signature,
    )


def _type(kind: Any) -> str | None:
    """The name of a type in schemas, None for what has none."""
    for one, name in _NAMES:
        if kind == one:
            return name
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType) and type(None) in args:
        rest = [a for a in args if a is not type(None)]
        found = _type(rest[0] if len(rest) == 1 else Union[tuple(rest)])  # noqa: UP007
        return None if found is None else f"{found}?"
    if origin in _LISTS and len(args) == 1:
        found = _type(args[0])
        fits = found is not None and (found in _IN_LISTS or found == "Tensor?")
        return f"{found}[]" if fits else None
    return None


_RETURNED = ("Tensor", "Tensor[]", "SymInt", "float", "bool", "Scalar")


def _returns(kind: Any, signature: inspect.Signature) -> str:
    if signature.return_annotation is inspect.Signature.empty:
        _refuse("No return type annotation was provided. Please add one.", signature)
    if kind is None or kind is type(None):
        return "()"
    if get_origin(kind) is tuple:
        parts = [_returned(one, signature) for one in get_args(kind)]
        return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
    return _returned(kind, signature)


def _returned(kind: Any, signature: inspect.Signature) -> str:
    found = _type(kind)
    if found not in _RETURNED:
        _refuse(f"Return has unsupported type {kind}.", signature)
    return "int" if found == "SymInt" else found
