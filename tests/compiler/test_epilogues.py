"""What follows a convolution is done by its kernel, with the same bits."""

from __future__ import annotations

import numpy as np
import pytest

import loxley as torch
import loxley.nn.functional as F
from loxley import nn
from loxley.compiler import epilogues
from loxley.config import config
from loxley.runtime import explain


def _block(groups: int) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    made = (
        nn.Sequential(nn.Conv2d(32, 32, 3, padding=1, groups=groups), nn.BatchNorm2d(32)),
        nn.Sequential(nn.Conv2d(32, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32)),
    )
    for part in made:
        part[1].running_mean.normal_()
        part[1].running_var.uniform_(0.5, 2)
        part.eval()
    return made


def _residual(first: nn.Module, second: nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        h = F.relu(first(x))
        return F.relu(second(h) + h)


@pytest.mark.parametrize("groups", [1, 2, 32])
def test_batch_norm_sum_and_relu_are_part_of_the_kernel(groups, monkeypatch):
    monkeypatch.setattr(config, "compile", "1")  # bits are compared
    first, second = _block(groups)
    x = torch.randn(2, 32, 14, 15)
    one = _residual(first, second, x).numpy().copy()
    kernels = [k for k in explain(lambda: _residual(first, second, x).sum().item()).kernels]
    large = [k.name for k in kernels if k.elements >= x.numel()]
    assert len(large) == 3  # two convolutions and the sum
    monkeypatch.setattr(epilogues, "MOST", 0)
    monkeypatch.setattr(epilogues, "_operation", lambda node, place: None)
    y = torch.randn(2, 32, 14, 15)  # another plan: of another input
    apart = _residual(first, second, x + 0 * y).numpy()
    assert np.array_equal(one, apart)


@pytest.mark.parametrize("second", ["x * x.sigmoid()", "2 - x", "x + v", "x.transpose(2, 3) + x"])
def test_what_else_follows_is_right(second):
    torch.manual_seed(1)
    c, image, v = nn.Conv2d(16, 24, 3, padding=1), torch.randn(2, 16, 9, 9), torch.randn(9)

    def step():
        with torch.no_grad():
            return eval(second, {"x": c(image), "v": v})

    made = [step().numpy().copy() for _ in range(5)]
    np.testing.assert_allclose(made[-1], made[0], rtol=1e-5, atol=1e-5)


def test_a_result_that_is_kept_is_stored():
    """A gradient needs the result before the ReLU only where it reads it."""
    torch.manual_seed(2)
    c, x = nn.Conv2d(16, 24, 3), torch.randn(2, 16, 9, 9, requires_grad=True)

    def step():
        y = c(x)
        z = F.relu(y) + y
        x.grad = None
        (z * z).sum().backward()
        return x.grad

    made = [step().numpy().copy() for _ in range(5)]
    np.testing.assert_allclose(made[-1], made[0], rtol=1e-4, atol=1e-4)
