"""Sizes of a convolution's blocks, and where each thing lies in a worker's scratch memory.

In: the types, the target.  Out: a `Plan` of constants, fixed in the kernel's text.  Nothing here
depends on the number of workers.
"""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate

from ..llvm.builder import Function, V, i64, vector
from ..llvm.target import Target
from .conv_epilogue import ARGUMENTS
from .frame import Frame
from .index import Index
from .memory import BYTES, TYPES
from .micro import Tile

SEGMENTS = 4  # runs of adjacent elements that a vector of positions is read as, at most
RECORD = 4 + 2 * SEGMENTS  # numbers that are kept about a vector of positions

# What the inner functions know of a convolution.  Output position j of a dimension and tap t read
# the element j * step + origin + t * shift of the image, where there is one.
FIELDS = (
    *("x", "w", "y", "scratch"),
    *ARGUMENTS,
    *("batch", "groups", "rows", "channels"),
    *(f"{stem}_{axis}" for stem in ("lanes", "size", "step", "origin", "shift") for axis in "dhw"),
    *(f"{stem}_{axis}" for stem in ("taps", "w", "y") for axis in "dhw"),
    *("image", "plane", "w_group", "w_row", "w_channel", "w_first"),
    *("y_image", "y_row", "y_first", "adjoining"),
)


class Plan:
    """Constants of the kernels for elements of type `memory` (f32, f64, bf16, f16).

    kind           type that sums are kept in
    lanes          elements of a vector
    rows, vectors  of the largest register tile
    depth          elements of a patch that a block takes
    height, width  output channels and positions of a block
    kept           elements of a patch whose weights are kept packed

    `use` says what scratch memory is for: "product", "weight" (its gradient), "depthwise" (either
    of one channel per group) or "positions" alone.
    """

    def __init__(self, target: Target, memory: str, use: str = "product") -> None:
        self.target, self.memory, self.use = target, memory, use
        self.kind = "f64" if memory == "f64" else "f32"
        self.bytes = BYTES[self.kind]
        self.lanes = target.vector_bytes // self.bytes
        many = target.vector_bytes == 64 or target.triple.startswith("aarch64")
        self.rows, self.vectors = (8, 3) if many else (4, 3)
        self.columns = self.lanes * self.vectors
        self.depth, self.height, self.kept = 256, 128, 640
        self.width = self.columns * (32 if use == "product" else 8)
        # The gradient of the weights has blocks of its own: of a patch, and of output channels.
        self.taken, self.slab = 160, self.columns * 3

    @property
    def key(self) -> tuple:
        """What all else follows from."""
        return self.target, self.memory, self.use

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def element(self) -> str:
        """LLVM's type of an element in memory."""
        return TYPES[self.memory]

    @property
    def number(self) -> str:
        """LLVM's type of a sum."""
        return "double" if self.kind == "f64" else "float"

    @property
    def numbers(self) -> str:
        return vector(self.lanes, self.number)

    @property
    def masks(self) -> str:
        return vector(self.lanes, "i1")

    @property
    def bits(self) -> str:
        return f"i{self.lanes}"

    def tile(self, vectors: int) -> Tile:
        return Tile(self.kind, False, self.rows, vectors, self.lanes)

    @cached_property
    def _sizes(self) -> dict[str, int]:
        """Bytes of each part of the scratch memory."""
        slack = self.tile(self.vectors).slack
        positions = self.width + self.lanes
        blocks = {
            "product": {
                "weights": self.height * self.kept * self.bytes + slack,
                "patches": self.columns * self.depth * self.bytes + slack,
                "sums": self.height * self.width * self.bytes,
                "tile": self.rows * self.columns * self.bytes,
            },
            "weight": {
                "gradients": self.slab * self.width * self.bytes,
                "patches": self.width * self.taken * self.bytes,
                "sums": self.slab * (self.taken + self.lanes) * self.bytes,
                "tile": self.rows * self.columns * self.bytes,
            },
            "depthwise": {"sums": (self.width + self.lanes) * self.bytes},
            "positions": {},
        }[self.use]
        return blocks | {
            "at_d": 4 * positions,
            "at_h": 4 * positions,
            "at_w": 4 * positions,
            "reads": 8 * positions,
            "writes": 8 * positions,
            "records": 8 * RECORD * (self.width // self.lanes + 1),
        }

    @cached_property
    def _starts(self) -> dict[str, int]:
        sizes = [-(-size // 64) * 64 for size in self._sizes.values()]
        return dict(zip((*self._sizes, "end"), accumulate(sizes, initial=0), strict=True))

    @property
    def scratch(self) -> int:
        """Bytes of all parts; `per_tap` bytes for each tap follow."""
        return self._starts["end"]

    @property
    def per_tap(self) -> int:
        return self.vectors * 2 * SEGMENTS * 8

    def part(self, p: Frame, name: str) -> V:
        """The address of a part of the scratch memory."""
        return p.f.address(p.address("scratch"), "i8", i64(self._starts[name]))

    def record(self, p: Frame, number: Index) -> Record:
        """What is known of the vector of positions with that number in the block."""
        f = p.f
        return Record(f, f.address(self.part(p, "records"), "i64", (number * RECORD).value))


class Record:
    """About a vector of positions: how it is read and written.

    runs     1, 2 or 4: it is read as so many runs of adjacent elements; 0: element by element
    count    how many of its lanes are positions
    adjacent whether its results lie side by side
    masks    bits of the lanes of each run; `bases`: where lane 0 of each run would be read
    """

    def __init__(self, f: Function, pointer: V) -> None:
        self.f, self.pointer = f, pointer

    def _at(self, number: int) -> V:
        return self.f.address(self.pointer, "i64", i64(number))

    def _get(self, number: int) -> Index:
        return Index(self.f, self.f.load(self._at(number), "i64", 8))

    def put(self, number: int, value: Index) -> None:
        self.f.store(value.value, self._at(number), 8)

    @property
    def runs(self) -> Index:
        return self._get(0)

    @property
    def count(self) -> Index:
        return self._get(1)

    @property
    def adjacent(self) -> Index:
        return self._get(2)

    def mask(self, run: int) -> Index:
        return self._get(4 + run)

    def base(self, run: int) -> Index:
        return self._get(4 + SEGMENTS + run)
