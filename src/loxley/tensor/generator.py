"""`torch.Generator` and the default one: streams of random numbers, and their states.

A generator holds the state *value* that its next operator draws from (see `ops.random`), so drawing
is recorded like everything else; looking at the state computes what was drawn before.

Source: https://docs.pytorch.org/docs/stable/generated/torch.Generator.html,
https://docs.pytorch.org/docs/stable/random.html
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from operator import index
from threading import Lock
from typing import Any

import numpy as np

from .. import devices as dev
from .. import dtypes as dt
from ..batching import bottom
from ..batching.randomness import draw_slices
from ..config import config
from ..ir.graph import BATCHED, Op, Value, leaf
from ..numerics.mersenne import DEFAULT_SEED, MersenneTwister, normalize_seed
from ..ops.random import SMALL, state_value
from ..runtime import evaluate
from ..runtime.interpreter import WATCHERS, flush_if_full
from ..shapes import numel
from .api import expose, public
from .modes import modes
from .tensor import Tensor


class Generator:
    """A stream of PyTorch's CPU random numbers, begun at a fixed seed."""

    def __init__(self, device: Any = "cpu") -> None:
        self._device = dev.device(device)
        if self._device.type != "cpu":
            raise RuntimeError(
                f"Generator: device type '{self._device.type}' is not available; loxley computes "
                "on the CPU"
            )
        self._seed, self._drawn = DEFAULT_SEED, None  # a seed, until something is drawn
        self._stream: MersenneTwister | None = None  # in place of the state, from a small draw on
        self._lock = Lock()  # two threads never draw the same numbers

    @property
    def device(self) -> dev.device:
        return self._device

    @property
    def _state(self) -> Value:
        """The state to draw from; made of the seed when first asked for."""
        if self._stream is not None:
            self._drawn, self._stream = state_value(self._stream), None
        if self._drawn is None:
            self._drawn = state_value(MersenneTwister(self._seed))
        return self._drawn

    @_state.setter
    def _state(self, state: Value) -> None:
        self._drawn, self._stream = state, None

    # What random functions call

    def draw(self, op: Op, *arguments: Any) -> Value:
        """Records one of `ops.random`'s operators on the state; returns the sample."""
        with self._lock:
            small = self._draw_small(op, arguments)
            if small is not None:
                return small
            if modes.vmaps:
                sample, self._state = draw_slices(op, self._state, arguments, modes.vmaps)
            else:
                sample, self._state = op(self._state, *arguments)
        if config.eager:
            evaluate(bottom(sample))
        flush_if_full()
        return sample

    def draw_now(self, op: Op, *arguments: Any) -> Value:
        """As `draw`, computed at once: for operators that look at their arguments' elements."""
        if type(arguments[0]) is Value and not modes.vmaps:
            evaluate(arguments[0])
        with self._lock:
            small = self._draw_small(op, arguments)
            if small is not None:
                return small
            if modes.vmaps:
                drawn = draw_slices(op, self._state, arguments, modes.vmaps)
            else:
                drawn = op(self._state, *arguments)
            sample, following = drawn
            evaluate(bottom(sample))  # an error leaves the state as it was
            self._state = following
        return sample

    def _draw_small(self, op: Op, arguments: tuple) -> Value | None:
        """The sample, if it has few elements and may be drawn at once; None if not."""
        draw, most = SMALL.get(op, (None, 0))
        if draw is None or WATCHERS or config.compile not in ("auto", "0") or modes.vmaps:
            return None
        given = arguments[0]
        of_values = type(given) is Value
        if numel(given.shape if of_values else given) > most:
            return None
        if of_values and given.data is None or not self._begin_stream():
            return None
        (shape, kind), _ = op.rule(None, *arguments)
        if of_values:
            arguments = (np.asarray(given.data), *arguments[1:])
        made = draw(self._stream, *arguments)
        if made.dtype != kind.numpy or made.shape != shape:
            made = np.ascontiguousarray(made, kind.numpy).reshape(shape)
        return leaf(made, kind)

    def _begin_stream(self) -> bool:
        """Goes on without a state value, unless there is one that has yet to be computed."""
        if self._stream is None:
            if self._drawn is None:
                self._stream = MersenneTwister(self._seed)
            elif self._drawn.data is None or self._drawn.op is BATCHED:
                return False
            else:
                self._stream = MersenneTwister.of_array(self._drawn.data)
        return True

    def _twister(self) -> MersenneTwister:
        return MersenneTwister.of_array(evaluate(self._state))

    # PyTorch's methods

    def manual_seed(self, seed: int) -> Generator:
        """Begins anew at `seed`: 64 bits, negative ones counted from 2**64."""
        try:
            number = index(seed)
        except TypeError:
            raise RuntimeError(
                f"manual_seed expected a long, but got {type(seed).__name__}"
            ) from None
        self._seed, self._drawn, self._stream = normalize_seed(number), None, None
        return self

    def seed(self) -> int:
        """Begins anew at a seed from the operating system, which it returns."""
        seed = int.from_bytes(os.urandom(8), "little") >> 11  # 53 bits, as PyTorch
        self.manual_seed(seed)
        return seed

    def initial_seed(self) -> int:
        """The seed that the stream began with."""
        return self._twister().initial_seed

    def get_state(self) -> Tensor:
        """The state, in PyTorch's own layout: uint8 [5056]."""
        return Tensor._wrap(leaf(self._twister().get_state(), dt.uint8))

    def set_state(self, new_state: Tensor) -> Generator:
        """Continues from a state of `get_state` or of PyTorch; RuntimeError for other bytes."""
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state.dtype is not dt.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        twister = MersenneTwister()
        twister.set_state(new_state._array())
        self._state = state_value(twister)
        return self

    def clone_state(self) -> Generator:
        """Another generator that goes on as this one does."""
        other = Generator(self._device)
        other._state = self._state
        return other

    def graphsafe_get_state(self) -> Generator:
        raise NotImplementedError("graphsafe_get_state is not supported in this Generator")

    def graphsafe_set_state(self, state: Generator) -> Generator:
        raise NotImplementedError("graphsafe_set_state is not supported in this Generator")

    def get_offset(self) -> int:
        raise RuntimeError("CPU Generator does not use offset")

    def set_offset(self, offset: int) -> Generator:
        raise RuntimeError("CPU Generator does not use offset")

    def __reduce__(self) -> tuple:
        return (Generator, (self._device,), (self.initial_seed(), None, self.get_state()))

    def __setstate__(self, state: tuple) -> None:
        self.set_state(state[2])


default_generator = Generator()
default_generator.seed()  # a process that sets no seed draws other numbers every time
expose(Generator=Generator, default_generator=default_generator)


def chosen(generator: Generator | None, name: str) -> Generator:
    """The generator to draw from; TypeError for what is none."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(
            f"{name}(): argument 'generator' must be torch.Generator, not "
            f"{type(generator).__name__}"
        )
    return generator


@public(method=False)
def manual_seed(seed: int) -> Generator:
    """Begins the default stream anew at `seed`. Source: torch.manual_seed."""
    return default_generator.manual_seed(int(seed))


@public(method=False)
def seed() -> int:
    """Begins the default stream at a seed from the operating system. Source: torch.seed."""
    return default_generator.seed()


@public(method=False)
def initial_seed() -> int:
    """The default stream's seed. Source: torch.initial_seed."""
    return default_generator.initial_seed()


@public(method=False)
def get_rng_state() -> Tensor:
    """The default stream's state: uint8 [5056]. Source: torch.get_rng_state."""
    return default_generator.get_state()


@public(method=False)
def set_rng_state(new_state: Tensor) -> None:
    """Continues the default stream from a state. Source: torch.set_rng_state."""
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(
    devices: Iterable[Any] | None = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: str | None = None,
) -> Iterator[None]:
    """Puts the default stream back where it was when the block ends.

    Source: torch.random.fork_rng. Only the CPU's stream exists, so `devices` must be empty.
    """
    kind = dev.device(device_type or "cuda").type
    if kind == "meta" or not enabled:
        yield
        return
    if kind != "cuda":
        raise RuntimeError(
            f"torch has no module of `{kind}`, you should register a module by "
            "`torch._register_device_module`."
        )
    if devices is not None and list(devices):
        raise AssertionError("Torch not compiled with CUDA enabled")
    state = default_generator._state
    try:
        yield
    finally:
        default_generator._state = state
