"""Convolutions of 3 x 3 windows and stride one by Winograd's F(2x2, 3x3): 16 products, not 36.

In: a frame (`conv_winograd_parts.FIELDS`).  Out: y, or the gradient of x.  A block of tiles times
a slab of output channels belongs to one worker.  Sums run over channels in parts of a fixed size:
bits depend on sizes and on the target alone.  Errors are those of a direct sum.

    for each slab of output channels:
        weights -> frequencies, unless they are kept from an earlier run
        for each block of tiles:
            tiles of all channels -> frequencies
            for each two vectors of output channels:
                for each frequency: tiles x channels times channels x output channels
                frequencies -> results -> y
"""

from __future__ import annotations

from ..llvm.builder import Function, Module, V, shared, vector
from .conv_epilogue import finished
from .conv_plan import Plan
from .conv_winograd_parts import (
    FIELDS,
    INTERNAL,
    Arithmetic,
    at,
    both_ways,
    define_image,
    define_read,
    define_tile,
    get_frequencies,
    put_frequencies,
    scratch,
    tile_rows,
)
from .conv_winograd_plan import APART, FREQUENCIES, LANES, SLACK, Block, blocks, odd
from .frame import Frame
from .index import Counter, Index, counting, flag
from .memory import BYTES, lane_mask, masked_load, masked_store, narrow, widen
from .packing import transpose

_DEPTH = 128  # channels that one chain of sums runs over
_AHEAD = 8  # channels from those whose weights are transformed to those that are fetched


@shared
def define_winograd(module: Module, plan: Plan, epilogue: tuple[str, ...], turned: bool) -> str:
    """`void (ptr frame, i64 worker, i64 workers)`; `turned` windows are read from their end."""
    names = (
        _define_weights(module, plan, turned),
        define_image(module, plan, define_read(module, plan)),
        _define_products(module, plan, define_tile(module, plan, True)),
        _define_results(module, plan, _define_store(module, plan, epilogue)),
    )
    parameters = [("ptr", "p"), ("i64", "worker"), ("i64", "workers")]
    f = Function(module, "winograd", parameters, linkage="internal", attributes="nounwind")
    _Winograd(f, plan, names).write()
    f.ret()
    return "winograd"


@shared
def define_winograd_weights(module: Module, plan: Plan, turned: bool) -> str:
    """`void (ptr frame, i64 worker, i64 workers)`: all slabs' weights, as `winograd` reads them."""
    transform = _define_weights(module, plan, turned)
    parameters = [("ptr", "p"), ("i64", "worker"), ("i64", "workers")]
    f = Function(module, "winograd_kept", parameters, linkage="internal", attributes="nounwind")
    p = Frame(f, FIELDS, f["p"])
    slabs = p["rows"].parts(p["slab"])
    parts = p["groups"] * slabs
    worker, workers = Index(f, f["worker"]), Index(f, f["workers"])
    with counting(f, parts * worker // workers, parts * (worker + 1) // workers) as part:
        p.set_address("weights", _kept(p, plan, part))
        _transform(p, transform, part // slabs, part % slabs * p["slab"])
    f.ret()
    return "winograd_kept"


def _kept(p: Frame, plan: Plan, part: Index) -> V:
    """Where a slab's transformed weights are kept."""
    return p.f.address(p.address("kept"), plan.number, (part * p["second"]).value)


def _transform(p: Frame, transform: str, group: Index, first: Index) -> None:
    rows = (p["rows"] - first).least(p["slab"])
    p.f.call_defined(transform, "void", [p.pointer, *(n.value for n in (group, first, rows))])


class _Winograd:
    """The body of `winograd`."""

    def __init__(self, f: Function, plan: Plan, names: tuple[str, str, str, str]) -> None:
        self.f, self.plan = f, plan
        self.weights, self.image, self.products, self.results = names
        self.p = Frame(f, FIELDS, f["p"])

    def write(self) -> None:
        f, p = self.f, self.p
        slabs, number = p["rows"].parts(p["slab"]), blocks(p)
        items = p["groups"] * slabs * number
        worker, workers = Index(f, f["worker"]), Index(f, f["workers"])
        begin, end = items * worker // workers, items * (worker + 1) // workers
        have_weights, have_tiles = Counter(f, -1), Counter(f, -1)
        with counting(f, begin, end) as item:
            part, block = item // number, item % number
            group, first = part // slabs, part % slabs * p["slab"]
            rows = (p["rows"] - first).least(p["slab"])
            with f.when(part.differs(have_weights.get())):
                self._weights(part, group, first)
                have_weights.set(part)
            which = group * number + block
            with f.when(which.differs(have_tiles.get())):
                self._tiles(group, Block(p, block))
                have_tiles.set(which)
            self._block(group, first, rows, Block(p, block))

    def _weights(self, part: Index, group: Index, first: Index) -> None:
        """A slab's weights: those that are kept, or those of its own scratch memory."""
        f, plan, p = self.f, self.plan, self.p
        p.set_address("weights", _kept(p, plan, part))
        with f.when(p["kept"].equals(0)):
            p.set_address("weights", scratch(p, plan, None))
            _transform(p, self.weights, group, first)

    def _tiles(self, group: Index, block: Block) -> None:
        f, plan, p = self.f, self.plan, self.p
        plane = group * p["channels"] * p["in_h"] * p["in_w"]
        image = f.address(p.address("x"), plan.element, plane.value)
        where = (p["channels"], block.first, block.count, block.left, block.wide)
        arguments = [p.pointer, image, *(n.value for n in where), scratch(p, plan, "second")]
        f.call_defined(self.image, "void", arguments)

    def _block(self, group: Index, first: Index, rows: Index, block: Block) -> None:
        f, plan, p = self.f, self.plan, self.p
        with counting(f, 0, rows, 2 * plan.lanes) as row:
            vectors = (rows - row).parts(plan.lanes).least(2)
            arguments = [p.pointer, *(n.value for n in (row, vectors, block.tiles))]
            f.call_defined(self.products, "void", arguments)
            with counting(f, 0, vectors) as v:
                channel = row + v * plan.lanes
                some = (rows - channel).least(plan.lanes)
                where = [group * p["rows"] + first + channel, some, v]
                where += [block.first, block.count, block.left, block.wide]
                f.call_defined(self.results, "void", [p.pointer, *(n.value for n in where)])


@shared
def _define_weights(module: Module, plan: Plan, turned: bool) -> str:
    """`void (frame, group, first, rows)`: a slab's weights, [vector of rows][frequency][channel].

    Each vector holds a row's number for each of `lanes` rows; rows beyond the last repeat it.
    """
    names = ("group", "first", "rows")
    parameters = [("ptr", "p"), *(("i64", n) for n in names)]
    f = Function(module, "winograd_weights", parameters, **INTERNAL)
    p = Frame(f, FIELDS, f["p"])
    group, first, rows = (Index(f, f[n]) for n in names)
    arithmetic, out = Arithmetic(f, plan), p.address("weights")
    start = group * p["w_group"] + first * p["w_row"]
    source = f.address(p.address("w"), plan.element, start.value)
    with counting(f, 0, rows, plan.lanes) as row, counting(f, 0, p["channels"]) as c:
        places = [
            f.address(
                source,
                plan.element,
                ((row + i).least(rows - 1) * p["w_row"] + c * p["w_channel"]).value,
            )
            for i in range(plan.lanes)
        ]
        _fetch(f, plan, places, p["w_channel"] * _AHEAD)
        taps = _taps(f, plan, places)
        taps = taps[::-1] if turned else taps
        square = [taps[i : i + 3] for i in range(0, 9, 3)]
        made = both_ways(arithmetic.weights, square)
        apart = p["channels"] + APART
        to = row // plan.lanes * FREQUENCIES * apart + c
        put_frequencies(f, plan, made, at(f, plan, out, to), apart)
    f.ret()
    return "winograd_weights"


def _fetch(f: Function, plan: Plan, places: list[V], ahead: Index) -> None:
    """Brings later channels' numbers into the cache: too many rows at once for a processor."""
    f.module.declare("llvm.prefetch.p0", "void", ["ptr", "i32", "i32", "i32"])
    for place in places:
        later = f.address(place, plan.element, ahead.value)
        f.line(f"call void @llvm.prefetch.p0({later}, i32 0, i32 3, i32 1)")


def _taps(f: Function, plan: Plan, places: list[V]) -> list[V]:
    """The nine numbers at each of the places: a vector of all places' first, second ..."""
    taps: list[V] = []
    type = vector(plan.lanes, plan.element)
    for first in range(0, 9, plan.lanes):
        mask = lane_mask(f, Index(f, 9 - first).value, plan.lanes)
        lines = []
        for place in places:
            start = f.address(place, plan.element, Index(f, first).value)
            raw = masked_load(f, start, type, mask, BYTES[plan.memory])
            lines.append(widen(f, plan.target, raw, plan.memory))
        taps += transpose(f, lines)
    return taps[:9]


@shared
def _define_products(module: Module, plan: Plan, tile: str) -> str:
    """`void (frame, row, vectors, tiles)`: all frequencies of one or two vectors of a slab's rows.

    Out: [vector][frequency][tile], `SLACK` vectors between frequencies.
    """
    names = ("row", "vectors", "tiles")
    parameters = [("ptr", "p"), *(("i64", n) for n in names)]
    f = Function(module, "winograd_products", parameters, **INTERNAL)
    p = Frame(f, FIELDS, f["p"])
    row, vectors, tiles = (Index(f, f[n]) for n in names)
    channels, apart = p["channels"], tiles + SLACK
    beyond, line = odd(tiles), channels + APART
    spread = channels.parts(plan.lanes) * beyond + APART
    images, out = scratch(p, plan, "second"), scratch(p, plan, "third")
    weights = at(f, plan, p.address("weights"), row // plan.lanes * FREQUENCIES * line)
    unit = tile_rows(plan, True)
    with counting(f, 0, FREQUENCIES) as frequency, counting(f, 0, channels, _DEPTH) as c:
        steps = (channels - c).least(_DEPTH)
        b = at(f, plan, weights, frequency * line + c)
        again = flag(f, c.differs(0))
        with counting(f, 0, tiles, unit) as t:
            a = at(f, plan, images, frequency * spread + c // plan.lanes * beyond + t)
            to = at(f, plan, out, frequency * apart + t)
            some = (tiles - t).least(unit)
            where = [beyond, line * FREQUENCIES, some, vectors, apart * FREQUENCIES, again]
            f.call_defined(tile, "void", [steps.value, a, b, to, *(n.value for n in where)])
    f.ret()
    return "winograd_products"


@shared
def _define_results(module: Module, plan: Plan, store: str) -> str:
    """`void (frame, channel, channels, vector, first, count, left, wide)`: y of a vector of rows.

    channel, channels  the first of all output channels, and how many (up to `lanes`)
    vector             of those whose frequencies were computed: 0 or 1
    """
    names = ("channel", "channels", "vector", "first", "count", "left", "wide")
    parameters = [("ptr", "p"), *(("i64", n) for n in names)]
    f = Function(module, "winograd_results", parameters, **INTERNAL)
    p = Frame(f, FIELDS, f["p"])
    channel, channels, number, first, count, left, wide = (Index(f, f[n]) for n in names)
    arithmetic, stage = Arithmetic(f, plan), scratch(p, plan, "stage")
    apart = count * wide + SLACK
    line = p["line"] * (LANES // plan.lanes)
    sums = at(f, plan, scratch(p, plan, "third"), number * apart * FREQUENCIES)
    with counting(f, 0, count) as k:
        with counting(f, 0, wide) as t:
            square = get_frequencies(f, plan, at(f, plan, sums, k * wide + t), apart)
            for high, pair in enumerate(both_ways(arithmetic.results, square)):
                for s, value in enumerate(pair):
                    to = at(f, plan, stage, line * high + t * 2 + s)
                    f.store(value, to, plan.bytes)
        n, i = (first + k) // p["tiles_h"], (first + k) % p["tiles_h"]
        columns = (p["out_w"] - left * 2).least(wide * 2)
        with counting(f, 0, (p["out_h"] - i * 2).least(2)) as r:
            plane = (n * p["groups"] * p["rows"] + channel) * p["out_h"]
            offset = (plane + i * 2 + r) * p["out_w"] + left * 2
            where = [
                channel.value,
                channels.value,
                offset.value,
                columns.value,
                at(f, plan, stage, line * r),
            ]
            f.call_defined(store, "void", [p.pointer, *where])
    f.ret()
    return "winograd_results"


@shared
def _define_store(module: Module, plan: Plan, epilogue: tuple[str, ...]) -> str:
    """`void (frame, channel, channels, offset, columns, ptr sums)`: a part of a row of y.

    sums    a vector of channels for each of `columns` positions
    offset  where the first channel's first position lies in y
    """
    names = ("channel", "channels", "offset", "columns")
    parameters = [("ptr", "p"), *(("i64", n) for n in names), ("ptr", "sums")]
    f = Function(module, "winograd_store", parameters, **INTERNAL)
    _Store(f, plan, epilogue).write()
    f.ret()
    return "winograd_store"


class _Store:
    """The body of `winograd_store`."""

    def __init__(self, f: Function, plan: Plan, epilogue: tuple[str, ...]) -> None:
        self.f, self.plan, self.epilogue = f, plan, epilogue
        self.p, self.align = Frame(f, FIELDS, f["p"]), BYTES[plan.memory]

    def write(self) -> None:
        f, plan, p = self.f, self.plan, self.p
        channel, channels, offset, columns = (
            Index(f, f[n]) for n in ("channel", "channels", "offset", "columns")
        )
        size = p["out_h"] * p["out_w"]
        with counting(f, 0, columns, plan.lanes) as column:
            lines = []
            for i in range(plan.lanes):
                place = at(f, plan, f["sums"], column + i)
                lines.append(f.load(place, plan.numbers, plan.bytes))
            mask = lane_mask(f, (columns - column).value, plan.lanes)
            for i, value in enumerate(transpose(f, lines)):
                with f.when(Index(f, i) < channels):
                    self._put(value, channel + i, offset + size * i + column, mask)

    def _put(self, value: V, channel: Index, offset: Index, mask: V) -> None:
        f, plan = self.f, self.plan

        def number(field: str) -> V:
            place = f.address(self.p.address(field), plan.element, channel.value)
            one = f.splat(f.load(place, plan.element, self.align), plan.lanes)
            return widen(f, plan.target, one, plan.memory)

        def element(field: str) -> V:
            place = f.address(self.p.address(field), plan.element, offset.value)
            raw = masked_load(f, place, vector(plan.lanes, plan.element), mask, self.align)
            return widen(f, plan.target, raw, plan.memory)

        value = finished(f, self.epilogue, value, number, element)
        to = f.address(self.p.address("y"), plan.element, offset.value)
        masked_store(f, narrow(f, plan.target, value, plan.memory), to, mask, self.align)
