"""What a transform's kernel is generated for: lengths, lanes, passes, and its constant factors.

In: a `Spec`.  Out: a `Plan`.  What lies in the lanes of a vector:

    columns  what lies side by side in memory behind the transformed dimension
    rows     as many lines as there are lanes, turned on the way in and out
    split    elements j, j + 1 ... of one line, whose length is a product of lanes and `passes`: the
             transforms of every lanes-th element, then of what they give, lanes at a time

A real line of even length n is the complex one of n / 2 of its pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from ..llvm.builder import V
from .fft_small import ODD, roots
from .writer import round_up

Lanes = Literal["columns", "rows", "split"]
What = Literal["c2c", "r2c", "c2r"]
LONGEST = 1 << 17  # of the complex transform; its factors are constants of the kernel


class Spec(NamedTuple):
    """kind     f32 or f64
    what     complex to complex, real to complex, complex to real
    size     the length of the whole line (of the real one, or of its whole spectrum)
    forward  the sign of the exponent; of r2c it is True, of c2r False
    whole    r2c: all of the spectrum, not the half that tells all
    scaled   results are multiplied by the slot `scale`
    lanes    what vectors hold
    width    how many numbers
    """

    kind: str
    what: What
    size: int
    forward: bool
    whole: bool
    scaled: bool
    lanes: Lanes
    width: int


class Plan:
    """A spec with what follows from it.

    length    of the complex transform
    columns   of the transforms that lanes hold one each of
    passes    the radix of each pass over those
    read, written   complex numbers (or pairs of real ones) of a line in memory
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.element, self.bytes = ("float", 4) if spec.kind == "f32" else ("double", 8)
        self.lanes = spec.width
        self.length = spec.size if spec.what == "c2c" else spec.size // 2
        self.columns = self.length // (self.lanes if spec.lanes == "split" else 1)
        self.passes = radices(self.columns) or (1,)
        self.read = self.length + (spec.what == "c2r")
        self.written = self.length
        if spec.what == "r2c":
            self.written = spec.size if spec.whole else self.length + 1
        self.tables = Tables(np.float32 if spec.kind == "f32" else np.float64)

    @property
    def room(self) -> int:
        """Elements of one of the two buffers of a worker."""
        lines = 1 if self.spec.lanes == "split" else self.lanes
        return round_up(2 * lines * max(self.read, self.written), 16)


class Tables:
    """Constant numbers, one array after the other; complex ones as pairs."""

    def __init__(self, dtype: type) -> None:
        self.dtype, self.size = dtype, 1
        self.parts: list[np.ndarray] = [np.zeros(1, dtype)]
        self.pointer = V("@factors", "ptr")

    def add(self, numbers: np.ndarray) -> int:
        """The position of the first number."""
        start: int = self.size
        flat: np.ndarray = numbers.astype(self.dtype).reshape(-1)
        self.parts.append(flat)
        self.size += flat.size
        return start

    def text(self) -> str:
        """The constant, which a module holds once."""
        data = np.concatenate(self.parts).tobytes()
        bytes = data.hex(" ").replace(" ", "\\").upper()
        return f'@factors = internal constant [{len(data)} x i8] c"\\{bytes}", align 64'


def radices(n: int) -> tuple[int, ...] | None:
    """The radices of the passes over lines of n; None where n has other factors."""
    made: list[int] = []
    for radix in reversed(ODD):
        while n % radix == 0:
            n //= radix
            made.append(radix)
    twos = n.bit_length() - 1
    if n != 1 << twos:
        return None
    eights = twos // 3 if twos % 3 != 1 else max(twos // 3 - 1, 0)
    made += [8] * eights
    rest = twos - 3 * eights
    return tuple(made + [4] * (rest // 2) + [2] * (rest % 2))


def pass_factors(n: int, radix: int) -> np.ndarray:
    """What a pass over lines of n multiplies by: [n / radix, radix - 1] pairs."""
    places = np.arange(n // radix)[:, None] * np.arange(1, radix)
    return np.stack(roots(places, n), -1)


def lane_factors(plan: Plan) -> np.ndarray:
    """What lanes are multiplied by before they are transformed: [columns, 2, lanes]."""
    places = np.arange(plan.columns)[:, None] * np.arange(plan.lanes)
    return np.stack(roots(places, plan.length), 1)


def half_factors(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """What joins the spectra of even and odd elements of a real line: [length] each."""
    return roots(np.arange(plan.length), 2 * plan.length)


def reason(spec_kind: str | None, what: What, size: int) -> str | None:
    """Why there is no kernel for a line, if there is none."""
    if spec_kind not in ("f32", "f64"):
        return "only transforms of float32 and float64 have a kernel"
    if what != "c2c" and size % 2:
        return f"a real line of odd length ({size})"
    length = size if what == "c2c" else size // 2
    if radices(length) is None:
        return f"a length ({size}) with a factor above 13"
    if not 2 <= length <= LONGEST:
        return f"a length ({size}) beyond those that have a kernel"
    return None


def chosen(kind: str, what: What, size: int, sizes: Sequence[int], width: int) -> tuple[Lanes, int]:
    """What vectors hold and their lanes.

    sizes  lines before and behind the dimension in memory
    width  bytes of a vector
    """
    outer, inner = sizes
    most = width // (4 if kind == "f32" else 8)
    if inner > 1:
        return "columns", max(2, min(most, 1 << (inner - 1).bit_length()))
    length = size if what == "c2c" else size // 2
    options: list[tuple[float, Lanes, int]] = []
    lanes = most
    while lanes >= 2:
        if length % lanes == 0 and length >= lanes * lanes:
            options.append((lanes, "split", lanes))
        if length >= lanes // 2:
            options.append((0.7 * lanes * outer / (-(-outer // lanes) * lanes), "rows", lanes))
        lanes //= 2
    _, how, lanes = max(options)
    return how, lanes
