"""The element of a rank along a dimension: order statistics without sorting.

In: the operators of `ops/order.py`.  Out: a template.  A line's elements become numbers without a
sign, in the order of elements (NaN is the greatest).  From the highest byte on, the 256 counts of a
byte's values among what is left tell the wanted element's byte (Knuth, The Art of Computer
Programming, 5.3.3).  Of equal elements, it is the one that a stable sort puts at the rank.

    x               pointer to [outer, size, inner], row-major
    rank            the wanted place of the sorted line, where `what` is "rank"
    values, places  pointers to [outer, inner], row-major; places (int64) along the dimension
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..kinds import SIZE
from ..llvm.builder import Module, V, i64
from ..llvm.kinds import MEMORY
from ..llvm.target import Target
from . import sort, sort_wide
from .index import Counter, Index, flag
from .radix import digit
from .template import Template
from .writer import Writer, round_up

_PACKED = {"f32": "float32", "bf16": "bfloat16", "f16": "float16"}
KINDS = frozenset((*_PACKED, *sort_wide.KINDS))
_INTEGERS = ("outer", "size", "inner", "rank")
SLOTS = (
    *((n, "i64") for n in _INTEGERS),
    *((n, "ptr") for n in ("x", "values", "places", "scratch")),
)


class Spec(NamedTuple):
    """kind  of the elements
    what  rank; median: the lower one, or the first NaN; nanmedian: of what is not NaN
    """

    kind: str
    what: str = "rank"

    @property
    def bytes(self) -> int:
        """Of the numbers that elements become."""
        return 4 if self.kind in _PACKED else SIZE[self.kind]

    @property
    def missing(self) -> int | None:
        """The number of NaN."""
        return 2 ** (8 * self.bytes) - 1 if self.kind in (*_PACKED, "f64") else None


@lru_cache(maxsize=32)
def select(spec: Spec) -> Template:
    """x -> values, places."""
    name = f"select_{spec.what}_{spec.kind}"

    def work(sizes: Mapping[str, int]) -> int:
        return sizes["outer"] * sizes["inner"] * sizes["size"] * 4 * spec.bytes

    return Template(
        name,
        ("select", *spec),
        lambda target: _text(name, spec, target),
        SLOTS,
        lambda sizes, target: _scratch(sizes),
        work,
    )


def _scratch(sizes: Any) -> Any:
    return round_up(sizes["size"] * 8, 64)


def _text(name: str, spec: Spec, target: Target) -> str:
    module = Module()
    f = Writer(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    values = {}
    for number, (slot, kind) in enumerate(SLOTS):
        values[slot] = f.load(f.address(f["args"], "i64", i64(number)), kind, 8)
    size, inner = Index(f, values["size"]), Index(f, values["inner"])
    keys = f.at(values["scratch"], f.integer("worker") * _scratch({"size": size}), "i8")
    counts, element = f.variable("[256 x i64]"), MEMORY[spec.kind]
    tasks = Index(f, values["outer"]) * inner
    with f.loop(f["worker"], tasks.value, f["workers"]) as turn:
        task = Index(f, turn)
        line = task // inner * size * inner + task % inner
        x = f.at(values["x"], line, element)
        missing = _first_counts(f, spec, (x, inner), keys, counts, size)
        rank = Counter(f, _rank(f, spec, Index(f, values["rank"]), size, missing))
        wanted = _narrowed(f, spec, keys, counts, size, rank)
        place = _found(f, keys, wanted, rank)
        one = f.load(f.at(x, place * inner, element), element, SIZE[spec.kind])
        f.store(one, f.at(values["values"], task, element), SIZE[spec.kind])
        f.store(place.value, f.at(values["places"], task, "i64"), 8)
    f.ret()
    return str(module)


def _number(f: Writer, spec: Spec, x: V) -> V:
    """An element as an i64 of which the lowest `bytes` order it; the others are zero."""
    if spec.kind in _PACKED:
        key = f.convert("zext", sort.rank_of(f, x, sort.Spec(_PACKED[spec.kind], True)), "i64")
    else:
        key = sort_wide.key_of(f, x, sort_wide.Spec(spec.kind, True))
    if spec.kind in ("u8", "bool"):
        return key
    bits = 8 * spec.bytes
    turned = f.binary("xor", key, V(str(2 ** (bits - 1)), "i64"))
    return turned if bits == 64 else f.binary("and", turned, i64(2**bits - 1))


def _first_counts(
    f: Writer, spec: Spec, line: tuple[V, Index], keys: V, counts: V, size: Index
) -> Index:
    """Writes the line's numbers, counts their highest bytes; returns how many are NaN."""
    _cleared(f, counts)
    element, missing = MEMORY[spec.kind], Counter(f)
    with f.count(0, size) as i:
        x = f.load(f.at(line[0], i * line[1], element), element, SIZE[spec.kind])
        key = _number(f, spec, x)
        f.store(key, f.at(keys, i, "i64"), 8)
        _counted(f, counts, digit(f, key, spec.bytes - 1))
        if spec.missing is not None:
            lost = f.compare("icmp eq", key, V(str(spec.missing), "i64"))
            missing.set(missing.get() + flag(f, lost))
    return missing.get()


def _rank(f: Writer, spec: Spec, given: Index, size: Index, missing: Index) -> Index:
    if spec.what == "rank":
        return given
    there = size - missing
    middle = (there - 1).most(0) // 2
    if spec.what == "nanmedian":
        return middle
    return Index(f, f.select(missing > 0, there.value, middle.value))


def _cleared(f: Writer, counts: V) -> None:
    with f.count(0, 256) as i:
        f.store(i64(0), f.at(counts, i, "i64"), 8)


def _counted(f: Writer, counts: V, value: Index) -> None:
    place = f.at(counts, value, "i64")
    f.store((Index(f, f.load(place, "i64", 8)) + 1).value, place, 8)


def _narrowed(f: Writer, spec: Spec, keys: V, counts: V, size: Index, rank: Counter) -> V:
    """The number at the rank, found byte by byte; leaves the rank among those equal to it."""
    found = Counter(f)
    for byte in range(spec.bytes - 1, -1, -1):
        if byte < spec.bytes - 1:
            _cleared(f, counts)
            above = found.get()
            with f.count(0, size) as i:
                key = f.load(f.at(keys, i, "i64"), "i64", 8)
                upper = f.binary("lshr", key, i64(8 * byte + 8))
                with f.when(above.equals(Index(f, upper))):
                    _counted(f, counts, digit(f, key, byte))
        found.set(found.get() * 256 + _bucket(f, counts, rank))
    return found.get().value


def _bucket(f: Writer, counts: V, rank: Counter) -> Index:
    """The value at whose turn the rank is reached; takes from it those before."""
    value = Counter(f)
    again, on, end = f.label("again"), f.label("on"), f.label("end")
    f.branch(again)
    f.place(again)
    count = Index(f, f.load(f.at(counts, value.get(), "i64"), "i64", 8))
    f.branch_if(rank.get() < count, end, on)
    f.place(on)
    rank.set(rank.get() - count)
    value.add(1)
    f.branch(again)
    f.place(end)
    return value.get()


def _found(f: Writer, keys: V, wanted: V, rank: Counter) -> Index:
    """The place of the element of a rank among those that are equal to it."""
    place = Counter(f, -1)
    again, equal, end = f.label("again"), f.label("equal"), f.label("end")
    f.branch(again)
    f.place(again)
    place.add(1)
    key = f.load(f.at(keys, place.get(), "i64"), "i64", 8)
    f.branch_if(f.compare("icmp eq", key, wanted), equal, again)
    f.place(equal)
    left = rank.get()
    rank.set(left - 1)
    f.branch_if(left > 0, again, end)
    f.place(end)
    return place.get()
