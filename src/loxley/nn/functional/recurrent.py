"""Recurrent networks on tensors: whole networks and single cells, padded and packed.

In: a sequence (T, N, input) or the data of a packed one with its batch sizes, initial states, and
the weights in `flat_weights`' order: per layer and direction w_ih, w_hh(, b_ih, b_hh)(, w_hr).
Out: the last layer's outputs and the final states (layers * directions, N, hidden).
The input projection of a whole sequence is one matrix product; then come the steps.
Equations: https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...dtypes import float32, float64
from ...ops.recurrent import GRU_GATES, LSTM_CELL, LSTM_HIDDEN, LSTM_LAYER
from ...tensor import Tensor, cat, relu, sigmoid, stack, tanh
from ...tensor.modes import modes
from . import dropout as drop
from . import linear

State = tuple[Tensor, ...]  # (hidden,) or (hidden, cell)
_WHOLE = (float32, float64)  # of which a step may be one operator
_GRU, _LSTM = 3, 4  # gates of a cell


class Weights(NamedTuple):
    """The parameters of one direction of one layer."""

    w_ih: Tensor
    w_hh: Tensor
    b_ih: Tensor | None = None
    b_hh: Tensor | None = None
    w_hr: Tensor | None = None


class Network(NamedTuple):
    """How a network is built: its cell's step and its layers."""

    step: Callable[[Tensor, State, Weights], State]
    layers: int
    dropout: float
    training: bool
    bidirectional: bool


# -- steps: (projected input of one step, state) -> state -----------------------------------------


def _tanh_step(projected: Tensor, state: State, w: Weights) -> State:
    return (tanh(linear(state[0], w.w_hh, w.b_hh) + projected),)


def _relu_step(projected: Tensor, state: State, w: Weights) -> State:
    return (relu(linear(state[0], w.w_hh, w.b_hh) + projected),)


def _is_one_step(count: int, projected: Tensor, sums: Tensor, state: Tensor) -> bool:
    """Whether a step may be recorded as a whole: no mode asks for more than its derivative."""
    tensors = (projected, sums, state)
    rows, size = state._shape
    return (
        modes.forward is None
        and modes.autocast is None
        and not modes.vmaps
        and projected._shape == sums._shape == (rows, count * size)
        and all(type(t) is Tensor and t.dtype in _WHOLE and not t.is_meta for t in tensors)
        and projected.dtype is sums.dtype is state.dtype
    )


def _gru_step(projected: Tensor, state: State, w: Weights) -> State:
    (hidden,) = state
    gates = linear(hidden, w.w_hh, w.b_hh)
    if _is_one_step(_GRU, projected, gates, hidden):
        return (GRU_GATES(projected, gates, hidden),)
    input_reset, input_update, input_new = projected.unsafe_chunk(3, 1)
    hidden_reset, hidden_update, hidden_new = gates.unsafe_chunk(3, 1)
    reset = sigmoid(hidden_reset + input_reset)
    update = sigmoid(hidden_update + input_update)
    new = tanh(input_new + reset * hidden_new)
    return ((hidden - new) * update + new,)


def _lstm_step(projected: Tensor, state: State, w: Weights) -> State:
    hidden, cell = state
    gates = linear(hidden, w.w_hh, w.b_hh)
    if _is_one_step(_LSTM, projected, gates, cell):
        cell = LSTM_CELL(projected, gates, cell)
        hidden = LSTM_HIDDEN(projected, gates, cell)
    else:
        admit, forget, new, emit = (gates + projected).unsafe_chunk(4, 1)
        cell = sigmoid(forget) * cell + sigmoid(admit) * tanh(new)
        hidden = sigmoid(emit) * tanh(cell)
    if w.w_hr is not None:
        hidden = linear(hidden, w.w_hr)
    return hidden, cell


# -- one direction of one layer -------------------------------------------------------------------


def _run(
    step: Callable, input: Tensor, state: State, w: Weights, reverse: bool
) -> tuple[Tensor, State]:
    """(T, N, input) -> outputs (T, N, hidden) and the state after the last step."""
    if _fits_lstm_layer(step, input, w):
        weights = (w.w_ih, w.w_hh, w.b_ih, w.b_hh)
        output, hidden, cell, _ = LSTM_LAYER(input, *state, *weights, reverse)
        return output, (hidden, cell)
    steps = linear(input, w.w_ih, w.b_ih).unbind(0)
    outputs = []
    for projected in reversed(steps) if reverse else steps:
        state = step(projected, state, w)
        outputs.append(state[0])
    return stack(outputs[::-1] if reverse else outputs, 0), state


def _fits_lstm_layer(step: Callable, input: Tensor, w: Weights) -> bool:
    """Whether PyTorch runs the layer as one node (oneDNN): so do we."""
    return step is _lstm_step and w.w_hr is None and str(input.dtype) == "torch.float32"


def _run_packed(
    step: Callable, data: Tensor, sizes: list[int], state: State, w: Weights, reverse: bool
) -> tuple[Tensor, State]:
    """Packed steps of `sizes` rows -> packed outputs and each sequence's last state."""
    steps = linear(data, w.w_ih, w.b_ih).split(sizes, 0)
    run = _backward_packed if reverse else _forward_packed
    outputs, state = run(step, steps, sizes, state, w)
    return cat(outputs, 0), state


def _forward_packed(
    step: Callable, steps: Sequence[Tensor], sizes: list[int], state: State, w: Weights
) -> tuple[list[Tensor], State]:
    outputs, ended = [], []
    for projected, size in zip(steps, sizes, strict=True):
        have = state[0].size(0)
        if size < have:  # the shortest sequences have ended; their state is final
            ended.append(tuple(s.narrow(0, size, have - size) for s in state))
            state = tuple(s.narrow(0, 0, size) for s in state)
        state = step(projected, state, w)
        outputs.append(state[0])
    ended.append(state)
    return outputs, tuple(cat(parts[::-1], 0) for parts in zip(*ended, strict=True))


def _backward_packed(
    step: Callable, steps: Sequence[Tensor], sizes: list[int], state: State, w: Weights
) -> tuple[list[Tensor], State]:
    initial, have = state, sizes[-1]
    state = tuple(s.narrow(0, 0, have) for s in initial)
    outputs = []
    for projected, size in zip(reversed(steps), reversed(sizes), strict=True):
        if size > have:  # shorter sequences begin at their last element
            state = tuple(
                cat([s, first.narrow(0, have, size - have)], 0)
                for s, first in zip(state, initial, strict=True)
            )
            have = size
        state = step(projected, state, w)
        outputs.append(state[0])
    return outputs[::-1], state


# -- networks -------------------------------------------------------------------------------------


def _all_layers(
    network: Network, run: Callable, input: Tensor, states: list[State], weights: list[Weights]
) -> tuple[Tensor, list[Tensor]]:
    """Every layer in turn; `run(step, input, state, weights, reverse)` runs one direction."""
    directions = 2 if network.bidirectional else 1
    finals: list[State] = []
    for layer in range(network.layers):
        outputs = []
        for direction in range(directions):
            at = layer * directions + direction
            output, final = run(network.step, input, states[at], weights[at], direction == 1)
            outputs.append(output)
            finals.append(final)
        input = outputs[0] if directions == 1 else cat(outputs, outputs[0].dim() - 1)
        if network.dropout != 0 and network.training and layer < network.layers - 1:
            input = drop(input, network.dropout, True)
    return input, [stack(parts, 0) for parts in zip(*finals, strict=True)]


def _grouped(flat_weights: Sequence[Tensor], has_biases: bool, has_projection: bool) -> list:
    """`flat_weights` as one `Weights` per layer and direction."""
    size = 2 + 2 * has_biases + has_projection
    groups = [flat_weights[i : i + size] for i in range(0, len(flat_weights), size)]
    if has_projection:
        return [Weights(*(g[:-1] + [None] * (5 - size)), g[-1]) for g in map(list, groups)]
    return [Weights(*g) for g in groups]


def _network(step: Callable, arguments: tuple) -> Callable[..., tuple]:
    """Both forms of a network function share everything but how a sequence is walked."""
    if isinstance(arguments[3], (list, tuple)):
        return _packed(step, *arguments)
    return _padded(step, *arguments)


def _states_of(hx: Any) -> list[State]:
    hx = hx if isinstance(hx, (tuple, list)) else (hx,)
    return list(zip(*(h.unbind(0) for h in hx), strict=True))


def _has_projection(hx: Any) -> bool:
    return isinstance(hx, (tuple, list)) and hx[0].size(2) != hx[1].size(2)


def _padded(
    step: Callable,
    input: Tensor,
    hx: Any,
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple:
    sequence = input.transpose(0, 1) if batch_first else input
    if sequence.size(0) == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    network = Network(step, num_layers, dropout, train, bidirectional)
    weights = _grouped(params, has_biases, _has_projection(hx))
    output, finals = _all_layers(network, _run, sequence, _states_of(hx), weights)
    if batch_first:
        # In place, as PyTorch: `grad_fn` says so.
        in_place = step is not _lstm_step
        output = output.transpose_(0, 1) if in_place else output.transpose(0, 1)
    return (output, *finals)


def _packed(
    step: Callable,
    data: Tensor,
    batch_sizes: Tensor,
    hx: Any,
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
) -> tuple:
    sizes = batch_sizes.tolist()

    def run(step: Callable, data: Tensor, state: State, w: Weights, reverse: bool) -> tuple:
        return _run_packed(step, data, sizes, state, w, reverse)

    network = Network(step, num_layers, dropout, train, bidirectional)
    weights = _grouped(params, has_biases, _has_projection(hx))
    output, finals = _all_layers(network, run, data, _states_of(hx), weights)
    return (output, *finals)


def rnn_tanh(*arguments: Any) -> tuple[Tensor, Tensor]:
    """(outputs, final hidden) of a tanh network.

    Padded: (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first);
    packed: (data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional).
    """
    return _network(_tanh_step, arguments)


def rnn_relu(*arguments: Any) -> tuple[Tensor, Tensor]:
    """(outputs, final hidden) of a ReLU network; arguments as `rnn_tanh`."""
    return _network(_relu_step, arguments)


def gru(*arguments: Any) -> tuple[Tensor, Tensor]:
    """(outputs, final hidden) of gated recurrent units; arguments as `rnn_tanh`."""
    return _network(_gru_step, arguments)


def lstm(*arguments: Any) -> tuple[Tensor, Tensor, Tensor]:
    """(outputs, final hidden, final cell) of an LSTM; arguments as `rnn_tanh`, hx a pair."""
    return _network(_lstm_step, arguments)


# -- cells ----------------------------------------------------------------------------------------


def _cell(
    step: Callable,
    input: Tensor,
    state: State,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None,
    b_hh: Tensor | None,
) -> State:
    _check_cell(input, state, w_ih, w_hh)
    return step(linear(input, w_ih, b_ih), state, Weights(w_ih, w_hh, b_ih, b_hh))


def _check_cell(input: Tensor, state: State, w_ih: Tensor, w_hh: Tensor) -> None:
    shapes = input.shape, w_ih.shape, w_hh.shape
    if [len(shape) for shape in shapes] == [2, 2, 2]:
        (rows, width), (_, expected), (_, size) = shapes
        if width == expected and all([hidden.shape == (rows, size) for hidden in state]):
            return
    if input.size(1) != w_ih.size(1):
        raise RuntimeError(
            f"input has inconsistent input_size: got {input.size(1)} expected {w_ih.size(1)}"
        )
    for i, hidden in enumerate(state):
        if input.size(0) != hidden.size(0):
            raise RuntimeError(
                f"Input batch size {input.size(0)} doesn't match hidden{i} batch size "
                f"{hidden.size(0)}"
            )
        if hidden.size(1) != w_hh.size(1):
            raise RuntimeError(
                f"hidden{i} has inconsistent hidden_size: got {hidden.size(1)}, expected "
                f"{w_hh.size(1)}"
            )


def rnn_tanh_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """(N, input), (N, hidden) -> (N, hidden)."""
    return _cell(_tanh_step, input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


def rnn_relu_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """(N, input), (N, hidden) -> (N, hidden)."""
    return _cell(_relu_step, input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


def gru_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """(N, input), (N, hidden) -> (N, hidden)."""
    return _cell(_gru_step, input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


def lstm_cell(
    input: Tensor,
    hx: tuple[Tensor, Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """(N, input), ((N, hidden), (N, hidden)) -> ((N, hidden), (N, hidden))."""
    return _cell(_lstm_step, input, tuple(hx), w_ih, w_hh, b_ih, b_hh)
