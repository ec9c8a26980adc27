"""Sparse gradients of embeddings and gather against PyTorch, and the optimizers that take them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402

INDICES = [[1, 2, 2], [4, 1, 9]]
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.1},
    "SGD momentum": {"lr": 0.1, "momentum": 0.9, "dampening": 0.5},
    "SGD nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True},
    "SGD decay": {"lr": 0.1, "weight_decay": 0.1},
    "Adagrad": {"lr_decay": 0.1},
    "Adagrad decay": {"weight_decay": 0.1},
    "SparseAdam": {},
    **{name: {} for name in "Adam AdamW Adamax NAdam RAdam RMSprop Rprop ASGD Adadelta".split()},
    "Adafactor": {},
}


def outcome(lib: Any, program: Callable[[Any], list]) -> list:
    """What the program returns, tensors as lists, or the error it raises."""
    lib.manual_seed(3)
    try:
        return [described(x) for x in program(lib)]
    except Exception as error:
        return [type(error).__name__, str(error)]


def described(x: Any) -> Any:
    if not hasattr(x, "is_sparse"):
        return x
    if x.is_sparse:
        parts = [x._indices().tolist(), described(x._values()), tuple(x.shape), x.is_coalesced()]
        return ["sparse", *parts]
    return x.detach().reshape(-1).tolist()


def close(a: Any, b: Any) -> bool:
    """Equal, floats within a relative 1e-5."""
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, float):
        return math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-6)
    return a == b


def same(program: Callable[[Any], list]) -> None:
    made, expected = outcome(loxley, program), outcome(torch, program)
    assert close(made, expected), (made, expected)


@pytest.mark.parametrize("padding", [None, 1])
@pytest.mark.parametrize("by_frequency", [False, True])
def test_embedding(padding: int | None, by_frequency: bool) -> None:
    def program(lib: Any) -> list:
        options = {"sparse": True, "padding_idx": padding, "scale_grad_by_freq": by_frequency}
        table = lib.nn.Embedding(10, 3, **options)
        rows = table(lib.tensor(INDICES))
        (rows * rows).sum().backward()
        found = [type(rows.grad_fn).__name__, table.weight.grad]
        (table(lib.tensor([[9, 2]])) * 3).sum().backward()
        found += [table.weight.grad, table.weight.grad.coalesce()]
        lib.nn.functional.linear(lib.ones(1, 3), table.weight).sum().backward()
        found.append(table.weight.grad)
        table(lib.tensor(INDICES)).sum().backward()
        return [*found, table.weight.grad]

    same(program)


def test_gradient_that_is_asked_for() -> None:
    def program(lib: Any) -> list:
        weight = lib.randn(4, 2, requires_grad=True)
        rows = lib.nn.functional.embedding(lib.tensor([3, 3, 0]), weight, sparse=True)
        return [*lib.autograd.grad(rows.sum(), weight)]

    same(program)


def test_table_that_was_computed_gets_a_dense_gradient() -> None:
    """PyTorch has no derivative of `exp` for sparse gradients."""

    def program(lib: Any, sparse: bool) -> list:
        weight = lib.randn(4, 2, requires_grad=True)
        table = weight.exp()
        lib.nn.functional.embedding(lib.tensor([3, 3, 0]), table, sparse=sparse).sum().backward()
        return [weight.grad]

    made = outcome(loxley, lambda lib: program(lib, True))
    assert close(made, outcome(torch, lambda lib: program(lib, False)))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer(name: str) -> None:
    def program(lib: Any) -> list:
        table = lib.nn.Embedding(10, 3, sparse=True)
        optimizer = getattr(lib.optim, name.split()[0])(table.parameters(), **OPTIMIZERS[name])
        for indices in (INDICES, [[0, 3, 3]], INDICES):
            optimizer.zero_grad()
            (table(lib.tensor(indices)) ** 2).sum().backward()
            optimizer.step()
        return [table.weight]

    same(program)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("padding", [None, 2])
def test_embedding_bag(mode: str, padding: int | None) -> None:
    def program(lib: Any) -> list:
        bag = lib.nn.EmbeddingBag(10, 3, sparse=True, mode=mode, padding_idx=padding)
        out = bag(lib.tensor([1, 2, 4, 5, 4, 3]), lib.tensor([0, 2, 5]))
        out.pow(2).sum().backward()
        return [out, type(out.grad_fn).__name__, bag.weight.grad]

    same(program)


def test_embedding_bag_with_weights_of_samples() -> None:
    def program(lib: Any) -> list:
        table, weights = (lib.rand(*size, requires_grad=True) for size in ((10, 3), (2, 3)))
        options = {"mode": "sum", "per_sample_weights": weights, "sparse": True}
        out = lib.nn.functional.embedding_bag(lib.tensor(INDICES), table, **options)
        out.pow(2).sum().backward()
        return [table.grad, weights.grad]

    same(program)


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_gather(dim: int) -> None:
    def program(lib: Any) -> list:
        x = lib.randn(3, 4, requires_grad=True)
        out = lib.gather(x, dim, lib.tensor([[0, 1], [2, 2]]), sparse_grad=True)
        out.pow(2).sum().backward()
        return [type(out.grad_fn).__name__, x.grad]

    same(program)
