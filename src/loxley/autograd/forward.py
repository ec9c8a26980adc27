"""Forward mode: tensors that carry their derivative along a direction, operator by operator.

A dual tensor holds tangents by level (`Tensor._tangents`); while levels are in force
`Tensor.dispatch` hands every operator to `dispatch` here, which records it and then, from its
derivative, the tangents of its results:

- views and linear operators are applied to the tangents as they are;
- real elementwise operators have a diagonal Jacobian, so that their reverse formula is the forward
  one, applied to the tangent in the gradient's place;
- all others by transposing twice: their reverse formula is linear in the gradient `u`, and the
  gradient of that in `u` is the tangent.  Only what depends on `u` is walked.

The innermost level comes first; its tangents are tensors of the levels outside of it.
Source: https://docs.pytorch.org/docs/stable/autograd.html#forward-mode-automatic-differentiation
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..ir.graph import Op
from ..ops.elementwise import add
from ..ops.family import cast
from ..ops.movement import RESHAPE_ALIAS, UNSAFE_VIEW, VIEW, expand, zeros
from ..ops.reduce import accept_grad
from ..tensor import Tensor
from ..tensor.grad import AccumulateGrad, OpNode, saving_of
from ..tensor.modes import modes
from ..tensor.tensor import _meta, _saved_inputs, saved_output
from .engine import as_tensor
from .tracking import tracked

_LEVELS = itertools.count(1)
# Linear in their first input; the others are given as they are.
_LINEAR = frozenset(
    (
        "sum mean sum_all mean_all contiguous unsafe_view repeat flip roll rot90 tril triu "
        "trace diag_embed max_unpool index index_select gather cumsum reverse_cumsum "
        "select_copy slice_copy view_copy permute_copy transpose_copy t_copy expand_copy "
        "diagonal_copy alias_copy unsqueeze_copy squeeze_copy squeeze_dim_copy "
        "squeeze_dims_copy to_copy clone"
    ).split()
)
# Linear in all inputs together.
_JOINT = frozenset(
    (
        "cat stack as_strided_scatter select_scatter slice_scatter diagonal_scatter write_strided"
    ).split()
)
# Linear in every input by itself.
_BILINEAR = frozenset(("mm", "matmul", "bmm", "mul"))


@contextmanager
def new_level() -> Iterator[int]:
    """A level of forward mode while the block runs."""
    level = next(_LEVELS)
    before = modes.forward, modes.forward_levels
    modes.forward_levels = (*modes.forward_levels, level)
    modes.forward = dispatch
    try:
        yield level
    finally:
        modes.forward, modes.forward_levels = before


def enter() -> int:
    """Puts a level in force until `leave`."""
    level = next(_LEVELS)
    modes.forward_levels = (*modes.forward_levels, level)
    set_enabled(modes.forward_enabled)
    return level


def leave(level: int) -> None:
    """Ends a level."""
    modes.forward_levels = tuple(one for one in modes.forward_levels if one != level)
    set_enabled(modes.forward_enabled)


def tangent_of(t: Tensor, level: int) -> Tensor | None:
    """A tensor's tangent at a level, if it has one."""
    return None if t._tangents is None else t._tangents.get(level)


def with_tangent(primal: Tensor, tangent: Tensor, level: int) -> Tensor:
    """An alias of a tensor with a tangent of its own; RuntimeError for another size or type."""
    if primal._shape != tangent._shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original "
            f"Tensor, this is not supported. Tensor is of size {list(primal._shape)} while the "
            f"given forward gradient is of size {list(tangent._shape)}."
        )
    forward, modes.forward = modes.forward, None
    try:
        made = primal.view_as(primal)
    finally:
        modes.forward = forward
    made._tangents = {**(primal._tangents or {}), level: tangent}
    return made


def without_tangent(t: Tensor, level: int) -> Tensor:
    """An alias of a tensor that has no tangent at a level."""
    forward, modes.forward = modes.forward, None
    try:
        made = t.view_as(t)
    finally:
        modes.forward = forward
    rest = {at: one for at, one in (t._tangents or {}).items() if at != level}
    made._tangents = rest or None
    return made


def set_enabled(mode: bool) -> None:
    """Whether tangents are computed while levels are in force."""
    modes.forward_enabled = bool(mode)
    modes.forward = dispatch if mode and modes.forward_levels else None


def dispatch(op: Op, inputs: tuple, attrs: tuple, shown: int | None = None) -> Any:
    """Records an operator, and the tangents of its results at the innermost level."""
    levels = modes.forward_levels
    level = levels[-1]
    modes.forward_levels = levels[:-1]
    modes.forward = dispatch if len(levels) > 1 else None
    try:
        out = Tensor.dispatch(op, inputs, attrs)
        tangents = [tangent_of(x, level) if isinstance(x, Tensor) else None for x in inputs]
        if any(t is not None for t in tangents):
            _attach(op, inputs, tangents, attrs, out, level)
        return out if shown is None else out[:shown]
    finally:
        modes.forward_levels, modes.forward = levels, dispatch


def _attach(op: Op, inputs: tuple, tangents: list, attrs: tuple, out: Any, level: int) -> None:
    outs = out if type(out) is tuple else (out,)
    if op.view is not None:
        made = _of_view(op, tangents[0], attrs, inputs[0])
        made = made if type(made) is tuple else (made,)
    elif op.formulas is None or all(o.dtype.category < 2 for o in outs):
        return
    else:
        made = _tangents(op, inputs, tangents, attrs, outs)
    for one, tangent in zip(outs, made):
        if tangent is not None and one.dtype.category >= 2:
            set_tangent(one, level, tangent)


def set_tangent(t: Tensor, level: int, tangent: Tensor) -> None:
    """Gives a result its tangent, and what its node saved of it too."""
    if t._tangents is None:
        t._tangents = {}
    t._tangents[level] = tangent
    saved = getattr(t._grad_fn, "saved_out", None)
    for one in saved or ():
        if one.output_nr == t._output_nr and one.memory is not None:
            one.memory._tangents = t._tangents


def _of_view(op: Op, tangent: Tensor, attrs: tuple, primal: Tensor) -> Any:
    """The same alias of the tangent, whose memory is laid out as the tensor's."""
    if tangent._strides != primal._strides and op in (VIEW, RESHAPE_ALIAS):
        try:
            return Tensor.dispatch(op, (tangent,), attrs)
        except RuntimeError:
            return Tensor.dispatch(UNSAFE_VIEW, (tangent,), attrs)
    if op.name.startswith("as_strided"):
        tangent = _laid_out(tangent, primal)
    return Tensor.dispatch(op, (tangent,), attrs)


def _laid_out(tangent: Tensor, primal: Tensor) -> Tensor:
    if tangent._strides == primal._strides and tangent._storage.size == primal._storage.size:
        return tangent
    memory = tangent.new_zeros((primal._storage.size,))
    made = memory.as_strided(primal._shape, primal._strides, primal._offset)
    made.copy_(tangent)
    return made


def _tangents(op: Op, inputs: tuple, tangents: list, attrs: tuple, outs: tuple) -> tuple:
    if op.name in _LINEAR and tangents[0] is not None:
        return (Tensor.dispatch(op, (_fitting(tangents[0], inputs[0]), *inputs[1:]), attrs),)
    if op.name in _BILINEAR:
        return (_by_parts(op, inputs, tangents, attrs),)
    if op.name in _JOINT:
        given = [_zeros_like(x) if t is None else t for x, t in zip(inputs, tangents)]
        return (Tensor.dispatch(op, tuple(given), attrs),)
    if op.elementwise and not any(_is_complex(x) for x in (*inputs, *outs)):
        return (_diagonal(op, inputs, tangents, attrs, outs[0]),)
    return _transposed(op, inputs, tangents, attrs, outs)


def _is_complex(x: Any) -> bool:
    return isinstance(x, complex) or (hasattr(x, "dtype") and x.dtype.is_complex)


def _zeros_like(x: Tensor) -> Tensor:
    return x.new_zeros(x._shape)


def _fitting(tangent: Tensor, primal: Tensor) -> Tensor:
    return cast(tangent, primal.dtype)


def _by_parts(op: Op, inputs: tuple, tangents: list, attrs: tuple) -> Tensor:
    total: Any = None
    for i, t in enumerate(tangents):
        if t is not None:
            given = (*inputs[:i], t, *inputs[i + 1 :])
            part = Tensor.dispatch(op, given, attrs)
            total = part if total is None else add(total, part)
    return total


def _node(op: Op, inputs: tuple, attrs: tuple, outs: tuple, needs: tuple[bool, ...]) -> OpNode:
    """A grad node of the application outside of any graph, to call its formulas."""
    saving = saving_of(op, needs)
    metas = tuple((x._shape, x.dtype) if isinstance(x, Tensor) else _meta(x) for x in inputs)
    out_metas = [(o._shape, o.dtype) for o in outs]
    node = OpNode.made(op, attrs, (None,) * len(inputs), saving, metas, out_metas)
    hooks, modes.saved_hooks = modes.saved_hooks, ()
    try:
        if saving.inputs:
            values = [x._read() if isinstance(x, Tensor) else x for x in inputs]
            node.saved = _saved_inputs(inputs, values, saving.inputs, modes.saved_hooks)
            for saved in node.saved.values():
                if saved is not None and saved.tensor is not None:
                    saved.counter = None
            node.edges = tuple(x._edge() if isinstance(x, Tensor) else None for x in inputs)
        if saving.outs:
            node.saved_out = [_saved_result(node, outs, i) for i in saving.outs]
    finally:
        modes.saved_hooks = hooks
    return node


def _saved_result(node: OpNode, outs: tuple, i: int) -> Any:
    saved = saved_output(outs[i], type(node), i)
    saved.tensor = outs[i]  # with its own history: this node has none
    return saved


def _diagonal(op: Op, inputs: tuple, tangents: list, attrs: tuple, out: Tensor) -> Tensor | None:
    total: Any = None
    for i, t in enumerate(tangents):
        if t is None or (type(op.formulas) is tuple and op.formulas[i] is None):
            continue
        needs = tuple(j == i for j in range(len(inputs)))
        node = _node(op, inputs, attrs, (out,), needs)
        g = expand(cast(t, out.dtype), out._shape)
        found = node.apply([g], True)
        part = found[i] if i < len(found) else None
        if part is not None:
            part = as_tensor(part)
            total = part if total is None else add(total, part)
    return total if total is None else expand(cast(total, out.dtype), out._shape)


def _transposed(op: Op, inputs: tuple, tangents: list, attrs: tuple, outs: tuple) -> tuple:
    """The tangents as the gradients, in `u`, of the reverse formula at `u`."""
    needs = tuple(t is not None for t in tangents)
    node = _node(op, inputs, attrs, outs, needs)
    record, modes.grad = modes.grad, True
    try:
        floor = node.sequence
        seeds = [None if o.dtype.category < 2 else tracked(o.new_zeros(o._shape)) for o in outs]
        found = node.apply(list(seeds), True)
        pairs = []
        for x, t, g in zip(inputs, tangents, found):
            if t is not None and isinstance(g, Tensor):  # a value does not depend on the seeds
                g = accept_grad(g, x._shape, x.dtype)
                pairs.append((g, cast(t, x.dtype)))
    finally:
        modes.grad = record
    return _pushed(pairs, seeds, floor)


def _pushed(pairs: list, seeds: list, floor: int) -> tuple:
    """Gradients in `seeds` of what was recorded since `floor`, as tensors."""
    accumulators = {s._edge()[0]: i for i, s in enumerate(seeds) if s is not None}
    results: list = [None] * len(seeds)
    buffers: dict = {}
    ready: list = []

    def deliver(edge: Any, grad: Any) -> None:
        node, nr = edge
        if isinstance(node, AccumulateGrad):
            at = accumulators.get(node)
            if at is not None:
                results[at] = _sum(results[at], _accepted(grad, node, nr))
        elif node.sequence > floor and _leads(node, accumulators, known, floor):
            if node not in buffers:
                buffers[node] = [None] * len(node.out_metas)
                heapq.heappush(ready, (-node.sequence, id(node), node))
            buffers[node][nr] = _sum(buffers[node][nr], _accepted(grad, node, nr))

    known: dict = {}
    for g, t in pairs:
        edge = g._edge()
        if edge is not None:
            deliver(edge, t)
    while ready:
        _, _, node = heapq.heappop(ready)
        _walk(node, buffers.pop(node), deliver)
    return tuple(results)


def _walk(node: Any, grads: list, deliver: Any) -> None:
    if len(grads) > 1 and not getattr(getattr(node, "op", None), "undefined_grads", False):
        grads = [
            _zeros(meta) if g is None and meta[1] is not None else g
            for g, meta in zip(grads, node.out_metas)
        ]
    for edge, g in zip(node.edges, node.apply(grads, True)):
        if edge is not None and g is not None:
            deliver(edge, as_tensor(g))


def _zeros(meta: tuple) -> Tensor:
    return Tensor._wrap(zeros(*meta))


def _sum(have: Any, grad: Any) -> Any:
    return grad if have is None else add(have, grad)


def _accepted(grad: Any, node: Any, nr: int) -> Any:
    shape, kind = node.out_metas[nr]
    return accept_grad(grad, shape, kind)


def _leads(node: Any, targets: dict, known: dict, floor: int) -> bool:
    """Whether a node recorded since `floor` leads to one of the targets."""
    found = known.get(node)
    if found is None:
        known[node] = False
        found = known[node] = any(
            edge is not None
            and (edge[0] in targets or _is_new_and_leads(edge[0], targets, known, floor))
            for edge in node.edges
        )
    return found


def _is_new_and_leads(node: Any, targets: dict, known: dict, floor: int) -> bool:
    if node.sequence <= floor or isinstance(node, AccumulateGrad):
        return False
    return _leads(node, targets, known, floor)
