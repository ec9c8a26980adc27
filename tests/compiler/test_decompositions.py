"""Operators taken apart: machine code gives what NumPy's rules give, and nothing is left to NumPy.

`LOXLEY_CHECK` compares every run of machine code with the rules; here it is switched on.
"""

from __future__ import annotations

from contextlib import contextmanager
from math import prod

import numpy as np
import pytest

import loxley
from loxley import nn
from loxley.config import config
from loxley.nn import functional as F
from loxley.runtime import interpreter, plans


@contextmanager
def compiled_and_checked():
    """Everything is compiled at once and compared; gives the reasons why NumPy had to help."""
    reasons: list[tuple[str, str]] = []

    class Hears(interpreter.Listener):
        def planned(self, event) -> None:
            if event.kind == "compiled":
                reasons.extend(event.compiled.reasons)

    names = ("compile", "compile_strict", "check")
    before, hears = [getattr(config, name) for name in names], Hears()
    interpreter.flush()
    config.compile, config.compile_strict, config.check = "1", True, True
    plans.PLANS.clear()
    plans.LISTENERS.append(hears)
    try:
        yield reasons
        interpreter.flush()
    finally:
        plans.LISTENERS.remove(hears)
        for name, value in zip(names, before):
            setattr(config, name, value)


def native(function, *arguments):
    """Runs `function` compiled and checked; AssertionError where NumPy had a part in it."""
    with compiled_and_checked() as reasons:
        made = function(*arguments)
        interpreter.flush()
    assert not reasons
    return made


def normal(*shape, dtype=loxley.float32, grad=False):
    return loxley.randn(*shape).to(dtype).requires_grad_(grad)


def trained(module, *inputs):
    """The gradients of a module's parameters and inputs, with its output."""

    def run():
        out = module(*inputs)
        out = out[0] if isinstance(out, tuple) else out
        loss = out.sin().sum()
        wanted = [*module.parameters(), *(x for x in inputs if x.requires_grad)]
        return [out, *loxley.autograd.grad(loss, wanted)]

    return native(run)


# ---------------------------------------------------------------- recurrent layers


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize(
    "options",
    [{}, {"num_layers": 2, "bidirectional": True}, {"bias": False}, {"batch_first": True}],
    ids=lambda options: ",".join(options),
)
def test_recurrent_layer(cell, options):
    trained(cell(7, 5, **options), normal(6, 3, 7, grad=True))


@pytest.mark.parametrize("shape", [(1, 3, 4), (5, 1, 4), (1, 1, 1), (4, 2, 19)])
def test_lstm_shapes(shape):
    trained(nn.LSTM(shape[2], 17), normal(*shape, grad=True))


def test_lstm_gradients_of_states():
    """All states as inputs and as results; the outputs have no gradient of their own."""
    layer = nn.LSTM(4, 6)
    x = normal(5, 3, 4, grad=True)
    states = normal(1, 3, 6, grad=True), normal(1, 3, 6, grad=True)

    def run():
        _, (hidden, cell) = layer(x, states)
        return loxley.autograd.grad((hidden * 2 + cell.sin()).sum(), (x, *states))

    native(run)


# ---------------------------------------------------------------- functions of one matrix

KINDS = {
    "f32": lambda *shape: normal(*shape),
    "bf16": lambda *shape: normal(*shape, dtype=loxley.bfloat16),
    "turned": lambda *shape: normal(*shape[::-1]).permute(*range(len(shape))[::-1]),
    "spread": lambda *shape: normal(*shape[:-1], 2 * shape[-1])[..., ::2],
}


def with_gradient(function, *tensors):
    """Result and gradients of a function, compiled."""
    inputs = [t.detach().requires_grad_(True) for t in tensors]

    def run():
        out = function(*inputs)
        return [out, *loxley.autograd.grad((out * out).sum(), inputs)]

    return native(run)


def places(*shape, below):
    """Indices that are there already: drawing them is no part of what is compiled."""
    count = prod(shape)
    return loxley.tensor([(7 * i + i * i // 3) % below for i in range(count)]).reshape(shape)


OF_ONE = {
    "gather": lambda x: x.gather(1, places(2, 3, below=x.size(1))),
    "gather column": lambda x: x.gather(1, places(x.size(0), 1, below=x.size(1))),
    "gather rows": lambda x: x.gather(0, places(5, x.size(1), below=x.size(0))),
    "index_select": lambda x: x.index_select(1, places(5, below=x.size(1))),
    "index": lambda x: x[places(3, 2, below=x.size(0))],
    "index of two": lambda x: x[places(3, below=x.size(0)), places(3, below=x.size(1))],
    "index last": lambda x: x[:, places(4, below=x.size(1))],
    "take": lambda x: x.take(places(2, 3, below=x.numel())),
    "masked_fill": lambda x: x.masked_fill(places(*x.shape, below=2) == 0, 2.5),
    "tril": lambda x: x.tril(-1),
    "triu": lambda x: x.triu(1),
    "repeat": lambda x: x.repeat(2, 3, 2),
    "roll": lambda x: x.roll((1, -2), (0, 1)),
    "roll flat": lambda x: x.roll(3),
    "pad": lambda x: F.pad(x, (1, 2, 0, 3), value=0.5),
    "pad and cut": lambda x: F.pad(x, (-1, 2, 1, -1)),
    "cut": lambda x: F.pad(x, (-1, -1)),
    "glu": lambda x: F.glu(x, 1),
    "glu rows": lambda x: F.glu(x, 0),
    "select": lambda x: x.select(1, 2),
    "slice": lambda x: x[1:, ::2],
    "max": lambda x: x.max(1)[0],
    "max kept": lambda x: x.max(0, keepdim=True)[0],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OF_ONE)
def test_function_of_a_matrix(name, kind):
    with_gradient(OF_ONE[name], KINDS[kind](4, 6))


@pytest.mark.parametrize("name", ["gather column", "masked_fill", "tril", "repeat", "roll"])
def test_matrix_of_one_element(name):
    with_gradient(OF_ONE[name], normal(1, 1))


# ---------------------------------------------------------------- functions of two and three

OF_TWO = {
    "scatter_add": lambda x, y: x.scatter_add(1, places(3, 2, below=6), y),
    "scatter_add column": lambda x, y: x.scatter_add(1, places(4, 1, below=6), y),
    "scatter column": lambda x, y: x.scatter(1, places(4, 1, below=6), y),
    "index_add": lambda x, y: x.index_add(1, places(6, below=6), y, alpha=2),
    "index_put": lambda x, y: x.index_put((loxley.tensor([1, 1, 0, 3]),), y, accumulate=True),
    "select_scatter": lambda x, y: x.select_scatter(y[0], 0, 2),
    "slice_scatter": lambda x, y: x.slice_scatter(y[:, :3], 1, 1, 6, 2),
    "mse": F.mse_loss,
    "mse each": lambda x, y: F.mse_loss(x, y, reduction="none"),
    "smooth l1": lambda x, y: F.smooth_l1_loss(x, y, reduction="sum", beta=0.5),
    "huber": F.huber_loss,
    "soft margin": lambda x, y: F.soft_margin_loss(x, y.detach().sign()) * (y * y).sum(),
    "bce": lambda x, y: F.binary_cross_entropy(x.sigmoid(), y.sigmoid(), y.detach().abs()),
    "bce with logits": lambda x, y: F.binary_cross_entropy_with_logits(x, y.sigmoid()),
}


@pytest.mark.parametrize("kind", ["f32", "turned"])
@pytest.mark.parametrize("name", OF_TWO)
def test_function_of_two_matrices(name, kind):
    with_gradient(OF_TWO[name], KINDS[kind](4, 6), KINDS[kind](4, 6))


@pytest.mark.parametrize("name", ["mse", "smooth l1", "huber", "bce with logits"])
def test_loss_of_narrow_floats(name):
    with_gradient(OF_TWO[name], KINDS["bf16"](4, 6), KINDS["bf16"](4, 6))


@pytest.mark.parametrize("kind", ["f32", "bf16"])
@pytest.mark.parametrize("numbers", [{}, {"beta": 0.5, "alpha": 2}, {"beta": 0}], ids=str)
@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (loxley.addmm, ((4,), (3, 5), (5, 4))),
        (loxley.addmm, ((3, 1), (3, 5), (5, 4))),
        (loxley.baddbmm, ((2, 3, 4), (2, 3, 5), (2, 5, 4))),
        (loxley.addbmm, ((3, 4), (2, 3, 5), (2, 5, 4))),
        (loxley.addmv, ((3,), (3, 5), (5,))),
    ],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_product_and_sum(function, shapes, numbers, kind):
    inputs = [KINDS[kind](*shape) for shape in shapes]
    native(lambda: function(*inputs, **numbers))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(2, 4, 3, 5), (3, 6), (1, 2, 3)])
def test_group_norm(shape, kind):
    weight, bias = normal(shape[1]), normal(shape[1])
    if kind == "bf16":
        weight, bias = weight.to(loxley.bfloat16), bias.to(loxley.bfloat16)
    x = KINDS[kind](*shape)
    native(lambda: F.group_norm(x, 2, weight, bias))
    inputs = [t.detach().requires_grad_(True) for t in (x, weight, bias)]
    scale = normal(*shape).to(x.dtype)

    def run():
        out = F.group_norm(inputs[0], 2, *inputs[1:])
        return loxley.autograd.grad((out * scale).sum(), inputs)

    native(run)


@pytest.mark.parametrize("function", [F.pixel_shuffle, F.pixel_unshuffle])
def test_pixel_shuffle(function):
    with_gradient(lambda x: function(x, 2), normal(2, 8, 4, 6))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
@pytest.mark.parametrize(
    ("shape", "factor"),
    [((2, 3, 4, 5), 2), ((1, 1, 1, 1), 3), ((2, 2, 5), 4), ((1, 2, 2, 3, 4), 2)],
    ids=str,
)
def test_upsampling_by_whole_factors(shape, factor, mode, kind):
    with_gradient(lambda x: F.interpolate(x, scale_factor=factor, mode=mode), KINDS[kind](*shape))


@pytest.mark.parametrize("kind", ["f32", "bf16"])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("weighted", [False, True])
def test_cross_entropy_of_smoothed_labels(weighted, reduction, kind):
    x = KINDS[kind](5, 7).requires_grad_(True)
    weight = normal(7).abs().to(x.dtype) if weighted else None
    options = {"label_smoothing": 0.1, "reduction": reduction, "ignore_index": 2}
    target = loxley.tensor([0, 2, 6, 3, 3])

    def run():
        loss = F.cross_entropy(x, target, weight, **options)
        return [loss, *loxley.autograd.grad(loss.sum(), [x])]

    native(run)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.norm(p=1, dim=1),
        lambda x: loxley.linalg.vector_norm(x, loxley.inf, dim=0),
        lambda x: x.prod(1),
        lambda x: x.prod(0, keepdim=True),
    ],
    ids=["norm 1", "largest", "product", "product of rows"],
)
def test_norms_and_products(function, kind):
    x = KINDS[kind](4, 6)
    native(lambda: function(x))


def test_product_of_integers():
    native(lambda: loxley.tensor([[3, -2, 7], [1, 4, 5]]).prod(1))


def test_largest_of_what_is_no_number():
    x = loxley.tensor([1.0, float("nan"), -3.0, float("inf")])
    assert native(lambda: loxley.linalg.vector_norm(x, loxley.inf)).isnan()


@pytest.mark.parametrize("padding", [None, 3])
@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_embedding_bag(mode, padding):
    index, weight = loxley.tensor([[3, 1, 3], [2, 3, 9], [3, 3, 3]]), normal(10, 7, grad=True)
    scales = loxley.rand(3, 3).requires_grad_() if mode == "sum" else None

    def run():
        made = F.embedding_bag(
            index, weight, mode=mode, padding_idx=padding, per_sample_weights=scales
        )
        return made, *loxley.autograd.grad(made.sin().sum(), [weight])

    native(run)


def test_order_statistics():
    x = loxley.randint(0, 9, (4, 30)).float()
    x[1, 5] = float("nan")

    def run():
        made = x.median(1), x.nanmedian(0), x.kthvalue(3, 1)
        return x.median(), x.nanmedian(), *(part for one in made for part in one)

    native(run)


@pytest.mark.parametrize("function", [loxley.lgamma, loxley.digamma, loxley.erfinv])
def test_special_functions(function):
    numbers = loxley.cat([normal(200) * 5, loxley.rand(50), loxley.arange(-8.0, 9)])
    edges = loxley.tensor([-0.0, 1e-30, 0.99999994, float("inf"), -float("inf"), float("nan")])
    native(lambda: (function(numbers), function(edges)))


def test_erfinv_is_within_two_units_in_the_last_place():
    to_one = 1 - loxley.exp(loxley.linspace(-17, 0, 200_000, dtype=loxley.float64))
    x = loxley.cat([to_one[1:-1].float(), loxley.linspace(0.97, 0.9999, 100_000)])
    exact = loxley.erfinv(x.double()).numpy()
    with compiled_and_checked():
        found = loxley.erfinv(x).numpy()
    assert (np.abs(found - exact) <= 1.6 * np.spacing(exact.astype(np.float32))).all()


@pytest.mark.parametrize("kinds", [("float32", "float64"), ("float64", "float32")])
def test_the_matrix_tells_the_kind_of_a_triangular_solution(kinds):
    a, b = (loxley.rand(3, 3).add(1).to(getattr(loxley, kind)) for kind in kinds)
    made = native(lambda: loxley.linalg.solve_triangular(a, b, upper=True))
    assert made.dtype == a.dtype
    loxley.testing.assert_close(a.triu() @ made, b.to(a.dtype))
