"""`x[i, j] += 1` on memory that is there is done, not recorded; versions and aliases don't tell."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.runtime import interpreter
from loxley.runtime.counters import counters


def there(tensor):
    interpreter.flush()
    return tensor


def test_counting_records_nothing():
    counts = there((torch.rand(27, 27) * 0).int())
    before = counters.nodes
    for i in range(100):
        counts[i % 27, i % 5] += 1
    assert counters.nodes == before
    assert counts.sum().item() == 100
    assert counts._version == 200  # one of `+=`, one of `[] =`, as in PyTorch


def test_counting_in_what_is_pending_is_recorded_a_few_times():
    counts = torch.zeros(27, 27)
    before = counters.nodes
    for i in range(1000):
        counts[i % 27, 3] += 0.5
    assert counters.nodes - before < 40
    assert counts[:, 3].sum().item() == 500


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x[0] += 2", [3, 1, 1]),
        ("x[1:] -= 0.5", [1, 0.5, 0.5]),
        ("x *= 3", [3, 3, 3]),
        ("x[2] /= 4", [1, 1, 0.25]),
        ("y = x + 1; x += 1; x -= y", [0, 0, 0]),
        ("v = x[1:]; v += 1; x[0] += v[0].item()", [3, 2, 2]),
        ("v = x.view(3, 1).t(); v[0] += 1; v[0, 1] *= 5", [2, 10, 2]),
        ("k = x.clone(); x += 1; x *= k", [2, 2, 2]),
        ("d = x.detach(); d[1] += 5", [1, 6, 1]),
    ],
)
@pytest.mark.parametrize("pending", [True, False])
def test_values(code, expected, pending):
    x = torch.ones(3)
    if not pending:
        there(x)
    exec(code, {"x": x, "torch": torch})
    assert x.tolist() == expected


def test_what_is_recorded_keeps_what_it_read():
    x = there(torch.ones(4))
    sums = x * 2
    x += 1
    assert sums.tolist() == [2] * 4 and x.tolist() == [2] * 4


def test_a_backward_pass_notices():
    w = torch.ones(3, requires_grad=True)
    x = there(torch.ones(3))
    product = (w * x).sum()
    x[0] += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.backward()


def test_history_is_recorded():
    w = torch.ones(3, requires_grad=True)
    y = w * 2
    y[0] += 1
    assert y.grad_fn is not None
    y.sum().backward()
    assert w.grad.tolist() == [2, 2, 2]
    with pytest.raises(RuntimeError, match="leaf Variable"):
        w += 1


def test_other_types_go_the_usual_way():
    x = there(torch.zeros(2, dtype=torch.int64))
    with pytest.raises(RuntimeError, match="can't be cast"):
        x[0] += 0.5
    low = there(torch.zeros(2, dtype=torch.bfloat16))
    low[0] += 0.1
    assert low[0].item() == 0.10009765625
    number = torch.from_numpy(array := there(torch.zeros(3)).numpy())
    number[1] += 2
    assert array.tolist() == [0, 2, 0]
    with pytest.raises(RuntimeError, match="single memory location"):
        there(torch.zeros(1)).expand(3).add_(1)


def test_an_empty_view_behind_its_memory():
    x = there(torch.zeros(0).reshape(0, 2)).unbind(1)[1]
    x.numpy()  # its memory is there
    x *= -1
    assert x.tolist() == [] and x.storage_offset() == 1
