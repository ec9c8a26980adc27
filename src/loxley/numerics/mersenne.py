"""The Mersenne Twister mt19937 as PyTorch's CPU generator runs it: seed in, 32-bit draws out.

A `MersenneTwister` holds one stream: the 624 draws of the current block, how many of them are
used, and the normal sample left over from the last pair.  Draws come in bulk as `uint32` arrays.
States go to and from the 5056 bytes of `torch.get_rng_state()`.

Sources: M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998;
https://docs.pytorch.org/docs/stable/generated/torch.Generator.html
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

DEFAULT_SEED = 67280421310721
BLOCK = 624
CHUNK = 1 << 15  # items handled at once, so that temporaries stay in the second cache

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


def _untemper(draws: np.ndarray) -> np.ndarray:
    """The state words behind a block of draws: `_temper` is one to one."""
    y = draws ^ (draws >> 18)
    y ^= (y << 15) & 0xEFC60000
    x = y
    for _ in range(4):  # each round makes seven more low bits right
        x = y ^ ((x << 7) & 0x9D2C5680)
    y = x ^ (x >> 11)
    return x ^ (y >> 11)


class MersenneTwister:
    """One stream of PyTorch's CPU generator.

    `next_normal` is the second normal of the last pair, kept for the next scalar draw
    (`next_float_normal` is its single-precision twin, which only travels with the state).
    """

    __slots__ = (
        "initial_seed", "next_normal", "next_float_normal", "_block", "_used", "_fresh", "_source",
    )  # fmt: skip

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._source: np.random.RandomState | None = None
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Starts anew from `seed`; only its low 32 bits reach the state, as in PyTorch."""
        self.initial_seed = normalize_seed(seed)
        self.next_normal: float | None = None
        self.next_float_normal: float | None = None
        self._block: np.ndarray | None = None
        self._used = BLOCK
        self._fresh = True
        if self._source is not None:
            self._source.seed(self.initial_seed & 0xFFFFFFFF)

    def copy(self) -> MersenneTwister:
        """An independent stream that continues as this one does.

        It takes NumPy's generator over, which costs 100 us to make again: the copy is what goes on.
        """
        other = object.__new__(MersenneTwister)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        self._source = None
        return other

    # Draws

    def take(self, count: int) -> np.ndarray:
        """The next `count` draws: uint32, read-only.  Ask for at most a few `CHUNK`s at once."""
        block, start, stop = self._block, self._used, self._used + count
        if stop <= BLOCK:
            self._used = stop
            return np.empty(0, np.uint32) if block is None else block[start:stop]
        missing = stop - BLOCK
        fresh = self._next_blocks(-(-missing // BLOCK))
        head = None if block is None or start == BLOCK else block[start:]
        self._block = fresh if fresh.size == BLOCK else fresh[-BLOCK:].copy()
        self._block.flags.writeable = False
        self._used = missing - (fresh.size - BLOCK)
        self._fresh = False
        fresh = fresh[:missing]
        return fresh if head is None else np.concatenate((head, fresh))

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

    def _next_blocks(self, blocks: int) -> np.ndarray:
        """The draws of the next `blocks` whole blocks (2 ns each; NumPy's twist is mt19937's)."""
        source = self._source
        if source is None:
            # np.random is loaded by NumPy on first use, which keeps 25 ms out of our import.
            source = self._source = np.random.RandomState(self.initial_seed & 0xFFFFFFFF)
            if self._block is not None:
                state = {"key": _untemper(self._block), "pos": BLOCK}
                source.set_state({"bit_generator": "MT19937", "state": state})
        return source.randint(0, 2**32, blocks * BLOCK, dtype=np.uint32)

    # States

    def _words(self) -> np.ndarray:
        """The 624 state words of the current block."""
        if self._block is not None:
            return _untemper(self._block)
        if self._source is None:
            self._source = np.random.RandomState(self.initial_seed & 0xFFFFFFFF)
        return self._source.get_state(legacy=False)["state"]["key"]

    def get_state(self) -> np.ndarray:
        """The state as `torch.get_rng_state()` lays it out: uint8 [5056]."""
        state = np.zeros((), _STATE)
        state["seed"] = self.initial_seed
        state["left"] = BLOCK + 1 - self._used
        state["seeded"] = 1
        state["next"] = 0 if self._fresh else self._used
        state["words"] = self._words()
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
        self._block = _temper(fields["words"].astype(np.uint32))
        self._block.flags.writeable = False
        self._used = BLOCK + 1 - left
        self._fresh = fresh
        self._source = None


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
