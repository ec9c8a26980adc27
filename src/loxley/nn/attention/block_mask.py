"""`BlockMask`: which blocks of queries and keys attend to each other.

A row of blocks of queries lists the blocks of keys it sees: how many, then their numbers, those in
use first.  "Full" blocks need no mask within; the others are masked by the function `mask_mod`.
Source: https://docs.pytorch.org/docs/stable/nn.attention.flex_attention.html
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any, NoReturn

import numpy as np

from ... import dtypes as dt
from ...tensor import Tensor, arange, argsort
from ..functional import pad
from .masks import MaskMod, create_mask, noop_mask

DEFAULT_BLOCK_SIZE = 128
_TENSORS = (
    "kv_num_blocks kv_indices full_kv_num_blocks full_kv_indices q_num_blocks q_indices "
    "full_q_num_blocks full_q_indices"
).split()
_PAIRS = ("full_kv", "q", "full_q")


def _sliced_mask_mod_error(batch: Any, head: Any, token_q: Any, token_kv: Any) -> NoReturn:
    raise RuntimeError(
        "Cannot use mask_mod from a sliced BlockMask. When you slice a BlockMask using [], the "
        "mask_mod attribute is reset. You must set it from the original BlockMask's mask_mod."
        "\n\nIncorrect usage:\n  base_mask = create_block_mask(my_mask_fn, ...)\n  sliced_mask = "
        "base_mask[:, :, block_idx]\n  sliced_mask.mask_mod = apply_offset(sliced_mask.mask_mod, "
        "offset)  # WRONG!\n\nCorrect usage:\n  base_mask = create_block_mask(my_mask_fn, ...)\n"
        "  sliced_mask = base_mask[:, :, block_idx]\n  sliced_mask.mask_mod = "
        "apply_offset(base_mask.mask_mod, offset)  # Use base_mask!"
    )


class BlockMask:
    """A mask of attention in blocks: tensors of counts (*, rows) and of indices (*, rows, columns).

    kv_*    per row of blocks of queries, the partly masked blocks of keys; full_kv_* the others
    q_*     the same from the side of the keys
    """

    _told_by_mod = False  # made from `mask_mod`, which hides whatever the blocks hide

    def __init__(
        self,
        seq_lengths: tuple[int, int],
        kv_num_blocks: Tensor,
        kv_indices: Tensor,
        full_kv_num_blocks: Tensor | None,
        full_kv_indices: Tensor | None,
        q_num_blocks: Tensor | None,
        q_indices: Tensor | None,
        full_q_num_blocks: Tensor | None,
        full_q_indices: Tensor | None,
        BLOCK_SIZE: tuple[int, int] = (DEFAULT_BLOCK_SIZE, DEFAULT_BLOCK_SIZE),
        mask_mod: MaskMod = noop_mask,
        *,
        dq_write_order: Tensor | None = None,
        dq_write_order_full: Tensor | None = None,
        dq_kv_order: Tensor | None = None,
        dq_kv_order_spt: bool | None = None,
    ) -> None:
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        self.seq_lengths = tuple(seq_lengths)
        self.kv_num_blocks, self.kv_indices = kv_num_blocks, kv_indices
        self.full_kv_num_blocks, self.full_kv_indices = full_kv_num_blocks, full_kv_indices
        self.q_num_blocks, self.q_indices = q_num_blocks, q_indices
        self.full_q_num_blocks, self.full_q_indices = full_q_num_blocks, full_q_indices
        for pair in _PAIRS:
            counts, indices = f"{pair}_num_blocks", f"{pair}_indices"
            if (getattr(self, counts) is None) != (getattr(self, indices) is None):
                raise AssertionError(f"{counts} and {indices} must be both provided or omitted")
        self.BLOCK_SIZE, self.mask_mod = BLOCK_SIZE, mask_mod
        self.dq_write_order, self.dq_write_order_full = dq_write_order, dq_write_order_full
        self.dq_kv_order, self.dq_kv_order_spt = dq_kv_order, dq_kv_order_spt

    @classmethod
    def from_kv_blocks(
        cls,
        kv_num_blocks: Tensor,
        kv_indices: Tensor,
        full_kv_num_blocks: Tensor | None = None,
        full_kv_indices: Tensor | None = None,
        BLOCK_SIZE: int | tuple[int, int] = DEFAULT_BLOCK_SIZE,
        mask_mod: MaskMod | None = None,
        seq_lengths: tuple[int, int] | None = None,
        compute_q_blocks: bool = True,
        *,
        dq_write_order: Tensor | None = None,
        dq_write_order_full: Tensor | None = None,
        dq_kv_order: Tensor | bool | None = None,
    ) -> BlockMask:
        """A mask from the blocks of keys that every row of blocks of queries sees."""
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        if (full_kv_num_blocks is None) != (full_kv_indices is None):
            raise AssertionError(
                "full_kv_num_blocks and full_kv_indices must be both provided or omitted"
            )
        sides: list[Tensor | None] = [None] * 4
        if compute_q_blocks:
            sides[:2] = _transposed(kv_num_blocks, kv_indices)
            if full_kv_num_blocks is not None:
                sides[2:] = _transposed(full_kv_num_blocks, full_kv_indices)
        size = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
        if seq_lengths is None:
            rows, columns = kv_indices.shape[-2:]
            seq_lengths = (rows * size[0], columns * size[1])
        given = (kv_num_blocks, kv_indices, full_kv_num_blocks, full_kv_indices, *sides)
        return cls(
            seq_lengths,
            *given,  # type: ignore[arg-type]
            BLOCK_SIZE=size,
            mask_mod=noop_mask if mask_mod is None else mask_mod,
            dq_write_order=dq_write_order,
            dq_write_order_full=dq_write_order_full,
            dq_kv_order=None if isinstance(dq_kv_order, bool) else dq_kv_order,
            dq_kv_order_spt=dq_kv_order if isinstance(dq_kv_order, bool) else None,
        )

    def as_tuple(self, flatten: bool = True) -> tuple[Any, ...]:
        """All parts; lengths and block sizes apart from each other where `flatten`."""
        size: tuple = tuple(self.BLOCK_SIZE) if flatten else (self.BLOCK_SIZE,)
        lengths: tuple = tuple(self.seq_lengths) if flatten else (self.seq_lengths,)
        orders = (
            self.dq_write_order,
            self.dq_write_order_full,
            self.dq_kv_order,
            self.dq_kv_order_spt,
        )
        return (*lengths, *self._tensors(), *orders, *size, self.mask_mod)

    def _tensors(self) -> list[Tensor | None]:
        return [getattr(self, name) for name in _TENSORS]

    @property
    def shape(self) -> tuple[int, ...]:
        """(*batches, queries, keys)."""
        return (*self.kv_indices.shape[:-2], *self.seq_lengths)

    def numel(self) -> int:
        """How many elements the mask has, hidden ones among them."""
        return prod(self.shape)

    def sparsity(self) -> float:
        """How many percent of the blocks are not computed."""
        blocks = int(self.kv_num_blocks.sum().item())
        if self.full_kv_num_blocks is not None:
            blocks += int(self.full_kv_num_blocks.sum().item())
        computed = blocks * self.BLOCK_SIZE[0] * self.BLOCK_SIZE[1]
        return 100 * (1 - computed / self.numel())

    def to_dense(self) -> Tensor:
        """(*batches, rows, columns): 1 for each block that is computed, int32."""
        dense = _dense(self.kv_num_blocks, self.kv_indices)
        if self.full_kv_num_blocks is None:
            return dense
        assert self.full_kv_indices is not None
        return dense | _dense(self.full_kv_num_blocks, self.full_kv_indices)

    def to(self, device: Any) -> BlockMask:
        """The mask with its tensors on a device."""
        moved = [None if t is None else t.to(device) for t in self._tensors()]
        orders = {
            name: None if getattr(self, name) is None else getattr(self, name).to(device)
            for name in ("dq_write_order", "dq_write_order_full", "dq_kv_order")
        }
        return BlockMask(
            self.seq_lengths,  # type: ignore[arg-type]
            *moved,  # type: ignore[arg-type]
            BLOCK_SIZE=self.BLOCK_SIZE,
            mask_mod=self.mask_mod,
            dq_kv_order_spt=self.dq_kv_order_spt,
            **orders,
        )

    def __getitem__(self, index: Any) -> BlockMask:
        """The mask of some batches, heads or rows, whose dimensions stay; its `mask_mod` has to be
        set anew."""
        items = index if isinstance(index, tuple) else (index,)
        at = tuple(_kept(i) for i in items)
        parts = [None if t is None else t[at] for t in self._tensors()[:4]]
        return BlockMask.from_kv_blocks(
            *parts,  # type: ignore[arg-type]
            BLOCK_SIZE=self.BLOCK_SIZE,
            mask_mod=_sliced_mask_mod_error,
            seq_lengths=self.seq_lengths,  # type: ignore[arg-type]
            compute_q_blocks=self.q_indices is not None,
        )

    def _adjust(self, new_q_len: int, new_kv_len: int) -> BlockMask:
        """The upper left corner, for other lengths."""
        rows = -(-new_q_len // self.BLOCK_SIZE[0])
        columns = -(-new_kv_len // self.BLOCK_SIZE[1])
        parts: list[Tensor | None] = []
        for counts, indices in zip(self._tensors()[:4:2], self._tensors()[1:4:2]):
            if counts is None or indices is None:
                parts += [None, None]
                continue
            parts += [counts[:, :, :rows].clamp(max=columns), indices[:, :, :rows, :columns]]
        return BlockMask.from_kv_blocks(
            *parts,  # type: ignore[arg-type]
            BLOCK_SIZE=self.BLOCK_SIZE,
            mask_mod=self.mask_mod,
            seq_lengths=(new_q_len, new_kv_len),
        )

    def to_string(self, grid_size: int | tuple[int, int] = (20, 20), limit: int = 4) -> str:
        """The blocks as characters, in at most `grid_size` rows and columns (-1: all of them), of
        the first `limit` batches."""
        dense = self.to_dense()._array().astype(bool)
        shown, batches = [], list(product(*map(range, dense.shape[:-2])))
        for place in batches[:limit]:
            shown.append(
                f"{place}\n" + "".join(f"{row}\n" for row in _rows(dense[place], grid_size))
            )
        if len(batches) > limit:
            shown.append(
                "...\nTo print out more, set BlockMask.to_string(limit=N)\nYou can also index "
                "(BlockMask[batch, head]) to choose a specific batch or head"
            )
        return "\n".join(shown)

    def __str__(self) -> str:
        told = f"shape={self.shape}, sparsity={self.sparsity():.2f}%, "
        return f"BlockMask({told}\n{self.to_string().strip()}\n)"

    def __repr__(self) -> str:
        rows = [
            f"    {name}={None if t is None else t.shape}"
            for name, t in zip(_TENSORS, self._tensors())
        ]
        name = getattr(self.mask_mod, "__name__", self.mask_mod)
        rows += [
            f"    BLOCK_SIZE={self.BLOCK_SIZE}",
            f"    shape={self.shape}",
            f"    sparsity={self.sparsity():.2f}%",
            f"    mask_mod={name}",
        ]
        return "BlockMask(\n" + ",\n".join(rows) + "\n)"


def _kept(index: Any) -> Any:
    """An index that keeps its dimension."""
    if isinstance(index, int):
        return slice(index, index + 1 or None)
    return index


def _rows(dense: np.ndarray, grid: int | tuple[int, int]) -> Iterator[str]:
    """A row of characters per row of cells: all, some or none of a cell's blocks are computed."""
    most = dense.shape if grid == -1 else (grid, grid) if isinstance(grid, int) else grid
    steps = [max(-(-n // g), 1) for n, g in zip(dense.shape, most)]
    for i in range(0, dense.shape[0], steps[0]):
        row = ""
        for j in range(0, dense.shape[1], steps[1]):
            cell = dense[i : i + steps[0], j : j + steps[1]]
            row += "██" if cell.all() else "░░" if cell.any() else "  "
        yield row


def _ordered(dense: Tensor) -> tuple[Tensor, Tensor]:
    """(how many blocks each row has, their columns and then the rest) from 0 and 1."""
    counts = dense.sum(-1).to(dt.int32)
    indices = argsort(dense.to(dt.int32), dim=-1, descending=True, stable=True)
    return counts, indices.to(dt.int32).contiguous()


def _dense(counts: Tensor, indices: Tensor) -> Tensor:
    """0 and 1 for each block, int32; what `_ordered` was made from."""
    columns = indices.shape[-1]
    used = (arange(columns) < counts.unsqueeze(-1)).to(dt.int32)
    if bool(((indices >= columns) & used.bool()).any()):
        found = int((indices * used).max().item())
        raise IndexError(
            f"index {found} is out of bounds for dimension {indices.dim() - 1} with size {columns}"
        )
    places = indices.long().clamp(0, columns - 1) if columns else indices.long()
    return used.new_zeros(indices.shape).scatter_add(-1, places, used)


def _transposed(counts: Tensor, indices: Any) -> tuple[Tensor, Tensor]:
    return _ordered(_dense(counts, indices).transpose(-2, -1))


def create_block_mask(
    mask_mod: MaskMod,
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: int | tuple[int, int] = DEFAULT_BLOCK_SIZE,
    _compile: bool = False,
    separate_full_blocks: bool = True,
    compute_dq_write_order: bool = False,
    dq_kv_order: bool = True,
) -> BlockMask:
    """The blocks of a mask that `mask_mod(b, h, q_idx, kv_idx)` tells.

    `_compile` makes no difference: what repeats is compiled anyway.
    Source: torch.nn.attention.flex_attention.create_block_mask.
    """
    if compute_dq_write_order:
        raise NotImplementedError("create_block_mask: argument 'compute_dq_write_order'")
    size = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
    mask = create_mask(mask_mod, B, H, Q_LEN, KV_LEN, device)
    partial, full = _blocks(mask, *size, separate_full_blocks)
    made = BlockMask.from_kv_blocks(
        *_ordered(partial),
        *((None, None) if full is None else _ordered(full)),
        BLOCK_SIZE=size,
        mask_mod=mask_mod,
        seq_lengths=(Q_LEN, KV_LEN),
    )
    made._told_by_mod = True
    return made


def _blocks(mask: Tensor, rows: int, columns: int, separate: bool) -> tuple[Tensor, Tensor | None]:
    """(blocks with some elements, blocks with all) of a mask, (B, H, rows, columns) each."""
    b, h, queries, keys = mask.shape
    filled = pad(mask, (0, -keys % columns, 0, -queries % rows))
    shape = (b, h, filled.shape[2] // rows, rows, filled.shape[3] // columns, columns)
    counts = filled.reshape(shape).sum((3, 5))
    if not separate:
        return counts > 0, None
    return (counts > 0) & (counts < rows * columns), counts == rows * columns
