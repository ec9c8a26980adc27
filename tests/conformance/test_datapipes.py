"""Streams of `torch.utils.data.datapipes` held against PyTorch's, their random order too."""

from __future__ import annotations

from typing import Any

import pytest

import loxley
import loxley.utils.data.graph_settings

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")


def told(call: Any) -> str:
    try:
        return repr(call()).replace("loxley.", "torch.")
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def both(program: Any) -> tuple[list[str], list[str]]:
    import torch.utils.data.graph_settings  # noqa: F401 - PyTorch does not bring it along

    expected, actual = ([told(call) for call in program(p, p.utils.data)] for p in (torch, loxley))
    return expected, actual


def add_one(x: int) -> int:
    return x + 1


def is_odd(x: int) -> bool:
    return x % 2 == 1


def test_streams() -> None:
    def program(torch: Any, data: Any) -> Any:
        pipes = data.datapipes.iter
        w = pipes.IterableWrapper(range(10))
        yield lambda: (w, len(w), list(w), list(w))
        yield lambda: (list(w.map(add_one)), list(w.filter(is_odd)), len(w.map(add_one)))
        yield lambda: (list(w.batch(3)), len(w.batch(3)), list(w.batch(4, drop_last=True)))
        yield lambda: pipes.Shuffler(w, buffer_size=0)
        yield lambda: len(pipes.Shuffler(pipes.IterableWrapper(x for x in [1])))
        yield lambda: w.nope

    expected, actual = both(program)
    assert actual == expected


def test_shuffling() -> None:
    def program(torch: Any, data: Any) -> Any:
        pipes, settings = data.datapipes.iter, data.graph_settings
        torch.manual_seed(0)
        w = pipes.IterableWrapper(range(10))
        s = pipes.Shuffler(w)
        yield lambda: (list(s), list(s), len(s))
        yield lambda: list(s.set_seed(3))
        yield lambda: list(w.shuffle(buffer_size=3).set_seed(1))
        nested = pipes.IterableWrapper([[1, 2], [3, 4]])
        yield lambda: list(pipes.Shuffler(nested, unbatch_level=1).set_seed(1))
        yield lambda: list(s.set_shuffle(False))
        m = w.shuffle().map(add_one)
        yield lambda: list(settings.apply_shuffle_settings(m, shuffle=False))
        yield lambda: list(settings.apply_shuffle_settings(m, shuffle=True))
        yield lambda: settings.apply_shuffle_settings(w, shuffle=True)
        yield lambda: settings.apply_shuffle_settings([1, 2], shuffle=True)

    expected, actual = both(program)
    assert actual == expected


@pytest.mark.parametrize("shuffle", [None, True, False])
def test_loading(shuffle: bool | None) -> None:
    def program(torch: Any, data: Any) -> Any:
        torch.manual_seed(0)
        w = data.datapipes.iter.IterableWrapper(range(10))
        for pipe in (w.shuffle(), w.shuffle().map(add_one)):
            loader = data.DataLoader(pipe, batch_size=4, shuffle=shuffle)
            for _ in range(2):
                yield lambda loader=loader: [x.tolist() for x in loader]

    expected, actual = both(program)
    assert actual == expected
