"""The gradient of a convolution's weights: patches times gradients, summed over all positions.

In: a frame as for the convolution itself, whose y is read and whose w is written.  Out: w.  A
block of elements of a patch times a block of output channels belongs to one worker, which walks
all positions in order: a sum's bits depend on sizes and on the target alone.

    for each block of output channels and of elements of a patch:
        for each block of positions:
            patches -> rows                       gathered from the images, an element per row
            gradients -> panels                   a position per row
            for each panel and tile of elements: tile of sums
        sums, transposed -> w
"""

from __future__ import annotations

from ..llvm.builder import Function, Module, V, i64, shared, vector
from .conv_lanes import define_tables, gather
from .conv_patches import define_patches
from .conv_plan import FIELDS, Plan
from .conv_product import add_sums
from .frame import Frame
from .index import Index, counting, flag
from .memory import BYTES, lane_mask, masked_load, masked_store, narrow, widen
from .micro import define_direct
from .packing import transpose


@shared
def define_weight(module: Module, plan: Plan, step: int) -> str:
    """`void (ptr frame, i64 worker, i64 workers)`; `step` as for `define_patches`."""
    tables = define_tables(module, plan)
    patches = define_patches(module, plan, step)
    tiles = [define_direct(module, plan.target, plan.tile(v)) for v in range(1, plan.vectors + 1)]
    gradients = _define_gradients(module, plan)
    write = _define_write(module, plan)
    parameters = [("ptr", "p"), ("i64", "worker"), ("i64", "workers")]
    f = Function(module, "conv_weight", parameters, linkage="internal", attributes="nounwind")
    _Weight(f, plan, (tables, patches, gradients, write), tiles).write()
    f.ret()
    return "conv_weight"


class _Weight:
    """The body of `conv_weight`."""

    def __init__(self, f: Function, plan: Plan, names: tuple, tiles: list[str]) -> None:
        self.f, self.plan, self.tiles = f, plan, tiles
        self.tables, self.patches, self.gradients, self.store = names
        p = self.p = Frame(f, FIELDS, f["p"])
        lanes, taps = p.three("lanes"), p.three("taps")
        self.total = p["batch"] * lanes[0] * lanes[1] * lanes[2]
        self.steps = self.total.parts(plan.width).most(1)
        self.width = self.total.parts(self.steps).rounded(plan.lanes)
        self.patch = p["channels"] * taps[0] * taps[1] * taps[2]
        self.parts = self.patch.parts(plan.taken)
        self.taken = self.patch.parts(self.parts.most(1)).rounded(plan.rows)
        slabs = p["rows"].parts(plan.slab)
        # A single block would leave nothing to a second worker.
        alone = (p["groups"] * slabs * self.parts).equals(1)
        self.slabs = slabs + flag(f, alone)
        self.slab = p["rows"].parts(self.slabs.most(1)).rounded(plan.lanes)

    def write(self) -> None:
        f, p = self.f, self.p
        items = p["groups"] * self.slabs * self.parts
        worker, workers = Index(f, f["worker"]), Index(f, f["workers"])
        begin, end = items * worker // workers, items * (worker + 1) // workers
        with counting(f, begin, end) as item:
            rest, part = item // self.parts, item % self.parts
            group, slab = rest // self.slabs, rest % self.slabs
            first, start = slab * self.slab, part * self.taken
            rows = (p["rows"] - first).least(self.slab)
            taken = (self.patch - start).least(self.taken)
            with f.when(Index(f, 0) < rows.least(taken)):
                self._item(group, first, rows, start, taken)

    def _item(self, group: Index, first: Index, rows: Index, start: Index, taken: Index) -> None:
        f, plan, p = self.f, self.plan, self.p
        patches, gradients = plan.part(p, "patches"), plan.part(p, "gradients")
        with counting(f, 0, self.steps) as step:
            at = step * self.width
            count = (self.total - at).least(self.width).most(0)
            columns = count.rounded(plan.lanes)
            f.call_defined(self.tables, "void", [p.pointer, at.value, count.value])
            with counting(f, 0, columns, plan.columns) as lane:
                some = (columns - lane).least(plan.columns)
                where = [n.value for n in (group, start, start + taken, lane, some, columns)]
                to = f.address(patches, plan.number, lane.value)
                f.call_defined(self.patches, "void", [p.pointer, *where, to])
            where = [n.value for n in (group, first, rows, count)]
            f.call_defined(self.gradients, "void", [p.pointer, *where, gradients])
            with counting(f, 0, rows, plan.columns) as row:
                some = (rows - row).least(plan.columns).parts(plan.lanes)
                self._tiles(some, row, count, columns, taken, step.equals(0))
        where = [n.value for n in (group, first, rows, start, taken)]
        f.call_defined(self.store, "void", [p.pointer, *where])

    def _tiles(
        self, vectors: Index, row: Index, count: Index, columns: Index, taken: Index, begins: V
    ) -> None:
        """All tiles of one panel of output channels."""
        f, end = self.f, self.f.label("done")
        for number, tile in enumerate(self.tiles, 1):
            yes, no = f.label("panel"), f.label("wider")
            if number < self.plan.vectors:
                f.branch_if(vectors < number + 1, yes, no)
                f.place(yes)
            wide = number * self.plan.lanes
            with counting(f, 0, taken, self.plan.rows) as element:
                self._tile(tile, wide, row, element, count, columns, taken, begins)
            f.branch(end)
            if number < self.plan.vectors:
                f.place(no)
        f.place(end)

    def _tile(
        self,
        tile: str,
        wide: int,
        row: Index,
        element: Index,
        count: Index,
        columns: Index,
        taken: Index,
        begins: V,
    ) -> None:
        f, plan, p = self.f, self.plan, self.p
        some = (taken - element).least(plan.rows)
        place = panel_place(plan, row) + element * wide
        sums = f.address(plan.part(p, "sums"), plan.number, place.value)
        spare = plan.part(p, "tile")
        out = f.let("ptr", f"select {begins}, {sums}, {spare}")
        a = f.address(plan.part(p, "patches"), plan.number, (element * columns).value)
        b = f.address(plan.part(p, "gradients"), plan.number, (row * plan.width).value)
        strides = [columns.value, i64(1), b, i64(wide), i64(wide)]
        f.call_defined(tile, "void", [count.value, a, *strides, some.value, out])
        with f.when(f.binary("xor", begins, V("true", "i1"))):
            add_sums(f, plan, sums, spare, some * wide)


def panel_place(plan: Plan, row: Index) -> Index:
    """Where the sums of the panel that starts with output channel `row` of the block begin."""
    return row * (plan.taken + plan.lanes)


@shared
def _define_gradients(module: Module, plan: Plan) -> str:
    """`void (frame, group, first, rows, count, out)`: panels of y of a block of positions.

    A panel has a row per position and a column per output channel, of `plan.columns` or what is
    left in whole vectors; panels are `plan.columns * plan.width` apart.
    """
    name, integers = "conv_gradients", ("group", "first", "rows", "count")
    parameters = [("ptr", "p"), *(("i64", n) for n in integers), ("ptr", "out")]
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind noinline")
    p = Frame(f, FIELDS, f["p"])
    group, first, rows, count = (Index(f, f[n]) for n in integers)
    start = (group * p["rows"] + first) * p["y_row"]
    source = f.address(p.address("y"), plan.element, start.value)
    with counting(f, 0, rows, plan.columns) as row:
        columns = (rows - row).least(plan.columns).rounded(plan.lanes)
        panel = f.address(f["out"], plan.number, (row * plan.width).value)
        with counting(f, 0, columns, plan.lanes) as column:
            out = f.address(panel, plan.number, column.value)
            with counting(f, 0, count, plan.lanes) as lane:
                lines = _lines(f, plan, p, source, row + column, rows, lane)
                for i, value in enumerate(transpose(f, lines)):
                    at = f.address(out, plan.number, ((lane + i) * columns).value)
                    f.store(value, at, plan.bytes)
    f.ret()
    return name


def _lines(
    f: Function, plan: Plan, p: Frame, source: V, row: Index, rows: Index, lane: Index
) -> list[V]:
    """A vector of positions of as many output channels; channels beyond the last repeat it."""
    record = plan.record(p, lane // plan.lanes)
    mask = lane_mask(f, record.count.value, plan.lanes)
    table = f.address(plan.part(p, "writes"), "i64", lane.value)
    raw = vector(plan.lanes, plan.element)
    lines = [f.variable(raw) for _ in range(plan.lanes)]
    starts = [
        f.address(source, plan.element, ((row + i).least(rows - 1) * p["y_row"]).value)
        for i in range(plan.lanes)
    ]
    beside, alone, end = f.label("beside"), f.label("alone"), f.label("read")
    f.branch_if(record.adjacent.differs(0), beside, alone)
    f.place(beside)
    offset = f.load(table, "i64", 8)
    for line, start in zip(lines, starts, strict=True):
        at = f.address(start, plan.element, offset)
        f.set(line, masked_load(f, at, raw, mask, BYTES[plan.memory]))
    f.branch(end)
    f.place(alone)
    offsets = f.load(table, vector(plan.lanes, "i64"), 8)
    for line, start in zip(lines, starts, strict=True):
        text = f"getelementptr {plan.element}, {start}, {offsets}"
        pointers = f.let(vector(plan.lanes, "ptr"), text)
        f.set(line, gather(f, pointers, plan.element, mask, BYTES[plan.memory]))
    f.branch(end)
    f.place(end)
    return [widen(f, plan.target, f.get(line, raw), plan.memory) for line in lines]


@shared
def _define_write(module: Module, plan: Plan) -> str:
    """`void (frame, group, first, rows, start, taken)`: a block's sums, transposed, to w."""
    name, integers = "conv_write", ("group", "first", "rows", "start", "taken")
    parameters = [("ptr", "p"), *(("i64", n) for n in integers)]
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind noinline")
    p = Frame(f, FIELDS, f["p"])
    group, first, rows, start, taken = (Index(f, f[n]) for n in integers)
    offset = group * p["w_group"] + first * p["w_row"] + start
    target = f.address(p.address("w"), plan.element, offset.value)
    with counting(f, 0, rows, plan.columns) as row:
        columns = (rows - row).least(plan.columns).rounded(plan.lanes)
        panel = f.address(plan.part(p, "sums"), plan.number, panel_place(plan, row).value)
        with counting(f, 0, columns, plan.lanes) as column:
            left = rows - row - column
            with counting(f, 0, taken, plan.lanes) as element:
                lines = []
                for i in range(plan.lanes):
                    at = (element + i) * columns + column
                    lines.append(f.load(f.address(panel, plan.number, at.value), plan.numbers, 4))
                mask = lane_mask(f, (taken - element).value, plan.lanes)
                for i, value in enumerate(transpose(f, lines)):
                    with f.when(Index(f, i) < left):
                        at = (row + column + i) * p["w_row"] + element
                        to = f.address(target, plan.element, at.value)
                        made = narrow(f, plan.target, value, plan.memory)
                        masked_store(f, made, to, mask, BYTES[plan.memory])
    f.ret()
    return name
