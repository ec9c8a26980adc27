"""Gradients of views, joins, indexing and scatters, once and twice, by finite differences."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.autograd import gradcheck, gradgradcheck

I2 = torch.tensor([1, 0, 1])
PLACES = torch.tensor([[0, 1, 1, 0], [2, 0, 1, 1]])
MASK = torch.tensor([[True, False, True, False]] * 3)

CASES = {
    "slice": lambda x: x[1:, ::2],
    "select": lambda x: x[1, ..., -1],
    "none": lambda x: x[:, None, 1:3],
    "index": lambda x: x[I2],
    "index two": lambda x: x[I2, torch.tensor([3, 3, 0])],
    "index apart": lambda x: x.view(3, 2, 2)[I2, :, torch.tensor([[1], [0]])],
    "mask": lambda x: x[MASK],
    "as_strided": lambda x: x.as_strided((2, 3), (2, 1), 1),
    "unfold": lambda x: x.unfold(1, 3, 1),
    "diagonal": lambda x: x.diagonal(1),
    "split": lambda x: torch.cat([2 * p for p in x.split(2, 1)[::-1]], 1),
    "unbind": lambda x: torch.stack(x.unbind(1)[::-1], 1),
    "expand": lambda x: x.unsqueeze(1).expand(3, 2, 4),
    "repeat": lambda x: x.repeat(2, 1, 3),
    "roll": lambda x: x.roll((1, -1), (0, 1)).flip(0).rot90(),
    "tril": lambda x: x.tril(1) + x.triu(-1),
    "diag": lambda x: x[0].diag_embed(1) * x[0].diag(-1),
    "trace": lambda x: x.trace(),
    "block_diag": lambda x: torch.block_diag(x, x[0]),
    "index_select": lambda x: x.index_select(1, torch.tensor([3, 0, 3])),
    "index_add": lambda x: x.index_add(0, I2, x * 2, alpha=3),
    "index_copy": lambda x: x.index_copy(0, torch.tensor([2, 0]), x[:2] * 2),
    "index_fill": lambda x: x.index_fill(0, I2, x[0, 0]),
    "index_put": lambda x: x.index_put((I2,), x[0] * 3, accumulate=True),
    "gather": lambda x: x.gather(0, PLACES),
    "scatter": lambda x: x.scatter(0, torch.tensor([[2, 0, 1, 1]]), x[:1] * 2),
    "scatter_add": lambda x: x.scatter_add(0, PLACES, x[1:] * x[:2]),
    "scatter mean": lambda x: x.scatter_reduce(
        0, PLACES, x[1:] * x[:2], "mean", include_self=False
    ),
    "scatter prod": lambda x: x.scatter_reduce(0, PLACES, x[1:] + 3, "prod"),
    "scatter amax": lambda x: x.scatter_reduce(0, PLACES, x[1:] + 0.05, "amax"),
    "index_reduce": lambda x: x.index_reduce(0, I2, x + 2, "prod"),
    "take": lambda x: x.take(torch.tensor([[0, -1], [5, 5]])),
    "put": lambda x: x.put(torch.tensor([0, 5]), x[0, 1:3]),
    "masked_fill": lambda x: x.masked_fill(MASK, x[1, 1]),
    "masked_scatter": lambda x: x.masked_scatter(MASK, x * 2),
    "masked_select": lambda x: x.masked_select(MASK),
    "assigned": lambda x: _assigned(x),
    "reflect": lambda x: torch.nn.functional.pad(x[None], (2, 1), "reflect"),
    "replicate": lambda x: torch.nn.functional.pad(x[None], (2, -1), "replicate"),
    "circular": lambda x: torch.nn.functional.pad(x[None], (2, 1), "circular"),
    "slice_scatter": lambda x: x.slice_scatter(x[:2] * 2, 0, 1),
}


def _assigned(x):
    y = x * 1
    y[0, 1:] = x[1, :3] * 2
    y[:, PLACES[0, :2]] += 1
    y[y > 0.5] = x[0, 0]
    y[1].mul_(x[2])
    return y


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES)
def test_gradients_are_those_of_finite_differences(case: str) -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    assert gradcheck(CASES[case], (x,))
    assert gradgradcheck(CASES[case], (x,))


@pytest.mark.parametrize("places", [[0, 0], torch.tensor([True, False])])
def test_a_forbidden_view_is_named_before_the_leaf_it_is_written_to(places) -> None:
    """As PyTorch does where the value's leading dimension of one is taken away first."""
    x = torch.ones(2, 3, requires_grad=True)
    y = x * 1
    with torch.no_grad():
        value = y[None, 0]
    y.mul_(2)
    with pytest.raises(RuntimeError, match="view was created in no_grad mode"):
        x[places] = value
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        x[places] = y[None, 0]
