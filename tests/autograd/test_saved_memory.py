"""What backward reads of saved tensors: their memory as it is then, however it was written to."""

from __future__ import annotations

import numpy as np
import pytest

import loxley as torch


def _leaf(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32, requires_grad=True)


def test_a_saved_input_written_through_numpy():
    x, factor = _leaf(1, 2), torch.tensor([3.0, 4.0])
    y = x * factor
    factor.numpy()[...] = 10
    y.sum().backward()
    assert x.grad.tolist() == [10, 10]


def test_a_saved_view_written_through_numpy():
    x, factors = _leaf(1, 2, 3), torch.arange(6.0).reshape(3, 2)
    y = x * factors.t()[1]
    factors.numpy()[...] = np.array([[0, 7], [0, 8], [0, 9]])
    y.sum().backward()
    assert x.grad.tolist() == [7, 8, 9]


def test_the_array_need_not_live_until_backward():
    x, factor = _leaf(1, 2), torch.tensor([3.0, 4.0])
    y = x * factor
    array = factor.numpy()
    array[...] = 5
    del array
    y.sum().backward()
    assert x.grad.tolist() == [5, 5]


def test_a_saved_output_written_through_numpy():
    x = _leaf(1, 2)
    y = x.exp()
    y.detach().numpy()[...] = 5
    y.sum().backward()
    assert x.grad.tolist() == [5, 5]


def test_a_saved_output_of_a_write_to_a_view():
    x = torch.ones(2, 2, requires_grad=True)
    y = x.clone()
    y[0].exp_()
    y.detach().numpy()[...] = 5
    y.sum().backward()
    assert x.grad.tolist() == [[5, 5], [1, 1]]


def test_a_saved_output_under_create_graph():
    x = _leaf(1, 2)
    y = x.exp()
    array = y.detach().numpy()
    array[...] = 3
    (grad,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    array[...] = 9
    grad.sum().backward()
    assert grad.tolist() == [3, 3]
    assert x.grad.tolist() == [9, 9]


def test_writes_through_data_are_seen():
    x, w = _leaf(1, 2), _leaf(3, 4)
    y = x * w
    w.data.add_(1)
    x.data[0] = 7
    y.sum().backward()
    assert (x.grad.tolist(), w.grad.tolist()) == ([4, 5], [7, 2])


def test_new_data_is_seen_in_inputs_alone():
    x, w = _leaf(1, 2), _leaf(3, 4)
    y = x * w
    w.data = torch.tensor([7.0, 8.0])
    y.sum().backward()
    z = x.sqrt()
    z.data = torch.tensor([7.0, 8.0])
    x.grad = None
    z[:1].sum().backward()
    assert w.grad.tolist() == [1, 2]
    assert x.grad.tolist() == [0.5, 0]


def test_tensors_saved_by_a_function_are_read_late():
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.detach() * 2
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, grad):
            x, y = ctx.saved_tensors
            return grad * x * y

    x = _leaf(1, 2)
    kept = x * 1
    y = Product.apply(kept)
    kept.detach().numpy()[...] = 3
    y.detach().numpy()[...] = 2
    y.sum().backward()
    assert x.grad.tolist() == [6, 6]


def test_a_saved_input_that_was_detached():
    x, factor = _leaf(1, 2), _leaf(3, 4).clone()
    y = x * factor
    factor.detach_()
    with pytest.raises(RuntimeError, match="a saved tensor that has been detached in-place"):
        y.sum().backward()


def test_a_saved_output_that_was_detached():
    x = torch.zeros(2, requires_grad=True)
    y = x.exp()
    total = y.sum()
    y.detach_()
    total.backward()
    assert x.grad.tolist() == [1, 1]


_OVERWRITTEN = "has been modified by an inplace operation"
_BY_INDICES = {
    "negative places": ([0, -1], lambda x, i: x[i]),
    "two of them": ([0, 1], lambda x, i: x[i, i]),
    "a mask": ([True, False], lambda x, i: x[i]),
    "index_put": ([-1], lambda x, i: x.index_put((i,), torch.ones(2))),
    "masked_select": ([True, False], lambda x, i: x.masked_select(i)),
    "take": ([0, -1], lambda x, i: x.take(i)),
    "put": ([0, -1], lambda x, i: x.put(i, torch.ones(2))),
}


@pytest.mark.parametrize("case", _BY_INDICES)
def test_an_index_that_was_overwritten(case: str):
    places, function = _BY_INDICES[case]
    index = torch.tensor(places)
    y = function(torch.arange(4.0).reshape(2, 2).requires_grad_(), index)
    index.zero_()
    with pytest.raises(RuntimeError, match=_OVERWRITTEN):
        y.sum().backward()


def test_indices_written_through_numpy():
    x = torch.arange(4.0).reshape(2, 2).requires_grad_()
    rows, mask = torch.tensor([0, -1]), torch.tensor([True, False])
    picked, masked = x[rows].sum(), x[mask].sum()
    rows.numpy()[...] = 0
    array = mask.numpy()
    np.logical_not(array, out=array)
    picked.backward()
    assert x.grad.tolist() == [[2, 2], [0, 0]]
    masked.backward()
    assert x.grad.tolist() == [[2, 2], [1, 1]]


def test_take_along_dim_keeps_its_own_places():
    x, places = torch.arange(4.0).reshape(2, 2).requires_grad_(), torch.tensor([[0, 1]])
    y = x.take_along_dim(places, 0)
    places.zero_()
    y.sum().backward()
    assert x.grad.tolist() == [[1, 0], [0, 1]]
