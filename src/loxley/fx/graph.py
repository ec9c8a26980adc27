"""`Graph`: steps in order, to be built, changed, checked, printed and turned into Python.

Source: https://docs.pytorch.org/docs/stable/fx.html#torch.fx.Graph
"""

from __future__ import annotations

import builtins
import inspect
import keyword
import re
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .code import CUSTOM_BUILTINS, PythonCode, generate
from .names import qualified_name
from .node import Argument, Node, Target, map_arg

_EMPTY: Any = inspect.Signature.empty

if TYPE_CHECKING:
    from ..nn.modules.module import Module


class _Namespace:
    """Names, each given once."""

    def __init__(self) -> None:
        self._obj_to_name: dict[int, str] = {}
        self._used: dict[str, Any] = {}
        self._counts: dict[str, int] = {}

    def create_name(self, candidate: str, obj: Any) -> str:
        """A name like the candidate that nobody has yet; an object's own, if it has one."""
        if obj is not None and id(obj) in self._obj_to_name:
            return self._obj_to_name[id(obj)]
        candidate = re.sub("[^0-9a-zA-Z_]+", "_", candidate) or "_unnamed"
        if candidate[0].isdigit():
            candidate = f"_{candidate}"
        numbered = re.match(r"(.*)_(\d+)$", candidate)
        base, number = (numbered[1], int(numbered[2])) if numbered else (candidate, None)
        if not number:
            number = self._counts.get(base, 0)
        while candidate in self._used or self._is_illegal(candidate, obj):
            number += 1
            candidate = f"{base}_{number}"
        self._used[candidate] = obj
        self._counts[base] = number
        if obj is not None:
            self._obj_to_name[id(obj)] = candidate
        return candidate

    def _is_illegal(self, name: str, obj: Any) -> bool:
        if name in keyword.kwlist:
            return True
        if hasattr(builtins, name):
            return obj is not getattr(builtins, name)
        return name in CUSTOM_BUILTINS and obj is not CUSTOM_BUILTINS[name]()


def _snake_case(text: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", text).lower()


def target_to_str(target: Target) -> str:
    """What a node is named after."""
    name = target if isinstance(target, str) else qualified_name(target).rpartition(".")[2]
    if name.startswith("__") and name.endswith("__"):
        name = name[2:-2]
    return _snake_case(name)


class _NodeList:
    """The nodes in order; may be changed while it is walked."""

    def __init__(self, graph: Graph, direction: str = "_next") -> None:
        self.graph, self.direction = graph, direction

    def __len__(self) -> int:
        return self.graph._len

    def __iter__(self) -> Iterator[Node]:
        root = self.graph._root
        node = getattr(root, self.direction)
        while node is not root:
            if not node._erased:
                yield node
            node = getattr(node, self.direction)

    def __reversed__(self) -> _NodeList:
        return _NodeList(self.graph, "_prev" if self.direction == "_next" else "_next")


class _InsertPoint:
    """A block in which new nodes go elsewhere."""

    def __init__(self, graph: Graph, insert: Callable[[Node], None]) -> None:
        self.graph, self.before = graph, graph._insert
        graph._insert = insert

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        self.graph._insert = self.before


class Graph:
    """Steps that a function is made of, in the order in which they run."""

    def __init__(
        self, owning_module: Module | None = None, tracer_cls: Any = None, tracer_extras: Any = None
    ) -> None:
        self._root = Node(self, "", "root", "", (), {})
        self._len = 0
        self._insert: Callable[[Node], None] = self._root.prepend
        self._namespace = _Namespace()
        self._owning_module = owning_module
        self._tracer_cls, self._tracer_extras = tracer_cls, tracer_extras

    @property
    def owning_module(self) -> Any:
        """The module that the graph computes, if it belongs to one."""
        return self._owning_module

    @owning_module.setter
    def owning_module(self, module: Any) -> None:
        self._owning_module = module

    @property
    def nodes(self) -> _NodeList:
        """The nodes in order."""
        return _NodeList(self)

    def find_nodes(self, *, op: str, target: Target | None = None, sort: bool = True) -> list[Node]:
        """The nodes of a kind, with a target if one is told."""
        return [n for n in self.nodes if n.op == op and (target is None or n.target == target)]

    def graph_copy(
        self, g: Graph, val_map: dict[Node, Node], return_output_node: bool = False
    ) -> Any:
        """Copies another graph's nodes to here; what its output's argument became."""
        for node in g.nodes:
            if node in val_map:
                continue
            if node.op == "output":
                made = map_arg(node.args[0], lambda n: val_map[n])
                return (made, node) if return_output_node else made
            val_map[node] = self.node_copy(node, lambda n: val_map[n])
        return None

    def node_copy(
        self, node: Node, arg_transform: Callable[[Node], Argument] = lambda x: x
    ) -> Node:
        """A node of another graph, copied to here with its arguments changed."""
        args = map_arg(node.args, arg_transform)
        kwargs = map_arg(node.kwargs, arg_transform)
        made = self.create_node(node.op, node.target, args, kwargs, node.name, node.type)
        made.meta = dict(node.meta)
        return made

    def __deepcopy__(self, memo: dict | None = None) -> Graph:
        memo = {} if memo is None else memo
        made = Graph(tracer_cls=self._tracer_cls)
        val_map: dict[Node, Node] = {}
        output = made.graph_copy(self, val_map, True)
        if isinstance(output, tuple):
            value, old = output
            new = made.output(value, type_expr=old.type)
            new.meta = dict(old.meta)
        memo[id(self)] = made
        return made

    def create_node(
        self,
        op: str,
        target: Target,
        args: tuple[Argument, ...] | None = None,
        kwargs: dict[str, Argument] | None = None,
        name: str | None = None,
        type_expr: Any = None,
    ) -> Node:
        """A new node at the insert point, at first the graph's end."""
        args, kwargs = () if args is None else args, {} if kwargs is None else kwargs
        if not isinstance(args, tuple):
            raise AssertionError("args must be a tuple")
        if not isinstance(kwargs, dict):
            raise AssertionError("kwargs must be a dict")
        given = self._namespace.create_name(name or target_to_str(target), None)
        node = Node(self, given, op, target, args, kwargs, type_expr)
        self._insert(node)
        self._len += 1
        return node

    def placeholder(self, name: str, type_expr: Any = None, default_value: Any = _EMPTY) -> Node:
        """An input; `inspect.Signature.empty` says that it has no default."""
        args = () if default_value is _EMPTY else (default_value,)
        return self.create_node("placeholder", name, args, type_expr=type_expr)

    def get_attr(self, qualified_name: str, type_expr: Any = None) -> Node:
        """A parameter, buffer or other attribute of the owning module."""
        owner = self.owning_module
        if owner is not None and not _has(owner, qualified_name):
            warnings.warn(_NO_REFERENCE, stacklevel=2)
        return self.create_node("get_attr", qualified_name, type_expr=type_expr)

    def call_module(
        self,
        module_name: str,
        args: tuple[Argument, ...] | None = None,
        kwargs: dict[str, Argument] | None = None,
        type_expr: Any = None,
    ) -> Node:
        """A call of a module below the owning one."""
        if self.owning_module is not None:
            self.owning_module.get_submodule(module_name)
        return self.create_node("call_module", module_name, args, kwargs, type_expr=type_expr)

    def call_method(
        self,
        method_name: str,
        args: tuple[Argument, ...] | None = None,
        kwargs: dict[str, Argument] | None = None,
        type_expr: Any = None,
    ) -> Node:
        """A call of the first argument's method."""
        return self.create_node("call_method", method_name, args, kwargs, type_expr=type_expr)

    def call_function(
        self,
        the_function: Callable[..., Any],
        args: tuple[Argument, ...] | None = None,
        kwargs: dict[str, Argument] | None = None,
        type_expr: Any = None,
        name: str | None = None,
    ) -> Node:
        """A call of a function."""
        return self.create_node("call_function", the_function, args, kwargs, name, type_expr)

    def output(self, result: Argument, type_expr: Any = None) -> Node:
        """What the graph returns."""
        return self.create_node("output", "output", (result,), type_expr=type_expr)

    def output_node(self) -> Node:
        """The node that returns."""
        return next(iter(reversed(self.nodes)))

    def erase_node(self, to_erase: Node) -> None:
        """Takes a node out; RuntimeError where others use it."""
        if to_erase.users:
            raise RuntimeError(
                f"Tried to erase Node {to_erase} but it still had {len(to_erase.users)} users in "
                f"the graph: {to_erase.users}!"
            )
        if to_erase.graph is not self:
            raise RuntimeError(f"Attempting to remove {to_erase} from wrong graph!")
        if to_erase._erased:
            warnings.warn(f"erase_node({to_erase}) on an already erased node", stacklevel=2)
            return
        to_erase._remove_from_list()
        to_erase._erased = True
        self._len -= 1
        to_erase._set((), {})

    def inserting_before(self, n: Node | None = None) -> _InsertPoint:
        """A block in which new nodes go before a node, or to the graph's start."""
        if n is None:
            return self.inserting_after(self._root)
        self._check_mine(n)
        return _InsertPoint(self, n.prepend)

    def inserting_after(self, n: Node | None = None) -> _InsertPoint:
        """A block in which new nodes go behind a node, or to the graph's end."""
        if n is None:
            return self.inserting_before(self._root)
        self._check_mine(n)
        last = [n]

        def insert(node: Node) -> None:
            last[0].append(node)
            last[0] = node

        return _InsertPoint(self, insert)

    def _check_mine(self, n: Node) -> None:
        if n.graph is not self:
            raise AssertionError("Node to insert before is not in graph.")

    def process_inputs(self, *args: Any) -> Any:
        """The arguments as the placeholders take them."""
        return args

    def process_outputs(self, out: Any) -> Any:
        """The result as the caller gets it."""
        return out

    def python_code(self, root_module: str, *, verbose: bool = False) -> PythonCode:
        """Python that does what the graph does, with `root_module` (as "self") as its owner."""
        if verbose:
            raise NotImplementedError("torch.fx.Graph.python_code: verbose=True")
        return generate(self.nodes, root_module, _Namespace())

    def __str__(self) -> str:
        lines = (node.format_node() for node in self.nodes)
        return "graph():" + "".join(f"\n    {line}" for line in lines)

    def print_tabular(self) -> None:
        """Prints the nodes as a table."""
        rows = [[n.op, n.name, str(n.target), str(n.args), str(n.kwargs)] for n in self.nodes]
        head = ["opcode", "name", "target", "args", "kwargs"]
        widths = [max(map(len, column)) for column in zip(head, *rows)]
        widths = [max(width, len(h) + 2) for width, h in zip(widths, head)]
        for row in (head, ["-" * width for width in widths], *rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())

    def lint(self) -> None:
        """RuntimeError unless every argument stands before its user and names are unique."""
        seen: set[Node] = set()
        names: set[str] = set()
        for node in self.nodes:
            for used in node.all_input_nodes:
                _check_argument(used, node, self, seen)
            seen.add(node)
            if node.name in names:
                raise RuntimeError(f"Node redefined name {node.name}!")
            names.add(node.name)
        if self.owning_module is not None:
            self._lint_targets()

    def _lint_targets(self) -> None:
        for node in self.nodes:
            if node.op in ("get_attr", "call_module") and not _has(self.owning_module, node.target):
                first = node.target.split(".")[0]
                raise RuntimeError(
                    f"Node {node} target {node.target} references nonexistent attribute {first} of "
                    f"{self.owning_module}"
                )

    def eliminate_dead_code(self, is_impure_node: Callable[[Node], bool] | None = None) -> bool:
        """Erases what nobody uses and does nothing but compute; whether there was any."""
        self.lint()
        impure = is_impure_node or Node.is_impure
        changed = False
        for node in list(reversed(self.nodes)):
            if not node.users and not impure(node):
                self.erase_node(node)
                changed = True
        return changed


_NO_REFERENCE = (
    "Attempted to insert a get_attr Node with no underlying reference in the owning GraphModule! "
    "Call GraphModule.add_submodule to add the necessary submodule, GraphModule.add_parameter to "
    "add the necessary Parameter, or nn.Module.register_buffer to add the necessary buffer"
)


def _check_argument(arg: Node, user: Node, graph: Graph, seen: set[Node]) -> None:
    if arg.graph is not graph:
        raise RuntimeError(
            f"Argument '{arg}' does not belong to this Graph, but was used as an "
            f"argument to Node '{user}'."
        )
    if arg not in seen:
        raise RuntimeError(
            f"Argument '{arg}' of Node '{user}' was used before it has been defined! Please check "
            f"that Nodes in the graph are topologically ordered\n{graph}"
        )


def _has(owner: Any, path: str) -> bool:
    for part in path.split("."):
        if not hasattr(owner, part):
            return False
        owner = getattr(owner, part)
    return True
