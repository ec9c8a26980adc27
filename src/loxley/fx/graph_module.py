"""`GraphModule`: a module whose `forward` is generated from a graph.

Source: https://docs.pytorch.org/docs/stable/fx.html#torch.fx.GraphModule
"""

from __future__ import annotations

import copy
import linecache
from itertools import count
from typing import Any

from ..nn.modules.module import Module
from ..nn.parameter import Parameter
from ..tensor import Tensor
from .code import PythonCode
from .graph import Graph
from .node import Node

_files = count()


def _executed(code: PythonCode) -> Any:
    """The generated function; its lines are known to tracebacks."""
    names = dict(code.globals)
    file = f"<eval_with_key>.{next(_files)}"
    linecache.cache[file] = (len(code.src), None, code.src.splitlines(keepends=True), file)
    names["__name__"] = __name__
    exec(compile(code.src, file, "exec"), names)
    return names["forward"]


def _put(module: Module, path: str, value: Any) -> None:
    """An attribute somewhere below a module, with plain modules on the way."""
    *prefix, field = path.split(".")
    for part in prefix:
        inner = getattr(module, part, None)
        if inner is None:
            inner = Module()
            setattr(module, part, inner)
        module = inner
    if isinstance(value, Tensor) and not isinstance(value, Parameter):
        module.register_buffer(field, value)
    else:
        setattr(module, field, value)


def _copied(source: Module, target: Module, path: str) -> None:
    value: Any = source
    for part in path.split("."):
        value = getattr(value, part, None)
        if value is None:
            return
    found: Any = target
    for part in path.split("."):
        found = getattr(found, part, None)
        if found is None:
            break
    if found is not value:
        _put(target, path, value)


class GraphModule(Module):
    """A module made of a graph, and of what the graph refers to.

    root        a module, of which the graph's modules and attributes are taken; or a dict of them
    graph       what `forward` does; assigning another one, or `recompile()`, makes it anew
    class_name  what it is called when printed
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> GraphModule:
        for base in cls.__mro__:
            if base.__qualname__.startswith("GraphModule.__new__"):
                cls = base.__bases__[0]
        made = type("GraphModuleImpl", (cls,), {})
        made.__qualname__ = "GraphModule.__new__.<locals>.GraphModuleImpl"
        made.__module__ = cls.__module__
        return super().__new__(made)

    def __init__(
        self, root: Module | dict[str, Any], graph: Graph, class_name: str = "GraphModule"
    ) -> None:
        super().__init__()
        type(self).__name__ = class_name
        self.meta: dict[str, Any] = {}
        if isinstance(root, Module):
            self.training = root.training
            for node in graph.nodes:
                if node.op in ("get_attr", "call_module"):
                    _copied(root, self, node.target)
        elif isinstance(root, dict):
            self._fill(root, graph)
        else:
            raise RuntimeError("Unsupported type " + str(root) + " passed for root!")
        self.graph = graph

    def _fill(self, root: dict[str, Any], graph: Graph) -> None:
        wanted = [n.target for n in graph.nodes if n.op in ("get_attr", "call_module")]
        for target in wanted:
            if target not in root:
                raise RuntimeError(
                    f"Node {target} referenced target {target} but that target was not provided "
                    "in ``root``!"
                )
        for target in sorted(wanted, key=lambda t: t.count(".")):
            _put(self, target, root[target])

    @property
    def graph(self) -> Graph:
        """What the module does."""
        return self._graph

    @graph.setter
    def graph(self, g: Graph) -> None:
        if not isinstance(g, Graph):
            raise AssertionError(f"Expected a Graph instance, but got {type(g)}")
        self._graph = g
        g.owning_module = self
        self.recompile()

    def recompile(self) -> PythonCode:
        """Generates `forward` from the graph anew; to be called after the graph was changed."""
        made = self._graph.python_code("self")
        self._code = made.src
        type(self).forward = _executed(made)  # type: ignore[method-assign]
        return made

    @property
    def code(self) -> str:
        """The generated Python."""
        if not hasattr(self, "_code"):
            raise RuntimeError("Code has not been generated! Please report a bug to PyTorch")
        return self._code

    def print_readable(self, print_output: bool = True, **kwargs: Any) -> str:
        """NotImplementedError: the annotated form is not there; see `code`."""
        raise NotImplementedError("torch.fx.GraphModule.print_readable is not implemented")

    def add_submodule(self, target: str, m: Module) -> bool:
        """Puts a module below this one, with plain modules on the way; False where it can't."""
        *prefix, field = target.split(".")
        module: Any = self
        for part in prefix:
            inner = getattr(module, part, None)
            if inner is None:
                inner = Module()
                setattr(module, part, inner)
            if not isinstance(inner, Module):
                return False
            module = inner
        module.add_module(field, m)
        return True

    def delete_submodule(self, target: str) -> bool:
        """Takes a module away; False where there is none."""
        *prefix, field = target.split(".")
        module: Any = self
        for part in prefix:
            module = getattr(module, part, None)
            if not isinstance(module, Module):
                return False
        if not isinstance(getattr(module, field, None), Module):
            return False
        delattr(module, field)
        return True

    def delete_all_unused_submodules(self) -> None:
        """Takes away the modules that the graph doesn't call."""
        used: set[str] = set()
        for node in self.graph.nodes:
            if node.op in ("call_module", "get_attr"):
                parts = node.target.split(".")
                used.update(".".join(parts[: i + 1]) for i in range(len(parts)))
                if node.op == "call_module":
                    below = self.get_submodule(node.target).named_modules()
                    used.update(f"{node.target}.{name}" for name, _ in below if name)
        for name in [name for name, _ in self.named_modules() if name and name not in used]:
            self.delete_submodule(name)

    def __deepcopy__(self, memo: dict) -> GraphModule:
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        Module.__init__(made)
        made.__dict__.update(
            {k: copy.deepcopy(v, memo) for k, v in self.__dict__.items() if k != "_graph"}
        )
        type(made).__name__ = "GraphModule"
        made.graph = copy.deepcopy(self._graph, memo)
        return made

    def __copy__(self) -> GraphModule:
        return GraphModule(self, copy.deepcopy(self.graph), type(self).__name__)

    def __reduce__(self) -> tuple:
        state = {k: v for k, v in self.__dict__.items() if k != "_graph"}
        return _restored, (state, _steps(self._graph))

    def __str__(self) -> str:
        return "\n".join(
            [
                super().__repr__(),
                self._code,
                "# To see more debug info, please use `graph_module.print_readable()`",
            ]
        )

    def __repr__(self) -> str:
        return super().__repr__()


def _steps(graph: Graph) -> list[tuple]:
    """The nodes as plain data, arguments being given by place."""
    from_node = {node: _Place(i) for i, node in enumerate(graph.nodes)}
    return [
        (n.op, n.target, _placed(n.args, from_node), _placed(n.kwargs, from_node), n.name, n.type)
        for n in graph.nodes
    ]


class _Place:
    """Stands for the node at a place."""

    def __init__(self, at: int) -> None:
        self.at = at


def _placed(value: Any, changed: dict | list) -> Any:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(_placed(one, changed) for one in value)
    if isinstance(value, tuple):
        return type(value)(*(_placed(one, changed) for one in value))
    if isinstance(value, list):
        return [_placed(one, changed) for one in value]
    if isinstance(value, dict):
        return {key: _placed(one, changed) for key, one in value.items()}
    if isinstance(value, slice):
        return slice(*(_placed(one, changed) for one in (value.start, value.stop, value.step)))
    if isinstance(value, _Place):
        return changed[value.at]
    return changed.get(value, value) if isinstance(value, Node) else value  # type: ignore[union-attr]


def _restored(state: dict, steps: list[tuple]) -> GraphModule:
    graph = Graph()
    nodes: list = []
    for op, target, args, kwargs, named, kind in steps:
        args, kwargs = _placed(args, nodes), _placed(kwargs, nodes)
        nodes.append(graph.create_node(op, target, args, kwargs, named, kind))
    made = GraphModule.__new__(GraphModule)
    Module.__init__(made)
    made.__dict__.update(state)
    type(made).__name__ = "GraphModule"
    made.graph = graph
    return made
