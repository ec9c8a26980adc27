"""Datasets and samplers: the draws that PyTorch 2.13.0 makes from the same seeds."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    DistributedSampler,
    RandomSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    random_split,
)


def test_shuffling():
    torch.manual_seed(123)
    for expected in ([[1, 5, 3], [0, 2, 4], [6]], [[0, 6, 1], [3, 5, 2], [4]]):
        assert [b.tolist() for b in DataLoader(list(range(7)), 3, shuffle=True)] == expected
    assert torch.rand(1).item() == 0.18405646085739136


def test_random_split():
    torch.manual_seed(0)
    parts = random_split(range(10), [0.5, 0.3, 0.2])
    assert [list(p.indices) for p in parts] == [[4, 1, 7, 5, 3], [9, 0, 8], [6, 2]]
    generator = torch.Generator().manual_seed(42)
    parts = random_split(range(10), [7, 3], generator=generator)
    assert [list(p) for p in parts] == [[2, 6, 1, 8, 4, 5, 0], [9, 3, 7]]
    with pytest.raises(ValueError, match="Sum of input lengths does not equal"):
        random_split(range(10), [7, 4])
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        random_split(range(3), [0.9, 0.1])


def test_samplers():
    torch.manual_seed(1)
    assert list(RandomSampler(range(10), True, 5)) == [6, 2, 0, 4, 1]
    assert list(WeightedRandomSampler([0.1, 0.9, 2.0], 8)) == [1, 1, 1, 2, 1, 2, 2, 2]
    assert list(SubsetRandomSampler([5, 6, 7, 8])) == [7, 5, 6, 8]
    assert list(DistributedSampler(range(10), 3, 1, seed=3)) == [0, 8, 9, 6]
    assert list(BatchSampler(range(7), 3, True)) == [[0, 1, 2], [3, 4, 5]]
    assert len(BatchSampler(range(7), 3, False)) == 3


def test_datasets():
    pairs = TensorDataset(torch.arange(3), torch.arange(3) * 2)
    assert [x.item() for x in pairs[2]] == [2, 4]
    both = pairs + pairs
    assert isinstance(both, ConcatDataset) and len(both) == 6
    assert both[-1][1].item() == 4
    assert Subset(pairs, [2, 0])[1][0].item() == 0
    assert StackDataset(a=[1, 2], b=[3, 4])[1] == {"a": 2, "b": 4}
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        TensorDataset(torch.zeros(2), torch.zeros(3))
    with pytest.raises(NotImplementedError):
        Dataset()[0]


def test_collation():
    batch = default_collate([{"x": 1, "y": (2.0, "a")}, {"x": 2, "y": (3.0, "b")}])
    assert batch["x"].tolist() == [1, 2] and batch["x"].dtype is torch.int64
    assert batch["y"][0].dtype is torch.float64 and batch["y"][1] == ("a", "b")
    with pytest.raises(RuntimeError, match="each element in list of batch should be of equal"):
        default_collate([[1], [1, 2]])
    with pytest.raises(TypeError, match="batch must contain tensors"):
        default_collate([None])
