"""Runs of elements, chunks, hashes, masked indices, sampling by grids: recorded from PyTorch."""

from __future__ import annotations

import math

import pytest

import loxley as torch

LENGTHS = torch.tensor([0, 1, 2, 2])


@pytest.mark.parametrize(
    ("reduce", "plain", "from_two"),
    [
        ("sum", [0.0, 1.0, 5.0, 9.0], [2.0, 3.0, 7.0, 11.0]),
        ("mean", [math.nan, 1.0, 2.5, 4.5], [2.0, 3.0, 3.5, 5.5]),
        ("max", [-math.inf, 1.0, 3.0, 5.0], [2.0, 2.0, 3.0, 5.0]),
        ("min", [math.inf, 1.0, 2.0, 4.0], [2.0, 1.0, 2.0, 2.0]),
        ("prod", [1.0, 1.0, 6.0, 20.0], [2.0, 2.0, 12.0, 40.0]),
    ],
)
def test_segment_reduce(reduce, plain, from_two):
    x = torch.arange(1.0, 6.0)
    made = torch.segment_reduce(x, reduce, lengths=LENGTHS)
    torch.testing.assert_close(made, torch.tensor(plain), equal_nan=True)
    assert torch.segment_reduce(x, reduce, lengths=LENGTHS, initial=2).tolist() == from_two
    offsets = torch.tensor([0, 0, 1, 3, 5])
    assert torch.segment_reduce(x, reduce, offsets=offsets, initial=2).tolist() == from_two


def test_segment_reduce_checks_lengths():
    x = torch.ones(5)
    with pytest.raises(RuntimeError, match="to sum to data.size"):
        torch.segment_reduce(x, "sum", lengths=torch.tensor([1, 2]))
    assert torch.segment_reduce(x, "sum", lengths=torch.tensor([1, 2]), unsafe=True).tolist() == [
        1.0,
        2.0,
    ]
    with pytest.raises(RuntimeError, match="negative value"):
        torch.segment_reduce(x, "sum", lengths=torch.tensor([-1, 6]))


def test_chunks_are_filled_up_with_zeros():
    made = torch._chunk_cat([torch.ones(2, 3), torch.ones(2, 2)], 1, 2)
    assert made.tolist() == [[[1, 1, 1], [1, 0, 1]]] * 2


def test_hash_tensor():
    assert torch.hash_tensor(torch.arange(1.0, 6.0)).item() == 4610560118520545280
    assert torch.hash_tensor(torch.tensor([-1, 7], dtype=torch.int8)).item() == 2**64 - 8
    assert torch.hash_tensor(torch.ones(2, 3, 3), (0, 1)).dtype is torch.uint64
    with pytest.raises(RuntimeError, match="Unknown hash_tensor mode: 1"):
        torch.hash_tensor(torch.ones(2), mode=1)


def test_masked_places_may_lie_outside():
    m = torch.ones(2, 2, requires_grad=True)
    places = [torch.tensor([0, 5]), torch.tensor([1, -3])]
    mask = torch.tensor([True, False])
    assert torch._unsafe_masked_index(m, mask, places, 7.0).tolist() == [1.0, 7.0]
    added = torch._unsafe_masked_index_put_accumulate(m, mask, places, torch.tensor([5.0, 6.0]))
    assert added.tolist() == [[1.0, 6.0], [1.0, 1.0]]


def test_second_gradient_of_running_products_at_zeros():
    x = torch.tensor([2.0, 0.0, 3.0], dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(torch.cumprod(x, 0).sum(), x, create_graph=True)
    assert first.tolist() == [1.0, 8.0, 0.0]
    (second,) = torch.autograd.grad(first.sum(), x)
    assert second.tolist() == [4.0, 6.0, 2.0]


def test_second_gradient_of_sampling():
    image = torch.arange(9.0, dtype=torch.float64).reshape(1, 1, 3, 3).requires_grad_()
    grid = torch.tensor([[[[0.2, -0.3]]]], dtype=torch.float64, requires_grad=True)

    def sample(image, grid):
        return torch.nn.functional.grid_sample(image, grid, "bicubic", "zeros", False)

    assert torch.autograd.gradgradcheck(sample, (image, grid))
