"""Collectives that give new tensors, of one process."""

from __future__ import annotations

import pytest

import loxley as torch
import loxley.distributed as dist
from loxley.distributed import _functional_collectives as functional


@pytest.mark.usefixtures("world")
def test_what_was_sent_comes_back() -> None:
    x = torch.arange(4.0, requires_grad=True)
    got = functional.all_to_all_single_autograd(x, [4], [4], dist.group.WORLD)
    got.square().sum().backward()
    assert torch.equal(x.grad, 2 * x.detach())
    plain = functional.all_to_all_single(x, None, None, dist.group.WORLD)
    assert torch.equal(functional.wait_tensor(plain), x) and not plain.requires_grad
    with pytest.raises(RuntimeError, match="Split sizes doesn't match total dim 0 size"):
        functional.all_to_all_single(x, [4], [3], dist.group.WORLD)
    with pytest.raises(NotImplementedError, match="no ProcessGroup or mesh"):
        functional.all_to_all_single(x, None, None, [0])
