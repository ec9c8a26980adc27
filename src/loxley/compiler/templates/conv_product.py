"""A convolution as a product: weights times the patches of all positions, block by block.

In: a frame (`conv_plan.FIELDS`).  Out: y.  A block of output channels times a block of positions
belongs to one worker; elements of a patch are added in blocks of fixed sizes in rising order, so a
sum's bits depend on sizes and on the target alone.

    for each block of positions and of output channels:
        for each block of elements of a patch:
            weights -> panels                     for all channels of the block
            for each panel of positions:
                patches -> panel                  gathered from the images
                for each tile of channels: tile of sums
"""

from __future__ import annotations

from typing import NamedTuple

from ..llvm.builder import Function, Module, V, i64, shared, vector
from .conv_lanes import define_tables, gather, iota, spread
from .conv_patches import define_patches
from .conv_plan import FIELDS, Plan
from .conv_store import define_store
from .frame import Frame
from .index import Counter, Index, counting, flag
from .memory import BYTES, lane_mask, masked_load, widen
from .micro import define_packed
from .packing import define_pack, transpose


class Names(NamedTuple):
    """The inner functions of a kernel."""

    tables: str
    weights: str
    store: str
    panels: tuple[str, ...]


def define_product(
    module: Module, plan: Plan, step: int, epilogue: tuple[str, ...], in_order: bool
) -> str:
    """`void (ptr frame, i64 worker, i64 workers)`.

    step      1 or 2 where positions of a row are that far apart in the image, else 0
    in_order  whether all taps are used in the order of memory, so that a patch's weights adjoin
    """
    tables = define_tables(module, plan)
    store = define_store(module, plan, epilogue)
    weights = _define_weights(module, plan, in_order)
    patches = define_patches(module, plan, step)
    panels = tuple(
        _define_panel(module, plan, patches, v, store) for v in range(1, plan.vectors + 1)
    )
    parameters = [("ptr", "p"), ("i64", "worker"), ("i64", "workers")]
    f = Function(module, "conv_product", parameters, linkage="internal", attributes="nounwind")
    _Product(f, plan, Names(tables, weights, store, panels)).write()
    f.ret()
    return "conv_product"


class _Product:
    """The body of `conv_product`."""

    def __init__(self, f: Function, plan: Plan, names: Names) -> None:
        self.f, self.plan, self.names = f, plan, names
        p = self.p = Frame(f, FIELDS, f["p"])
        lanes, taps = p.three("lanes"), p.three("taps")
        self.total = p["batch"] * lanes[0] * lanes[1] * lanes[2]
        self.patch = p["channels"] * taps[0] * taps[1] * taps[2]
        self.slabs = p["rows"].parts(plan.height)
        self.width = self.total.parts(self._blocks()).rounded(plan.columns).most(plan.columns)
        self.blocks = self.total.parts(self.width)
        self.height = p["rows"].parts(self.slabs.most(1)).rounded(plan.rows)
        # A patch without elements still is a sum: zero.
        self.steps = self.patch.parts(plan.depth).most(1)
        self.depth = self.patch.parts(self.steps)

    def _blocks(self) -> Index:
        """How many blocks of positions: few, since each packs weights anew, but work for four."""
        wanted = Index(self.f, 4).parts((self.slabs * self.p["groups"]).most(1))
        most = self.total.parts(self.plan.columns * 8)
        return self.total.parts(self.plan.width).rounded(wanted).least(most).most(1)

    def write(self) -> None:
        f, p = self.f, self.p
        per_block = p["groups"] * self.slabs
        items = self.blocks * per_block
        worker, workers = Index(f, f["worker"]), Index(f, f["workers"])
        described, packed = Counter(f, -1), Counter(f, -1)
        begin, end = items * worker // workers, items * (worker + 1) // workers
        with counting(f, begin, end) as item:
            block, rest = item // per_block, item % per_block
            first = block * self.width
            count = (self.total - first).least(self.width)
            with f.when(block.differs(described.get())):
                f.call_defined(self.names.tables, "void", [p.pointer, first.value, count.value])
                described.set(block)
            self._item(rest, count, packed)

    def _item(self, rest: Index, count: Index, packed: Counter) -> None:
        f, plan = self.f, self.plan
        group, first = rest // self.slabs, rest % self.slabs * self.height
        rows = (self.p["rows"] - first).least(self.height)
        # Weights that fit are packed once, for all blocks of positions that follow.
        whole = rows.rounded(plan.rows) * self.patch < plan.height * plan.kept + 1
        with counting(f, 0, self.steps) as step:
            start = step * self.depth
            stop = (start + self.depth).least(self.patch)
            line = Index(f, f.select(whole, self.patch.value, (stop - start).value))
            begin = Index(f, f.select(whole, i64(0), start.value))
            with f.when(rest.differs(packed.get())):
                where = (group, first, rows, begin, line)
                f.call_defined(
                    self.names.weights, "void", [self.p.pointer, *(n.value for n in where)]
                )
                packed.set(Index(f, f.select(whole, rest.value, i64(-1))))
            state = flag(f, step.equals(0)) + flag(f, step.equals(self.steps - 1)) * 2
            a = f.address(
                plan.part(self.p, "weights"), plan.number, ((start - begin) * plan.rows).value
            )
            with counting(f, 0, count, plan.columns) as lane:
                left = (count - lane).parts(plan.lanes)
                self._panel(left, a, group, first, rows, start, stop, lane, line, state)

    def _panel(self, vectors: Index, a: V, *arguments: Index) -> None:
        f, end = self.f, self.f.label("panelled")
        for number, name in enumerate(self.names.panels, 1):
            yes, no = f.label("panel"), f.label("wider")
            if number < self.plan.vectors:
                f.branch_if(vectors < number + 1, yes, no)
                f.place(yes)
            f.call_defined(name, "void", [self.p.pointer, a, *(n.value for n in arguments)])
            f.branch(end)
            if number < self.plan.vectors:
                f.place(no)
        f.place(end)


@shared
def _define_panel(module: Module, plan: Plan, patches: str, vectors: int, store: str) -> str:
    """One panel of positions under all channels of a block.

    `void (frame, weights, group, first row, rows, first element, last element, lane, line,
    state)`; panels of weights are `line` elements apart; state has bit 0 set for the first
    elements of patches, bit 1 for the last.
    """
    name, columns = f"conv_panel_{vectors}", vectors * plan.lanes
    tile = define_packed(module, plan.target, plan.tile(vectors))
    integers = ("group", "first", "rows", "start", "stop", "lane", "line", "state")
    parameters = [("ptr", "p"), ("ptr", "weights"), *(("i64", n) for n in integers)]
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind noinline")
    p = Frame(f, FIELDS, f["p"])
    group, first, rows, start, stop, lane, line, state = (Index(f, f[n]) for n in integers)
    panel, spare = plan.part(p, "patches"), plan.part(p, "tile")
    arguments = [f["p"], *(n.value for n in (group, start, stop, lane))]
    arguments += [i64(columns), i64(columns), panel]
    f.call_defined(patches, "void", arguments)
    depth = stop - start
    begins, ends = state % 2, state // 2
    with counting(f, 0, rows, plan.rows) as row:
        some = (rows - row).least(plan.rows)
        where = lane * plan.height + row * columns
        sums = f.address(plan.part(p, "sums"), plan.number, where.value)
        out = f.let("ptr", f"select {begins.equals(1)}, {sums}, {spare}")
        a = f.address(f["weights"], plan.number, (row * line).value)
        f.call_defined(tile, "void", [depth.value, a, panel, some.value, out])
        with f.when(begins.equals(0)):
            add_sums(f, plan, sums, spare, some * columns)
        with f.when(ends.equals(1)):
            channel = group * p["rows"] + first + row
            arguments = [f["p"], sums, channel.value, some.value, lane.value, i64(columns)]
            f.call_defined(store, "void", arguments)
    f.ret()
    return name


def add_sums(f: Function, plan: Plan, sums: V, more: V, count: Index) -> None:
    """sums += more, whole vectors."""
    with counting(f, 0, count, plan.lanes) as i:
        to, at = (f.address(x, plan.number, i.value) for x in (sums, more))
        old, new = (f.load(x, plan.numbers, plan.bytes) for x in (to, at))
        f.store(f.binary("fadd", old, new), to, plan.bytes)


# ---------------------------------------------------------------------- weights


@shared
def _define_weights(module: Module, plan: Plan, in_order: bool) -> str:
    """`void (frame, group, first row, rows, first element, elements)`: panels of the weights."""
    integers = ("group", "first", "rows", "start", "depth")
    parameters = [("ptr", "p"), *(("i64", n) for n in integers)]
    name = "conv_weights"
    pack = ""
    if in_order:
        pack = define_pack(module, plan.target, plan.tile(1), plan.rows, plan.memory, "k")
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind noinline")
    p = Frame(f, FIELDS, f["p"])
    group, first, rows, start, depth = (Index(f, f[n]) for n in integers)
    offset = group * p["w_group"] + first * p["w_row"] + p["w_first"]
    out = plan.part(p, "weights")
    if in_order:
        source = f.address(p.address("w"), plan.element, (offset + start).value)
        line = p["w_row"].value
        f.call_defined(pack, "void", [source, line, i64(1), rows.value, depth.value, out])
    else:
        source = f.address(p.address("w"), plan.element, offset.value)
        packing = _Scattered(f, plan, p, source, out)
        if plan.lanes % plan.rows:
            packing.write(rows, start, depth)
        else:
            turned, single, end = f.label("turned"), f.label("single"), f.label("packed")
            adjoining = f.binary("and", p["adjoining"].equals(1), p["w_row"].differs(1))
            f.branch_if(adjoining, turned, single)
            f.place(turned)
            packing.write_turned(rows, start, depth)
            f.branch(end)
            f.place(single)
            packing.write(rows, start, depth)
            f.branch(end)
            f.place(end)
    f.ret()
    return name


class _Scattered:
    """Packs weights whose rows lie apart: element after element of a patch, all rows of each.

    The rows of a channel adjoin in memory, so that all taps of a channel are found in the cache.
    """

    def __init__(self, f: Function, plan: Plan, p: Frame, source: V, out: V) -> None:
        self.f, self.plan, self.p, self.source, self.out = f, plan, p, source, out
        self.taps, self.steps = p.three("taps"), p.three("w")

    def write(self, rows: Index, start: Index, depth: Index) -> None:
        f, (_, high, wide) = self.f, self.taps
        with f.when(depth.differs(0)):
            rest, w = start // wide, Counter(f, start % wide)
            h, rest = Counter(f, rest % high), rest // high
            d, c = Counter(f, rest % self.taps[0]), Counter(f, rest // self.taps[0])
            with counting(f, 0, depth) as k:
                at = c.get() * self.p["w_channel"]
                for counter, step in zip((d, h, w), self.steps, strict=True):
                    at = at + counter.get() * step
                self._rows(f.address(self.source, self.plan.element, at.value), rows, k, depth)
                self._carry((w, h, d), c)

    def write_turned(self, rows: Index, start: Index, depth: Index) -> None:
        """As `write` where the taps of a row adjoin: squares of rows by taps are transposed."""
        f, lanes = self.f, self.plan.lanes
        taps, stop = self.taps[0] * self.taps[1] * self.taps[2], start + depth
        with f.when(depth.differs(0)), counting(f, start // taps, stop.parts(taps)) as c:
            first, last = (start - c * taps).most(0), (stop - c * taps).least(taps)
            at = c * self.p["w_channel"]
            with counting(f, first, last, lanes) as tap, counting(f, 0, rows, lanes) as row:
                k = c * taps + tap - start
                self._square(at + tap, row, rows, last - tap, k, depth)

    def _square(
        self, at: Index, row: Index, rows: Index, count: Index, k: Index, depth: Index
    ) -> None:
        """Up to `lanes` rows by `count` taps; rows beyond the last repeat it."""
        f, plan, line = self.f, self.plan, self.p["w_row"]
        mask, lines = lane_mask(f, count.value, plan.lanes), []
        for i in range(plan.lanes):
            start = at + (row + i).least(rows - 1) * line
            place = f.address(self.source, plan.element, start.value)
            type = vector(plan.lanes, plan.element)
            value = masked_load(f, place, type, mask, BYTES[plan.memory])
            lines.append(widen(f, plan.target, value, plan.memory))
        for i, value in enumerate(transpose(f, lines)):
            with f.when(Index(f, i) < count):
                self._store_column(value, row, rows, k + i, depth)

    def _store_column(self, value: V, row: Index, rows: Index, k: Index, depth: Index) -> None:
        """One element of the patch for `lanes` rows: a part of each of their panels."""
        f, plan = self.f, self.plan
        for first in range(0, plan.lanes, plan.rows):
            order = ", ".join(f"i32 {first + i}" for i in range(plan.rows))
            text = f"shufflevector {value}, {value}, <{plan.rows} x i32> <{order}>"
            part = f.let(vector(plan.rows, plan.number), text)
            to = (row + first) * depth + k * plan.rows
            with f.when(row + first < rows):
                f.store(part, f.address(self.out, plan.number, to.value), plan.bytes)

    def _carry(self, counters: tuple[Counter, Counter, Counter], c: Counter) -> None:
        """The next element of a patch."""
        f = self.f
        w, h, d = counters
        w.add(1)
        with f.when(w.get() >= self.taps[2]):
            w.set(0)
            h.add(1)
            with f.when(h.get() >= self.taps[1]):
                h.set(0)
                d.add(1)
                with f.when(d.get() >= self.taps[0]):
                    d.set(0)
                    c.add(1)

    def _rows(self, start: V, rows: Index, k: Index, depth: Index) -> None:
        f, plan, line = self.f, self.plan, self.p["w_row"]
        beside, apart, end = f.label("beside"), f.label("apart"), f.label("read")
        steps = f.binary("mul", iota(plan.rows, "i32"), spread(f, line, plan.rows, "i32"))
        f.branch_if(line.equals(1), beside, apart)
        for label in (beside, apart):
            f.place(label)
            with counting(f, 0, rows, plan.rows) as row:
                mask = lane_mask(f, (rows - row).value, plan.rows)
                at = f.address(start, plan.element, (row * line).value)
                if label == beside:
                    type = vector(plan.rows, plan.element)
                    value = masked_load(f, at, type, mask, BYTES[plan.memory])
                else:
                    text = f"getelementptr {plan.element}, {at}, {steps}"
                    pointers = f.let(vector(plan.rows, "ptr"), text)
                    value = gather(f, pointers, plan.element, mask, BYTES[plan.memory])
                value = widen(f, plan.target, value, plan.memory)
                to = row * depth + k * plan.rows
                f.store(value, f.address(self.out, plan.number, to.value), plan.bytes)
            f.branch(end)
        f.place(end)
