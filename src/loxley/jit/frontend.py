"""The scripting compiler: Python source to TorchScript's archive form.

In: functions of a program and methods of its modules, read from their source.  Out: `Function`s in
which every name is a local variable, an operator or a qualified name, with modules reached through
`self`, constants in place and loops over modules written out.
Source: https://docs.pytorch.org/docs/2.13/jit_language_reference.html
"""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
import typing
from collections.abc import Callable
from typing import Any

from ..nn.modules.module import Module
from ..tensor.torch_function import _originals
from .code import Function, Unit
from .expressions import Expressions
from .markers import MODIFIER
from .names import LIBRARY, qualified
from .types import ANY, TENSOR, Type, Unscriptable, from_python, optional
from .values import Static, UnsupportedNodeError, constant_node, dotted

_PRETTY = {
    "FunctionDef": "function definitions",
    "AsyncFunctionDef": "async function definitions",
    "ClassDef": "class definitions",
    "For": "for loops",
    "AsyncFor": "async for loops",
    "While": "while loops",
    "Try": "try blocks",
    "TryStar": "try blocks",
    "Import": "import statements",
    "ImportFrom": "import statements",
    "Global": "global variables",
    "Nonlocal": "nonlocal variables",
    "Match": "match statements",
}


def source_of(function: Callable) -> ast.FunctionDef:
    """The tree of a function's source. OSError where there is no source."""
    function = _originals.get(id(function), function)  # what functions did before they asked
    try:
        lines, _ = inspect.getsourcelines(function)
    except (OSError, TypeError) as error:
        raise OSError(
            f"Can't get source for {function}. TorchScript requires source access in order to "
            "carry out compilation, make sure original .py files are available."
        ) from error
    text = textwrap.dedent("".join(lines))
    tree = ast.parse(text, type_comments=True)
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        raise RuntimeError(f"Expected a single top-level function:\n{text}")
    return tree.body[0]


class Frontend(Expressions):
    """Translates one function; `owner` is the scripted module, or class, that it is a method of."""

    def __init__(self, scripts: Any, function: Callable, owner: Any = None) -> None:
        self.scripts, self.owner = scripts, owner
        self.python = inspect.unwrap(_originals.get(id(function), function))
        self.tree = source_of(self.python)
        self.room = _names_around(self.python)
        self.static: dict[str, Static] = {}
        self.self_name = ""
        self.local: set[str] = set()
        self.broadcasts: dict[str, int] = {}

    # -- the definition --------------------------------------------------------------------------

    def translated(self, name: str, unit: Unit) -> Function:
        """The function under a qualified name; its body follows with `fill`."""
        node = self.tree
        spec = node.args
        if spec.vararg or spec.kwarg:
            raise UnsupportedNodeError(
                "Compiled functions can't take variable number of arguments or use keyword-only "
                f"arguments with defaults:\n{ast.unparse(node).splitlines()[0]}"
            )
        arguments = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
        made = ast.FunctionDef(
            name=name.rpartition(".")[2],
            args=ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]),
            body=[ast.Pass()],
            decorator_list=[],
        )
        if self.owner is not None:
            self.self_name = arguments.pop(0).arg
            held = ast.Name(self.owner.cls.name, ast.Load())
            made.args.args.append(ast.arg(self.self_name, held))
        function = Function(name, made, unit, None if self.owner is None else self.owner.cls)
        self._signature(function, arguments)
        self.function = function
        return function

    def _signature(self, function: Function, arguments: list[ast.arg]) -> None:
        hints, comment = self._hints(arguments)
        signature = inspect.signature(self.python)
        made, inferred = function.node, set()
        for at, one in enumerate(arguments):
            kind = hints.get(one.arg, comment[at] if comment else None)
            width = _broadcast_width(one.annotation)
            if width:
                self.broadcasts[one.arg] = width
                kind = Type("List", (self.type_of_node(one.annotation.slice),))
            if kind is None:
                inferred.add(at)
                kind = TENSOR
            default = signature.parameters[one.arg].default
            if default is None and kind != ANY:
                kind = optional(kind)
            made.args.args.append(ast.arg(one.arg, kind.node()))
            if default is not inspect.Parameter.empty:
                made.args.defaults.append(self._default(default, kind, width))
            self.local.add(one.arg)
        made.inferred = inferred  # type: ignore[attr-defined]
        returns = hints.get("return")
        if returns is not None:
            made.returns = returns.node()
        elif function.name.endswith(".__init__"):
            made.returns = ast.Name("NoneType", ast.Load())

    def _default(self, value: Any, kind: Type, width: int) -> ast.expr:
        if kind.name == "float" and type(value) is int:
            value = float(value)
        if kind.name == "Optional" and kind.args[0].name == "float" and type(value) is int:
            value = float(value)
        if kind.name == "List" and isinstance(value, tuple):
            value = list(value)
        if kind.name == "List" and type(value) is int:
            value = [value] * (width or getattr(self.python, "broadcast", 1))
        return constant_node(value)

    def _hints(self, arguments: list[ast.arg]) -> tuple[dict[str, Type], list[Type] | None]:
        """Types by name; and those of an old comment `# type: (Tensor) -> Tensor`."""
        raw = dict(getattr(self.python, "__annotations__", {}))
        found: dict[str, Type] = {}
        for name, kind in raw.items():
            if kind is None and name != "return" or "BroadcastingList" in str(kind):
                continue
            value = self._evaluated(kind)
            if value is Any and name == "return":
                continue
            try:
                found[name] = from_python(value, self.scripts.name_of)
            except Unscriptable as error:
                if name == "return" or not self._is_ours():
                    raise RuntimeError(
                        f"{error}. Please check that it's a TorchScript type."
                    ) from None
        comment = self._comment()
        if comment is None:
            return found, None
        tree = ast.parse(comment, mode="func_type")
        kinds = [self.type_of_node(one) for one in tree.argtypes]
        found["return"] = self.type_of_node(tree.returns)
        return found, kinds if len(kinds) == len(arguments) else kinds[-len(arguments) :]

    def _is_ours(self) -> bool:
        return (self.python.__module__ or "").startswith(__name__.partition(".")[0] + ".")

    def _comment(self) -> str | None:
        if self.tree.type_comment:
            return self.tree.type_comment
        lines, _ = inspect.getsourcelines(_originals.get(id(self.python), self.python))
        for line in lines:
            text = line.strip()
            if text.startswith("# type: (") and "->" in text:
                return text.removeprefix("# type:").strip()
        return None

    def _evaluated(self, kind: Any) -> Any:
        """An annotation's object; text is looked up in the program's own names."""
        if isinstance(kind, str):
            return self.object_of(ast.parse(kind, mode="eval").body)
        return kind

    def type_of_node(self, node: ast.expr) -> Type:
        """The type that an annotation in the source names."""
        try:
            return from_python(self.object_of(node), self.scripts.name_of)
        except Unscriptable as error:
            raise RuntimeError(str(error)) from None

    def object_of(self, node: ast.expr) -> Any:
        """The object that an annotation's expression names, found without running it."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                return self.object_of(ast.parse(node.value, mode="eval").body)
            return node.value
        if isinstance(node, ast.Name):
            return self._named_type(node.id)
        if isinstance(node, ast.Attribute):
            return getattr(self.object_of(node.value), node.attr)
        if isinstance(node, ast.Subscript):
            items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if not items:
                return self.object_of(node.value)[()]
            kinds = tuple(self.object_of(one) for one in items)
            return self.object_of(node.value)[kinds if len(kinds) > 1 else kinds[0]]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return typing.Union[self.object_of(node.left), self.object_of(node.right)]  # noqa: UP007
        if isinstance(node, ast.List):
            return [self.object_of(one) for one in node.elts]
        raise RuntimeError(f"Unknown type annotation: '{ast.unparse(node)}'")

    def _named_type(self, name: str) -> Any:
        if name in self.room:
            return self.room[name]
        found = getattr(builtins, name, None) or getattr(typing, name, None)
        if found is None and name == "Tensor":
            return self.scripts.tensor
        if found is None:
            raise RuntimeError(f"Unknown type name '{name}'")
        return found

    def fill(self) -> None:
        """Translates the body."""
        body = list(self.tree.body)
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body = body[1:]
        self.function.node.body = self.statements(body) or [ast.Pass()]

    # -- statements ------------------------------------------------------------------------------

    def statements(self, nodes: list[ast.stmt]) -> list[ast.stmt]:
        """Statements translated; what follows a return is left out."""
        made: list[ast.stmt] = []
        for node in nodes:
            made.extend(self.statement(node))
            if made and isinstance(made[-1], (ast.Return, ast.Break, ast.Continue)):
                break
        return made

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """One statement translated, which may become several or none."""
        translate = getattr(self, f"do_{type(node).__name__}", None)
        if translate is None:
            kind = _PRETTY.get(type(node).__name__, type(node).__name__)
            raise UnsupportedNodeError(f"{kind} aren't supported:\n{ast.unparse(node)}")
        self.before: list[ast.stmt] = []
        made = translate(node)
        return made

    def do_Pass(self, node: ast.Pass) -> list[ast.stmt]:
        return []

    def do_Break(self, node: ast.Break) -> list[ast.stmt]:
        return [node]

    def do_Continue(self, node: ast.Continue) -> list[ast.stmt]:
        return [node]

    def do_Expr(self, node: ast.Expr) -> list[ast.stmt]:
        if isinstance(node.value, ast.Constant):
            return []
        value = self.value(node.value)
        return [] if isinstance(value, Static) else [ast.Expr(value)]

    def do_Return(self, node: ast.Return) -> list[ast.stmt]:
        return [ast.Return(None if node.value is None else self.code(node.value))]

    def do_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        value = self.value(node.value)
        if isinstance(value, Static) and len(node.targets) == 1:
            return self.bind(node.targets[0], value)
        targets = [self.target(one) for one in node.targets]
        return [ast.Assign(targets=targets, value=self.as_code(value, node.value), lineno=1)]

    def bind(self, target: ast.expr, value: Any) -> list[ast.stmt]:
        """Gives a target a value that may only be known to the compiler, such as a module."""
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, Static):
            parts = value.parts()
            if parts is not None and len(parts) == len(target.elts):
                pairs = zip(target.elts, parts, strict=True)
                return [one for inner, part in pairs for one in self.bind(inner, part)]
        if isinstance(value, Static) and value.is_only_static() and isinstance(target, ast.Name):
            self.static[target.id] = value
            return []
        if isinstance(target, ast.Name):
            self.static.pop(target.id, None)
        code = self.as_code(value, target)
        return [ast.Assign(targets=[self.target(target)], value=code, lineno=1)]

    def target(self, node: ast.expr) -> ast.expr:
        """A target of an assignment."""
        if isinstance(node, ast.Name):
            self.local.add(node.id)
            self.static.pop(node.id, None)
            return ast.Name(node.id, ast.Store())
        if isinstance(node, (ast.Tuple, ast.List)):
            return ast.Tuple([self.target(one) for one in node.elts], ast.Store())
        if isinstance(node, ast.Starred):
            return ast.Starred(self.target(node.value), ast.Store())
        if isinstance(node, ast.Attribute):
            return ast.Attribute(self.code(node.value, allow=True), node.attr, ast.Store())
        if isinstance(node, ast.Subscript):
            return ast.Subscript(self.code(node.value), self.key(node.slice), ast.Store())
        raise UnsupportedNodeError(f"cannot assign to {ast.unparse(node)}")

    def do_AnnAssign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        if node.value is None:
            raise UnsupportedNodeError("without assigned value")
        kind = self.type_of_node(node.annotation)
        value = self.code(node.value)
        if isinstance(node.target, ast.Attribute):
            value = ast.Call(ast.Name("annotate", ast.Load()), [kind.node(), value], [])
            return [ast.Assign(targets=[self.target(node.target)], value=value, lineno=1)]
        return [ast.AnnAssign(self.target(node.target), kind.node(), value, int(True))]

    def do_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        value = self.code(node.value)
        return [ast.AugAssign(self.target(node.target), node.op, value)]

    def do_If(self, node: ast.If) -> list[ast.stmt]:
        known = self.truth(node.test)
        if known is not None:
            return self.statements(node.body if known else node.orelse)
        test = self.code(node.test)
        before = dict(self.static)
        body = self.statements(node.body)
        self.static = dict(before)
        orelse = self.statements(node.orelse)
        self.static = before
        return [ast.If(test, body or [ast.Pass()], orelse)]

    def do_While(self, node: ast.While) -> list[ast.stmt]:
        if node.orelse:
            raise UnsupportedNodeError("else branches of while loops aren't supported")
        return [ast.While(self.code(node.test), self.statements(node.body) or [ast.Pass()], [])]

    def do_For(self, node: ast.For) -> list[ast.stmt]:
        if node.orelse:
            raise UnsupportedNodeError("else branches of for loops aren't supported")
        values = self.value(node.iter)
        parts = values.parts() if isinstance(values, Static) else None
        if parts is not None and any(_holds_modules(one) for one in parts):
            return self._written_out(node, parts)
        code = self.as_code(values, node.iter)
        target = self.target(node.target)
        return [ast.For(target, code, self.statements(node.body) or [ast.Pass()], [], lineno=1)]

    def _written_out(self, node: ast.For, parts: list[Any]) -> list[ast.stmt]:
        for one in _of_this_loop(node.body):
            kind = type(one).__name__.lower()
            raise RuntimeError(f"{kind} statements in loops over modules aren't supported")
        made: list[ast.stmt] = []
        for part in parts:
            made += self.bind(node.target, part)
            made += self.statements(node.body)
        return made

    def do_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        if self.truth(node.test):
            return []
        message = None if node.msg is None else self.code(node.msg)
        return [ast.Assert(self.code(node.test), message)]

    def do_Raise(self, node: ast.Raise) -> list[ast.stmt]:
        if node.exc is None:
            raise UnsupportedNodeError("raise without an exception isn't supported")
        call = node.exc
        args = call.args if isinstance(call, ast.Call) else []
        kind = self.object_of(call.func if isinstance(call, ast.Call) else call)
        message = self.code(args[0]) if args else ast.Constant("")
        name = f"{getattr(kind, '__module__', 'builtins')}.{kind.__name__}"
        raising = ast.Attribute(dotted("ops.prim"), "RaiseException", ast.Load())
        # The assertion, which is never reached, tells readers of the file that nothing goes on.
        return [
            ast.Expr(ast.Call(raising, [message, ast.Constant(name)], [])),
            ast.Assert(ast.Constant(False), ast.Constant(name)),
        ]

    def do_Delete(self, node: ast.Delete) -> list[ast.stmt]:
        targets: list[ast.expr] = []
        for one in node.targets:
            if isinstance(one, ast.Subscript):
                key = self.code(one.slice)
                targets.append(ast.Subscript(self.code(one.value), key, ast.Del()))
        return [ast.Delete(targets)] if targets else []

    def do_With(self, node: ast.With) -> list[ast.stmt]:
        made = self.statements(node.body)
        for item in reversed(node.items):
            made = self.scripts.guarded(self, item, made)
        return made


def _of_this_loop(nodes: list[ast.stmt]) -> list[ast.stmt]:
    """The breaks and continues that belong to a loop's body."""
    found: list[ast.stmt] = []
    for node in nodes:
        if isinstance(node, (ast.Break, ast.Continue)):
            found.append(node)
        elif isinstance(node, ast.If):
            found += _of_this_loop([*node.body, *node.orelse])
    return found


def _holds_modules(value: Any) -> bool:
    if not isinstance(value, Static):
        return False
    if isinstance(value.value, Module) or callable(value.value):
        return True
    return any(_holds_modules(one) for one in value.parts() or ())


def _names_around(function: Callable) -> dict[str, Any]:
    """The names that a function sees: of its module, and of the functions around it."""
    found = dict(function.__globals__)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    return found


def _broadcast_width(node: ast.expr | None) -> int:
    """How many numbers one stands for, of an annotation such as `BroadcastingList2[int]`."""
    if not isinstance(node, ast.Subscript):
        return 0
    name = ast.unparse(node.value).rpartition(".")[2]
    return int(name[-1]) if name.startswith("BroadcastingList") and name[-1].isdigit() else 0


def is_ignored(function: Any) -> bool:
    """Whether a function asked not to be compiled."""
    return getattr(function, MODIFIER, None) in ("ignore", "unused")


def written_for(function: Callable) -> Callable:
    """What TorchScript has in place of one of the library's functions, or the function."""
    return LIBRARY.get(id(function), function)


def name_for(function: Callable) -> str:
    """A function's qualified name."""
    return qualified(function)
