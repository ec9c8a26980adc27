"""The ground that random statements stand on: variables, their tensors, numbers, new tensors.

In: a seed. Out: `Ground`, which knows each variable's tensor on PyTorch and draws at random.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import torch

_DTYPES = ("float32",) * 6 + ("float64",) * 2 + ("int64",) * 2 + ("bool", "int32", "float16")


def tangled(tensor: torch.Tensor) -> bool:
    """Whether elements share memory in a way that PyTorch neither refuses nor defines."""
    pairs = zip(tensor.shape, tensor.stride())
    places = [tuple(i * step for i in range(size)) for size, step in pairs if step]
    offsets = [sum(place) for place in itertools.product(*places)]
    return len(set(offsets)) != len(offsets)


def separate(tensor: torch.Tensor) -> bool:
    """Whether a tensor has dimensions and elements, each in a place of its own."""
    crowded = 0 in tensor.stride() or tangled(tensor)
    return tensor.dim() > 0 and tensor.numel() > 0 and not crowded


class Ground:
    """Variables so far, and draws from them."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.space: dict[str, Any] = {"torch": torch}
        self.counter = 0

    def _tensors(self, test: Callable[[torch.Tensor], bool] = lambda t: True) -> list[str]:
        return [
            name
            for name, value in self.space.items()
            if isinstance(value, torch.Tensor) and test(value)
        ]

    def _pick(self, test: Callable[[torch.Tensor], bool] = lambda t: True) -> str | None:
        """A variable, one of the newest more often than not."""
        names = self._tensors(test)
        if not names:
            return None
        if self.random.random() < 0.5:
            return self.random.choice(names[-3:])
        return self.random.choice(names)

    def _new(self, prefix: str = "v") -> str:
        self.counter += 1
        return f"{prefix}{self.counter}"

    def _chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def _number(self) -> str:
        choices = ("0", "1", "2", "-1", "3", "0.5", "-0.25", "1.5", "True")
        return self.random.choice(choices)

    def _dim(self, tensor: torch.Tensor, extra: int = 0) -> int:
        rank = tensor.dim() + extra
        dim = self.random.randrange(max(rank, 1))
        return dim - max(rank, 1) if self._chance(0.3) else dim

    # -- creation ----------------------------------------------------------------------------

    def _shape(self) -> tuple[int, ...]:
        if self._chance(0.04):
            return self.random.choice([(0,), (2, 0), (0, 3)])
        count = self.random.choices([0, 1, 2, 3], [1, 3, 6, 3])[0]
        return tuple(self.random.randint(1, 4) for _ in range(count))

    def _create(self) -> str:
        shape, kind = self._shape(), self.random.choice(_DTYPES)
        size = torch.Size(shape).numel()
        floating = "float" in kind
        wants = ", requires_grad=True" if floating and self._chance(0.55) else ""
        name = self._new()
        if self._chance(0.25):
            maker = self.random.choice(("ones", "zeros"))
            return f"{name} = torch.{maker}({shape}, dtype=torch.{kind}{wants})"
        if self._chance(0.3) and kind != "bool" and size:
            after = ".requires_grad_()" if wants else ""
            return f"{name} = torch.arange({size}, dtype=torch.{kind}).reshape({shape}){after}"
        values = [self._value(kind) for _ in range(size)]
        nested = _nested(values, shape)
        return f"{name} = torch.tensor({nested}, dtype=torch.{kind}{wants})"

    def _value(self, kind: str) -> Any:
        if kind == "bool":
            return self._chance(0.5)
        if kind.startswith("int"):
            return self.random.randint(-4, 5)
        return self.random.randint(-12, 12) / 4


def _nested(values: list[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return values[0]
    if len(shape) == 1:
        return values
    step = torch.Size(shape[1:]).numel()
    return [_nested(values[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]
