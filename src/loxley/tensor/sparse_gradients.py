"""Gradients in coordinate form: of embeddings with `sparse=True` and gather with `sparse_grad`.

In: a table and where it is read.  Out: the rows, whose grad node gives back a sparse tensor that
holds only what was read; sums of such gradients, and their sums with dense tensors.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ir.graph import Value
from .construction import tensor
from .coordinate import SparseTensor
from .grad import RELEASED, AccumulateGrad, Node
from .joining import stack
from .modes import modes
from .sequences import arange
from .tensor import Tensor


class _SparseNode(Node):
    """`parts(grad)` is a sparse gradient for the first edge; gradients of the others follow."""

    parts: Callable[[Tensor], tuple] | None

    def apply(self, grads: list, create_graph: bool) -> tuple:
        if self.parts is None:
            raise RuntimeError(RELEASED)
        grad = grads[0]
        sparse, *others = self.parts(Tensor._wrap(grad) if type(grad) is Value else grad)
        first = self.edges[0]
        if first is not None and not isinstance(first[0], AccumulateGrad):
            sparse = sparse.to_dense()  # operators' formulas know dense gradients only
        bare = create_graph or type(sparse) is SparseTensor
        found = (sparse if bare else sparse._read(),)
        return found + tuple(g if create_graph or g is None else g._read() for g in others)

    def release(self) -> None:
        self.parts = None


class EmbeddingBackward0(_SparseNode):
    """Of rows of a table."""


class EmbeddingBagBackward0(_SparseNode):
    """Of sums of rows of a table."""


class GatherBackward0(_SparseNode):
    """Of single elements."""


def wants_sparse(sparse: bool, table: Tensor) -> bool:
    """Whether what is read of the table now gets a sparse gradient."""
    return sparse and modes.grad and table._tracks()


def with_node(
    kind: type[_SparseNode],
    made: Callable[[], Tensor],
    inputs: tuple[Tensor | None, ...],
    parts: Callable[[Tensor], tuple],
) -> Tensor:
    """What `made` computes, as the result of a node of that kind."""
    modes.grad = False
    try:
        out = made()
    finally:
        modes.grad = True
    edges = tuple(None if t is None or not t._tracks() else t._edge() for t in inputs)
    node = kind(edges, [(out._shape, out.dtype)])
    node.parts = parts
    out._grad_fn, out._requires_grad = node, True
    return out


def embedding_rows(
    table: Tensor, indices: Tensor, padding: int, by_frequency: bool, made: Callable[[], Tensor]
) -> Tensor:
    """`made()`, rows (*, D) of a table (V, D) at indices (*), with a sparse gradient."""
    places, shape = indices.detach().reshape(-1).clone(), table._shape

    def parts(grad: Tensor) -> tuple:
        return (_rows(places, grad.reshape(-1, shape[1]), shape, padding, by_frequency),)

    return with_node(EmbeddingBackward0, made, (table,), parts)


def _rows(
    places: Tensor, rows: Tensor, shape: tuple, padding: int, by_frequency: bool
) -> SparseTensor:
    """The gradient of a table: rows at places, without those of the padding index."""
    if by_frequency:
        raise RuntimeError(
            "embedding_backward: scale_grad_by_freq not supported with sparse gradients"
        )
    if padding != -1:
        kept = places != padding
        places, rows = places[kept], rows[kept]
    return SparseTensor.make(places.long().unsqueeze(0), rows, shape, False)


def bag_sums(
    table: Tensor,
    flat: Tensor,
    weights: Tensor | None,
    bags: Tensor,
    counts: Tensor | None,
    padding: int,
    by_frequency: bool,
    made: Callable[[], Tensor],
) -> Tensor:
    """`made()`, sums or means over bags of rows, with a sparse gradient of the table.

    `bags` names each index's bag; `counts` are the bags' sizes where means are taken.
    """
    shape = table._shape
    flat = flat.detach().clone()

    def parts(grad: Tensor) -> tuple:
        if counts is not None:
            grad = grad / counts.clamp(min=1).to(grad.dtype).unsqueeze(1)
        rows = grad.index_select(0, bags)
        if weights is None:
            return (_rows(flat, rows, shape, padding, by_frequency), None)
        own = None
        if weights._tracks():
            own = (rows * table.index_select(0, flat)).sum(1)
            if padding != -1:
                own = own.masked_fill(flat == padding, 0)
        rows = rows * weights.unsqueeze(1)
        return (_rows(flat, rows, shape, padding, by_frequency), own)

    return with_node(EmbeddingBagBackward0, made, (table, weights), parts)


def gathered(table: Tensor, dim: int, index: Tensor, made: Callable[[], Tensor]) -> Tensor:
    """`made()`, elements of a tensor along a dimension, with a sparse gradient."""
    shape, index = table._shape, index.detach().clone()

    def parts(grad: Tensor) -> tuple:
        if not shape:
            return (SparseTensor.make(index.new_zeros((0, 1)), grad.reshape(1), shape, False),)
        places = []
        for d, n in enumerate(index._shape):
            line = arange(n).reshape(tuple(n if e == d else 1 for e in range(index.ndim)))
            places.append((index.long() if d == dim else line.expand(index._shape)).reshape(-1))
        return (SparseTensor.make(stack(places), grad.reshape(-1), shape, False),)

    return with_node(GatherBackward0, made, (table,), parts)


def added(a: Any, b: Any) -> Any:
    """The sum of two gradients, of which one at least is sparse: tensors, or a value."""
    if type(a) is SparseTensor and type(b) is SparseTensor:
        return _merged(a, b)
    if type(a) is SparseTensor:
        a, b = b, a
    dense = Tensor._wrap(a) if type(a) is Value else a
    total = add_into(dense.clone(), b)
    return total._read() if type(a) is Value else total


def accumulated(have: Tensor, more: Tensor) -> Tensor:
    """`have` with `more` added in place; a sum of its own where `have` is sparse, `more` not."""
    if type(have) is not SparseTensor:
        return add_into(have, more)
    total = added(have, more)
    if type(total) is SparseTensor:
        have._indices_, have._values_ = total._indices_, total._values_
        have._coalesced = total._coalesced
        return have
    return total


def _merged(a: SparseTensor, b: SparseTensor) -> SparseTensor:
    """The elements of both in one walk, as if both were sorted; equal heads are added up."""
    ours, theirs = a._flat().tolist(), b._flat().tolist()
    rows: tuple[list[int], list[int]] = ([], [])  # of the result, for each element of a and of b
    count = 0
    while len(rows[0]) < len(ours) or len(rows[1]) < len(theirs):
        heads = [
            line[len(row)] if len(row) < len(line) else None
            for line, row in zip((ours, theirs), rows)
        ]
        least = min(head for head in heads if head is not None)
        for row, head in zip(rows, heads):
            if head == least:
                row.append(count)
        count += 1
    where = [tensor(row, dtype=a._indices_.dtype) for row in rows]
    indices = a._indices_.new_zeros((a.sparse_dim(), count))
    values = a._values_.new_zeros((count, *a._values_._shape[1:]))
    for part, place in zip((a, b), where):
        indices.index_copy_(1, place, part._indices_)
        values = values.index_add(0, place, part._values_)
    return SparseTensor.make(indices, values, a._shape, a._coalesced and b._coalesced)


def add_into(dense: Tensor, sparse: SparseTensor, alpha: float = 1) -> Tensor:
    """`dense`, in which alpha times the stored elements were added in place, one after another."""
    places = tuple(sparse._indices_.unbind(0))
    values = sparse._values_ if alpha == 1 else sparse._values_ * alpha
    if not places:
        return dense.add_(values.sum(0))
    return dense.index_put_(places, values.to(dense.dtype), accumulate=True)
