"""What becomes of a tile of sums: partial sums, old values, the epilogue, and out.

In: a tile as the microkernel leaves it, and where it stands.  Out: the function that stores it,
row by row with masks, so that nothing beyond the tile's rows and columns is touched.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..llvm.builder import Function, Module, V, element_of, i64, lanes_of, vector
from ..llvm.emit import Lanes
from ..llvm.expressions import Bound, Environment, emit
from ..llvm.memory import Memory
from ..llvm.target import Target
from .gemm_spec import Slots, Spec, offset
from .memory import TYPES, lane_mask, masked_load, masked_store, narrow, read, widen, write
from .micro import Tile

_SIZES = {"i16": 2, "float": 4, "double": 8}
PARAMETERS = [("ptr", "args"), ("i64", "x"), ("i64", "y"), ("i64", "i"), ("i64", "j")]
PARAMETERS += [("i64", "rows"), ("i64", "columns"), ("ptr", "sums")]
PARAMETERS += [("ptr", "partial"), ("i64", "partial_row"), ("i64", "first"), ("i64", "last")]


def define_finish(module: Module, target: Target, tile: Tile, spec: Spec, slots: Slots) -> str:
    """The name of a function of PARAMETERS.

    x, y, i, j     the batch entry, and the tile's first row and column
    rows, columns  of the tile that exist
    sums           [tile.rows][tile.columns], of the block of k at hand
    partial        where sums stand between blocks of k, at this tile, `partial_row` apart
    first, last    whether (0 or 1) this is the first, the last block of k
    """
    f = Function(module, "finish", PARAMETERS, linkage="internal", attributes="nounwind noinline")
    writer = _Finish(f, target, tile, spec, slots)
    with f.loop(i64(0), f["rows"]) as row:
        for v in range(tile.vectors):
            writer.vector(row, v)
    f.ret()
    return "finish"


class _Finish:
    def __init__(self, f: Function, target: Target, tile: Tile, spec: Spec, slots: Slots) -> None:
        self.f, self.target, self.tile, self.spec, self.slots = f, target, tile, spec, slots
        names = ("out", "out_x", "out_y", "out_row")
        self.out, x, y, self.out_row = slots.all(f, *names)
        self.start = offset(f, (f["x"], x), (f["y"], y), (f["i"], self.out_row))
        self.start = f.binary("add", self.start, f["j"])
        lanes = [i64(v * tile.lanes) for v in range(tile.vectors)]
        self.counts = [f.binary("sub", f["columns"], lane) for lane in lanes]
        # Where memory is masked, once for all rows.
        masked = target.has("avx512")
        self.masks = [lane_mask(f, c, tile.lanes) for c in self.counts] if masked else []
        self.epilogue = Epilogue(f, target, spec, slots, self.counts, tile.lanes)
        self.first = f.compare("icmp ne", f["first"], i64(0))
        self.last = f.compare("icmp ne", f["last"], i64(0))

    def vector(self, row: V, v: int) -> None:
        """One vector of one row."""
        f, tile = self.f, self.tile
        type = vector(tile.lanes, tile.sum_type)
        at = f.binary("add", f.binary("mul", row, i64(tile.columns)), i64(v * tile.lanes))
        value = f.load(f.address(f["sums"], tile.sum_type, at), type, tile.bytes)
        total = f.variable(type, value)
        at = f.binary("add", f.binary("mul", row, f["partial_row"]), i64(v * tile.lanes))
        partial = f.address(f["partial"], tile.sum_type, at)
        at = f.binary("add", self.start, f.binary("mul", row, self.out_row))
        out = f.address(self.out, TYPES[self.spec.out], f.binary("add", at, i64(v * tile.lanes)))
        with f.when(f.compare("icmp eq", self.first, V("false", "i1"))):
            before = self._read(partial, tile.sum_type, v)
            f.set(total, f.binary("fadd", before, f.get(total, type)))
        if self.spec.accumulate:
            with f.when(self.first):
                old = widen(f, self.target, self._read(out, TYPES[self.spec.out], v), self.spec.out)
                f.set(total, f.binary("fadd", old, f.get(total, type)))
        yes, no, end = f.label("last"), f.label("later"), f.label("stored")
        f.branch_if(self.last, yes, no)
        f.place(yes)
        result = self._epilogue(f.get(total, type), row, v)
        self._write(result, out, v)
        f.branch(end)
        f.place(no)
        self._write(f.get(total, type), partial, v)
        f.branch(end)
        f.place(end)

    def _read(self, place: V, element: str, v: int) -> V:
        f, lanes = self.f, self.tile.lanes
        if not self.masks:
            return read(f, self.target, place, element, lanes, self.counts[v])
        return masked_load(f, place, vector(lanes, element), self.masks[v], _SIZES[element])

    def _write(self, value: V, place: V, v: int) -> None:
        if not self.masks:
            write(self.f, self.target, value, place, self.counts[v])
            return
        masked_store(self.f, value, place, self.masks[v], _SIZES[element_of(value.type)])

    def _narrow(self, value: V) -> V:
        """Rounded to out's kind; the processor's own rounding makes subnormal bf16 zero."""
        if self.spec.out != "bf16" or not self.target.has("avx512_bf16"):
            return narrow(self.f, self.target, value, self.spec.out)
        rounded = self.f.convert("fptrunc", value, vector(self.tile.lanes, "bfloat"))
        return self.f.convert("bitcast", rounded, vector(self.tile.lanes, "i16"))

    def _epilogue(self, total: V, row: V, v: int) -> V:
        """The values to store, as memory holds them."""
        spec = self.spec
        if spec.epilogue is None:
            return self._narrow(total)
        column = self.f.binary("add", self.f["j"], i64(v * self.tile.lanes))
        value = self.epilogue.at(total, self.f.binary("add", self.f["i"], row), column, v)
        if spec.epilogue.kind == spec.out:
            return self.f.convert("bitcast", value, vector(self.tile.lanes, TYPES[spec.out]))
        return self._narrow(value)


class Epilogue:
    """Emits a spec's epilogue on vectors of columns.

    counts  for each vector of a tile's row, how many of its columns exist (i64, any)
    """

    def __init__(
        self,
        f: Function,
        target: Target,
        spec: Spec,
        slots: Slots,
        counts: Sequence[V],
        lanes: int,
    ) -> None:
        self.f, self.target, self.spec, self.lanes = f, target, spec, lanes
        self.counts = counts
        self.memory = Memory(target)
        self.memory.buffers = {b.name: slots.get(f, b.name) for b in spec.buffers}
        self.names: dict[str, Bound] = {"x": f["x"], "y": f["y"]}
        for param in spec.params:
            slot = slots.address(f, param.name)
            self.names[param.name] = self.memory.argument(f, slot, param.kind)

    def at(self, total: V, row: V, column: V, v: int) -> V:
        """The epilogue's values at row `row` and the columns from `column` on."""
        f = self.f
        rest = f.call("llvm.smax.i64", "i64", [self.counts[v], i64(0)])
        lanes = Lanes("j", self.lanes, column, self.memory.mask(f, rest, self.lanes))
        load = self.memory.loader(lanes)
        names = {**self.names, "i": row, "acc": total}
        env = Environment(self.target, {**names, "j": self.memory.iota(f, lanes)}, load)
        env.first = Environment(self.target, {**names, "j": column}, self.memory.scalar_load)
        assert self.spec.epilogue is not None
        value = emit(f, self.spec.epilogue, env)
        return value if lanes_of(value.type) else f.splat(value, self.lanes)
