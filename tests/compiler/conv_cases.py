"""Random convolutions and their arrays, amid numbers that must neither be used nor lost."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from loxley.compiler.llvm.launch import launch_template
from loxley.compiler.llvm.target import Target
from loxley.compiler.templates import conv
from loxley.numerics import convolution as arrays
from loxley.numerics.convolution import Geometry

_GUARD = 32
WRITTEN = {"forward": "y", "input": "x", "weight": "w"}


class Case(NamedTuple):
    """One convolution: its sizes and how windows move."""

    batch: int
    channels: int
    filters: int
    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int

    @property
    def geometry(self) -> Geometry:
        return Geometry(self.stride, self.padding, self.dilation, self.groups)

    @property
    def out(self) -> tuple[int, ...]:
        return self.geometry.output(self.size, self.kernel)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {
            "x": (self.batch, self.channels, *self.size),
            "w": (self.filters, self.channels // self.groups, *self.kernel),
            "y": (self.batch, self.filters, *self.out),
        }

    @property
    def depthwise(self) -> bool:
        return self.groups == self.channels == self.filters

    @property
    def slots(self) -> dict[str, int]:
        x, w, _ = self.shapes.values()
        return conv.arguments(x, w, self.out, *self.geometry_parts)

    @property
    def geometry_parts(self) -> tuple:
        return self.stride, self.padding, self.dilation, self.groups


def draw(rng: np.random.Generator, depthwise: bool = False) -> Case:
    """Sizes 1 to 20, kernels 1 to 5, strides 1 to 3, paddings 0 to 3, dilations 1 to 2."""
    while True:
        dims = int(rng.integers(1, 4))
        top = {1: 40, 2: 20, 3: 8}[dims]
        parts = [
            tuple(int(v) for v in rng.integers(low, high + 1, dims))
            for low, high in ((1, top), (1, 5), (1, 3), (0, 3), (1, 2))
        ]
        groups = int(rng.integers(1, 4))
        channels = groups * (int(rng.integers(1, 6)) if rng.random() < 0.8 else 70)
        filters = groups * int(rng.integers(1, 20))
        if depthwise:
            groups = channels = filters = int(rng.integers(1, 9))
        case = Case(int(rng.integers(0, 4)), channels, filters, *parts, groups)
        if min(case.out) > 0:
            return case


def guarded(shape: tuple[int, ...], dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    """(everything, the array within): NaN before and after, at any address."""
    count = int(np.prod(shape))
    whole = np.full(count + 2 * _GUARD + 1, np.nan, dtype)
    return whole, whole[_GUARD + 1 : _GUARD + 1 + count].reshape(shape)


def intact(whole: np.ndarray) -> bool:
    return bool(np.isnan(whole[: _GUARD + 1]).all() and np.isnan(whole[-_GUARD:]).all())


def expected(direction: str, case: Case, given: dict[str, np.ndarray]) -> np.ndarray:
    """What the operators' NumPy rules compute."""
    g = case.geometry
    if direction == "forward":
        return arrays.forward(given["x"], given["w"], None, g)
    if direction == "input":
        return arrays.grad_input(given["y"], given["w"], case.size, g)
    return arrays.grad_weight(given["y"], given["x"], given["w"].shape, g)


def run(
    direction: str,
    case: Case,
    given: dict[str, np.ndarray],
    memory: str,
    workers: int = 1,
    target: Target | None = None,
    epilogue: tuple[str, ...] = (),
    winograd: bool = False,
    planes: bool = False,
) -> np.ndarray:
    """The kernel's result; asserts that nothing around the written array changed."""
    written = WRITTEN[direction]
    whole, result = guarded(case.shapes[written], given["x"].dtype)
    values = {**given, written: result}
    spec = conv.spec_of(direction, memory, case.stride, epilogue, case.depthwise)
    if winograd:
        spec = spec._replace(step=0, depthwise=False, winograd=True)
    if planes:
        spec = conv.fastest(spec, case.slots)
        assert spec.window is not None
    sizes = conv.sizes_of(spec, case.slots)
    launch_template(conv.template(spec), {**values, **sizes}, workers, target)
    assert intact(whole)
    return result


def small_integers(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Numbers whose products and sums are exact, so that any order of sums gives the same."""
    _, array = guarded(shape, dtype)
    array[...] = rng.integers(-4, 5, shape)
    return array
