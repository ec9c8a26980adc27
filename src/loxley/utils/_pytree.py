"""Nested containers taken apart and put together: `torch.utils._pytree`.

In: lists, tuples, dicts and classes that were registered, of anything.  Out: their leaves in order
and a `TreeSpec` that makes the same containers of other leaves.  None is a leaf.
"""

from __future__ import annotations

import functools
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ..fx.immutable_collections import immutable_dict, immutable_list
from ..tensor.rare import load_all
from ..tensor.return_types import return_types
from ..tensor.size import Size

PyTree = Any
Context = Any


class NodeDef(NamedTuple):
    """How a kind of container is taken apart and put together."""

    type: Any
    flatten_fn: Callable[[PyTree], tuple[list[Any], Context]]
    unflatten_fn: Callable[[Iterable[Any], Context], PyTree]
    flatten_with_keys_fn: Callable | None


class SequenceKey(NamedTuple):
    """A place in a sequence."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"


class MappingKey(NamedTuple):
    """A key of a mapping."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"


class GetAttrKey(NamedTuple):
    """A field of a named tuple."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


SUPPORTED_NODES: dict[Any, NodeDef] = {}
SUPPORTED_SERIALIZED_TYPES: dict[Any, str] = {}


def _list_flatten(d: Iterable) -> tuple[list, None]:
    return list(d), None


def _list_unflatten(values: Iterable[Any], context: Context) -> list:
    return list(values)


def _list_flatten_with_keys(d: Iterable) -> tuple[list, None]:
    return [(SequenceKey(i), value) for i, value in enumerate(d)], None


_tuple_flatten, _tuple_flatten_with_keys = _list_flatten, _list_flatten_with_keys


def _tuple_unflatten(values: Iterable[Any], context: Context) -> tuple:
    return tuple(values)


def _deque_flatten(d: deque) -> tuple[list, int | None]:
    return list(d), d.maxlen


def _deque_unflatten(values: Iterable[Any], context: Context) -> deque:
    return deque(values, maxlen=context)


def _deque_flatten_with_keys(d: deque) -> tuple[list, int | None]:
    return _list_flatten_with_keys(d)[0], d.maxlen


def _namedtuple_flatten(d: Any) -> tuple[list, type]:
    return list(d), type(d)


def _namedtuple_unflatten(values: Iterable[Any], context: Context) -> Any:
    return context(*values)


def _namedtuple_flatten_with_keys(d: Any) -> tuple[list, type]:
    return [(GetAttrKey(f), getattr(d, f)) for f in d._fields], type(d)


def _dict_flatten(d: dict) -> tuple[list, list]:
    return list(d.values()), list(d)


def _dict_unflatten(values: Iterable[Any], context: Context) -> dict:
    return dict(zip(context, values))


def _dict_flatten_with_keys(d: dict) -> tuple[list, list]:
    return [(MappingKey(k), v) for k, v in d.items()], list(d)


_ordereddict_flatten, _ordereddict_flatten_with_keys = _dict_flatten, _dict_flatten_with_keys


def _ordereddict_unflatten(values: Iterable[Any], context: Context) -> OrderedDict:
    return OrderedDict(zip(context, values))


_odict_flatten, _odict_unflatten = _ordereddict_flatten, _ordereddict_unflatten


def _defaultdict_flatten(d: defaultdict) -> tuple[list, list]:
    return list(d.values()), [d.default_factory, list(d)]


def _defaultdict_unflatten(values: Iterable[Any], context: Context) -> defaultdict:
    return defaultdict(context[0], zip(context[1], values))


def _defaultdict_flatten_with_keys(d: defaultdict) -> tuple[list, list]:
    return _dict_flatten_with_keys(d)[0], [d.default_factory, list(d)]


def _put(kind: Any, flatten: Callable, unflatten: Callable, keys: Callable | None) -> None:
    SUPPORTED_NODES[kind] = NodeDef(kind, flatten, unflatten, keys)


_put(list, _list_flatten, _list_unflatten, _list_flatten_with_keys)
_put(tuple, _tuple_flatten, _tuple_unflatten, _tuple_flatten_with_keys)
_put(Size, _tuple_flatten, _tuple_unflatten, _tuple_flatten_with_keys)
_put(immutable_list, _list_flatten, lambda v, c: immutable_list(v), _list_flatten_with_keys)
_put(deque, _deque_flatten, _deque_unflatten, _deque_flatten_with_keys)
_put(namedtuple, _namedtuple_flatten, _namedtuple_unflatten, _namedtuple_flatten_with_keys)
_put(dict, _dict_flatten, _dict_unflatten, _dict_flatten_with_keys)
_put(OrderedDict, _ordereddict_flatten, _ordereddict_unflatten, _ordereddict_flatten_with_keys)
_put(
    immutable_dict,
    _dict_flatten,
    lambda v, c: immutable_dict(zip(c, v)),
    _dict_flatten_with_keys,
)
_put(defaultdict, _defaultdict_flatten, _defaultdict_unflatten, _defaultdict_flatten_with_keys)
load_all()
for _kind in vars(return_types).values():
    _put(_kind, _list_flatten, lambda v, c, kind=_kind: kind(*v), None)


def register_pytree_node(
    cls: type[Any],
    flatten_fn: Callable,
    unflatten_fn: Callable,
    *,
    serialized_type_name: str | None = None,
    to_dumpable_context: Callable | None = None,
    from_dumpable_context: Callable | None = None,
    flatten_with_keys_fn: Callable | None = None,
) -> None:
    """Makes a class a container. ValueError where it is one. NotImplementedError: serialization."""
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    if (to_dumpable_context is None) != (from_dumpable_context is None):
        raise ValueError(
            f"Both to_dumpable_context and from_dumpable_context for {cls} must be None or "
            "registered."
        )
    if serialized_type_name is not None:
        SUPPORTED_SERIALIZED_TYPES[cls] = serialized_type_name
    _put(cls, flatten_fn, unflatten_fn, flatten_with_keys_fn)


_register_pytree_node = register_pytree_node


def _is_namedtuple(tree: Any) -> bool:
    return isinstance(tree, tuple) and hasattr(tree, "_fields") and type(tree).__bases__ == (tuple,)


def _get_node_type(tree: Any) -> Any:
    """The kind of container; a leaf's own class."""
    if type(tree) not in SUPPORTED_NODES and _is_namedtuple(tree):
        return namedtuple
    return type(tree)


def _is_leaf(tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> bool:
    """Whether something is no container, or is told to be a leaf."""
    told = is_leaf is not None and is_leaf(tree)
    return told or _get_node_type(tree) not in SUPPORTED_NODES


tree_is_leaf = _is_leaf


class TreeSpec:
    """Containers without their leaves."""

    def __init__(self, type: Any, context: Context, children_specs: list[TreeSpec]) -> None:
        self.type, self._context, self._children = type, context, list(children_specs)
        self.context, self.children_specs = self._context, self._children
        self.num_children = len(self._children)
        self.num_nodes = 1 + sum(child.num_nodes for child in self._children)
        self.num_leaves = self._leaves()

    def _leaves(self) -> int:
        return sum(child.num_leaves for child in self._children)

    def __repr__(self, indent: int = 0) -> str:
        inner, indent = "", indent + 2
        if self._children:
            inner = self._children[0].__repr__(indent)
            for child in self._children[1:]:
                inner += ",\n" + " " * indent + child.__repr__(indent)
        return f"TreeSpec({self.type.__name__}, {self._context}, [{inner}])"

    def __str__(self) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TreeSpec):
            return NotImplemented
        return (self.type, self._context, self._children) == (
            other.type,
            other._context,
            other._children,
        )

    def __hash__(self) -> int:
        kind = self.type
        context = tuple(self._context) if kind in (dict, OrderedDict) else None
        return hash((kind, context, tuple(self._children)))

    def is_leaf(self) -> bool:
        """Whether it stands for one leaf."""
        return False

    def children(self) -> list[TreeSpec]:
        """The specs of what is inside."""
        return self._children

    def child(self, index: int) -> TreeSpec:
        """The spec of one thing inside."""
        return self._children[index]

    def unflatten(self, leaves: Iterable[Any]) -> PyTree:
        """The containers with these leaves. ValueError for another number of them."""
        if not isinstance(leaves, (list, tuple)):
            leaves = list(leaves)
        if len(leaves) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(leaves)} but the spec "
                f"refers to a pytree that holds {self.num_leaves} items ({self})."
            )
        return self._built(iter(leaves))

    def _built(self, leaves: Iterator[Any]) -> PyTree:
        values = [child._built(leaves) for child in self._children]
        return SUPPORTED_NODES[self.type].unflatten_fn(values, self._context)

    def flatten_up_to(self, tree: PyTree) -> list[PyTree]:
        """What a tree, which may go on below, has where this one has leaves. ValueError if not."""
        found: list[PyTree] = []
        self._flatten_up_to(tree, found)
        return found

    def _flatten_up_to(self, tree: PyTree, found: list[PyTree]) -> None:
        kind = _get_node_type(tree)
        if kind is not self.type and not {kind, self.type} <= {dict, OrderedDict, defaultdict}:
            raise ValueError(f"Node type mismatch; expected {self.type!r}, but got {kind!r}.")
        values, context = SUPPORTED_NODES[kind].flatten_fn(tree)
        if len(values) != self.num_children:
            raise ValueError(
                f"Node arity mismatch; expected {self.num_children}, but got {len(values)}."
            )
        if isinstance(tree, dict):
            keys = self._context[1] if self.type is defaultdict else self._context
            if set(keys) != set(tree):
                raise ValueError(f"Node keys mismatch; expected {keys}, but got {list(tree)}.")
            values = [tree[key] for key in keys]
        elif context != self._context:
            raise ValueError(
                f"Node context mismatch for node type {self.type!r}; expected {self._context!r}, "
                f"but got {context!r}."
            )
        for value, child in zip(values, self._children):
            child._flatten_up_to(value, found)


class LeafSpec(TreeSpec):
    """A single leaf."""

    def __init__(self) -> None:
        super().__init__(None, None, [])

    def _leaves(self) -> int:
        return 1

    def __repr__(self, indent: int = 0) -> str:
        return "*"

    def is_leaf(self) -> bool:
        """True."""
        return True

    def _built(self, leaves: Iterator[Any]) -> PyTree:
        return next(leaves)

    def _flatten_up_to(self, tree: PyTree, found: list[PyTree]) -> None:
        found.append(tree)


_LEAF = LeafSpec()


def treespec_leaf() -> LeafSpec:
    """The spec of a leaf."""
    return _LEAF


def _flattened(tree: PyTree, leaves: list, is_leaf: Callable | None) -> TreeSpec:
    if _is_leaf(tree, is_leaf):
        leaves.append(tree)
        return _LEAF
    kind = _get_node_type(tree)
    values, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    return TreeSpec(kind, context, [_flattened(value, leaves, is_leaf) for value in values])


def tree_flatten(
    tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None
) -> tuple[list[Any], TreeSpec]:
    """The leaves in order, and what holds them."""
    leaves: list[Any] = []
    return leaves, _flattened(tree, leaves, is_leaf)


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> PyTree:
    """The containers with these leaves."""
    if not isinstance(treespec, TreeSpec):
        raise TypeError(
            "tree_unflatten(leaves, treespec): Expected `treespec` to be instance of TreeSpec but "
            f"got item of type {type(treespec)}."
        )
    return treespec.unflatten(leaves)


def tree_iter(tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> Iterator[Any]:
    """The leaves, one after the other."""
    yield from tree_flatten(tree, is_leaf)[0]


def tree_leaves(tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> list[Any]:
    """The leaves in order."""
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: PyTree, is_leaf: Callable[[PyTree], bool] | None = None) -> TreeSpec:
    """What holds the leaves."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(
    func: Callable[..., Any],
    tree: PyTree,
    *rests: PyTree,
    is_leaf: Callable[[PyTree], bool] | None = None,
) -> PyTree:
    """The same containers with every leaf changed; `rests` give further arguments."""
    leaves, spec = tree_flatten(tree, is_leaf)
    columns = [leaves, *(spec.flatten_up_to(rest) for rest in rests)]
    return spec.unflatten([func(*row) for row in zip(*columns)])


def tree_map_(
    func: Callable[..., Any],
    tree: PyTree,
    *rests: PyTree,
    is_leaf: Callable[[PyTree], bool] | None = None,
) -> PyTree:
    """Calls the function with every leaf; the tree itself."""
    tree_map(func, tree, *rests, is_leaf=is_leaf)
    return tree


def _only(kind: Any) -> Callable[[Any], bool]:
    if isinstance(kind, (type, tuple)):
        return lambda leaf: isinstance(leaf, kind)
    if callable(kind):
        return kind
    raise TypeError("Argument must be a type, a tuple of types, or a callable.")


def map_only(type_or_types_or_pred: Any, /) -> Callable[[Callable], Callable]:
    """Makes functions leave alone what is not of these types."""
    wanted = _only(type_or_types_or_pred)

    def wrapper(func: Callable) -> Callable:
        @functools.wraps(func)
        def wrapped(x: Any) -> Any:
            return func(x) if wanted(x) else x

        return wrapped

    return wrapper


def tree_map_only(
    type_or_types_or_pred: Any,
    /,
    func: Callable[[Any], Any],
    tree: PyTree,
    is_leaf: Callable[[PyTree], bool] | None = None,
) -> PyTree:
    """The same containers with the leaves of these types changed."""
    return tree_map(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_map_only_(
    type_or_types_or_pred: Any,
    /,
    func: Callable[[Any], Any],
    tree: PyTree,
    is_leaf: Callable[[PyTree], bool] | None = None,
) -> PyTree:
    """Calls the function with the leaves of these types; the tree itself."""
    return tree_map_(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_all(pred: Callable, tree: PyTree, is_leaf: Callable | None = None) -> bool:
    """Whether something holds of every leaf."""
    return all(map(pred, tree_iter(tree, is_leaf)))


def tree_any(pred: Callable, tree: PyTree, is_leaf: Callable | None = None) -> bool:
    """Whether something holds of a leaf."""
    return any(map(pred, tree_iter(tree, is_leaf)))


def tree_all_only(
    type_or_types: Any, /, pred: Callable, tree: PyTree, is_leaf: Callable | None = None
) -> bool:
    """Whether something holds of every leaf of these types."""
    return all(pred(x) for x in tree_iter(tree, is_leaf) if isinstance(x, type_or_types))


def tree_any_only(
    type_or_types: Any, /, pred: Callable, tree: PyTree, is_leaf: Callable | None = None
) -> bool:
    """Whether something holds of a leaf of these types."""
    return any(pred(x) for x in tree_iter(tree, is_leaf) if isinstance(x, type_or_types))


def _broadcast_to_and_flatten(
    tree: PyTree, treespec: TreeSpec, is_leaf: Callable | None = None
) -> list[Any] | None:
    """A leaf per leaf of the spec, where the tree may stop early; None where they don't fit."""
    if _is_leaf(tree, is_leaf):
        return [tree] * treespec.num_leaves
    kind = _get_node_type(tree)
    if treespec.is_leaf() or kind != treespec.type:
        return None
    values, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    if len(values) != treespec.num_children or context != treespec.context:
        return None
    made: list[Any] = []
    for value, child in zip(values, treespec.children()):
        found = _broadcast_to_and_flatten(value, child, is_leaf)
        if found is None:
            return None
        made += found
    return made


def _paths(tree: PyTree, path: tuple, is_leaf: Callable | None) -> Iterator[tuple[tuple, Any]]:
    if _is_leaf(tree, is_leaf):
        yield path, tree
        return
    handler = SUPPORTED_NODES[_get_node_type(tree)].flatten_with_keys_fn
    if handler is None:
        raise ValueError(
            f"Did not find a flatten_with_keys_fn for type: {_get_node_type(tree)}. Please pass a "
            "flatten_with_keys_fn argument to register_pytree_node."
        )
    for key, value in handler(tree)[0]:
        yield from _paths(value, (*path, key), is_leaf)


def tree_flatten_with_path(
    tree: PyTree, is_leaf: Callable | None = None
) -> tuple[list[tuple[tuple, Any]], TreeSpec]:
    """The leaves with their paths, and what holds them."""
    return list(_paths(tree, (), is_leaf)), tree_structure(tree, is_leaf)


def tree_map_with_path(
    func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: Callable | None = None
) -> PyTree:
    """As `tree_map`, the function being told the path first."""
    found, spec = tree_flatten_with_path(tree, is_leaf)
    columns = [list(column) for column in zip(*found)] or [[], []]
    columns += [spec.flatten_up_to(rest) for rest in rests]
    return spec.unflatten([func(*row) for row in zip(*columns)])


def keystr(kp: tuple) -> str:
    """A path as text, such as "[1]['a']"."""
    return "".join(map(str, kp))


def key_get(obj: Any, kp: tuple) -> Any:
    """What lies at a path."""
    for key in kp:
        obj = getattr(obj, key.name) if isinstance(key, GetAttrKey) else obj[key[0]]
    return obj
