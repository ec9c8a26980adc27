"""`torch.quasirandom.SobolEngine`: points that fill the unit cube evenly.

In: a number of dimensions, of points.  Out: tensors of points, PyTorch's bits.
Source: https://docs.pytorch.org/docs/stable/generated/torch.quasirandom.SobolEngine.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes as dt
from .numerics import sobol
from .tensor import Tensor, cat, randint
from .tensor.generator import Generator

__all__ = ["SobolEngine"]


class SobolEngine:
    """Draws from a Sobol' sequence in 1 to 21,201 dimensions, scrambled if asked for.

    `seed` makes scrambling reproducible; without it the default generator is drawn from.
    ValueError for other dimensions. Source: torch.quasirandom.SobolEngine.
    """

    MAXBIT = sobol.BITS
    MAXDIM = sobol.DIMENSIONS

    def __init__(self, dimension: int, scramble: bool = False, seed: int | None = None) -> None:
        if dimension > self.MAXDIM or dimension < 1:
            raise ValueError(
                f"Supported range of dimensionality for SobolEngine is [1, {self.MAXDIM}]"
            )
        self.seed, self.scramble, self.dimension = seed, scramble, dimension
        self.sobolstate = _tensor(sobol.directions(dimension))
        self.shift = _tensor(np.zeros(dimension, np.int64))
        if scramble:
            self._scramble()
        self.quasi = self.shift.clone()
        self._first_point = (self.quasi / 2**self.MAXBIT).reshape(1, -1)
        self.num_generated = 0

    def draw(self, n: int = 1, out: Tensor | None = None, dtype: dt.dtype | None = None) -> Tensor:
        """(n, dimension): the next points."""
        kind = dt.get_default_dtype() if dtype is None else dtype
        if kind not in (dt.float32, dt.float64):
            raise NotImplementedError(
                f"\"_sobol_engine_draw\" not implemented for '{kind.legacy_name}'"
            )
        if self.num_generated:
            result = self._following(n, self.num_generated - 1, kind)
        else:
            first = self._first_point.to(kind)
            result = first if n == 1 else cat((first, self._following(n - 1, 0, kind)), dim=-2)
        self.num_generated += n
        if out is not None:
            out.resize_as_(result).copy_(result)
            return out
        return result

    def draw_base2(
        self, m: int, out: Tensor | None = None, dtype: dt.dtype | None = None
    ) -> Tensor:
        """(2**m, dimension): the next points; ValueError where they are no whole power of two."""
        n = 2**m
        total = self.num_generated + n
        if total & (total - 1):
            raise ValueError(
                "The balance properties of Sobol' points require n to be a power of 2. "
                f"{self.num_generated} points have been previously generated, then: "
                f"n={self.num_generated}+2**{m}={total}. If you still want to do this, please use "
                "'SobolEngine.draw()' instead."
            )
        return self.draw(n=n, out=out, dtype=dtype)

    def reset(self) -> SobolEngine:
        """Goes back to the first point."""
        self.quasi.copy_(self.shift)
        self.num_generated = 0
        return self

    def fast_forward(self, n: int) -> SobolEngine:
        """Passes over n points."""
        if self.num_generated:
            self._following(n, self.num_generated - 1, dt.float32)
        else:
            self._following(n - 1, 0, dt.float32)
        self.num_generated += n
        return self

    def _following(self, count: int, index: int, kind: dt.dtype) -> Tensor:
        """The points after the present one, which is that numbered `index`."""
        if count < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {count}: "
                f"[{count}, {self.dimension}]"
            )
        made = sobol.following(self.quasi._array(), self.sobolstate._array(), count, index)
        if count:
            self.quasi = _tensor(made[-1].copy())
        return _tensor(made).to(kind) * (1.0 / 2**self.MAXBIT)

    def _scramble(self) -> None:
        generator: Any = None
        if self.seed is not None:
            generator = Generator()
            generator.manual_seed(self.seed)
        shape = (self.dimension, self.MAXBIT)
        bits = randint(2, shape, generator=generator)._array()
        self.shift = _tensor(bits @ (1 << np.arange(self.MAXBIT, dtype=np.int64)))
        matrices = randint(2, (*shape, self.MAXBIT), generator=generator)._array()
        self.sobolstate = _tensor(sobol.scrambled(self.sobolstate._array(), matrices))

    def __repr__(self) -> str:
        told = [f"dimension={self.dimension}"]
        if self.scramble:
            told.append("scramble=True")
        if self.seed is not None:
            told.append(f"seed={self.seed}")
        return f"{type(self).__name__}({', '.join(told)})"


def _tensor(array: np.ndarray) -> Tensor:
    return Tensor._from_array(array, dt.int64)
