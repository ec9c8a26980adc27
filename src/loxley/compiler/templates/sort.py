"""Sorting along a dimension, and the first few of a sorted dimension.

In: the operators `sort` and `topk` of `ops/sort.py`.  Out: a template.  An element becomes one
integer: above, a number that is ordered as the operator orders elements (NaN is the largest);
below, its place, so that equal elements keep their order.  A task is one row of elements along the
dimension.  From the operators' inputs and attributes to slots:

    x                     pointer x [outer, size, inner] with strides x_o, x_n, x_i, in elements
    k                     kept: how many of the size elements are wanted; of `sort`, size
    values, places        pointers values, places (int64) [outer, kept, inner], strides likewise
    descending, largest   the specification; with full = False for few wanted (up to `FEW`)
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..llvm.builder import Module, V, i64, vector
from ..llvm.target import Target
from . import radix
from .index import Index
from .template import Template
from .writer import INTERNAL, STORED, Writer, round_up, widened

FEW = 64
_TYPES = ("float32", "bfloat16", "float16")
_STRIDES = tuple(f"{n}_{s}" for n in ("x", "values", "places") for s in "oni")
_INTEGERS = ("outer", "size", "inner", "kept", *_STRIDES)
_POINTERS = ("x", "values", "places", "scratch")
SLOTS = (*((n, "i64") for n in _INTEGERS), *((n, "ptr") for n in _POINTERS))
_LEAST = -(2**63)


class Spec(NamedTuple):
    """dtype     float32, bfloat16 or float16
    descending  from the largest on
    full        by sorting all; else by keeping the first ones while reading, for few
    """

    dtype: str = "float32"
    descending: bool = False
    full: bool = True


@lru_cache(maxsize=32)
def sort(spec: Spec) -> Template:
    """x -> values, places: the first `kept` in order.  ValueError for types without a kernel."""
    if spec.dtype not in _TYPES:
        raise ValueError(f"sort: there is no kernel for {spec.dtype}")
    stem = "sort" if spec.full else "topk"
    name = f"{stem}_{spec.dtype}_{'descending' if spec.descending else 'ascending'}"

    def scratch(sizes: Mapping[str, int], target: Any) -> int:
        return _scratch(sizes, spec)

    def work(sizes: Mapping[str, int]) -> int:
        each = 8 * sizes["size"].bit_length() if spec.full else 2
        return sizes["outer"] * sizes["inner"] * sizes["size"] * each

    return Template(name, (stem, *spec), lambda t: _text(name, spec, t), SLOTS, scratch, work)


def _scratch(sizes: Any, spec: Spec) -> Any:
    return round_up(sizes["size"] * 16 if spec.full else sizes["kept"] * 8, 64)


def _text(name: str, spec: Spec, target: Target) -> str:
    module = Module()
    if spec.full:
        _merge(module)
        radix.define(module, 4, False)
    else:
        _insert(module)
    _kernel(module, spec, target, name)
    return str(module)


class _Row:
    """The slots of a kernel and the row that it works on."""

    def __init__(self, f: Writer, spec: Spec) -> None:
        self.f, self.spec = f, spec
        self.values: dict[str, V] = {}
        self.starts: dict[str, Any] = {}
        for number, (name, kind) in enumerate(SLOTS):
            place = f.address(f["args"], "i64", i64(number))
            self.values[name] = f.load(place, kind, 8)

    def __getitem__(self, name: str) -> Index:
        return Index(self.f, self.values[name])

    def enter(self, task: Index) -> None:
        outer, inner = task // self["inner"], task % self["inner"]
        for name in ("x", "values", "places"):
            offset = outer * self[f"{name}_o"] + inner * self[f"{name}_i"]
            self.starts[name] = self.f.at(self.values[name], offset, self.element(name))

    def element(self, name: str) -> str:
        return "i64" if name == "places" else STORED[self.spec.dtype]

    def at(self, name: str, place: Index) -> V:
        offset = place * self[f"{name}_n"]
        return self.f.at(self.starts[name], offset, self.element(name))

    def key(self, place: Index) -> V:
        """The element at a place and the place as one integer; the greater comes first."""
        f = self.f
        x = f.load(self.at("x", place), self.element("x"), 2)
        rank = f.convert("sext", rank_of(f, x, self.spec), "i64")
        other = f.binary("xor", place.value, i64(0xFFFFFFFF))
        return f.binary("or", f.binary("shl", rank, i64(32)), other)

    def store(self, number: Index, key: V) -> None:
        f = self.f
        low = f.binary("and", key, i64(0xFFFFFFFF))
        place = Index(f, f.binary("xor", low, i64(0xFFFFFFFF)))
        x = f.load(self.at("x", place), self.element("x"), 2)
        f.store(x, self.at("values", number), 2)
        f.store(place.value, self.at("places", number), 8)


def rank_of(f: Writer, x: V, spec: Spec) -> V:
    """i32s in the order of floats: 0 and -0 are equal, NaN is the greatest; mirrored to ascend."""
    wide = widened(f, x, spec.dtype)
    lanes = wide.type.startswith("<")
    count = int(wide.type[1:].split(" x ")[0]) if lanes else 0
    type = vector(count, "i32") if lanes else "i32"

    def same(number: int) -> V:
        return f.splat(V(str(number), "i32"), count) if lanes else V(str(number), "i32")

    zero = V("zeroinitializer" if lanes else "0.0", wide.type)
    bits = f.convert("bitcast", f.binary("fadd", wide, zero), type)
    flipped = f.binary("lshr", f.binary("ashr", bits, same(31)), same(1))
    rank = f.binary("xor", bits, flipped)
    rank = f.select(f.compare("fcmp uno", wide, wide), same(2**31 - 1), rank)
    return rank if spec.descending else f.binary("xor", rank, same(-1))


def _kernel(module: Module, spec: Spec, target: Target, name: str) -> None:
    f = Writer(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    row = _Row(f, spec)
    scratch = f.at(row.values["scratch"], f.integer("worker") * _scratch(row, spec), "i8")
    tasks = row["outer"] * row["inner"]
    with f.loop(f["worker"], tasks.value, f["workers"]) as number:
        row.enter(Index(f, number))
        keys = _sorted(f, row, scratch) if spec.full else _first(f, row, scratch, target)
        with f.count(0, row["kept"]) as i:
            row.store(i, f.load(f.at(keys, i, "i64"), "i64", 8))
    f.ret()


def _sorted(f: Writer, row: _Row, scratch: V) -> V:
    """All keys from the greatest on; returns where they end up."""
    size = row["size"]
    with f.count(0, size) as i:
        f.store(row.key(i), f.at(scratch, i, "i64"), 8)
    return in_order(f, scratch, size)


def in_order(f: Writer, scratch: V, size: Index, *more: V) -> V:
    """The keys at `scratch`, with as much room after them, from the greatest on; returns where they
    end up.  The module has the functions `radix` and `merge`, which is given `more`."""
    chosen = f.variable("ptr")
    short, long, end = (f.label(n) for n in ("short", "long", "sorted"))
    f.branch_if(size < radix.LEAST, short, long)
    f.place(short)
    f.set(chosen, merged(f, scratch, size, *more))
    f.branch(end)
    f.place(long)
    room = f.at(scratch, size, "i64")
    f.set(chosen, f.call_defined("radix", "ptr", [scratch, room, size.value]))
    f.branch(end)
    f.place(end)
    return f.get(chosen, "ptr")


def merged(f: Writer, scratch: V, size: Index, *more: V) -> V:
    """Merges ever longer runs of `size` keys to and fro between `scratch` and what lies `size`
    keys after it; returns where they end up.

    The module's function `merge` takes from, to, `more`, start, middle, stop.
    """
    here, there = f.variable("ptr"), f.variable("ptr")
    f.set(here, scratch)
    f.set(there, f.at(scratch, size, "i64"))
    run = f.variable("i64")
    f.set(run, i64(1))
    again, body, end = f.label("runs"), f.label("merge"), f.label("merged")
    f.branch(again)
    f.place(again)
    length = Index(f, f.get(run, "i64"))
    f.branch_if(length < size, body, end)
    f.place(body)
    source, to = f.get(here, "ptr"), f.get(there, "ptr")
    with f.loop(i64(0), size.value, (length * 2).value) as start:
        middle = (Index(f, start) + length).least(size)
        stop = (Index(f, start) + length * 2).least(size)
        f.call_defined("merge", "void", [source, to, *more, start, middle.value, stop.value])
    f.set(here, to)
    f.set(there, source)
    f.set(run, (length * 2).value)
    f.branch(again)
    f.place(end)
    return f.get(here, "ptr")


def _merge(module: Module) -> None:
    """to[start:stop] = from[start:middle] and from[middle:stop], both descending, as one."""
    integers = [("i64", n) for n in ("start", "middle", "stop")]
    f = Writer(module, "merge", [("ptr", "from"), ("ptr", "to"), *integers], **INTERNAL)
    middle, stop = f.integer("middle"), f.integer("stop")
    left, right = f.variable("i64"), f.variable("i64")
    f.set(left, f["start"])
    f.set(right, f["middle"])
    with f.count(f.integer("start"), stop) as i:
        a, b = (Index(f, f.get(x, "i64")) for x in (left, right))
        inside = [a.least(middle - 1), b.least(stop - 1)]
        keys = [f.load(f.at(f["from"], x, "i64"), "i64", 8) for x in inside]
        greater = f.compare("icmp sgt", *keys)
        rest = f.compare("icmp sge", b.value, stop.value)
        takes = f.binary("and", a < middle, f.binary("or", rest, greater))
        f.store(f.select(takes, *keys), f.at(f["to"], i, "i64"), 8)
        taken = Index(f, f.convert("zext", takes, "i64"))
        f.set(left, (a + taken).value)
        f.set(right, (b + 1 - taken).value)
    f.ret()


def _first(f: Writer, row: _Row, scratch: V, target: Target) -> V:
    """The `kept` greatest keys, descending: those that beat the last are put in their places."""
    kept, size = row["kept"], row["size"]
    lanes = target.vector_bytes // 4
    with f.count(0, kept) as i:
        f.store(i64(_LEAST), f.at(scratch, i, "i64"), 8)
    apart = f.compare("icmp ne", row["x_n"].value, i64(1))
    wanted = f.select(kept > 0, size.value, i64(0))
    with f.count(0, Index(f, wanted), lanes) as start:
        candidates = f.variable("i1")
        f.set(candidates, apart)
        with f.when(f.compare("icmp eq", apart, V("false", "i1"))):
            f.set(candidates, _any_candidate(f, row, scratch, start, lanes))
        with f.when(f.get(candidates, "i1")):
            with f.count(start, (start + lanes).least(size)) as place:
                f.call_defined("insert", "void", [scratch, kept.value, row.key(place)])
    return scratch


def _any_candidate(f: Writer, row: _Row, scratch: V, start: Index, lanes: int) -> V:
    """Whether a vector of elements has one that is not after the last that is kept."""
    last = f.load(f.at(scratch, row["kept"] - 1, "i64"), "i64", 8)
    last = f.convert("trunc", f.binary("ashr", last, i64(32)), "i32")
    exist = f.lanes_below(row["size"] - start, lanes)
    x = f.masked_read(row.at("x", start), exist, vector(lanes, row.element("x")))
    near = f.compare("icmp sge", rank_of(f, x, row.spec), f.splat(last, lanes))
    near = f.binary("and", near, exist)
    return f.call(f"llvm.vector.reduce.or.v{lanes}i1", "i1", [near])


def _insert(module: Module) -> None:
    """Puts a key in its place among `kept` descending keys, and drops the last."""
    f = Writer(module, "insert", [("ptr", "keys"), ("i64", "kept"), ("i64", "key")], **INTERNAL)
    place = f.variable("i64")
    f.set(place, (f.integer("kept") - 1).value)
    last = f.load(f.at(f["keys"], f.integer("kept") - 1, "i64"), "i64", 8)
    with f.when(f.compare("icmp sgt", f["key"], last)):
        again, look, move, done = (f.label(n) for n in ("again", "look", "move", "done"))
        f.branch(again)
        f.place(again)
        i = Index(f, f.get(place, "i64"))
        f.branch_if(i > 0, look, done)
        f.place(look)
        before = f.load(f.at(f["keys"], i - 1, "i64"), "i64", 8)
        f.branch_if(f.compare("icmp slt", before, f["key"]), move, done)
        f.place(move)
        f.store(before, f.at(f["keys"], i, "i64"), 8)
        f.set(place, (i - 1).value)
        f.branch(again)
        f.place(done)
        f.store(f["key"], f.at(f["keys"], Index(f, f.get(place, "i64")), "i64"), 8)
    f.ret()
