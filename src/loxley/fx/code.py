"""A graph's nodes written as a Python function, with the objects that its names stand for."""

from __future__ import annotations

import builtins
import enum
import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..devices import device
from .names import qualified_name
from .node import Argument, Node, map_arg, type_repr

# Names that generated code may use, and what they stand for.
CUSTOM_BUILTINS: dict[str, Callable[[], Any]] = {
    "inf": lambda: math.inf,
    "nan": lambda: math.nan,
    "NoneType": lambda: type(None),
    "torch": lambda: sys.modules[__name__.partition(".")[0]],
    "device": lambda: device,
}
MAGIC = {
    "eq": "{} == {}", "ne": "{} != {}", "lt": "{} < {}", "gt": "{} > {}", "le": "{} <= {}",
    "ge": "{} >= {}", "pos": "+{}", "neg": "-{}", "invert": "~{}", "add": "{} + {}",
    "mul": "{} * {}", "sub": "{} - {}", "mod": "{} % {}", "getitem": "{}[{}]",
    "pow": "{} ** {}", "floordiv": "{} // {}", "truediv": "{} / {}", "matmul": "{} @ {}",
    "lshift": "{} << {}", "rshift": "{} >> {}", "and_": "{} & {}", "or_": "{} | {}",
    "xor": "{} ^ {}",
}  # fmt: skip
IN_PLACE = {
    "iadd": "{} += {}", "iand": "{} &= {}", "ifloordiv": "{} //= {}", "ilshift": "{} <<= {}",
    "imod": "{} %= {}", "imul": "{} *= {}", "imatmul": "{} @= {}", "ior": "{} |= {}",
    "ipow": "{} **= {}", "irshift": "{} >>= {}", "isub": "{} -= {}", "itruediv": "{} /= {}",
    "ixor": "{} ^= {}", "setitem": "{}[{}] = {}",
}  # fmt: skip


@dataclass
class PythonCode:
    """A function's text, and what its global names stand for."""

    src: str
    globals: dict[str, Any]


def path_text(base: str, target: str) -> str:
    """`self.a.b`, with getattr where a part is no name."""
    text = base
    for part in target.split("."):
        text = f"{text}.{part}" if part.isidentifier() else f'getattr({text}, "{part}")'
    return text


class _Writer:
    """Writes the body line by line, collecting globals."""

    def __init__(self, root_module: str, namespace: Any) -> None:
        self.root, self.namespace = root_module, namespace
        self.globals: dict[str, Any] = {}
        self.wrapped: dict[str, None] = {}
        self.parameters: list[str] = []
        self.body: list[str] = []
        self.returned = ""
        for name, made in CUSTOM_BUILTINS.items():
            self.globals[name] = made()

    def named(self, hint: str, value: Any) -> str:
        """The name of a global."""
        if hint.startswith("torch.") and _is_ours(value):
            return hint
        if getattr(builtins, hint, None) is value:
            return hint
        name = self.namespace.create_name(hint.replace(".", "_"), value)
        self.globals[name] = value
        return name

    def annotation(self, kind: Any) -> str:
        text = type_repr(kind)
        if isinstance(kind, str):
            return self.named(text, kind)
        if isinstance(kind, type) and "." in text:
            return self.named(text, kind)
        return text

    def text(self, arg: Argument) -> str:
        """An argument as Python."""
        if isinstance(arg, Node):
            return repr(arg)
        if isinstance(arg, tuple) and hasattr(arg, "_fields"):
            name = self.named(qualified_name(type(arg)), type(arg))
            return f"{name}({', '.join(map(self.text, arg))})"
        if isinstance(arg, tuple):
            inner = ", ".join(map(self.text, arg))
            return f"({inner},)" if len(arg) == 1 else f"({inner})"
        if isinstance(arg, list):
            return f"[{', '.join(map(self.text, arg))}]"
        if isinstance(arg, dict):
            return "{" + ", ".join(f"{k!r}: {self.text(v)}" for k, v in arg.items()) + "}"
        if isinstance(arg, slice):
            return f"slice({self.text(arg.start)}, {self.text(arg.stop)}, {self.text(arg.step)})"
        if isinstance(arg, enum.Enum):
            return f"{self.named(qualified_name(type(arg)), type(arg))}.{arg.name}"
        return repr(arg)

    def arguments(self, args: Iterable[Argument], kwargs: dict[str, Argument]) -> str:
        named = (f"{name} = {self.text(value)}" for name, value in kwargs.items())
        return ", ".join([*map(self.text, args), *named])

    def write(self, node: Node, dying: list[Node]) -> None:
        kind = "" if node.type is None else f" : {self.annotation(node.type)}"
        if node.op == "placeholder":
            default = f" = {self.text(node.args[0])}" if node.args else ""
            self.parameters.append(f"{node.target}{kind}{default}")
            if node.target.replace("*", "") != repr(node):
                self.body.append(f"{node!r} = {node.target.replace('*', '')}")
            return
        if node.op == "output":
            if node.type is not None and not isinstance(node.type, str):
                self.returned = f" -> {self.annotation(node.type)}"
            self.body.append(f"return {self.text(node.args[0])}")
            return
        tail = "".join(f"{one!r} = " for one in dying)
        self.body.append(self._step(node, kind) + (f";  {tail}None" if dying else ""))

    def _step(self, node: Node, kind: str) -> str:
        args, kwargs = node.args, node.kwargs
        head = f"{node!r}{kind} = "
        if node.op == "get_attr":
            return head + path_text(self.root, node.target)
        if node.op == "call_module":
            return head + f"{path_text(self.root, node.target)}({self.arguments(args, kwargs)})"
        if node.op == "call_method":
            where = path_text(self.text(args[0]), node.target)
            return head + f"{where}({self.arguments(args[1:], kwargs)})"
        return self._function(node, head)

    def _function(self, node: Node, head: str) -> str:
        target, args = node.target, node.args
        own = getattr(target, "__name__", "")
        if getattr(target, "__module__", None) == "_operator" and not node.kwargs:
            texts = list(map(self.text, args))
            if own in MAGIC:
                return head + MAGIC[own].format(*texts)
            if own in IN_PLACE:
                return f"{IN_PLACE[own].format(*texts)};  {head}{texts[0]}"
        if target is getattr and len(args) == 2 and str(args[1]).isidentifier():
            return f"{head}{self.text(args[0])}.{args[1]}"
        name = self.named(qualified_name(target), target)
        if getattr(target, "_fx_wrapped", False) or node.meta.get("is_wrapped"):
            self.wrapped[name] = None
        return head + f"{name}({self.arguments(args, node.kwargs)})"


def _is_ours(value: Any) -> bool:
    module = getattr(value, "__module__", "") or ""
    return value is not device and module.split(".")[0] in (__name__.partition(".")[0], "torch")


def last_uses(nodes: Iterable[Node]) -> dict[Node, list[Node]]:
    """For each node the nodes that nobody reads after it."""
    last: dict[Node, Node] = {}
    made: dict[Node, list[Node]] = {}
    for node in reversed(nodes):  # type: ignore[call-overload]

        def use(used: Node, node: Node = node) -> Node:
            if used not in last:
                last[used] = node
                made.setdefault(node, []).append(used)
            return used

        map_arg(node.args, use)
        map_arg(node.kwargs, use)
    return made


def generate(nodes: Any, root_module: str, namespace: Any) -> PythonCode:
    """The nodes as `def forward(...)`."""
    writer, dying = _Writer(root_module, namespace), last_uses(nodes)
    for node in nodes:
        namespace.create_name(node.name, node)
    for node in nodes:
        unused = [node] if not node.users else []
        writer.write(node, dying.get(node, []) + unused)
    body = "".join(f"    {line}\n" for line in writer.body or ["pass"])
    wraps = "\n".join(f'torch.fx._symbolic_trace.wrap("{name}")' for name in writer.wrapped)
    head = f"def forward({', '.join([root_module, *writer.parameters])}){writer.returned}:"
    return PythonCode(f"\n{wraps}\n\n{head}\n{body}    ", writer.globals)
