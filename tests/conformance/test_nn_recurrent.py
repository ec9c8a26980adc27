"""Recurrent networks against PyTorch's: outputs, states and all gradients."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402
import loxley.nn  # noqa: E402

OPTIONS = {
    "plain": {},
    "batch first": {"batch_first": True},
    "two ways": {"bidirectional": True},
    "layers": {"num_layers": 2, "dropout": 0.5},
    "all": {"num_layers": 3, "bidirectional": True, "batch_first": True},
    "no bias": {"bias": False},
}
KINDS = ["RNN", "GRU", "LSTM"]


def _leaves(value: Any) -> list:
    """The tensors of a nested result, in order."""
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in _leaves(part)]
    return [] if value is None else [value]


def _pair(kind: str, dtype: str, **options: Any) -> list:
    """The same network in both packages."""
    built = []
    for package in (torch, loxley):
        package.manual_seed(7)
        network = getattr(package.nn, kind)(4, 3, **options)
        built.append(network.to(getattr(package, dtype)))
    return built


def _input(package: Any, shape: tuple, dtype: str) -> Any:
    torch.manual_seed(1)
    values = torch.randn(shape, dtype=torch.float64).tolist()
    made = package.tensor(values, dtype=getattr(package, dtype))
    return made.requires_grad_()


def _run(package: Any, network: Any, x: Any, forward: Any) -> list:
    """Outputs, then the gradients of a weighted sum of them."""
    package.manual_seed(3)
    outputs = _leaves(forward(package, network, x))
    floating = [o for o in outputs if o.is_floating_point()]
    total = sum((o * (i + 1)).sin().sum() for i, o in enumerate(floating))
    total.backward()
    grads = [x.grad, *(p.grad for p in network.parameters())]
    return [t.tolist() for t in (*outputs, *grads)]


def _check(kind: str, dtype: str, shape: tuple, forward: Any, **options: Any) -> None:
    networks = _pair(kind, dtype, **options)
    results = []
    for package, network in zip((torch, loxley), networks, strict=True):
        x = _input(package, shape, dtype)
        results.append(_run(package, network, x, forward))
    tolerance = 1e-5 if dtype == "float32" else 1e-9
    for expected, actual in zip(*results, strict=True):
        want, got = torch.tensor(expected), torch.tensor(actual)
        torch.testing.assert_close(got, want, rtol=tolerance, atol=tolerance)


def _call(package: Any, network: Any, x: Any) -> Any:
    return network(x)


def _call_packed(package: Any, network: Any, x: Any) -> Any:
    rnn = package.nn.utils.rnn
    lengths = package.tensor([2, 5, 1])
    packed = rnn.pack_padded_sequence(
        x, lengths, batch_first=network.batch_first, enforce_sorted=False
    )
    output, state = network(packed)
    padded, out_lengths = rnn.pad_packed_sequence(output, batch_first=network.batch_first)
    return padded, out_lengths, state


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_padded(kind: str, options: str, dtype: str) -> None:
    _check(kind, dtype, (5, 3, 4), _call, **OPTIONS[options])


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_packed(kind: str, options: str) -> None:
    shape = (3, 5, 4) if OPTIONS[options].get("batch_first") else (5, 3, 4)
    _check(kind, "float32", shape, _call_packed, **OPTIONS[options])


@pytest.mark.parametrize("kind", KINDS)
def test_unbatched(kind: str) -> None:
    _check(kind, "float32", (5, 4), _call)


def test_relu() -> None:
    _check("RNN", "float32", (5, 3, 4), _call, nonlinearity="relu")


@pytest.mark.parametrize("call", [_call, _call_packed])
def test_projection(call: Any) -> None:
    _check("LSTM", "float32", (5, 3, 4), call, proj_size=2, num_layers=2, bidirectional=True)


@pytest.mark.parametrize("kind", KINDS)
def test_initial_state(kind: str) -> None:
    def forward(package: Any, network: Any, x: Any) -> Any:
        state = package.full((2, 3, 3), 0.5).requires_grad_()
        pair = (state, state * 2) if kind == "LSTM" else state
        result = network(x, pair)
        grads = package.autograd.grad(_leaves(result)[0].sum(), [state], retain_graph=True)
        return result, grads[0].detach()

    _check(kind, "float32", (5, 3, 4), forward, bidirectional=True)


@pytest.mark.parametrize("shape", [(3, 4), (4,)])
@pytest.mark.parametrize("kind", ["RNNCell", "GRUCell", "LSTMCell"])
def test_cells(kind: str, shape: tuple) -> None:
    _check(kind, "float32", shape, lambda package, cell, x: cell(x, cell(x)))


@pytest.mark.parametrize("kind", KINDS)
def test_second_derivative(kind: str) -> None:
    def forward(package: Any, network: Any, x: Any) -> Any:
        first = package.autograd.grad(network(x)[0].sin().sum(), x, create_graph=True)
        return first[0]

    _check(kind, "float64", (3, 2, 4), forward)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", OPTIONS)
def test_grad_fn(kind: str, options: str) -> None:
    names = []
    for package, network in zip((torch, loxley), _pair(kind, "float32", **OPTIONS[options])):
        x = _input(package, (5, 3, 4), "float32")
        names.append([t.grad_fn.name() for t in _leaves(network(x))])
    assert names[1] == names[0]
