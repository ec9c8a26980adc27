"""How a tensor lies on a mesh's dimension: in parts, in full, or as a sum yet to be taken.

Source: https://docs.pytorch.org/docs/2.13/distributed.tensor.html
"""

from __future__ import annotations

from dataclasses import dataclass, field


class Placement:
    """One of the three."""

    def is_shard(self, dim: int | None = None) -> bool:
        """Whether it is `Shard`, of a dimension."""
        return isinstance(self, Shard) and dim in (None, self.dim)

    def is_replicate(self) -> bool:
        """Whether it is `Replicate`."""
        return isinstance(self, Replicate)

    def is_partial(self, reduce_op: str | None = None) -> bool:
        """Whether it is `Partial`, of a reduction."""
        return isinstance(self, Partial) and reduce_op in (None, self.reduce_op)


@dataclass(frozen=True)
class Shard(Placement):
    """Cut along a dimension."""

    dim: int

    def __str__(self) -> str:
        return f"S({self.dim})"


@dataclass(frozen=True)
class _StridedShard(Placement):
    """Cut along a dimension into `split_factor` parts that are each cut again: not a `Shard`."""

    dim: int
    split_factor: int = field(default=1, kw_only=True)

    def __repr__(self) -> str:
        return f"_StridedShard(dim={self.dim}, sf={self.split_factor})"

    def __str__(self) -> str:
        return f"_S({self.dim}, {self.split_factor})"


@dataclass(frozen=True)
class Replicate(Placement):
    """In full on each process."""

    def __str__(self) -> str:
        return "R"


@dataclass(frozen=True)
class Partial(Placement):
    """A part of a reduction on each process."""

    reduce_op: str = "sum"

    def __repr__(self) -> str:
        return f"Partial({self.reduce_op})"

    def __str__(self) -> str:
        return f"P({self.reduce_op})"
