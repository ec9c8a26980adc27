"""The Mersenne Twister mt19937 as PyTorch's CPU generator runs it: seed in, 32-bit draws out.

A `MersenneTwister` holds one stream: the 624 words of the current block, how many of its draws are
used, and the normal sample left over from the last pair.  Draws come in bulk as `uint32` arrays.
Between operators a stream is a plain array of `ARRAY` 32-bit words (see `_FIELDS`), which native
code reads and writes too.  States go to and from the 5056 bytes of `torch.get_rng_state()`.

Sources: M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998;
https://docs.pytorch.org/docs/stable/generated/torch.Generator.html
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

DEFAULT_SEED = 67280421310721
BLOCK = 624
CHUNK = 1 << 15  # items handled at once, so that temporaries stay in the second cache
ARRAY = 640  # 32-bit words of a stream as an array
# Where its parts begin, in words: state words, draws used (1 to 624), what `FRESH` and its like
# say, the seed, the normals that are kept.
USED, FLAGS, SEED, NORMAL, FLOAT_NORMAL = 624, 625, 626, 628, 630
FRESH, HAS_NORMAL, HAS_FLOAT_NORMAL = 1, 2, 4

_FIELDS = np.dtype(
    {
        "names": ["words", "used", "flags", "seed", "normal", "float_normal"],
        "formats": [("<u4", BLOCK), "<u4", "<u4", "<u8", "<f8", "<f4"],
        "offsets": [4 * n for n in (0, USED, FLAGS, SEED, NORMAL, FLOAT_NORMAL)],
        "itemsize": 4 * ARRAY,
    }
)
_STATE = np.dtype(
    {
        "names": [
            "seed", "left", "seeded", "next", "words",
            "normal", "has_normal", "float_normal", "has_float_normal",
        ],
        "formats": ["<u8", "<i4", "<i4", "<u8", ("<u8", BLOCK), "<f8", "<i4", "<f4", "?"],
        "offsets": [0, 8, 12, 16, 24, 5024, 5040, 5048, 5052],
        "itemsize": 5056,
    }
)  # fmt: skip
STATE_SIZE = _STATE.itemsize


def normalize_seed(seed: int) -> int:
    """A seed as 64 unsigned bits; negative seeds count from 2**64.  ValueError beyond 64 bits."""
    if not -(2**63) <= seed < 2**64:
        raise ValueError("Overflow when unpacking long long")
    return seed % 2**64


def _temper(words: np.ndarray) -> np.ndarray:
    """The draws that a block of state words gives."""
    y = words ^ (words >> 11)
    y ^= (y << 7) & 0x9D2C5680
    y ^= (y << 15) & 0xEFC60000
    return y ^ (y >> 18)


class _Source:
    """NumPy's mt19937, whose words are memory that is read and written here."""

    def __init__(self) -> None:
        # np.random is loaded by NumPy on first use, which keeps 25 ms out of our import.
        bits = np.random.MT19937(0)
        memory = (ctypes.c_uint32 * (BLOCK + 1)).from_address(bits.ctypes.state_address)
        self.words = np.frombuffer(memory, np.uint32)[:BLOCK]
        self.position = np.frombuffer(memory, np.int32)[BLOCK:]
        self.state = np.random.RandomState(bits)
        self.lock = Lock()

    def seeded(self, seed: int) -> np.ndarray:
        """The words that a stream begins with."""
        with self.lock:
            self.state.seed(seed & 0xFFFFFFFF)
            return self.words.copy()

    def blocks(self, words: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The draws of the next `count` blocks (2 ns each), and the last block's words."""
        with self.lock:
            self.words[:] = words
            self.position[0] = BLOCK
            draws = self.state.randint(0, 2**32, count * BLOCK, dtype=np.uint32)
            return draws, self.words.copy()


_source = cache(_Source)


class MersenneTwister:
    """One stream of PyTorch's CPU generator.

    `next_normal` is the second normal of the last pair, kept for the next scalar draw
    (`next_float_normal` is its single-precision twin, which only travels with the state).
    """

    __slots__ = (
        "initial_seed", "next_normal", "next_float_normal", "_words", "_block", "_used", "_fresh",
    )  # fmt: skip

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Starts anew from `seed`; only its low 32 bits reach the state, as in PyTorch."""
        self.initial_seed = normalize_seed(seed)
        self.next_normal: float | None = None
        self.next_float_normal: float | None = None
        self._words = _source().seeded(self.initial_seed)
        self._block: np.ndarray | None = None  # the draws of these words, once asked for
        self._used = BLOCK
        self._fresh = True

    def copy(self) -> MersenneTwister:
        """An independent stream that continues as this one does."""
        other = object.__new__(MersenneTwister)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    @classmethod
    def of_array(cls, array: np.ndarray) -> MersenneTwister:
        """The stream in an array of `to_array`, which must not change any more."""
        fields = array.view(_FIELDS)[0]
        made = object.__new__(cls)
        flags = int(fields["flags"])
        made.initial_seed = int(fields["seed"])
        made.next_normal = float(fields["normal"]) if flags & HAS_NORMAL else None
        made.next_float_normal = float(fields["float_normal"]) if flags & HAS_FLOAT_NORMAL else None
        made._words, made._block = fields["words"], None
        made._used, made._fresh = int(fields["used"]), bool(flags & FRESH)
        return made

    def to_array(self) -> np.ndarray:
        """The stream as int32 [ARRAY]."""
        array = np.zeros(ARRAY, np.int32)
        fields: Any = array.view(_FIELDS)[0]
        fields["words"], fields["used"], fields["seed"] = self._words, self._used, self.initial_seed
        flags = FRESH if self._fresh else 0
        if self.next_normal is not None:
            fields["normal"] = self.next_normal
            flags |= HAS_NORMAL
        if self.next_float_normal is not None:
            fields["float_normal"] = self.next_float_normal
            flags |= HAS_FLOAT_NORMAL
        fields["flags"] = flags
        return array

    # Draws

    def take(self, count: int) -> np.ndarray:
        """The next `count` draws: uint32, read-only.  Ask for at most a few `CHUNK`s at once."""
        start, stop = self._used, self._used + count
        if stop <= BLOCK:
            self._used = stop
            return self._draws()[start:stop]
        missing = stop - BLOCK
        head = None if start == BLOCK else self._draws()[start:]
        fresh, self._words = _source().blocks(self._words, -(-missing // BLOCK))
        self._block = fresh if fresh.size == BLOCK else fresh[-BLOCK:].copy()
        self._block.flags.writeable = False
        self._used = missing - (fresh.size - BLOCK)
        self._fresh = False
        fresh = fresh[:missing]
        return fresh if head is None else np.concatenate((head, fresh))

    def _draws(self) -> np.ndarray:
        """The draws of the current block."""
        if self._block is None:
            self._block = _temper(self._words)
            self._block.flags.writeable = False
        return self._block

    def take64(self, count: int) -> np.ndarray:
        """The next `count` 64-bit draws: uint64, each of two draws, the first one high."""
        raw = self.take(2 * count)
        high = raw[0::2].astype(np.uint64)
        high <<= np.uint64(32)
        high |= raw[1::2]
        return high

    def pieces(self, count: int, words: int = 1) -> Iterator[tuple[slice, np.ndarray]]:
        """Walks `count` items in chunks: (where they go, their draws of `words` 32-bit words).

        Draws are uint32 for `words` 1 and uint64 for 2.
        """
        take = self.take if words == 1 else self.take64
        for start in range(0, count, CHUNK):
            stop = min(count, start + CHUNK)
            yield slice(start, stop), take(stop - start)

    def skip(self, count: int) -> None:
        """Passes over `count` 32-bit draws."""
        for start in range(0, count, CHUNK):
            self.take(min(CHUNK, count - start))

    def doubles(self) -> DoubleStream:
        """Uniform Python floats one by one, for samplers that reject; use it in a `with`."""
        return DoubleStream(self)

    # States

    def get_state(self) -> np.ndarray:
        """The state as `torch.get_rng_state()` lays it out: uint8 [5056]."""
        state = np.zeros((), _STATE)
        state["seed"] = self.initial_seed
        state["left"] = BLOCK + 1 - self._used
        state["seeded"] = 1
        state["next"] = 0 if self._fresh else self._used
        state["words"] = self._words
        if self.next_normal is not None:
            state["normal"], state["has_normal"] = self.next_normal, 1
        if self.next_float_normal is not None:
            state["float_normal"], state["has_float_normal"] = self.next_float_normal, True
        return np.frombuffer(state.tobytes(), np.uint8).copy()

    def set_state(self, state: np.ndarray) -> None:
        """Continues from a state of `get_state` or of PyTorch: uint8 [5056] in any shape.

        RuntimeError for another size or a state that no generator was ever in.
        """
        if state.size != STATE_SIZE:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE_SIZE} but found the input RNG "
                f"state size to be {state.size}"
            )
        fields = np.frombuffer(np.ascontiguousarray(state, np.uint8).tobytes(), _STATE)[0]
        left, following = int(fields["left"]), int(fields["next"])
        fresh = left == 1 and following == 0
        if (
            fields["seeded"] != 1
            or not 0 < left <= BLOCK
            or not (fresh or left + following == BLOCK + 1)
        ):
            raise RuntimeError("Invalid mt19937 state")
        self.initial_seed = int(fields["seed"])
        self.next_normal = float(fields["normal"]) if fields["has_normal"] else None
        self.next_float_normal = (
            float(fields["float_normal"]) if fields["has_float_normal"] else None
        )
        self._words = fields["words"].astype(np.uint32)
        self._block = None
        self._used = BLOCK + 1 - left
        self._fresh = fresh


class DoubleStream:
    """Uniform doubles in [0, 1) of 53 bits as Python floats; what is not used is given back."""

    __slots__ = ("_generator", "_ahead", "_iterator", "_taken")

    def __init__(self, generator: MersenneTwister) -> None:
        self._generator = generator
        self._ahead = 0  # doubles taken from the generator in this batch
        self._taken = 0
        self._iterator: Iterator[float] = iter(())

    def __enter__(self) -> DoubleStream:
        return self

    def __exit__(self, *_: object) -> None:
        # A batch never crosses a block, so the generator can step back within it.
        self._generator._used -= 2 * (self._ahead - self._taken)

    def __call__(self) -> float:
        for value in self._iterator:
            self._taken += 1
            return value
        # At a block's end a pair may straddle two blocks: that one is fetched alone.
        count = max((BLOCK - self._generator._used) // 2, 1)
        draws = self._generator.take64(count)
        values = (draws & np.uint64(2**53 - 1)).astype(np.float64)
        values *= 2.0**-53
        self._ahead, self._taken = count, 1
        self._iterator = iter(values.tolist())
        return next(self._iterator)
