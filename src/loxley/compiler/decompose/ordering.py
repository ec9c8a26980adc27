"""Sorting, the first of an order, and the gradient of an embedding, as calls of their templates."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from ..kinds import NUMPY
from ..nodes import Layout, Node, view
from ..templates import embedding, select, sort, sort_wide
from ..templates.template import Template
from .products import call, contiguous_memory
from .rules import rule


class EmbeddingGradient(NamedTuple):
    """How the template is called: a plan of an `Invocation`, for dy, indices and perhaps start."""

    spec: embedding.Spec
    sizes: tuple[tuple[str, int], ...]

    def __call__(self, *_layouts: Layout) -> tuple[Template, dict]:
        names = {"grad": "in0", "indices": "in1", "table": "out0"}
        names |= {"start": "in2"} if self.spec.onto else {}
        return embedding.backward(self.spec), dict(self.sizes) | names

    def onto(self) -> EmbeddingGradient:
        """The same gradient added to another table, the third input."""
        return self._replace(spec=self.spec._replace(onto=True))


@rule("embedding_dense_backward")
def _embedding_backward(inputs, attrs, metas):
    return table_gradient(*inputs, attrs, metas)


def table_gradient(dy: Node, indices: Node, attrs: tuple, metas) -> Node | None:
    """Rows added where indices say in a table of zeros; those of the padding's index are not."""
    count, padding, by_frequency = attrs
    if dy.kind not in ("f32", "f64") or indices.kind not in ("i64", "i32"):
        return None
    columns = dy.shape[-1]
    rows = dy.size // max(columns, 1)
    spec = embedding.Spec(NUMPY[dy.kind].name, NUMPY[indices.kind].name, by_frequency)
    sizes = {"rows": rows, "count": count, "columns": columns, "padding": padding}
    sizes |= {"grad_t": columns, "indices_t": 1, "table_t": columns}

    plan = EmbeddingGradient(spec, tuple(sizes.items()))
    read = contiguous_memory(dy), contiguous_memory(indices)
    return call("embedding backward", plan, read, metas)[0]


_SORTED = frozenset(("f32", "bf16", "f16", *sort_wide.KINDS))


def _template(kind: str, descending: bool, few: bool) -> Template:
    if kind in sort_wide.KINDS:
        return sort_wide.sort(sort_wide.Spec(kind, descending))
    return sort.sort(sort.Spec(NUMPY[kind].name, descending, not few))


def _ordered(x, dim: int, kept: int, descending: bool, metas):
    """The first `kept` along a dimension with the places they came from."""
    shape = x.shape
    size, outer, inner = shape[dim], prod(shape[:dim]), prod(shape[dim + 1 :])
    template = _template(x.kind, descending, kept < size and kept <= sort.FEW)
    sizes = {"outer": outer, "size": size, "inner": inner, "kept": kept}
    for name, n in (("x", size), ("values", kept), ("places", kept)):
        sizes |= {f"{name}_o": n * inner, f"{name}_n": inner, f"{name}_i": 1}

    def plan(*_layouts: Layout):
        return template, sizes | {"x": "in0", "values": "out0", "places": "out1"}

    return call("sort", plan, (contiguous_memory(x),), metas)


@rule("sort")
def _sort(inputs, attrs, metas):
    (x,), (dim, descending) = inputs, attrs
    if x.kind not in _SORTED or not x.shape:
        return None
    return _ordered(x, dim, x.shape[dim], descending, metas)


@rule("topk")
def _topk(inputs, attrs, metas):
    (x,), (k, dim, largest) = inputs, attrs
    if x.kind not in _SORTED or not x.shape or not k:
        return None
    return _ordered(x, dim, k, largest, metas)


def _at_rank(what: str, x: Node, dim: int, metas, rank: int = 0):
    """One element of each line along a dimension, with its place."""
    if x.kind not in select.KINDS or not x.shape:
        return None
    sizes = {"outer": prod(x.shape[:dim]), "size": x.shape[dim], "rank": rank}
    sizes |= {"inner": prod(x.shape[dim + 1 :])}
    template = select.select(select.Spec(x.kind, what))

    def plan(*_layouts: Layout):
        return template, sizes | {"x": "in0", "values": "out0", "places": "out1"}

    return call(f"select {what}", plan, (contiguous_memory(x),), metas)


@rule("kthvalue")
def _kthvalue(inputs, attrs, metas):
    (x,), (k, dim, _keepdim) = inputs, attrs
    return _at_rank("rank", x, dim, metas, k - 1)


def _median(what: str):
    def along(inputs, attrs, metas):
        return _at_rank(what, inputs[0], attrs[0], metas)

    def of_all(inputs, attrs, metas):
        x = view(inputs[0], (inputs[0].size,))
        made = _at_rank(what, x, 0, [*metas, ((), "i64")])
        return None if made is None else made[0]

    rule(f"{what}_dim")(along)
    rule(what)(of_all)


_median("median")
_median("nanmedian")
