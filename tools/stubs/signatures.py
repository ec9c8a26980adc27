"""A running function as the text of a stub.

In: a function, by which name it is known, and the names of the stub it goes into.  Out: its `def`
lines: one, or one for each of its forms.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from .forms import FORMS, PARAMETERS, RETURNS
from .names import Names

VOCABULARY = "tools.stubs.vocabulary"
_EMPTY, _KINDS = inspect.Parameter.empty, inspect.Parameter


def innermost(function: Callable) -> Callable:
    """The function that the decorators wrap."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def takes_out(function: Any) -> bool:
    """Whether `out=` was added to the function, whose own signature doesn't tell."""
    while hasattr(function, "__wrapped__"):
        code = function.__code__
        if "out" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            return True
        function = function.__wrapped__
    return False


def definition_of(
    name: str, function: Any, names: Names, *, owner: str = "", method: bool = False
) -> list[str]:
    """The lines that define a function; `owner` is `linalg` for what FORMS knows under it."""
    decorator = ""
    if isinstance(function, staticmethod | classmethod):
        decorator = "" if name == "__new__" else type(function).__name__
        function = function.__func__
    forms = _forms(name, function, names, owner, method and decorator != "staticmethod")
    lines = []
    for parameters, result in forms:
        if len(forms) > 1:
            lines.append("@" + names.of("typing", "overload"))
        if decorator:
            lines.append(f"@{decorator}")
        lines += _one(name, parameters, result)
    summary = (inspect.getdoc(function) or "").partition("\n")[0].replace("\\", "\\\\")
    if summary and len(forms) == 1:
        lines[-1] = lines[-1].removesuffix(" ...")
        lines.append(f'    """{summary}"""')
    return lines


def forms_of(name: str, owner: str = "", method: bool = False) -> tuple[str, ...] | None:
    """The hand-written forms of a function, a method, or a function of `owner`."""
    if owner:
        return FORMS.get(f"{owner}.{name}")
    return (FORMS.get(f"Tensor.{name}") if method else None) or FORMS.get(name)


def _one(name: str, parameters: list[str], result: str) -> list[str]:
    line = f"def {name}({', '.join(parameters)}) -> {result}: ..."
    ignored = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""
    if len(line) <= 92:
        return [line + ignored]
    inner = [f"    {parameter}," for parameter in parameters]
    return [f"def {name}({ignored}", *inner, f") -> {result}: ..."]


def _forms(
    name: str, function: Any, names: Names, owner: str, method: bool
) -> list[tuple[list[str], str]]:
    signature = inspect.signature(function)
    room = innermost(function).__module__
    qualified = f"{owner}.{name}" if owner else name
    inplace = method and name.endswith("_") and not name.endswith("__")
    forms = forms_of(name, owner, method)
    if forms is None and inplace and name[:-1] in FORMS:
        forms = FORMS[name[:-1]]
    out = "out" not in signature.parameters and not method and takes_out(function)
    made = []
    if forms is None:
        result = _result(qualified, signature, names, room, inplace)
        shown = [
            p if isinstance(p, str) else _parameter(p, name, names, room)
            for p in parameters_with_marks(signature)
        ]
        made.append(_finished(shown, result, out, method, names))
    for form in forms or ():
        shown, result = _written(form, signature, name, names, room)
        if inplace:
            result = names.of("typing", "Self")
        asks = out and not any(p.startswith("out:") for p in shown)
        made.append(_finished(shown, result, asks, method, names))
    return made


def _result(qualified: str, signature: Any, names: Names, room: str, inplace: bool) -> str:
    name = qualified.rpartition(".")[2]
    given = signature.return_annotation
    if inplace and given == "Tensor":
        return names.of("typing", "Self")
    told = RETURNS.get(qualified)
    if told is not None and given in ("Any", _EMPTY, "Tensor") or name.startswith("unbind_c"):
        return names.annotation(told or "Any", VOCABULARY)
    if told is not None and "| None" in str(given):
        return names.annotation(told, VOCABULARY)
    return names.annotation(given, room)


def _finished(
    shown: list[str], result: str, out: bool, method: bool, names: Names
) -> tuple[list[str], str]:
    """Parameters with what every form has: `self`, and `out=`."""
    shown = list(shown)
    if method:
        first = shown[0] if shown else ""
        shown[:1] = (
            ["self", first] if first.startswith("*") else ["cls" if first[:3] == "cls" else "self"]
        )
    if out:
        tensor = names.of("loxley.tensor.tensor", "Tensor")
        kind = tensor if result == tensor else f"tuple[{tensor}, ...] | list[{tensor}]"
        kind = kind.replace("list[", names.of("builtins", "list") + "[")
        kind = kind.replace("tuple[", names.of("builtins", "tuple") + "[")
        text = f"out: {kind} | None = None"
        last = len(shown) - (1 if shown and shown[-1].startswith("**") else 0)
        starred = any(p.startswith("*") and not p.startswith("**") for p in shown)
        shown[last:last] = [text] if starred else ["*", text]
    return shown, result


def _parameter(p: inspect.Parameter, function: str, names: Names, room: str) -> str:
    kind = _kind(p, function, names, room)
    star = "*" if p.kind is _KINDS.VAR_POSITIONAL else ""
    star = "**" if p.kind is _KINDS.VAR_KEYWORD else star
    if p.default is _EMPTY:
        return f"{star}{p.name}: {kind}"
    if p.default is None and "None" not in kind and kind != names.of("typing", "Any"):
        kind += " | None"
    return f"{p.name}: {kind} = {_default(p.default)}"


def _kind(p: inspect.Parameter, function: str, names: Names, room: str) -> str:
    if p.annotation in ("Any", _EMPTY, Any) and p.kind is not _KINDS.VAR_KEYWORD:
        told = PARAMETERS.get(f"{function}.{p.name}")
        if told is None and not function.startswith("__"):
            told = PARAMETERS.get(p.name)
        elif p.name == "other":
            told = PARAMETERS["other"]
        if p.kind is _KINDS.VAR_POSITIONAL and p.name == "sizes":
            told = "int | Sequence[int]"
        if told is not None:
            return names.annotation(told, VOCABULARY)
    return names.annotation(p.annotation, room)


def _default(value: Any) -> str:
    if value is None or isinstance(value, bool | int | str):
        return repr(value)
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return repr(value)
    if type(value) is tuple and all(isinstance(one, int | float | str) for one in value):
        return repr(value)
    return "..."


def parameters_with_marks(signature: inspect.Signature) -> list[inspect.Parameter | str]:
    """The parameters with the `/` and `*` that stand between them."""
    made: list[inspect.Parameter | str] = []
    before = None
    for p in signature.parameters.values():
        if before is _KINDS.POSITIONAL_ONLY and p.kind is not before:
            made.append("/")
        if p.kind is _KINDS.KEYWORD_ONLY and before not in (
            _KINDS.KEYWORD_ONLY,
            _KINDS.VAR_POSITIONAL,
        ):
            made.append("*")
        made.append(p)
        before = p.kind
    if before is _KINDS.POSITIONAL_ONLY:
        made.append("/")
    return made


def _written(
    form: str, signature: inspect.Signature, function: str, names: Names, room: str
) -> tuple[list[str], str]:
    """A hand-written form in this stub's names, its `@rest` filled in."""
    text = form.replace("@rest", "**rest_")
    node = ast.parse(f"def f{text}: ...").body[0]
    assert isinstance(node, ast.FunctionDef) and node.returns is not None
    given = node.args
    named = {a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    plain = [*given.posonlyargs, *given.args]
    optional = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
    shown = [_argument(a, d, names) for a, d in zip(plain, optional)]
    if given.posonlyargs:
        shown.insert(len(given.posonlyargs), "/")
    if given.vararg is not None:
        shown.append("*" + _argument(given.vararg, None, names))
    keywords = [_argument(a, d, names) for a, d in zip(given.kwonlyargs, given.kw_defaults)]
    if given.kwarg is not None and given.kwarg.arg == "rest_":
        keywords += [
            _parameter(p, function, names, room)
            for p in signature.parameters.values()
            if p.kind is _KINDS.KEYWORD_ONLY and p.name not in named | _REPLACED
        ]
    if keywords and given.vararg is None:
        shown.append("*")
    shown += keywords
    if given.kwarg is not None and given.kwarg.arg != "rest_":
        shown.append("**" + _argument(given.kwarg, None, names))
    return shown, names.annotation(ast.unparse(node.returns), VOCABULARY)


# Keyword-only parameters that stand for a positional one, which the forms name themselves.
_REPLACED = frozenset({"size", "sizes", "dim", "keepdim", "other", "implicit"})


def _argument(a: ast.arg, default: ast.expr | None, names: Names) -> str:
    if a.annotation is None:
        return a.arg
    text = f"{a.arg}: {names.annotation(ast.unparse(a.annotation), VOCABULARY)}"
    return text if default is None else f"{text} = {ast.unparse(default)}"
