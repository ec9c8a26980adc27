"""`Node`: one step of a graph, its arguments and who uses it.

Source: https://docs.pytorch.org/docs/stable/fx.html#torch.fx.Node
"""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .. import dtypes as dt
from ..devices import device
from .immutable_collections import immutable_dict, immutable_list
from .names import qualified_name

if TYPE_CHECKING:
    from .graph import Graph

Argument = Any
Target = Any
base_types = (str, int, float, bool, complex, dt.dtype, device, type(None), type(Ellipsis))
_LEGAL_OPS = (
    "placeholder",
    "call_method",
    "call_module",
    "call_function",
    "get_attr",
    "output",
    "root",
)
_SIDE_EFFECTS: set[Callable] = {setattr}
# Methods and functions that write, or whose results differ from call to call.
_RANDOM = frozenset("rand randn randint randperm bernoulli dropout multinomial normal".split())


def has_side_effect(fn: Callable) -> Callable:
    """Keeps calls of a function in graphs although nobody uses them; returns it."""
    _SIDE_EFFECTS.add(fn)
    return fn


def map_aggregate(a: Argument, fn: Callable[[Argument], Argument]) -> Argument:
    """The same nest of tuples, lists, dicts and slices with every leaf changed."""
    if isinstance(a, tuple):
        made = tuple(map_aggregate(one, fn) for one in a)
        return made if not hasattr(a, "_fields") else type(a)(*made)
    if isinstance(a, list):
        return immutable_list(map_aggregate(one, fn) for one in a)
    if isinstance(a, dict):
        return immutable_dict((key, map_aggregate(one, fn)) for key, one in a.items())
    if isinstance(a, slice):
        return slice(*(map_aggregate(one, fn) for one in (a.start, a.stop, a.step)))
    return fn(a)


def map_arg(a: Argument, fn: Callable[[Node], Argument]) -> Argument:
    """The same nest with every node changed. TypeError unless `fn` can be called."""
    if not callable(fn):
        raise AssertionError("torch.fx.map_arg(a, fn): fn must be a callable")
    return map_aggregate(a, lambda one: fn(one) if isinstance(one, Node) else one)


def _format_arg(arg: object, max_list_len: float = float("inf")) -> str:
    if isinstance(arg, list):
        items = [_format_arg(one) for i, one in enumerate(arg) if i < max_list_len]
        more = [f"...[total_len={len(arg)}]"] if len(arg) > max_list_len else []
        return f"[{', '.join(items)}{', ' + more[0] if more else ''}]"
    if isinstance(arg, tuple):
        items = [_format_arg(one) for i, one in enumerate(arg) if i < max_list_len]
        more_text = f", ...[total_len={len(arg)}]" if len(arg) > max_list_len else ""
        return f"({', '.join(items)}{',' if len(arg) == 1 else ''}{more_text})"
    if isinstance(arg, dict):
        return "{" + ", ".join(f"{key}: {_format_arg(one)}" for key, one in arg.items()) + "}"
    return f"%{arg}" if isinstance(arg, Node) else str(arg)


def type_repr(kind: Any) -> str:
    """A type as annotations print it."""
    if isinstance(kind, type) and not isinstance(kind, types.GenericAlias):
        if kind.__module__ == "builtins":
            return kind.__qualname__
        if kind.__module__.startswith("loxley.tensor") and kind.__name__ == "Tensor":
            return "torch.Tensor"
        return f"{kind.__module__.replace('loxley', 'torch', 1)}.{kind.__qualname__}"
    if kind is ...:
        return "..."
    return kind.__name__ if isinstance(kind, types.FunctionType) else repr(kind)


class Node:
    """One step: a placeholder, a call of a function, method or module, an attribute, the output.

    args, kwargs  may hold other nodes, also inside of lists, tuples, dicts and slices
    users         the nodes that use this one, in the order in which they began to
    meta          whatever passes want to keep
    """

    def __init__(
        self,
        graph: Graph,
        name: str,
        op: str,
        target: Target,
        args: tuple[Argument, ...],
        kwargs: dict[str, Argument],
        return_type: Any = None,
    ) -> None:
        if op not in _LEGAL_OPS:
            raise AssertionError(f"op '{op}' is not in _legal_ops")
        if op == "call_function" and not callable(target):
            raise ValueError(
                f"Node [graph = {graph}, name = '{name}'] target {target} has type "
                f"{type(target).__name__} but a Callable is expected"
            )
        if op != "call_function" and not isinstance(target, str):
            raise ValueError(
                f"Node [graph = {graph}, name = '{name}'] target {target} has type "
                f"{type(target).__name__} but a str is expected"
            )
        self.graph, self.name, self.op, self.target = graph, name, op, target
        self.type, self.meta = return_type, {}  # type: ignore[var-annotated]
        self.users: dict[Node, None] = {}
        self._input_nodes: dict[Node, None] = {}
        self._args: tuple = ()
        self._kwargs: dict = {}
        self._prev = self._next = self
        self._erased = False
        self._repr_fn: Callable[[Node], str] | None = None
        self._set(args, kwargs)

    @property
    def next(self) -> Node:
        """The node that follows in the graph."""
        return self._next

    @property
    def prev(self) -> Node:
        """The node before this one in the graph."""
        return self._prev

    def prepend(self, x: Node) -> None:
        """Moves (or puts) a node before this one."""
        if self.graph is not x.graph:
            raise AssertionError("Attempting to move a Node into a different Graph")
        if self is x:
            return
        x._remove_from_list()
        before = self._prev
        before._next, x._prev = x, before
        x._next, self._prev = self, x

    def append(self, x: Node) -> None:
        """Moves (or puts) a node behind this one."""
        self._next.prepend(x)

    def _remove_from_list(self) -> None:
        self._prev._next, self._next._prev = self._next, self._prev

    @property
    def args(self) -> tuple[Argument, ...]:
        """The positional arguments."""
        return self._args

    @args.setter
    def args(self, a: tuple[Argument, ...]) -> None:
        self._set(a, self._kwargs)

    @property
    def kwargs(self) -> dict[str, Argument]:
        """The arguments by name."""
        return self._kwargs

    @kwargs.setter
    def kwargs(self, k: dict[str, Argument]) -> None:
        self._set(self._args, k)

    def _set(self, args: Iterable[Argument], kwargs: dict[str, Argument]) -> None:
        for node in self._input_nodes:
            node.users.pop(self, None)
        self._input_nodes = {}

        def use(node: Node) -> Node:
            self._input_nodes.setdefault(node)
            node.users.setdefault(self)
            return node

        self._args = map_arg(tuple(args), use)
        self._kwargs = map_arg(dict(kwargs), use)

    @property
    def all_input_nodes(self) -> list[Node]:
        """The nodes among the arguments, each once, in order."""
        return list(self._input_nodes)

    def update_arg(self, idx: int, arg: Argument) -> None:
        """Another positional argument."""
        args = list(self.args)
        args[idx] = arg
        self.args = tuple(args)

    def insert_arg(self, idx: int, arg: Argument) -> None:
        """One more positional argument."""
        if not 0 <= idx <= len(self.args):
            raise AssertionError("insert_args index must be between 0 and len(self.args)")
        self.args = (*self.args[:idx], arg, *self.args[idx:])

    def update_kwarg(self, key: str, arg: Argument) -> None:
        """Another argument by name."""
        self.kwargs = {**self.kwargs, key: arg}

    @property
    def stack_trace(self) -> str | None:
        """Where the step was traced, if that was recorded."""
        return self.meta.get("stack_trace")

    @stack_trace.setter
    def stack_trace(self, trace: str | None) -> None:
        self.meta["stack_trace"] = trace

    def __repr__(self) -> str:
        return self._repr_fn(self) if self._repr_fn else self.name

    def _pretty_print_target(self, target: Any) -> str:
        if isinstance(target, str):
            return target
        name = str(getattr(target, "__name__", ""))
        if getattr(builtins, name, None) is target:
            return f"builtins.{name}"
        return qualified_name(target).replace("_operator.", "operator.", 1)

    def format_node(
        self,
        placeholder_names: list[str] | None = None,
        maybe_return_typename: list[str] | None = None,
        *,
        include_tensor_metadata: bool = False,
    ) -> str | None:
        """The step as a line of the printed graph."""
        if include_tensor_metadata:
            raise NotImplementedError("Node.format_node: include_tensor_metadata")
        kind = f"{type_repr(self.type)} " if self.type else ""
        head = f"%{self.name} : {kind}[num_users={len(self.users)}] = {self.op}"
        if self.op == "placeholder":
            shown = self.target + (f": {type_repr(self.type)}" if self.type else "")
            if placeholder_names is not None:
                placeholder_names.append(shown)
                return None
            default = f"(default={self.args[0]})" if self.args else ""
            return f"{head}[target={self.target}]{default}"
        if self.op == "get_attr":
            return f"{head}[target={self._pretty_print_target(self.target)}]"
        if self.op == "output":
            if self.type and maybe_return_typename is not None:
                maybe_return_typename[0] = f" -> {type_repr(self.type)}"
            return f"return {self.args[0]}"
        target = self._pretty_print_target(self.target)
        args, kwargs = _format_arg(self.args), _format_arg(self.kwargs)
        return f"{head}[target={target}](args = {args}, kwargs = {kwargs})"

    def replace_all_uses_with(
        self,
        replace_with: Node,
        delete_user_cb: Callable[[Node], bool] | None = None,
        *,
        propagate_meta: bool = False,
    ) -> list[Node]:
        """Puts another node where this one is an argument; the nodes that were changed."""
        if propagate_meta:
            if replace_with.meta:
                raise AssertionError(
                    "Called node.replace_all_uses_with(replace_with, propagate_meta=True), but "
                    "replace_with already has .meta keys"
                )
            replace_with.meta.update(self.meta)
        changed = [u for u in list(self.users) if delete_user_cb is None or delete_user_cb(u)]
        for user in changed:
            user.replace_input_with(self, replace_with)
        return changed

    def replace_input_with(self, old_input: Node, new_input: Node) -> None:
        """Puts another node in the place of one among the arguments."""

        def changed(node: Node) -> Node:
            return new_input if node is old_input else node

        self._set(map_arg(self.args, changed), map_arg(self.kwargs, changed))

    def is_impure(self, impure_random: bool = True) -> bool:
        """Whether the step does more than compute its result."""
        if self.op in ("placeholder", "output"):
            return True
        name = str(getattr(self.target, "__name__", self.target))
        if self.op == "call_function":
            return self.target in _SIDE_EFFECTS or impure_random and name in _RANDOM
        if self.op == "call_module":
            owner = self.graph.owning_module
            if owner is None:
                raise AssertionError("self.graph.owning_module not set for purity check")
            return getattr(owner.get_submodule(self.target), "_is_impure", False)
        return False

    def _rename(self, candidate: str) -> None:
        if candidate != self.name:
            self.name = self.graph._namespace.create_name(candidate, None)

    def __lt__(self, other: Node) -> bool:
        return self._place() < other._place()

    def _place(self) -> int:
        return next(i for i, node in enumerate(self.graph.nodes) if node is self)
