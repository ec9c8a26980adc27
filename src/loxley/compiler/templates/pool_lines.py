"""Maxima of short windows along the last dimension, none of which reaches beyond a line.

In: lines x (R, L) of float32.  Out: y and the taps that won (R, O).  A vector holds windows; at
step 2 each tap is every other element of two vectors.  Workers take parts of lines.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from ..llvm.builder import Module, V, vector
from .index import Index
from .template import Template
from .writer import Writer, put

_PART = 1024  # windows of a task
_SLOTS = ("x", "y", "where"), ("lines", "length", "windows")


class Spec(NamedTuple):
    """A window's elements, and how far apart windows begin: 1 or 2."""

    taps: int
    step: int


@lru_cache(maxsize=16)
def template(spec: Spec) -> Template:
    """Slots: x, y, where (u8), lines, length (of a line), windows (of a line)."""
    name = f"pool_lines_{spec.taps}_{spec.step}"
    slots = tuple((n, kind) for names, kind in zip(_SLOTS, ("ptr", "i64")) for n in names)
    return Template(
        name,
        ("pool lines", *spec),
        lambda target: _text(name, spec, target),
        slots,
        lambda sizes, target: 0,
        lambda sizes: sizes["lines"] * sizes["windows"] * spec.taps,
    )


def _text(name: str, spec: Spec, target: Any) -> str:
    module, lanes = Module(), target.vector_bytes // 4
    f = Writer(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    numbers = [f.load(f.at(f["args"], i, "i64"), "i64", 8) for i in range(3, 6)]
    pointers = [f.load(f.at(f["args"], i, "i64"), "ptr", 8) for i in range(3)]
    lines, length, windows = (Index(f, n) for n in numbers)
    parts = windows.parts(_PART)
    begin, end = f.share(lines * parts)
    with f.count(begin, end) as task:
        line, first = task // parts, task % parts * _PART
        stop = (first + _PART).least(windows)
        with f.count(first, stop, lanes) as j:
            best, tap = _window(f, spec, lanes, pointers[0], line * length, length, j)
            at, left = line * windows + j, stop - j
            f.masked_write(best, f.at(pointers[1], at), f.lanes_below(left, lanes))
            put(f, tap, pointers[2], "u8", at, left)
    f.ret()
    return str(module)


def _window(
    f: Writer, spec: Spec, lanes: int, x: V, line: Index, length: Index, j: Index
) -> tuple[V, V]:
    """The maxima of the windows from `j` on: a later element if it is larger, or a NaN."""
    type, loaded = vector(lanes, "float"), {}

    def read(shift: int) -> V:
        if shift not in loaded:
            at = j * spec.step + shift
            mask = f.lanes_below(length - at, lanes)
            loaded[shift] = f.masked_read(f.at(x, line + at), mask, type)
        return loaded[shift]

    def element(k: int) -> V:
        if spec.step == 1:
            return read(k)
        pair = read(k - k % 2), read(k - k % 2 + lanes)
        return f.shuffle(*pair, list(range(k % 2, 2 * lanes, 2)))

    best, tap = element(0), V("zeroinitializer", vector(lanes, "i8"))
    for k in range(1, spec.taps):
        value = element(k)
        better = f.compare("fcmp ogt", value, best)
        better = f.binary("or", better, f.compare("fcmp uno", value, value))
        best = f.select(better, value, best)
        tap = f.select(better, f.splat(V(str(k), "i8"), lanes), tap)
    return best, tap
