"""`vmap` against loops over slices: values, gradients, and how often an operator fell back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import loxley as torch
from loxley import batching
from loxley.func import grad, jacfwd, jacrev, jvp, vjp, vmap

F = torch.nn.functional


def _random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def _close(a: Any, b: Any) -> None:
    assert a.shape == b.shape
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-11)


WEIGHT = _random(6, 4, seed=1)
KERNEL = _random(4, 2, 3, seed=2)
TABLE = _random(7, 4, seed=3)

# Functions of a slice (5, 4) whose operators have rules, and so have their derivatives.
FUNCTIONS: dict[str, Callable] = {
    "elementwise": lambda x: (x.sin() * x.exp() + x**2).tanh().clamp(-1, 0.9),
    "broadcast": lambda x: x[:, :1] * x[0] - x.mean(0, keepdim=True),
    "where": lambda x: torch.where(x > 0, x, 2 * x).masked_fill(x > 1, 3.0),
    "reductions": lambda x: x.sum(1) + x.var(1) + x.amax(1) + x.logsumexp(1) + x.norm(dim=1),
    "full reductions": lambda x: x.sum() * x.mean() + x.max() - x.std(),
    "views": lambda x: x.T.reshape(2, 10)[:, 1:].unsqueeze(0).expand(3, 2, 9).permute(1, 2, 0),
    "strided": lambda x: x.clone().as_strided((3, 2), (1, 4), 2) + x.diagonal()[:2],
    "joins": lambda x: torch.cat([x, x[:2]]).chunk(2)[0].roll(1, 0).flip(0).repeat(2, 1),
    "products": lambda x: (WEIGHT @ x.T) @ (x @ WEIGHT.T).T[0].unsqueeze(0).T.squeeze(1)[:5],
    "linear": lambda x: F.linear(x, WEIGHT, WEIGHT[:, 0]) @ WEIGHT,
    "einsum": lambda x: torch.einsum("ij,kj->ik", x, x),
    "convolution": lambda x: F.conv1d(x[:4].reshape(1, 2, 8), KERNEL, padding=1),
    "kernel": lambda x: F.conv1d(KERNEL[:1], x[:3].reshape(3, 2, 2)),
    "transposed": lambda x: F.conv_transpose1d(x[:4].reshape(2, 4, 2), KERNEL),
    "pooling": lambda x: F.max_pool1d(x[None], 2) + F.avg_pool1d(x[None], 2),
    "layer norm": lambda x: F.layer_norm(x, (4,), x[0], x[1]),
    "group norm": lambda x: F.group_norm(x.T[None], 2, x[0], x[1]),
    "batch norm": lambda x: F.batch_norm(x, None, None, x[0], x[1], training=True),
    "softmax": lambda x: x.softmax(-1) + x.log_softmax(0),
    "attention": lambda x: F.scaled_dot_product_attention(x[None], x[None] * 2, x[None]),
    "cross entropy": lambda x: F.cross_entropy(x, torch.tensor([0, 1, 3, 2, 1])),
    "losses": lambda x: F.mse_loss(x, x.flip(0)) + F.huber_loss(x, WEIGHT[:5], reduction="sum"),
    "indexing": lambda x: x[torch.tensor([0, 2, 2])] + x[[0, 1, 2], [1, 2, 3]][:, None],
    "gather": lambda x: x.gather(1, torch.tensor([[0, 1], [3, 2]])).cumsum(1),
    "scatter": lambda x: x.scatter_add(0, torch.tensor([[1, 1, 2, 0]]), x[3:4]).index_add(
        0, torch.tensor([1, 1]), x[:2]
    ),
    "sorting": lambda x: x.sort(1)[0] + x.topk(2, dim=1)[0].sum(),
    "writes": lambda x: x.clone().mul_(2).index_fill_(0, torch.tensor([1]), 3.0).add_(x),
    "linear algebra": lambda x: (
        torch.linalg.solve(x[:4] @ x[:4].T + 9 * torch.eye(4).double(), x.T)
        + torch.linalg.det(x[:4])
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_derivatives_are_those_of_slices(name: str) -> None:
    f = FUNCTIONS[name]
    x, t = _random(3, 5, 4), _random(3, 5, 4, seed=9)
    before = batching.counters["fallbacks"]
    made = vmap(f)(x)
    gradients = vmap(grad(lambda v: (f(v) ** 2).sum()))(x)
    outer = grad(lambda a: (vmap(f)(a) ** 2).sum())(x)
    pushed = vmap(lambda v, d: jvp(f, (v,), (d,))[1])(x, t)
    assert batching.counters["fallbacks"] == before, batching.fallen_back[-3:]
    _close(made, torch.stack([f(v) for v in x]))
    _close(gradients, torch.stack([grad(lambda v: (f(v) ** 2).sum())(v) for v in x]))
    _close(outer, gradients)
    _close(pushed, torch.stack([jvp(f, (v,), (d,))[1] for v, d in zip(x, t)]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nested(name: str) -> None:
    f = FUNCTIONS[name]
    x = _random(2, 3, 5, 4, seed=5)
    made = vmap(vmap(f, in_dims=0), in_dims=1, out_dims=1)(x)
    _close(made, torch.stack([torch.stack([f(v) for v in row]) for row in x]))


def test_places_that_differ() -> None:
    index = torch.tensor([[0, 2], [3, -1], [1, 1]])
    x = _random(3, 5, 4)
    before = batching.counters["fallbacks"]
    for f in (
        lambda v, i: v[i],
        lambda v, i: v[:, i],
        lambda v, i: v[i, i],
        lambda v, i: v[i.abs(), :, None],
        lambda v, i: v.index_select(0, i.abs()),
        lambda v, i: v.index_put((i,), v[:2]),
        lambda v, i: F.embedding(i.abs(), v),
        lambda v, i: v[i[0]],
        lambda v, i: v.gather(1, i.abs().clamp(max=3)[None]),
    ):
        _close(vmap(f)(x, index), torch.stack([f(v, i) for v, i in zip(x, index)]))
        shared = vmap(f, (None, 0))(x[0], index)
        _close(shared, torch.stack([f(x[0], i) for i in index]))
        total = grad(lambda a, f=f: (vmap(f)(a, index) ** 2).sum())(x)
        _close(
            total,
            torch.stack(
                [grad(lambda v, f=f, i=i: (f(v, i) ** 2).sum())(v) for v, i in zip(x, index)]
            ),
        )
    assert batching.counters["fallbacks"] == before, batching.fallen_back[-3:]
    with pytest.raises(IndexError, match="out of bounds"):
        vmap(lambda v, i: v[i])(x, index + 4)


def test_a_fallback_is_right_and_counted() -> None:
    x = _random(3, 4, 4)
    before = batching.counters["fallbacks"]
    _close(vmap(torch.block_diag)(x), x)
    assert batching.counters["fallbacks"] == before + 1


def test_gradients_of_tensors_outside_are_summed() -> None:
    w = WEIGHT.clone().requires_grad_()
    x = _random(3, 4)
    (vmap(lambda v: (w @ v).sin().sum())(x) ** 2).sum().backward()
    mine, w.grad = w.grad, None
    (torch.stack([(w @ v).sin().sum() for v in x]) ** 2).sum().backward()
    _close(mine, w.grad)


def test_memory_of_others_is_read_at_the_call_and_written_through() -> None:
    array = np.arange(6.0).reshape(2, 3)
    x = torch.from_numpy(array)
    doubled = vmap(lambda v: v * 2)(x)
    array[0] = 9
    assert doubled.tolist() == [[0, 2, 4], [6, 8, 10]]
    vmap(lambda v: v.add_(1))(x)
    assert array.tolist() == [[10, 10, 10], [4, 5, 6]]


def test_jacobians_agree() -> None:
    f = FUNCTIONS["attention"]
    x = _random(5, 4)
    _close(jacrev(f)(x), jacfwd(f)(x))
    _close(jacfwd(jacrev(f))(x)[0], jacrev(jacfwd(f))(x)[0])


STEPS: dict[str, Callable] = {
    "sin": lambda x: x.sin(),
    "outer": lambda x: x[:, None] * x[None, :] @ x,
    "cumsum": lambda x: x.cumsum(0),
    "softmax": lambda x: x.softmax(0),
    "flip": lambda x: x.flip(0) + x.mean(),
    "max": lambda x: x * x.max(),
    "index": lambda x: x[torch.tensor([2, 0, 0, 1])],
    "roll": lambda x: x.roll(1) - x[1:].sum(),
    "write": lambda x: x.clone().index_add_(0, torch.tensor([1, 1]), x[:2]),
    "matrix": lambda x: (WEIGHT[:4] @ x).tanh(),
    "view": lambda x: x.reshape(2, 2).T.reshape(4) * x.norm(),
}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=5), st.integers(0, 99))
def test_random_programs(names: list[str], seed: int) -> None:
    def program(x: torch.Tensor) -> torch.Tensor:
        for name in names:
            x = STEPS[name](x)
        return x

    x, t = _random(3, 4, seed=seed), _random(3, 4, seed=seed + 1)
    _close(vmap(program)(x), torch.stack([program(v) for v in x]))
    value, pull = vjp(program, x[0])
    _, pushed = jvp(program, (x[0],), (t[0],))
    (pulled,) = pull(t[1])
    left, right = float((pushed * t[1]).sum()), float((pulled * t[0]).sum())
    assert left == pytest.approx(right, rel=1e-8, abs=1e-9)
    rows = vmap(lambda v, d: jvp(program, (v,), (d,))[1])(x, t)
    _close(rows[0], pushed)
