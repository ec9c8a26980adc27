"""The gradient of 3 x 3 weights by Winograd's F(2x2, 3x3): 16 products for each tile, not 36.

In: a frame (`conv_winograd_parts.FIELDS`), y the gradient of the results.  Out: w.  A piece of
x's channels times a slab of y's belongs to one worker, which walks all blocks of tiles in order.

    for each piece of channels of x and slab of channels of y:
        for each block of tiles:
            tiles of x, tiles of y -> frequencies
            for each frequency: channels x tiles times tiles x channels, added to its sums
        frequencies -> w
"""

from __future__ import annotations

from ..llvm.builder import Function, Module, V, shared
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
from .index import Index, counting, flag
from .memory import BYTES, lane_mask, masked_store, narrow
from .packing import transpose


@shared
def define_winograd_gradient(module: Module, plan: Plan) -> str:
    """`void (ptr frame, i64 worker, i64 workers)`."""
    read = define_read(module, plan)
    names = (
        define_image(module, plan, read),
        _define_gradients(module, plan, read),
        _define_products(module, plan, define_tile(module, plan, False)),
        _define_write(module, plan),
    )
    parameters = [("ptr", "p"), ("i64", "worker"), ("i64", "workers")]
    f = Function(module, "winograd_weight", parameters, linkage="internal", attributes="nounwind")
    p = Frame(f, FIELDS, f["p"])
    pieces, slabs = p["channels"].parts(p["piece"]), p["rows"].parts(p["slab"])
    items = p["groups"] * slabs * pieces
    worker, workers = Index(f, f["worker"]), Index(f, f["workers"])
    begin, end = items * worker // workers, items * (worker + 1) // workers
    with counting(f, begin, end) as item:
        rest, piece = item // pieces, item % pieces * p["piece"]
        group, slab = rest // slabs, rest % slabs * p["slab"]
        channels = (p["channels"] - piece).least(p["piece"])
        rows = (p["rows"] - slab).least(p["slab"])
        _item(f, plan, p, names, (group, piece, channels, slab, rows))
    f.ret()
    return "winograd_weight"


def _item(
    f: Function,
    plan: Plan,
    p: Frame,
    names: tuple[str, str, str, str],
    where: tuple[Index, Index, Index, Index, Index],
) -> None:
    group, piece, channels, slab, rows = where
    images, gradients, products, write = names
    x = (group * p["channels"] + piece) * p["in_h"] * p["in_w"]
    y = (group * p["rows"] + slab) * p["out_h"] * p["out_w"]
    x_at, y_at = (
        f.address(p.address(n), plan.element, offset.value) for n, offset in (("x", x), ("y", y))
    )
    # Without a tile, sums still are numbers: zero.
    with counting(f, 0, blocks(p).most(1)) as number:
        block = Block(p, number)
        of_block = [n.value for n in (block.first, block.count, block.left, block.wide)]
        arguments = [p.pointer, x_at, channels.value, *of_block, scratch(p, plan, None)]
        f.call_defined(images, "void", arguments)
        f.call_defined(gradients, "void", [p.pointer, y_at, rows.value, *of_block])
        sums = [channels.value, rows.value, block.tiles.value, flag(f, number.differs(0)).value]
        f.call_defined(products, "void", [p.pointer, *sums])
    f.call_defined(write, "void", [p.pointer, *(n.value for n in where)])


@shared
def _define_gradients(module: Module, plan: Plan, read: str) -> str:
    """`void (frame, ptr image, rows, first, count, left, wide)`: y's tiles, transformed.

    Out: [frequency][vector of rows][tile].
    """
    names = ("rows", "first", "count", "left", "wide")
    parameters = [("ptr", "p"), ("ptr", "image"), *(("i64", n) for n in names)]
    f = Function(module, "winograd_gradients", parameters, **INTERNAL)
    p = Frame(f, FIELDS, f["p"])
    rows, first, count, left, wide = (Index(f, f[n]) for n in names)
    size, stage, out = (
        p["out_h"] * p["out_w"],
        scratch(p, plan, "stage"),
        scratch(p, plan, "second"),
    )
    line = p["line"] * (LANES // plan.lanes)
    beyond = odd(count * wide)
    apart = rows.parts(plan.lanes) * beyond + APART
    with counting(f, 0, rows, plan.lanes) as row, counting(f, 0, count) as k:
        n, i = (first + k) // p["tiles_h"], (first + k) % p["tiles_h"]
        plane = (n * p["groups"] * p["rows"] + row) * size
        image = f.address(f["image"], plan.element, plane.value)
        with counting(f, 0, 2) as r:
            arguments = [image, *(v.value for v in (rows - row, size, p["out_h"], p["out_w"]))]
            arguments += [
                (i * 2 + r).value,
                (left * 2).value,
                (wide * 2).value,
                at(f, plan, stage, line * r),
            ]
            f.call_defined(read, "void", arguments)
        to = at(f, plan, out, row // plan.lanes * beyond + k * wide)
        _transform(f, plan, stage, line, wide, to, apart)
    f.ret()
    return "winograd_gradients"


def _transform(
    f: Function, plan: Plan, stage: V, line: Index, wide: Index, out: V, apart: Index
) -> None:
    arithmetic = Arithmetic(f, plan)
    with counting(f, 0, wide) as t:
        square = [
            [
                f.load(at(f, plan, stage, line * r + t * 2 + s), plan.numbers, plan.bytes)
                for s in range(2)
            ]
            for r in range(2)
        ]
        made = both_ways(arithmetic.gradient_of_results, square)
        put_frequencies(f, plan, made, at(f, plan, out, t), apart)


@shared
def _define_products(module: Module, plan: Plan, tile: str) -> str:
    """`void (frame, channels, rows, tiles, again)`: what a block adds to the sums.

    Out: [frequency][vector of rows][channel], `SLACK` vectors between them.
    """
    names = ("channels", "rows", "tiles", "again")
    parameters = [("ptr", "p"), *(("i64", n) for n in names)]
    f = Function(module, "winograd_products", parameters, **INTERNAL)
    p = Frame(f, FIELDS, f["p"])
    channels, rows, tiles, again = (Index(f, f[n]) for n in names)
    vectors, number = rows.parts(plan.lanes), channels.parts(plan.lanes)
    after, unit = channels + SLACK, tile_rows(plan, False)
    beyond = odd(tiles)
    images, gradients = scratch(p, plan, None), scratch(p, plan, "second")
    out = scratch(p, plan, "third")
    with counting(f, 0, FREQUENCIES) as frequency, counting(f, 0, vectors, 2) as row:
        b = at(f, plan, gradients, frequency * (vectors * beyond + APART) + row * beyond)
        some_vectors = (vectors - row).least(2)
        with counting(f, 0, channels, unit) as c:
            block = frequency * (number * beyond + APART) + c // plan.lanes * beyond
            a = f.address(images, plan.number, (block * plan.lanes + c % plan.lanes).value)
            to = at(f, plan, out, (frequency * vectors + row) * after + c)
            some = (channels - c).least(unit)
            where = [Index(f, 0), beyond, some, some_vectors, after, again]
            f.call_defined(tile, "void", [tiles.value, a, b, to, *(n.value for n in where)])
    f.ret()
    return "winograd_products"


@shared
def _define_write(module: Module, plan: Plan) -> str:
    """`void (frame, group, piece, channels, slab, rows)`: the sums of an item to w."""
    names = ("group", "piece", "channels", "slab", "rows")
    parameters = [("ptr", "p"), *(("i64", n) for n in names)]
    f = Function(module, "winograd_write", parameters, **INTERNAL)
    p = Frame(f, FIELDS, f["p"])
    group, piece, channels, slab, rows = (Index(f, f[n]) for n in names)
    arithmetic, sums = Arithmetic(f, plan), scratch(p, plan, "third")
    apart = rows.parts(plan.lanes) * (channels + SLACK)
    start = group * p["w_group"] + slab * p["w_row"] + piece * p["w_channel"]
    with counting(f, 0, rows, plan.lanes) as row, counting(f, 0, channels) as c:
        place = at(f, plan, sums, row // plan.lanes * (channels + SLACK) + c)
        square = get_frequencies(f, plan, place, apart)
        taps = sum(both_ways(arithmetic.gradient_of_weights, square), [])
        offset = start + row * p["w_row"] + c * p["w_channel"]
        _put(f, plan, p, taps, offset, rows - row)
    f.ret()
    return "winograd_write"


def _put(f: Function, plan: Plan, p: Frame, taps: list[V], offset: Index, rows: Index) -> None:
    """Nine numbers to each of `rows` rows."""
    zero = V("zeroinitializer", plan.numbers)
    for first in range(0, 9, plan.lanes):
        some = taps[first : first + plan.lanes]
        mask = lane_mask(f, Index(f, 9 - first).value, plan.lanes)
        lines = transpose(f, some + [zero] * (plan.lanes - len(some)))
        for i, value in enumerate(lines):
            with f.when(Index(f, i) < rows):
                to = f.address(
                    p.address("w"), plan.element, (offset + p["w_row"] * i + first).value
                )
                masked_store(
                    f, narrow(f, plan.target, value, plan.memory), to, mask, BYTES[plan.memory]
                )
