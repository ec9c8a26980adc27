"""Nested containers taken apart and put together: what PyTorch calls pytrees.

In: dicts, lists, tuples and named tuples of anything. Out: their leaves in order and a `Tree` that
makes the same containers of other leaves.  Dicts keep the order of their keys; None is a leaf.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

from ..tensor import Tensor


class Tree:
    """The containers without their leaves; `kind` is None for a leaf."""

    __slots__ = ("kind", "context", "children")

    def __init__(self, kind: type | None, context: Any = None, children: tuple = ()) -> None:
        self.kind, self.context, self.children = kind, context, children

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Tree)
            and self.kind is other.kind
            and self.context == other.context
            and self.children == other.children
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return 1 if self.kind is None else sum(child.size for child in self.children)

    def __str__(self) -> str:
        """As PyTorch's error messages show it."""
        return self._shown(0)

    def _shown(self, indent: int) -> str:
        if self.kind is None:
            return "*"
        context = self.context if self.kind is not defaultdict else list(self.context[1])
        head = f"TreeSpec({self.kind.__name__}, {context}, ["
        inner, indent = "", indent + 2
        if self.children:
            inner = self.children[0]._shown(indent)
            for child in self.children[1:]:
                inner += ",\n" + " " * indent + child._shown(indent)
        return f"{head}{inner}])"

    def build(self, leaves: list) -> Any:
        """The containers with these leaves."""
        return self._built(iter(leaves))

    def _built(self, leaves: Any) -> Any:
        if self.kind is None:
            return next(leaves)
        items = [child._built(leaves) for child in self.children]
        if self.kind in (dict, OrderedDict):
            return self.kind(zip(self.context, items))
        if self.kind is defaultdict:
            return defaultdict(self.context[0], zip(self.context[1], items))
        if self.kind is deque:
            return deque(items, maxlen=self.context)
        return self.kind(*items) if hasattr(self.kind, "_fields") else self.kind(items)


LEAF = Tree(None)


def flatten(tree: Any) -> tuple[list, Tree]:
    """The leaves in order, and what holds them."""
    leaves: list = []
    return leaves, _flattened(tree, leaves)


def _flattened(tree: Any, leaves: list) -> Tree:
    kind = type(tree)
    if kind in (dict, OrderedDict):
        children = tuple(_flattened(value, leaves) for value in tree.values())
        return Tree(kind, list(tree), children)
    if kind is defaultdict:
        children = tuple(_flattened(value, leaves) for value in tree.values())
        return Tree(kind, (tree.default_factory, list(tree)), children)
    if kind in (list, tuple, deque):
        children = tuple(_flattened(value, leaves) for value in tree)
        return Tree(kind, tree.maxlen if kind is deque else None, children)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return Tree(kind, None, tuple(_flattened(value, leaves) for value in tree))
    leaves.append(tree)
    return LEAF


def leaves_of(tree: Any) -> list:
    """The leaves in order."""
    return flatten(tree)[0]


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same containers with every leaf changed."""
    leaves, shape = flatten(tree)
    return shape.build([function(leaf) for leaf in leaves])


def mapped_tensors(function: Callable[[Tensor], Any], tree: Any) -> Any:
    """The same containers with every tensor changed."""
    return mapped(lambda leaf: function(leaf) if isinstance(leaf, Tensor) else leaf, tree)


def broadcast_to(prefix: Any, shape: Tree, is_leaf: Callable[[Any], bool]) -> list | None:
    """A leaf per leaf of `shape`, where `prefix` may stop early; None where the two don't fit."""
    if is_leaf(prefix):
        return [prefix] * shape.size
    if shape.kind is None:
        return None
    leaves: list = []
    if type(prefix) is not shape.kind or _context(prefix) != shape.context:
        return None
    items = list(prefix.values()) if isinstance(prefix, dict) else list(prefix)
    if len(items) != len(shape.children):
        return None
    for item, child in zip(items, shape.children):
        made = broadcast_to(item, child, is_leaf)
        if made is None:
            return None
        leaves.extend(made)
    return leaves


def _context(tree: Any) -> Any:
    kind = type(tree)
    if kind in (dict, OrderedDict):
        return list(tree)
    if kind is defaultdict:
        return (tree.default_factory, list(tree))
    return tree.maxlen if kind is deque else None
