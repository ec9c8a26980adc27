"""Layers of recurrent networks: a product over all steps, then a product and a kernel per step.

The gates' arithmetic of a step is one kernel, which stores what it computes into regions of the
layer's results; gradients of the weights are products over all steps at the end.  Conventions are
those of `ops/recurrent.py`.
"""

from __future__ import annotations

from ..nodes import Node, constant, map_of, permute, reduce, slice_of, view
from ..scalars import Scalar, call
from .products import product
from .regions import Memory
from .rules import rule

_KINDS = ("f32", "f64")
_GATES = 4  # admit (i), forget (f), new (g), emit (o)


def _matrix(x: Node) -> Node:
    """Any rank as (1, 1, rows, columns)."""
    return view(x, (1, 1, x.size // x.shape[-1], x.shape[-1]))


def _times(a: Node, b: Node, bias: Node | None = None) -> Node:
    """a (rows, k) times b (k, columns), as (rows, columns)."""
    made = product(_matrix(a), _matrix(b), bias)
    return view(made, made.shape[2:])


def _turned(x: Node) -> Node:
    return permute(x, (1, 0))


def _at(x: Node, step: int) -> Node:
    """One step of (T, N, ...)."""
    starts = (step, *(0 for _ in x.shape[1:]))
    shape = x.shape[1:]
    return view(slice_of(x, starts, (1, *shape), (1,) * len(x.shape)), shape)


def _columns(x: Node, number: int, size: int) -> Node:
    """Columns number * size and on of (N, ...)."""
    return slice_of(x, (0, number * size), (x.shape[0], size), (1, 1))


def _order(steps: int, reverse: bool) -> list[int]:
    return list(range(steps))[:: -1 if reverse else 1]


def _one_kind(*nodes: Node | None) -> bool:
    kinds = {n.kind for n in nodes if n is not None}
    return len(kinds) == 1 and kinds <= set(_KINDS)


# ---------------------------------------------------------------- LSTM


@rule("lstm_layer")
def _lstm_layer(inputs, attrs, metas):
    x, hidden, cell, w_ih, w_hh, b_ih, b_hh = inputs
    if not _one_kind(*inputs):
        return None
    (steps, batch, width), size = x.shape, hidden.shape[-1]
    bias = None if b_ih is None else b_ih + b_hh
    projected = _times(view(x, (steps * batch, width)), _turned(w_ih), bias)
    projected = view(projected, (steps, batch, _GATES * size))
    output, workspace = (Memory(shape, kind) for shape, kind in (metas[0], metas[3]))
    recurrent = _turned(w_hh)
    for t in _order(steps, *attrs):
        sums = _times(hidden, recurrent)
        gates, cell, hidden = _lstm_step(_at(projected, t), sums, cell)
        output.put(hidden, (t, 0, 0))
        for i, part in enumerate((*gates, cell)):
            workspace.put(part, (t, 0, i * size))
    return output.joined(), hidden, cell, workspace.joined()


def _lstm_step(projected: Node, sums: Node, cell: Node) -> tuple[list[Node], Node, Node]:
    """The gates, the cell and the hidden state after a step."""
    size = cell.shape[-1]
    gates = []
    for i, op in enumerate(("sigmoid", "sigmoid", "tanh", "sigmoid")):
        parts = (_columns(n, i, size) for n in (projected, sums))
        gates.append(map_of(lambda a, b, op=op: call(op, a + b), *parts))
    admit, forget, new, emit = gates
    cell = forget * cell + admit * new
    return gates, cell, map_of(lambda o, c: o * call("tanh", c), emit, cell)


def _gate(op: str, number: int, projected: Node, sums: Node, size: int) -> Node:
    parts = (_columns(x, number, size) for x in (projected, sums))
    return map_of(lambda a, b: call(op, b + a), *parts)


@rule("lstm_cell")
def _lstm_cell(inputs, attrs, metas):
    projected, sums, cell = inputs
    if not _one_kind(*inputs):
        return None
    size = cell.shape[-1]
    parts = [_columns(x, i, size) for i in range(3) for x in (projected, sums)]

    def step(a: Scalar, b: Scalar, c: Scalar, d: Scalar, e: Scalar, f: Scalar, h: Scalar) -> Scalar:
        return call("sigmoid", d + c) * h + call("sigmoid", b + a) * call("tanh", f + e)

    return map_of(step, *parts, cell)


@rule("lstm_cell_backward")
def _lstm_cell_backward(inputs, attrs, metas):
    g, projected, sums, cell = inputs
    if not _one_kind(*inputs):
        return None
    size = cell.shape[-1]
    admit, forget, new = (
        _gate(op, i, projected, sums, size) for i, op in enumerate(("sigmoid", "sigmoid", "tanh"))
    )
    d_admit = map_of(lambda g, n, i: g * n * ((1 - i) * i), g, new, admit)
    d_forget = map_of(lambda g, c, f: g * c * ((1 - f) * f), g, cell, forget)
    d_new = map_of(lambda g, i, n: g * i * (1 - n * n), g, admit, new)
    nothing = constant(0, sums.kind, cell.shape)
    return _side_by_side(sums, d_admit, d_forget, d_new, nothing), g * forget


@rule("lstm_hidden")
def _lstm_hidden(inputs, attrs, metas):
    projected, sums, cell = inputs
    if not _one_kind(*inputs):
        return None
    parts = (_columns(x, 3, cell.shape[-1]) for x in (projected, sums))
    return map_of(lambda a, b, c: call("sigmoid", b + a) * call("tanh", c), *parts, cell)


@rule("lstm_hidden_backward")
def _lstm_hidden_backward(inputs, attrs, metas):
    g, projected, sums, cell = inputs
    if not _one_kind(*inputs):
        return None
    emit = _gate("sigmoid", 3, projected, sums, cell.shape[-1])
    squashed = map_of(lambda c: call("tanh", c), cell)
    d_emit = map_of(lambda g, s, o: g * s * ((1 - o) * o), g, squashed, emit)
    nothing = [constant(0, sums.kind, cell.shape)] * 3
    d_cell = map_of(lambda g, o, s: g * o * (1 - s * s), g, emit, squashed)
    return _side_by_side(sums, *nothing, d_emit), d_cell


def _side_by_side(whole: Node, *parts: Node) -> Node:
    """Parts of as many columns each, as wide as `whole` together."""
    made = Memory(whole.shape, whole.kind)
    for i, part in enumerate(parts):
        made.put(part, (0, i * part.shape[-1]))
    return made.joined()


@rule("gru_gates")
def _gru_gates(inputs, attrs, metas):
    projected, sums, hidden = inputs
    if not _one_kind(*inputs):
        return None
    size = hidden.shape[-1]
    before = [_columns(projected, i, size) for i in range(3)]
    below = [_columns(sums, i, size) for i in range(3)]

    def step(a: Scalar, b: Scalar, c: Scalar, d: Scalar, e: Scalar, f: Scalar, h: Scalar) -> Scalar:
        new = call("tanh", c + call("sigmoid", d + a) * f)
        return (h - new) * call("sigmoid", e + b) + new

    return map_of(step, *before, *below, hidden)


@rule("gru_gates_backward")
def _gru_gates_backward(inputs, attrs, metas):
    g, projected, sums, hidden = inputs
    if not _one_kind(*inputs):
        return None
    size = hidden.shape[-1]
    a, b = ([_columns(x, i, size) for i in range(3)] for x in (projected, sums))
    reset, update = (map_of(lambda x, y: call("sigmoid", y + x), a[i], b[i]) for i in range(2))
    new = map_of(lambda x, r, y: call("tanh", x + r * y), a[2], reset, b[2])
    d_new = map_of(lambda g, u, n: (g - g * u) * (1 - n * n), g, update, new)
    d_reset = map_of(lambda d, y, r: d * y * ((1 - r) * r), d_new, b[2], reset)
    d_update = map_of(lambda g, h, n, u: g * (h - n) * ((1 - u) * u), g, hidden, new, update)
    of_products = (_side_by_side(sums, d_reset, d_update, last) for last in (d_new, d_new * reset))
    return *of_products, g * update


@rule("lstm_layer_backward")
def _lstm_layer_backward(inputs, attrs, metas):
    g_output, g_hidden, g_cell, x, hidden, cell, w_ih, w_hh, output, workspace = inputs
    if not _one_kind(*inputs):
        return None
    (steps, batch, width), size, kind = x.shape, hidden.shape[-1], x.kind
    order = _order(steps, *attrs)
    dh, dc = g_hidden, g_cell
    dh = constant(0, kind, hidden.shape) if dh is None else dh
    dc = constant(0, kind, cell.shape) if dc is None else dc
    every = Memory((steps, batch, _GATES * size), kind)
    for at in range(steps - 1, -1, -1):
        t = order[at]
        before = _columns(_at(workspace, order[at - 1]), 4, size) if at else cell
        if g_output is not None:
            dh = dh + _at(g_output, t)
        now = Memory((batch, _GATES * size), kind)
        parts, dc = _lstm_step_gradient(dh, dc, _at(workspace, t), before)
        for i, part in enumerate(parts):
            now.put(part, (0, i * size))
            every.put(part, (t, 0, i * size))
        dh = _times(now.joined(), w_hh)
    flat = view(every.joined(), (steps * batch, _GATES * size))
    d_input = view(_times(flat, w_ih), x.shape)
    d_w_ih = _times(_turned(flat), view(x, (steps * batch, width)))
    came_from = view(_shifted(hidden, output, order), (steps * batch, size))
    d_w_hh = _times(_turned(flat), came_from)
    d_bias = view(reduce("add", flat, (0,)), metas[5][0])
    return d_input, dh, dc, d_w_ih, d_w_hh, d_bias


def _lstm_step_gradient(dh: Node, dc: Node, saved: Node, before: Node):
    """Gradients of the gates before their nonlinearities, and of the cell before this step."""
    admit, forget, new, emit, cell = (_columns(saved, i, dh.shape[-1]) for i in range(5))
    squashed = map_of(lambda c: call("tanh", c), cell)

    def of_cell(dc: Scalar, dh: Scalar, emit: Scalar, squashed: Scalar) -> Scalar:
        return dc + dh * emit * (1 - squashed * squashed)

    dc = map_of(of_cell, dc, dh, emit, squashed)
    parts = [
        map_of(lambda d, n, i: d * n * i * (1 - i), dc, new, admit),
        map_of(lambda d, b, f: d * b * f * (1 - f), dc, before, forget),
        map_of(lambda d, i, n: d * i * (1 - n * n), dc, admit, new),
        map_of(lambda d, s, o: d * s * o * (1 - o), dh, squashed, emit),
    ]
    return parts, dc * forget


def _shifted(hidden: Node, output: Node, order: list[int]) -> Node:
    """The hidden state before each step."""
    steps, batch, size = output.shape
    made = Memory(output.shape, output.kind)
    made.put(hidden, (order[0], 0, 0))
    if steps > 1:
        first = min(order[:-1])
        rest = slice_of(output, (first, 0, 0), (steps - 1, batch, size), (1, 1, 1))
        made.put(rest, (min(order[1:]), 0, 0))
    return made.joined()
