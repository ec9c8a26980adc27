"""What small steps don't record: reads and writes of what is there, few draws, few elements joined.

Counters tell that nothing was recorded; values, that nobody notices.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import loxley as torch
from loxley.config import config
from loxley.runtime import counters


@pytest.fixture(autouse=True)
def by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "compile", "auto")


def computed(*values: float) -> torch.Tensor:
    x = torch.tensor([float(v) for v in values])
    x.tolist()
    return x


def recorded(function: Callable[[], object]) -> int:
    """How many nodes a call records."""
    before = counters.nodes
    function()
    return counters.nodes - before


def test_elements_that_are_there_are_read_without_recording() -> None:
    x = torch.arange(12.0).view(3, 4).clone()
    x.tolist()
    assert recorded(lambda: [x[i, j].item() for i in range(3) for j in range(4)]) == 0
    assert recorded(lambda: (x.t().tolist(), x[1:, ::2].tolist(), float(x[2, 3]))) == 0
    assert x.t()[3].tolist() == [3.0, 7.0, 11.0] and x[1:, ::2].tolist() == [[4, 6], [8, 10]]
    assert x[-1, -1].item() == 11.0 and x.bool()[0, 0].item() is False


def test_what_is_read_at_another_dtype_or_as_halves_is_converted() -> None:
    x = computed(1.5, -2.0)
    assert x.view(torch.int32)[0].item() == 0x3FC00000
    assert x.bfloat16()[1].item() == -2.0 and type(x.half()[0].item()) is float


def test_numbers_are_written_in_place_where_nobody_else_reads() -> None:
    x = computed(1, 2, 3, 4)
    before = counters.donated
    assert recorded(lambda: [x.__setitem__(i, i * 0.5) for i in range(4)]) == 0
    assert counters.donated == before + 4 and x._version == 4
    assert x.tolist() == [0, 0.5, 1, 1.5]
    x[1:3] = 7
    assert x.tolist() == [0, 7, 7, 1.5]


def test_a_write_leaves_alone_what_was_recorded_saved_or_handed_out() -> None:
    x = computed(1, 2, 3)
    later, array = x * 2, None
    x[0] = 9
    assert later.tolist() == [2, 4, 6] and x.tolist() == [9, 2, 3]
    kept = x._read()
    x[0] = 5
    assert kept.data.tolist() == [9, 2, 3]
    array = x.numpy()
    x[2] = -1
    assert array.tolist() == [5, 2, -1]
    weight = torch.ones(3, requires_grad=True)
    product = weight * x
    x[0] = 0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.sum().backward()


def test_views_and_views_of_views_see_writes() -> None:
    x = computed(1, 2, 3, 4)
    pairs = x.view(2, 2)
    column = pairs[:, 1]
    assert column.tolist() == [2, 4]
    x[3] = 8
    pairs[0, 1] = 6
    assert column.tolist() == [6, 8] and x.tolist() == [1, 6, 3, 8]


def small_draws() -> list:
    """A few draws of each kind."""
    p = torch.tensor([0.2, 0.3, 0.5])
    return [
        *(torch.rand(8), torch.randn(3), torch.randint(0, 10, (5,)), torch.randperm(6)),
        *(torch.empty(4).bernoulli_(0.5), torch.bernoulli(p), torch.multinomial(p, 2)),
        *(torch.rand(2, dtype=torch.float64), torch.rand(3, dtype=torch.bfloat16)),
    ]


def test_few_draws_are_those_that_would_be_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(7)
    at_once = [x.tolist() for x in small_draws()] + [torch.rand(200).tolist()]
    state = torch.get_rng_state().tolist()
    monkeypatch.setattr(config, "compile", "switch")
    torch.manual_seed(7)
    as_recorded = [x.tolist() for x in small_draws()] + [torch.rand(200).tolist()]
    assert at_once[1] == pytest.approx(as_recorded.pop(1), rel=1e-6)
    del at_once[1]
    assert at_once == as_recorded and state == torch.get_rng_state().tolist()


def test_few_draws_record_nothing_and_go_on_where_others_ended() -> None:
    torch.manual_seed(3)
    whole = torch.rand(100).tolist()
    torch.manual_seed(3)
    assert recorded(lambda: torch.rand(8)) == 0
    assert recorded(lambda: torch.randn(0)) == 0
    torch.manual_seed(3)
    parts = [torch.rand(n).tolist() for n in (10, 70, 20)]
    assert sum(parts, []) == whole
    other = torch.Generator().manual_seed(3)
    first = torch.rand(4, generator=other)
    copy = other.clone_state()
    assert first.tolist() == whole[:4]
    assert torch.rand(4, generator=copy).tolist() == torch.rand(4, generator=other).tolist()


def test_weights_that_are_refused_leave_the_stream_as_it_was() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3).tolist()
    torch.manual_seed(5)
    with pytest.raises(RuntimeError):
        torch.multinomial(torch.tensor([-1.0, 2.0]), 1)
    assert torch.rand(3).tolist() == expected


def test_few_elements_that_are_there_are_joined_at_once() -> None:
    a, b = computed(1, 2), computed(3, 4)
    assert recorded(lambda: (torch.cat([a, b]), torch.stack([a, b]), torch.stack([a, b], 1))) == 0
    assert torch.stack([a, b], 1).tolist() == [[1, 3], [2, 4]]
    joined = torch.cat([a, b])
    a[0] = 9
    assert joined.tolist() == [1, 2, 3, 4]
    assert recorded(lambda: torch.cat([a + 1, b])) == 2
    assert torch.cat([a, b.long()]).dtype is torch.float32
    w = torch.ones(2, requires_grad=True)
    assert torch.cat([a, w]).grad_fn is not None and torch.stack([w, a]).grad_fn is not None
    assert torch.cat([torch.empty(0), a.view(1, 2)]).tolist() == [[9, 2]]


def gated(cell: torch.nn.Module, states: int) -> tuple[list, int]:
    """A step's results, and how many nodes it records."""
    torch.manual_seed(1)
    x, hx = torch.randn(3, 8).double(), [torch.randn(3, 5).double() for _ in range(states)]
    out: list = []
    count = recorded(lambda: out.append(cell(x, tuple(hx) if states == 2 else hx[0])))
    found = out[0] if states == 2 else (out[0],)
    return [t.tolist() for t in found], count


@pytest.mark.parametrize("kind, states, nodes", [("LSTMCell", 2, 4), ("GRUCell", 1, 3)])
def test_a_step_of_a_cell_is_few_operators(kind: str, states: int, nodes: int) -> None:
    torch.manual_seed(0)
    cell = getattr(torch.nn, kind)(8, 5).double()
    expected, many = gated(cell, states)
    with torch.no_grad():
        runs = [gated(cell, states) for _ in range(6)]  # interpreted, then machine code
    assert many == nodes and all(count == nodes for _, count in runs)  # many: with a derivative
    assert all(np.allclose(found, expected, rtol=1e-12) for found, _ in runs)


def test_types_accepted_once_are_checked_by_value_where_a_tensor_stands_for_a_number() -> None:
    x, zero = torch.ones(2, 2), torch.tensor(0)
    assert all(x.unsqueeze(zero).shape == (1, 2, 2) for _ in range(3))
    for _ in range(2):
        with pytest.raises(TypeError):
            x.unsqueeze(torch.ones(2))
    assert all(torch.tensor(-1.0).abs().item() == 1 for _ in range(3))
    assert all(torch.cat([x, x]).shape == (4, 2) for _ in range(3))
    with pytest.raises(TypeError):
        torch.cat([x, 1])


def test_little_work_is_interpreted_each_time_and_makes_no_plan() -> None:
    x = computed(1, 2, 3)
    compiled, plans = counters.compiled, counters.plans
    found = {((x * 0.1 + 1).sum().item(), (x @ x).item(), bool(x.max() > 2)) for _ in range(8)}
    assert len(found) == 1 and (counters.compiled, counters.plans) == (compiled, plans)


def test_work_on_more_elements_or_of_more_operators_is_a_plan() -> None:
    x, y = torch.rand(600), torch.rand(16)
    x.tolist()

    def steps() -> float:
        z = y
        for _ in range(10):
            z = z * 0.5 + 1
        return (x * 2).tolist()[0] + z.sum().item()

    before = counters.plans
    found = [steps() for _ in range(6)]
    assert counters.plans > before + 4 and np.allclose(found, found[0], rtol=1e-6)


def test_a_look_at_a_part_computes_what_it_is_a_part_of() -> None:
    a = computed(1, 2, 3, 4).view(2, 2)
    product = a @ a
    assert recorded(lambda: (product[1, 0].item(), product.t().tolist(), float(product[0, 0]))) == 0
    assert product.t()[0].tolist() == [7, 15]
    assert (a > 2)[1].tolist() == [True, True] and (a + 1).view(torch.int32)[0, 0] == 0x40000000


def test_batches_of_tensors_are_picked_at_once() -> None:
    data = torch.utils.data
    x, y = torch.arange(12.0).view(6, 2), torch.arange(6)
    (x + y.view(6, 1)).tolist()
    loader = data.DataLoader(data.TensorDataset(x, y, x.t()[0]), batch_size=4)
    batches: list = []
    seed = recorded(lambda: iter(loader))  # an iterator draws one
    assert recorded(lambda: batches.extend(loader)) == seed
    assert [t.tolist() for t in batches[1]] == [[[8, 9], [10, 11]], [4, 5], [8, 10]]
    assert type(batches[0]) is list and batches[0][1].dtype is torch.int64
    batches[0][0][0] = 7
    assert x[0].tolist() == [0, 1]


def test_batches_that_something_else_is_asked_of_are_stacked_from_samples() -> None:
    data = torch.utils.data
    x = torch.ones(4, 2, requires_grad=True)
    (batch,) = next(iter(data.DataLoader(data.TensorDataset(x), batch_size=2)))
    assert batch.grad_fn.name() == "StackBackward0"

    class Doubled(data.TensorDataset):
        def __getitem__(self, index: int) -> tuple:
            return tuple(2 * t for t in super().__getitem__(index))

    assert next(iter(data.DataLoader(Doubled(torch.ones(3)), batch_size=3)))[0].tolist() == [2] * 3
    sampler = [[0, 9]]
    with pytest.raises(IndexError):
        next(iter(data.DataLoader(data.TensorDataset(torch.ones(3)), batch_sampler=sampler)))
    backwards = data.DataLoader(data.TensorDataset(torch.arange(3)), batch_sampler=[[-1, 0]])
    assert next(iter(backwards))[0].tolist() == [2, 0]
