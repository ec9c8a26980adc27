"""One direction of one LSTM layer as one operator, as PyTorch records it for oneDNN.

In: input (T, N, I), initial hidden and cell (N, H), w_ih (4H, I), w_hh (4H, H), biases (4H) or
None. Out: outputs (T, N, H), last hidden, last cell, and the workspace (T, N, 5H): the gates
i, f, g, o and the cell of every step, which the backward pass reads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ir.graph import Op, Value
from .exponential import sigmoid, sigmoid_backward
from .joining import cat
from .movement import zeros
from .slicing import slice_
from .trigonometric import tanh, tanh_backward


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _order(steps: int, reverse: bool) -> range:
    return range(steps - 1, -1, -1) if reverse else range(steps)


def _rule(input, hidden, cell, w_ih, w_hh, b_ih, b_hh, reverse):
    steps, batch, _ = input.shape
    size = hidden.shape[-1]
    kind = input.dtype
    return [
        ((steps, batch, size), kind),
        ((batch, size), kind),
        ((batch, size), kind),
        ((steps, batch, 5 * size), kind),
    ]


def _forward(input, hidden, cell, w_ih, w_hh, b_ih, b_hh, /, reverse):
    steps, batch, width = input.shape
    size = hidden.shape[-1]
    projected = (input.reshape(-1, width) @ w_ih.T).reshape(steps, batch, -1)
    if b_ih is not None:
        projected += b_ih + b_hh
    output = np.empty((steps, batch, size), input.dtype)
    workspace = np.empty((steps, batch, 5 * size), input.dtype)
    recurrent = np.ascontiguousarray(w_hh.T)
    for t in _order(steps, reverse):
        gates = projected[t] + hidden @ recurrent
        gates[:, : 2 * size] = _sigmoid(gates[:, : 2 * size])
        gates[:, 2 * size : 3 * size] = np.tanh(gates[:, 2 * size : 3 * size])
        gates[:, 3 * size :] = _sigmoid(gates[:, 3 * size :])
        admit, forget, new, emit = np.split(gates, 4, 1)
        cell = forget * cell + admit * new
        hidden = emit * np.tanh(cell)
        output[t] = hidden
        workspace[t, :, : 4 * size] = gates
        workspace[t, :, 4 * size :] = cell
    return output, hidden, cell, workspace


def _gradients(g, input, hidden, cell, w_ih, w_hh, b_ih_shape, reverse, out0, out3, needs):
    d_input, d_hidden, d_cell, d_w_ih, d_w_hh, d_bias = LSTM_LAYER_BACKWARD(
        g[0], g[1], g[2], input, hidden, cell, w_ih, w_hh, out0, out3, reverse
    )
    bias = None if b_ih_shape is None else d_bias
    return d_input, d_hidden, d_cell, d_w_ih, d_w_hh, bias, bias


def _columns(x: Any, count: int) -> list:
    """Equal parts of the columns of a tensor or value."""
    size = x.shape[1] // count
    return [slice_(x, 1, i * size, (i + 1) * size, 1) for i in range(count)]


def _lstm_cell(projected, sums, cell):
    admit, forget, new, _ = np.split(sums + projected, 4, 1)
    return _sigmoid(forget) * cell + _sigmoid(admit) * np.tanh(new)


def _lstm_cell_backward(g, projected, sums, cell):
    admit, forget, new, emit = np.split(sums + projected, 4, 1)
    admit, forget, new = _sigmoid(admit), _sigmoid(forget), np.tanh(new)
    d_admit = g * new * ((1 - admit) * admit)
    d_forget = g * cell * ((1 - forget) * forget)
    parts = [d_admit, d_forget, g * admit * (1 - new * new), np.zeros_like(emit)]
    return np.concatenate(parts, 1), g * forget


def _lstm_cell_gradients(g, projected, sums, cell):
    if type(g) is Value:
        d_gates, d_cell = LSTM_CELL_BACKWARD(g, projected, sums, cell)
    else:
        admit, forget, new, emit = _columns(sums + projected, 4)
        admit, forget, new = sigmoid(admit), sigmoid(forget), tanh(new)
        d_admit, d_forget = sigmoid_backward(g * new, admit), sigmoid_backward(g * cell, forget)
        nothing = zeros(emit.shape, emit.dtype)
        d_gates = cat([d_admit, d_forget, tanh_backward(g * admit, new), nothing], 1)
        d_cell = g * forget
    return d_gates, d_gates, d_cell


def _lstm_hidden(projected, sums, cell):
    emit = np.split(sums + projected, 4, 1)[3]
    return _sigmoid(emit) * np.tanh(cell)


def _lstm_hidden_backward(g, projected, sums, cell):
    *others, emit = np.split(sums + projected, 4, 1)
    emit, squashed = _sigmoid(emit), np.tanh(cell)
    parts = [*map(np.zeros_like, others), g * squashed * ((1 - emit) * emit)]
    return np.concatenate(parts, 1), g * emit * (1 - squashed * squashed)


def _lstm_hidden_gradients(g, projected, sums, cell):
    if type(g) is Value:
        d_gates, d_cell = LSTM_HIDDEN_BACKWARD(g, projected, sums, cell)
    else:
        emit, squashed = sigmoid(_columns(sums + projected, 4)[3]), tanh(cell)
        nothing = zeros((g.shape[0], 3 * g.shape[1]), g.dtype)
        d_gates = cat([nothing, sigmoid_backward(g * squashed, emit)], 1)
        d_cell = tanh_backward(g * emit, squashed)
    return d_gates, d_gates, d_cell


def _of_a_cell(name: str, forward: Any, gradients: Any, backward: Any, shown: str) -> tuple[Op, Op]:
    """An operator (products (N, 4H) twice, cell (N, H)) -> (N, H), and that of its gradients of
    the products' sum and of the cell."""
    made = Op(
        name,
        rule=lambda projected, sums, cell: (cell.shape, cell.dtype),
        eval=forward,
        names=("projected", "sums", "cell"),
        vjp=gradients,
        grad_name=shown,
    )
    made_backward = Op(
        f"{name}_backward",
        rule=lambda g, projected, sums, cell: [(x.shape, g.dtype) for x in (sums, cell)],
        eval=backward,
        names=("g", "projected", "sums", "cell"),
        outputs=2,
    )
    return made, made_backward


# The step of a cell: the next cell from that before, and the hidden state from the next cell.
# PyTorch records a dozen operators; an addition makes its cell, a multiplication its hidden state.
LSTM_CELL, LSTM_CELL_BACKWARD = _of_a_cell(
    "lstm_cell", _lstm_cell, _lstm_cell_gradients, _lstm_cell_backward, "AddBackward0"
)
LSTM_HIDDEN, LSTM_HIDDEN_BACKWARD = _of_a_cell(
    "lstm_hidden", _lstm_hidden, _lstm_hidden_gradients, _lstm_hidden_backward, "MulBackward0"
)


def _gru_gates(projected, sums, hidden):
    input_reset, input_update, input_new = np.split(projected, 3, 1)
    hidden_reset, hidden_update, hidden_new = np.split(sums, 3, 1)
    update = _sigmoid(hidden_update + input_update)
    new = np.tanh(input_new + _sigmoid(hidden_reset + input_reset) * hidden_new)
    return (hidden - new) * update + new


def _gru_parts(projected, sums):
    """reset, update, new and what reset lets through, of tensors or values."""
    a, b = (_columns(x, 3) for x in (projected, sums))
    reset, update = sigmoid(b[0] + a[0]), sigmoid(b[1] + a[1])
    return reset, update, tanh(a[2] + reset * b[2]), b[2]


def _gru_gradients(g, projected, sums, hidden):
    if type(g) is Value:
        return GRU_GATES_BACKWARD(g, projected, sums, hidden)
    reset, update, new, through = _gru_parts(projected, sums)
    d_new = tanh_backward(g - g * update, new)
    d_reset = sigmoid_backward(d_new * through, reset)
    d_update = sigmoid_backward(g * (hidden - new), update)
    of_sums = cat([d_reset, d_update, d_new * reset], 1)
    return cat([d_reset, d_update, d_new], 1), of_sums, g * update


def _gru_gates_backward(g, projected, sums, hidden):
    input_reset, input_update, input_new = np.split(projected, 3, 1)
    hidden_reset, hidden_update, through = np.split(sums, 3, 1)
    reset = _sigmoid(hidden_reset + input_reset)
    update = _sigmoid(hidden_update + input_update)
    new = np.tanh(input_new + reset * through)
    d_new = (g - g * update) * (1 - new * new)
    d_reset = d_new * through * ((1 - reset) * reset)
    d_update = g * (hidden - new) * ((1 - update) * update)
    of_sums = np.concatenate([d_reset, d_update, d_new * reset], 1)
    return np.concatenate([d_reset, d_update, d_new], 1), of_sums, g * update


# The same of a gated recurrent unit: products (N, 3H), hidden state (N, H) before and after.  Its
# derivative is one operator, too; PyTorch records a dozen, of which an addition is the last.
GRU_GATES = Op(
    "gru_gates",
    rule=lambda projected, sums, hidden: (hidden.shape, hidden.dtype),
    eval=_gru_gates,
    names=("projected", "sums", "hidden"),
    vjp=_gru_gradients,
    grad_name="AddBackward0",
)

# Gradients of both products and of the hidden state before.
GRU_GATES_BACKWARD = Op(
    "gru_gates_backward",
    rule=lambda g, projected, sums, hidden: [(x.shape, g.dtype) for x in (projected, sums, hidden)],
    eval=_gru_gates_backward,
    names=("g", "projected", "sums", "hidden"),
    outputs=3,
)


LSTM_LAYER = Op(
    "lstm_layer",
    rule=_rule,
    eval=_forward,
    vjp=_gradients,
    grad_name="MkldnnRnnLayerBackward0",
    undefined_grads=True,
    outputs=4,
)


def _backward_rule(
    g_output, g_hidden, g_cell, input, hidden, cell, w_ih, w_hh, output, workspace, reverse
):
    kind = input.dtype
    shapes = [input.shape, hidden.shape, cell.shape, w_ih.shape, w_hh.shape, w_hh.shape[:1]]
    return [(shape, kind) for shape in shapes]


def _step_gradient(dh: np.ndarray, dc: np.ndarray, gates: np.ndarray, before: np.ndarray) -> Any:
    """Gradients of the gates before their nonlinearities, and of the cell before this step."""
    admit, forget, new, emit, cell = np.split(gates, 5, 1)
    squashed = np.tanh(cell)
    dc = dc + dh * emit * (1 - squashed * squashed)
    d_gates = np.concatenate(
        [
            dc * new * admit * (1 - admit),
            dc * before * forget * (1 - forget),
            dc * admit * (1 - new * new),
            dh * squashed * emit * (1 - emit),
        ],
        1,
    )
    return d_gates, dc * forget


def _backward(
    g_output, g_hidden, g_cell, input, hidden, cell, w_ih, w_hh, output, workspace, /, reverse
):
    steps, batch, width = input.shape
    size = hidden.shape[-1]
    order = list(_order(steps, reverse))
    dh = np.zeros_like(hidden) if g_hidden is None else g_hidden
    dc = np.zeros_like(cell) if g_cell is None else g_cell
    d_gates = np.empty((steps, batch, 4 * size), input.dtype)
    came_from = np.empty_like(output)  # the hidden state before each step
    for at in range(steps - 1, -1, -1):
        t = order[at]
        first = at == 0
        came_from[t] = hidden if first else output[order[at - 1]]
        before = cell if first else workspace[order[at - 1], :, 4 * size :]
        if g_output is not None:
            dh = dh + g_output[t]
        d_gates[t], dc = _step_gradient(dh, dc, workspace[t], before)
        dh = d_gates[t] @ w_hh
    flat = d_gates.reshape(-1, 4 * size)
    d_input = (flat @ w_ih).reshape(input.shape)
    d_w_ih = flat.T @ input.reshape(-1, width)
    d_w_hh = flat.T @ came_from.reshape(-1, size)
    return d_input, dh, dc, d_w_ih, d_w_hh, flat.sum(0)


def _no_second_derivative(g):
    raise RuntimeError("derivative for aten::mkldnn_rnn_layer_backward is not implemented")


LSTM_LAYER_BACKWARD = Op(
    "lstm_layer_backward",
    rule=_backward_rule,
    eval=_backward,
    vjp=_no_second_derivative,
    grad_name="MkldnnRnnLayerBackwardBackward0",
    outputs=6,
)
