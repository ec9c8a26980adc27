"""Random examples: tensors of any shape, dtype and layout, and what is computed from them.

In: a seed.  Out: a `Case`, which is the same on every machine.

    @family
    def gather(draw):
        shape, dim = draw.shape(1), ...
        draw.tensor(shape), draw.index(shape, below=shape[dim])
        return draw.case(lambda x, index: x.gather(dim, index), gradient=True)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from random import Random
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

import loxley as torch
from loxley.compiler.kinds import NUMPY
from loxley.dtypes import BY_NUMPY

FLOATS = ("f32", "f32", "f32", "f64", "f64", "bf16", "f16")
INTEGERS = ("i64", "i32", "i16", "i8", "u8", "bool")
SIZES = (1, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 64, 65, 130)
LONG = (257, 512, 1000, 4099, 20_001)
MOST_ELEMENTS, MANY_ELEMENTS = 6000, 60_000
LAYOUTS = ("plain", "plain", "permuted", "sliced", "stepped", "expanded", "overlapping", "shifted")
FAMILIES: dict[str, Callable[[Draw], Case]] = {}


class Operand(NamedTuple):
    """A tensor: elements in memory, and how it sees them (strides and offset in elements)."""

    memory: np.ndarray
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    gradient: bool

    def elements(self) -> np.ndarray:
        size = self.memory.itemsize
        steps = tuple(s * size for s in self.strides)
        return as_strided(self.memory[self.offset :], self.shape, steps)


class Case(NamedTuple):
    """What is computed: `function(*tensors)` gives a tensor or several.

    slack  how many times more than usual the results may differ
    """

    function: Callable
    operands: tuple[Operand, ...]
    gradient: bool
    slack: float
    seed: int
    wrap: tuple[bool, bool]  # whether arguments come from other operators, and results go to some


def family(function: Callable[[Draw], Case]) -> Callable[[Draw], Case]:
    """Registers a kind of example under its name."""
    assert function.__name__ not in FAMILIES
    FAMILIES[function.__name__] = function
    return function


class Draw:
    """The choices of one example."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random, self.numbers = Random(seed), np.random.RandomState(seed)
        self.operands: list[Operand] = []
        self.kind = self.random.choice(FLOATS)  # of the tensors for which none is named
        self.turns = 1  # examples in which every choice of `turn` comes
        self.special = False  # whether floats hold NaN, infinities, zeros of both signs, denormals

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def turn(self, *choices: Any) -> Any:
        """One choice after the other, as examples go on."""
        self.turns = max(self.turns, len(choices))
        return choices[self.seed % len(choices)]

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def whole(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return self.random.randint(low, high)

    def shape(self, low: int = 0, high: int = 4, empty: bool = False) -> tuple[int, ...]:
        """Sizes of `low` to `high` dimensions, of a few thousand elements at most;
        of more in some of the long profile's examples."""
        sizes, most = SIZES, MOST_ELEMENTS
        if self.seed >= 20 and self.chance(0.1):
            sizes, most = (*SIZES, *LONG), MANY_ELEMENTS
        while True:
            made = tuple(self.random.choice(sizes) for _ in range(self.whole(low, high)))
            if empty and made and self.chance(0.05):
                at = self.random.randrange(len(made))
                made = (*made[:at], 0, *made[at + 1 :])
            if prod(made) <= most:
                return made

    def dim(self, shape: Sequence[int]) -> int:
        return self.random.randrange(len(shape))

    def dims(self, shape: Sequence[int], least: int = 0) -> tuple[int, ...]:
        """Some of a shape's dimensions, in any order."""
        return tuple(self.random.sample(range(len(shape)), self.whole(least, len(shape))))

    def like(self, shape: Sequence[int]) -> tuple[int, ...]:
        """A shape that is broadcast to `shape`."""
        made = tuple(1 if self.chance(0.25) else n for n in shape)
        return made[self.whole(0, len(made)) :] if self.chance(0.25) else made

    # ------------------------------------------------------------ tensors

    def tensor(
        self,
        shape: Sequence[int],
        kind: str | None = None,
        *,
        layout: str | None = None,
        gradient: bool = True,
        positive: bool = False,
    ) -> Operand:
        """A tensor among the arguments; floats are normal, integers small."""
        kind = self.kind if kind is None else kind
        shape = tuple(shape)
        strides, offset, length = self._laid(shape, layout or self.random.choice(LAYOUTS))
        memory = self._filled(length, kind, positive)
        made = Operand(memory, shape, strides, offset, gradient and kind in FLOATS)
        self.operands.append(made)
        return made

    def index(self, shape: Sequence[int], below: int, distinct: bool = False) -> Operand:
        """Indices; `distinct` ones differ along the last dimension."""
        shape = tuple(shape)
        if distinct:
            rows = [self.numbers.permutation(below)[: shape[-1]] for _ in range(prod(shape[:-1]))]
            memory = np.array(rows, np.int64).reshape(-1)
            strides, offset, _ = self._laid(shape, "plain")
        else:
            strides, offset, length = self._laid(shape, self.random.choice(LAYOUTS))
            memory = self.numbers.randint(0, max(below, 1), length).astype(np.int64)
        self.operands.append(Operand(memory, shape, strides, offset, False))
        return self.operands[-1]

    def _laid(self, shape: tuple[int, ...], layout: str) -> tuple[tuple[int, ...], int, int]:
        """(strides, offset, length of the memory) of a layout."""
        rank, offset = len(shape), 0
        order = list(range(rank))
        steps = [1] * rank
        room = [0] * rank
        if layout == "permuted":
            self.random.shuffle(order)
        elif layout == "sliced":
            room = [self.whole(0, 3) for _ in shape]
        elif layout == "stepped":
            steps = [self.whole(1, 3) for _ in shape]
        strides = [0] * rank
        stride = 1
        for d in reversed(order):
            strides[d] = stride * steps[d]
            stride *= max(shape[d] * steps[d] + room[d], 1)
        if layout == "expanded":
            strides = [0 if self.chance(0.4) else s for s in strides]
        elif layout == "overlapping":
            strides = [self.whole(0, 2) for _ in strides]
        if layout in ("shifted", "sliced", "stepped"):
            offset = self.whole(0, 9)
        length = offset + 1 + sum((n - 1) * s for n, s in zip(shape, strides) if n > 0)
        return tuple(strides), offset, length

    def _filled(self, length: int, kind: str, positive: bool) -> np.ndarray:
        numbers, dtype = self.numbers, NUMPY[kind]
        if kind == "bool":
            return numbers.rand(length) < 0.5
        if kind not in FLOATS:
            low = 0 if positive or kind == "u8" else -9
            return numbers.randint(low, 10, length).astype(dtype)
        made = numbers.randn(length)
        made = np.abs(made) + 0.01 if positive else made
        made = made.astype(dtype)
        if self.special and length:
            smallest = float(torch.finfo(BY_NUMPY[np.dtype(dtype)]).smallest_normal)
            odd = [np.nan, np.inf, -np.inf, 0.0, -0.0, smallest / 2, 1e4]
            places = numbers.randint(0, length, max(length // 8, 1))
            made[places] = np.array(odd)[numbers.randint(0, len(odd), len(places))].astype(dtype)
        return made

    def case(self, function: Callable, gradient: bool = False, slack: float = 1) -> Case:
        wrap = self.chance(0.25), self.chance(0.25)
        return Case(function, tuple(self.operands), gradient, slack, self.seed, wrap)
