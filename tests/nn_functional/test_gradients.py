"""First and second derivatives against finite differences."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import loxley as torch
import loxley.nn.functional as F
from loxley.autograd.gradcheck import gradcheck, gradgradcheck

TARGET = torch.tensor([1, 3, 0])
CALLS: dict[str, tuple[Callable, list[tuple[int, ...]]]] = {
    "linear": (F.linear, [(3, 4), (2, 4), (2,)]),
    "gelu": (F.gelu, [(5,)]),
    "gelu tanh": (lambda x: F.gelu(x, approximate="tanh"), [(5,)]),
    "silu": (F.silu, [(5,)]),
    "softmax": (lambda x: F.softmax(x, 0), [(4, 3)]),
    "log_softmax": (lambda x: F.log_softmax(x, 1), [(2, 4)]),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (4,), w, b), [(3, 4), (4,), (4,)]),
    "rms_norm": (lambda x, w: F.rms_norm(x, (4,), w), [(3, 4), (4,)]),
    "group_norm": (lambda x, w, b: F.group_norm(x, 2, w, b), [(2, 4, 3), (4,), (4,)]),
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        [(3, 2, 3), (2,), (2,)],
    ),
    "cross_entropy": (lambda x: F.cross_entropy(x, TARGET, label_smoothing=0.2), [(3, 4)]),
    "nll_loss": (lambda x: F.nll_loss(x, TARGET, reduction="none"), [(3, 4)]),
    "conv2d": (
        lambda x, w, b: F.conv2d(x, w, b, stride=2, padding=1, groups=2),
        [(2, 4, 4, 3), (2, 2, 3, 3), (2,)],
    ),
    "depthwise": (lambda x, w: F.conv1d(x, w, groups=3, dilation=2), [(2, 3, 6), (3, 1, 2)]),
    "conv_transpose": (
        lambda x, w: F.conv_transpose1d(x, w, stride=2, output_padding=1),
        [(2, 3, 4), (3, 2, 3)],
    ),
    "max_pool": (lambda x: F.max_pool2d(x, 2, 1, 1), [(1, 2, 4, 3)]),
    "avg_pool": (lambda x: F.avg_pool2d(x, 2, 1, 1), [(1, 2, 4, 3)]),
    "adaptive": (lambda x: F.adaptive_avg_pool1d(x, 3), [(2, 2, 5)]),
    "attention": (
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
        [(1, 2, 3, 2), (1, 2, 3, 2), (1, 2, 3, 2)],
    ),
}


def _inputs(shapes: list[tuple[int, ...]]) -> tuple:
    torch.manual_seed(1)
    return tuple(torch.randn(s, dtype=torch.float64, requires_grad=True) for s in shapes)


@pytest.mark.parametrize("name", CALLS)
def test_first_derivative(name: str) -> None:
    function, shapes = CALLS[name]
    assert gradcheck(function, _inputs(shapes))


@pytest.mark.parametrize("name", CALLS)
def test_second_derivative(name: str) -> None:
    function, shapes = CALLS[name]
    assert gradgradcheck(function, _inputs(shapes))


def test_running_statistics_follow_the_batch() -> None:
    x = torch.arange(12.0).view(4, 3)
    mean, var = torch.zeros(3), torch.ones(3)
    F.batch_norm(x, mean, var, training=True, momentum=0.5)
    assert torch.allclose(mean, x.mean(0) / 2)
    assert torch.allclose(var, 0.5 + x.var(0) / 2)


def test_blocks_change_nothing() -> None:
    """Results over many blocks equal those of their parts."""
    torch.manual_seed(0)
    x = torch.randn(4000, 70)
    target = torch.arange(4000) % 70
    whole = F.cross_entropy(x, target, reduction="none")
    parts = [F.cross_entropy(x[i : i + 7], target[i : i + 7], reduction="none") for i in (0, 3993)]
    assert torch.allclose(whole[:7], parts[0]) and torch.allclose(whole[-7:], parts[1])
    assert torch.allclose(F.layer_norm(x, (70,))[-7:], F.layer_norm(x[-7:], (70,)), atol=1e-6)
    image, weight = torch.randn(3, 8, 40, 40), torch.randn(9, 8, 3, 3)
    full = F.conv2d(image, weight, padding=1)
    assert torch.allclose(full[1:2], F.conv2d(image[1:2], weight, padding=1), atol=1e-4)
