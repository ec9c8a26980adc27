"""`next_functions` of a linear layer: PyTorch's product, transposed weight and views."""

from __future__ import annotations

from typing import Any

import pytest

import loxley as torch
from loxley.nn import functional as F


def tree(node: Any) -> Any:
    if node is None:
        return None
    below = [tree(each) for each, _ in node.next_functions]
    return [type(node).__name__, *below] if below else type(node).__name__


LEAF = "AccumulateGrad"
WEIGHT = ["TBackward0", LEAF]


@pytest.mark.parametrize(
    ("shape", "biased", "expected"),
    [
        ((3, 4), True, ["AddmmBackward0", LEAF, LEAF, WEIGHT]),
        ((3, 4), False, ["MmBackward0", LEAF, WEIGHT]),
        (
            (2, 3, 4),
            True,
            ["ViewBackward0", ["AddmmBackward0", LEAF, ["ViewBackward0", LEAF], WEIGHT]],
        ),
        (
            (2, 3, 4),
            False,
            ["UnsafeViewBackward0", ["MmBackward0", ["ViewBackward0", LEAF], WEIGHT]],
        ),
        ((4,), False, ["SqueezeBackward4", ["MmBackward0", ["UnsqueezeBackward0", LEAF], WEIGHT]]),
    ],
)
def test_nodes(shape: tuple, biased: bool, expected: list) -> None:
    x = torch.ones(*shape, requires_grad=True)
    w, b = torch.ones(5, 4, requires_grad=True), torch.ones(5, requires_grad=True)
    made = F.linear(x, w, b if biased else None)
    assert tree(made.grad_fn) == expected
    assert made.grad_fn.next_functions is made.grad_fn.next_functions
    made.sum().backward()
    assert w.grad is not None


def test_inputs_without_history_are_none() -> None:
    layer = torch.nn.Linear(4, 5)
    assert tree(layer(torch.ones(3, 4)).grad_fn) == ["AddmmBackward0", LEAF, None, WEIGHT]
