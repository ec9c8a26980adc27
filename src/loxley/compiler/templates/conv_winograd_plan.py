"""Sizes of a convolution by Winograd's F(2x2, 3x3): its tiles, its blocks, its scratch memory.

In: the sizes of a convolution of 3 x 3 windows and stride one.  Out: the slots of its kernel.
Nothing here depends on the number of workers or on the processor.

A tile is 2 x 2 results, made of 4 x 4 elements of an image.  Rows of tiles are counted through all
images.  A block is a band of such rows, or a part of one row where rows are long.
"""

from __future__ import annotations

from collections.abc import Mapping

from .frame import Frame
from .index import Index

FREQUENCIES = 16  # numbers that stand for a tile
LANES = 16  # elements of the widest vector; all sizes in scratch memory count with it
SLACK = 16  # rows that a product may write after those it is asked for
# Vectors between frequencies: powers of two apart, they would compete for a place in the cache.
# Blocks of channels are an odd number of tiles apart (`odd`) for the same reason.
APART = 1
_LONGEST = 56  # tiles of a row of a block, at most
_TILES = 112  # tiles of a block, at most
_WEIGHTS = 1 << 19  # numbers of transformed weights that a worker keeps
_FEW = 4  # parts of the work that there should be

SIZES = (
    *("batch", "groups", "rows", "channels", "in_h", "in_w", "out_h", "out_w", "pad_h", "pad_w"),
    *("w_group", "w_row", "w_channel", "tiles_h", "tiles_w", "seg", "band", "slab", "piece"),
    *("line", "second", "third", "stage", "end", "kept"),
)

# Those that transformed weights depend on.
OF_WEIGHTS = (
    *("groups", "rows", "channels", "w_group", "w_row", "w_channel", "slab", "second", "kept"),
)


def up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def product_sizes(given: Mapping[str, int], direction: str) -> dict[str, int]:
    """The slots of a direction from the slots that `conv.arguments` makes.

    `kept` is the address of all slabs' transformed weights, if they are kept; else 0.

    `rows` are channels of what is computed and `channels` of what is read, of a group; for
    "weight" those of y and of x.
    """
    groups = max(given["groups"], 1)
    filters, channels = given["filters"] // groups, given["channels"] // groups
    image, out = ([given[f"{n}_{axis}"] for axis in "hw"] for n in ("size", "out"))
    pad = [given[f"padding_{axis}"] for axis in "hw"]
    made = {"batch": given["batch"], "groups": groups, "w_group": filters * channels * 9}
    if direction == "input":
        image, out, pad = out, image, [2 - n for n in pad]
        made |= {"rows": channels, "channels": filters, "w_row": 9, "w_channel": channels * 9}
    else:
        made |= {"rows": filters, "channels": channels, "w_row": channels * 9, "w_channel": 9}
    for axis, a, b, c in zip("hw", image, out, pad, strict=True):
        made |= {f"in_{axis}": a, f"out_{axis}": b, f"pad_{axis}": c, f"tiles_{axis}": -(-b // 2)}
    return made | (_gradient_blocks if direction == "weight" else _blocks)(made) | {"kept": 0}


def _frequencies(channels: int, tiles: int) -> int:
    """Numbers of the scratch memory for a block's tiles."""
    return (FREQUENCIES * (up(channels, LANES) // LANES * (tiles | 1) + APART) + SLACK) * LANES


def _seg(sizes: Mapping[str, int]) -> int:
    """Tiles of a row of a block: a row's equal parts."""
    wide = max(sizes["tiles_w"], 1)
    return -(-wide // -(-wide // _LONGEST))


def _blocks(sizes: Mapping[str, int]) -> dict[str, int]:
    """Bands and slabs so that there is work for a few workers, evenly if there are few parts."""
    seg = _seg(sizes)
    lines, parts = sizes["batch"] * sizes["tiles_h"], -(-sizes["tiles_w"] // seg)
    rows, channels = sizes["rows"], sizes["channels"]
    most = max(_WEIGHTS // (FREQUENCIES * max(channels, 1)) // 64 * 64, 64)
    slab = min(most, up(rows, 32))
    top = 1 if parts > 1 else max(_TILES // seg, 1)

    def items(band: int, slab: int) -> int:
        return -(-lines // band) * parts * -(-rows // slab) * sizes["groups"]

    while slab > 64 and items(top, slab) < _FEW:
        slab = up(slab // 2, 32)
    slabs = -(-rows // slab) * sizes["groups"]
    # Fewer tiles in a block cost little down to half the most; an even division is worth it.
    counts = [max(-(-lines // band), 1) for band in range(top, max(top // 2, 1) - 1, -1)]
    bands = dict.fromkeys(max(-(-lines // count), 1) for count in counts)
    band = min(bands, key=lambda b: round(_longest(lines, b, seg, parts, slabs, slab), 2))
    tiles = band * seg
    second = FREQUENCIES * up(slab, 32) * (channels + APART)
    third = second + _frequencies(channels, tiles)
    stage = third + FREQUENCIES * (tiles + SLACK) * 32
    line = up(2 * seg + 2, LANES)
    return {
        "seg": seg,
        "band": band,
        "slab": slab,
        "piece": 0,
        "line": line,
        "second": second,
        "third": third,
        "stage": stage,
        "end": stage + 4 * line * LANES,
    }


def _longest(lines: int, band: int, seg: int, parts: int, slabs: int, slab: int) -> float:
    """What the longer half of the blocks costs, by a half of the tiles.

    Registers hold 14 tiles.  Tiles are transformed once if there is one block, else for each slab.
    """
    full, rest = divmod(lines, band)
    whole, last = up(band * seg, 14), up(rest * seg, 14)
    longest = (whole * full + last) * parts * slabs / 2
    count = (full + (rest > 0)) * parts
    if count * slabs < 64:
        costs = ([whole] * full + [last] * (rest > 0)) * parts * slabs
        half = len(costs) // 2
        longest = max(sum(costs[:half]), sum(costs[half:]))
    again = 1 if count > 1 else 1 / max(slabs, 1)
    return longest * (1 + 5 / slab * again) / max(lines * seg * parts * slabs / 2, 1)


def _gradient_blocks(sizes: Mapping[str, int]) -> dict[str, int]:
    """Blocks of `piece` channels of x by `slab` of y."""
    seg = _seg(sizes)
    parts = -(-sizes["tiles_w"] // seg)
    band = 1 if parts > 1 else max(_TILES // seg, 1)
    slab, piece = min(128, up(sizes["rows"], LANES)), min(128, up(sizes["channels"], LANES))

    def items() -> int:
        return sizes["groups"] * -(-sizes["rows"] // slab) * -(-sizes["channels"] // piece)

    while items() < _FEW and max(slab, piece) > 32:
        if slab >= piece:
            slab = up(slab // 2, LANES)
        else:
            piece = up(piece // 2, LANES)
    tiles = band * seg
    second = _frequencies(piece, tiles)
    third = second + _frequencies(slab, tiles)
    stage = third + FREQUENCIES * (piece + SLACK) * slab
    line = up(2 * seg + 2, LANES)
    return {
        "seg": seg,
        "band": band,
        "slab": slab,
        "piece": piece,
        "line": line,
        "second": second,
        "third": third,
        "stage": stage,
        "end": stage + 4 * line * LANES,
    }


def winograd_pays(given: Mapping[str, int], direction: str) -> bool:
    """Whether a convolution, by the slots that `conv.arguments` makes, is faster this way.

    Costs are counted in vector instructions, by 16 elements; the factors were measured.
    """
    flat = [given[f"{stem}_d"] for stem in ("size", "kernel", "out", "stride", "dilation")]
    ones = [given[f"{stem}_{axis}"] for stem in ("stride", "dilation") for axis in "hw"]
    kernel = given["kernel_h"], given["kernel_w"]
    if {*flat, *ones} != {1} or given["padding_d"] or kernel != (3, 3) or not given["groups"]:
        return False
    sizes = product_sizes(given, direction)
    rows, channels = sizes["rows"], sizes["channels"]
    if min(rows, channels) < 8:
        return False
    tiles = sizes["batch"] * sizes["tiles_h"] * sizes["tiles_w"]
    positions = sizes["batch"] * sizes["out_h"] * sizes["out_w"]
    row_vectors, channel_vectors = up(rows, LANES) / LANES, up(channels, LANES) / LANES
    again = -(-rows // sizes["slab"])
    cost = FREQUENCIES * tiles * channels * row_vectors + 110 * row_vectors * channels
    cost += tiles * (80 * channel_vectors * again + 60 * row_vectors)
    direct = (row_vectors * 9 + 5) * positions * channels
    return cost < 0.9 * direct


def winograd_work(sizes: Mapping[str, int]) -> int:
    """Multiplications and additions of the products."""
    tiles = sizes["batch"] * sizes["tiles_h"] * sizes["tiles_w"]
    return 2 * FREQUENCIES * tiles * sizes["groups"] * sizes["rows"] * sizes["channels"]


def kept_numbers(sizes: Mapping[str, int]) -> int:
    """Numbers of the transformed weights of all slabs."""
    return sizes["groups"] * -(-sizes["rows"] // sizes["slab"]) * sizes["second"]


class Block:
    """A band or a part of one: its first row of tiles, how many, its first column, how many."""

    def __init__(self, p: Frame, number: Index) -> None:
        parts = p["tiles_w"].parts(p["seg"])
        band, part = number // parts, number % parts
        self.first, self.left = band * p["band"], part * p["seg"]
        self.count = (p["batch"] * p["tiles_h"] - self.first).least(p["band"])
        self.wide = (p["tiles_w"] - self.left).least(p["seg"])
        self.tiles = self.count * self.wide


def odd(tiles: Index) -> Index:
    """Vectors from one block of channels to the next."""
    return Index(tiles.f, tiles.f.binary("or", tiles.value, Index(tiles.f, 1).value))


def blocks(p: Frame) -> Index:
    """How many blocks there are."""
    return (p["batch"] * p["tiles_h"]).parts(p["band"]) * p["tiles_w"].parts(p["seg"])
