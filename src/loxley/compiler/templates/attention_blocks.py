"""What attention's forward and backward do alike with a block of queries and a block of keys.

In: a function under construction, its slots and the parts of its scratch memory.  Out: calls in it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..llvm.builder import Module, V, i64
from .attention_pairs import interleave, pair_rows
from .attention_parts import Plan, copy, product, transpose_in, transpose_out
from .attention_slots import Head, Slots
from .attention_softmax import add_mask, hide_later, pack_mask
from .index import Index
from .writer import STORED, Writer, round_up

_COLUMNS = {"q": "dim", "k": "dim", "v": "value_dim", "grad": "value_dim"}


def define_common(module: Module, plan: Plan, spec: Any) -> None:
    """The functions that `Block` calls."""
    product(module, "scaled", plan, "scale")
    transpose_in(module, "pack", plan, spec.dtype, plan.paired)
    transpose_out(module, "unpack", plan, spec.dtype)
    if plan.paired:
        pair_rows(module, plan)
        interleave(module, plan)
    else:
        copy(module, plan, spec.dtype)
    if spec.causal:
        hide_later(module, plan)
    if spec.mask:
        pack_mask(module, plan, spec.mask)
        add_mask(module, plan)


def copied_rows(sizes: Any, plan: Plan, names: tuple[str, ...], rows: int) -> dict[str, Any]:
    """float32s for copies of `rows` rows of each of `names`."""
    return {n: round_up(sizes[_COLUMNS[n.split("_")[0]]], plan.lanes) * rows for n in names}


def crowded(f: Writer, step: Index) -> V:
    """Whether float32 rows so far apart meet in few sets of the cache: a multiple of 1 KiB."""
    return f.compare("icmp eq", (step % 256).value, i64(0))


class Block(NamedTuple):
    """A function that works on a block of queries of one head.

    f, plan, spec, slots  the function, the sizes of blocks, the specification, its slots
    head                  where this head's rows begin
    parts                 the parts of scratch memory
    first, rows           the block's first query and how many there are
    """

    f: Writer
    plan: Plan
    spec: Any
    slots: Slots
    head: Head
    parts: dict[str, V]
    first: Index
    rows: Index

    def row(self, name: str, number: Index, stored: str | None = None) -> V:
        """Where row `number` of this head of a tensor begins."""
        stored = stored or self.spec.dtype
        start = self.head.start(name, stored)
        return self.f.at(start, number * self.slots[f"{name}_t"], STORED[stored])

    def call(self, name: str, *arguments: V | Index) -> None:
        values = [a.value if isinstance(a, Index) else a for a in arguments]
        self.f.call_defined(name, "void", values)

    def seen(self) -> Index:
        """How many keys the block's last query sees."""
        keys = self.slots["keys"]
        return keys.least(self.first + self.rows) if self.spec.causal else keys

    def pack(self, name: str, part: str) -> None:
        """part[d, query] = the block's rows, transposed."""
        step, columns = self.slots[f"{name}_t"], self.slots[_COLUMNS[name]]
        self.call("pack", self.row(name, self.first), step, self.rows, columns, self.parts[part])

    def unpack(self, part: str, name: str, columns: str) -> None:
        """The block's rows of a result = part[d, query], transposed."""
        out, step = self.row(name, self.first), self.slots[f"{name}_t"]
        self.call("unpack", self.parts[part], out, step, self.rows, self.slots[columns])

    def rows_of(self, name: str, first: Index, rows: Index) -> tuple[V, Index]:
        """Rows that are summed along: a start and a stride in float32s or pairs.

        Where they lie, or a copy as float32s or, if the plan is paired, as pairs of columns.
        """
        if self.spec.dtype == "float32":
            return self.row(name, first), self.slots[f"{name}_t"]
        return self._copy("pair_rows" if self.plan.paired else "copy", name, name, first, rows)

    def near_rows_of(self, name: str, first: Index, rows: Index) -> tuple[V, Index]:
        """As `rows_of`, but a copy where few sets of the cache would hold the rows."""
        place, step = self.rows_of(name, first, rows)
        if self.spec.dtype != "float32":
            return place, step
        f = self.f
        start, wide = f.variable("ptr", place), f.variable("i64", step.value)
        with f.when(crowded(f, step)):
            copied, copied_step = self._copy("copy", name, name, first, rows)
            f.set(start, copied)
            f.set(wide, copied_step.value)
        return f.get(start, "ptr"), Index(f, f.get(wide, "i64"))

    def columns_of(self, name: str, first: Index, rows: Index) -> tuple[V, Index]:
        """As `rows_of` for sums over the rows; pairs are of two rows, in the part `name`_pairs."""
        if not self.plan.paired:
            return self.near_rows_of(name, first, rows)
        return self._copy("interleave", name, f"{name}_pairs", first, rows)

    def _copy(self, how: str, name: str, part: str, first: Index, rows: Index) -> tuple[V, Index]:
        columns, to = self.slots[_COLUMNS[name]], self.parts[part]
        wide = round_up(columns, self.plan.lanes)
        self.call(how, self.row(name, first), self.slots[f"{name}_t"], rows, columns, to, wide)
        return to, wide

    def steps(self, count: Index) -> Index:
        """How many steps a sum over `count` elements takes."""
        return (count + 1) // 2 if self.plan.paired else count

    def products(
        self, rows: tuple[V, Index], keys: Index, columns: str, of: str, to: str, factor: V
    ) -> None:
        """to[key, query] = factor * dot(rows[key], of[:, query]) for a block of keys."""
        width, depth = i64(self.plan.queries), self.steps(self.slots[columns])
        a, b, c = (*rows, i64(1)), (self.parts[of], width), (self.parts[to], width)
        self.call("scaled", depth, *a, *b, *c, factor, keys, width)

    def hide(self, key: Index, keys: Index) -> None:
        """Masks a block of scores as the specification says."""
        parts = self.parts
        if self.spec.mask:
            step, key_step = self.slots["mask_t"], self.slots["mask_k"]
            start = self.row("mask", self.first, self.spec.mask)
            start = self.f.at(start, key * key_step, STORED[self.spec.mask])
            self.call("pack_mask", start, step, key_step, self.rows, keys, parts["mask"])
            self.call("add_mask", parts["scores"], keys, parts["mask"])
        if self.spec.causal:
            with self.f.when(key + keys > self.first + 1):
                self.call("hide_later", parts["scores"], keys, key, self.first)

    def key_blocks(self):
        """A loop over blocks of the keys that are seen; yields the first key."""
        return self.f.count(0, self.seen(), self.plan.keys)

    def keys_in(self, key: Index) -> Index:
        return (self.seen() - key).least(self.plan.keys)
