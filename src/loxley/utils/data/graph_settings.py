"""`torch.utils.data.graph_settings`: settings of all streams that a stream is made of.

Source: https://github.com/pytorch/pytorch/blob/main/torch/utils/data/graph_settings.py
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from ... import dtypes as dt
from ...tensor import empty
from .datapipes.datapipe import IterDataPipe
from .datapipes.iter import Shuffler

__all__ = ["apply_random_seed", "apply_shuffle_seed", "apply_shuffle_settings"]


def _pipes(pipe: IterDataPipe) -> Iterator[IterDataPipe]:
    """A stream and those below it, each once."""
    seen, waiting = set(), [pipe]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting.extend(found for value in vars(one).values() for found in _within(value))


def _within(value: Any) -> Iterator[IterDataPipe]:
    if isinstance(value, IterDataPipe):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _within(one)
    elif isinstance(value, dict):
        yield from _within(list(value.values()))


def apply_shuffle_settings(datapipe: Any, shuffle: bool | None = None) -> Any:
    """Turns the shuffling of all streams on or off (None leaves them); without one that shuffles,
    a new one is put on top. RuntimeError for what is no stream."""
    if not isinstance(datapipe, IterDataPipe):
        raise RuntimeError(
            f"Expected `IterDataPipe` or `MapDataPipe`, but {type(datapipe)} is found"
        )
    if shuffle is None:
        return datapipe
    shufflers = [pipe for pipe in _pipes(datapipe) if _shuffles(pipe)]
    if shuffle and not shufflers:
        warnings.warn(
            "`shuffle=True` was set, but the datapipe does not contain a `Shuffler`. Adding one at "
            "the end. Be aware that the default buffer size might not be sufficient for your task.",
            stacklevel=2,
        )
        datapipe = Shuffler(datapipe)
        shufflers = [datapipe]
    for pipe in shufflers:
        pipe.set_shuffle(shuffle)
    return datapipe


def _shuffles(pipe: Any) -> bool:
    methods = (getattr(type(pipe), name, None) for name in ("set_shuffle", "set_seed"))
    return all(callable(one) for one in methods)


def apply_random_seed(datapipe: Any, rng: Any) -> Any:
    """Gives every stream that draws random numbers a seed from a generator."""
    for pipe in _pipes(datapipe):
        if callable(getattr(type(pipe), "set_seed", None)):
            pipe.set_seed(int(empty((), dtype=dt.int64).random_(generator=rng).item()))
    return datapipe


apply_shuffle_seed = apply_random_seed
