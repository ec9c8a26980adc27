"""Sorting 64-bit keys byte by byte, for lines that are longer than a few hundred elements.

In: keys that two's complement orders, the greatest first, in memory of twice their size.  Out:
where they end up.  From the lowest byte on that differs, keys are dealt out to the places that the
counts of each byte's 256 values give (Knuth, The Art of Computer Programming, 5.2.5), so that equal
bytes keep their order; a byte that all keys share costs nothing.
"""

from __future__ import annotations

from ..llvm.builder import Module, V, i64
from .index import Counter, Index
from .writer import INTERNAL, Writer

LEAST = 128  # elements from which on it beats merging
_MIRROR = i64(2**63 - 1)  # of the greatest key it makes the least number without a sign


def digit(f: Writer, key: V, byte: int) -> Index:
    """One byte of a number without a sign."""
    return Index(f, f.binary("and", f.binary("lshr", key, i64(8 * byte)), i64(255)))


def define(module: Module, first: int, beside: bool) -> None:
    """`radix(keys, room, size)` gives where the keys end up, sorted by the bytes from `first` on.

    Equal keys keep their order.  With `beside`, integers that lie two sizes after the keys move
    with them; the room for them lies two sizes after `room`.
    """
    parameters = [("ptr", "keys"), ("ptr", "room"), ("i64", "size")]
    f = Writer(module, "radix", parameters, "ptr", **INTERNAL)
    size = f.integer("size")
    counts = f.variable("[2048 x i64]")
    here, there = f.variable("ptr", f["keys"]), f.variable("ptr", f["room"])
    _count(f, counts, first, size)
    for byte in range(first, 8):
        key = f.binary("xor", f.load(f.get(here, "ptr"), "i64", 8), _MIRROR)
        shared = Index(f, f.load(_counter(f, counts, key, byte), "i64", 8))
        with f.when(shared.differs(size)):
            _starts(f, counts, byte)
            source, to = f.get(here, "ptr"), f.get(there, "ptr")
            _deal(f, counts, byte, (source, to), beside)
            f.set(here, to)
            f.set(there, source)
    f.ret(f.get(here, "ptr"))


def _counter(f: Writer, counts: V, key: V, byte: int) -> V:
    return f.at(counts, digit(f, key, byte) + 256 * byte, "i64")


def _count(f: Writer, counts: V, first: int, size: Index) -> None:
    """How often each value of each byte occurs."""
    with f.count(256 * first, 2048) as i:
        f.store(i64(0), f.at(counts, i, "i64"), 8)
    with f.count(0, size) as i:
        key = f.binary("xor", f.load(f.at(f["keys"], i, "i64"), "i64", 8), _MIRROR)
        for byte in range(first, 8):
            place = _counter(f, counts, key, byte)
            f.store((Index(f, f.load(place, "i64", 8)) + 1).value, place, 8)


def _starts(f: Writer, counts: V, byte: int) -> None:
    """From the counts of a byte's values to where each begins."""
    total = Counter(f)
    with f.count(256 * byte, 256 * (byte + 1)) as i:
        place = f.at(counts, i, "i64")
        count = Index(f, f.load(place, "i64", 8))
        f.store(total.get().value, place, 8)
        total.set(total.get() + count)


def _deal(f: Writer, counts: V, byte: int, ends: tuple[V, V], beside: bool) -> None:
    source, to = ends
    with f.count(0, f.integer("size")) as i:
        own = f.load(f.at(source, i, "i64"), "i64", 8)
        counter = _counter(f, counts, f.binary("xor", own, _MIRROR), byte)
        place = Index(f, f.load(counter, "i64", 8))
        f.store((place + 1).value, counter, 8)
        f.store(own, f.at(to, place, "i64"), 8)
        if beside:
            more = f.integer("size") * 2
            one = f.load(f.at(source, more + i, "i64"), "i64", 8)
            f.store(one, f.at(to, more + place, "i64"), 8)
