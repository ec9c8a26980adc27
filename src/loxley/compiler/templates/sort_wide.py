"""Sorting integers, booleans and float64: by 64-bit keys with their places beside them.

In, out and slots as `sort`, which packs narrower floats with their places into one integer.  Equal
elements keep their order; NaN is the largest.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..kinds import SIZE
from ..llvm.builder import Module, V, i64
from ..llvm.kinds import MEMORY
from ..llvm.target import Target
from . import radix
from .index import Index
from .sort import SLOTS, in_order
from .template import Template
from .writer import INTERNAL, Writer, round_up

KINDS = frozenset(("bool", "u8", "i8", "i16", "i32", "i64", "f64"))


class Spec(NamedTuple):
    """kind        of the elements
    descending  from the largest on
    """

    kind: str
    descending: bool = False


@lru_cache(maxsize=32)
def sort(spec: Spec) -> Template:
    """x -> values, places: the first `kept` in order."""
    name = f"sort_{spec.kind}_{'descending' if spec.descending else 'ascending'}"

    def scratch(sizes: Mapping[str, int], target: Any) -> int:
        return _scratch(sizes)

    def work(sizes: Mapping[str, int]) -> int:
        each = 10 * sizes["size"].bit_length()
        return sizes["outer"] * sizes["inner"] * sizes["size"] * each

    return Template(
        name, ("sort wide", *spec), lambda t: _text(name, spec, t), SLOTS, scratch, work
    )


def _scratch(sizes: Any) -> Any:
    """Keys and places, twice."""
    return round_up(sizes["size"] * 32, 64)


def _text(name: str, spec: Spec, target: Target) -> str:
    module = Module()
    _merge(module)
    radix.define(module, 0, True)
    f = Writer(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    values = {}
    for number, (slot, kind) in enumerate(SLOTS):
        values[slot] = f.load(f.address(f["args"], "i64", i64(number)), kind, 8)
    size, inner = Index(f, values["size"]), Index(f, values["inner"])
    each = _scratch({"size": size})
    scratch = f.at(values["scratch"], f.integer("worker") * each, "i8")
    tasks = Index(f, values["outer"]) * inner
    with f.loop(f["worker"], tasks.value, f["workers"]) as task:
        line, column = Index(f, task) // inner, Index(f, task) % inner

        def at(name: str, place: Index, element: str) -> V:
            o, n, i = (Index(f, values[f"{name}_{s}"]) for s in "oni")
            return f.at(values[name], line * o + column * i + place * n, element)  # noqa: B023

        with f.count(0, size) as k:
            x = f.load(at("x", k, MEMORY[spec.kind]), MEMORY[spec.kind], SIZE[spec.kind])
            f.store(key_of(f, x, spec), f.at(scratch, k, "i64"), 8)
            f.store(k.value, f.at(scratch, size * 2 + k, "i64"), 8)
        places = f.at(in_order(f, scratch, size, size.value), size * 2, "i64")
        with f.count(0, Index(f, values["kept"])) as k:
            place = Index(f, f.load(f.at(places, k, "i64"), "i64", 8))
            f.store(place.value, at("places", k, "i64"), 8)
            x = f.load(at("x", place, MEMORY[spec.kind]), MEMORY[spec.kind], SIZE[spec.kind])
            f.store(x, at("values", k, MEMORY[spec.kind]), SIZE[spec.kind])
    f.ret()
    return str(module)


def key_of(f: Writer, x: V, spec: Spec) -> V:
    """An i64 in the order of elements, mirrored to ascend: the greater comes first."""
    if spec.kind == "f64":
        zero = V("0.0", "double")
        bits = f.convert("bitcast", f.binary("fadd", x, zero), "i64")
        flipped = f.binary("lshr", f.binary("ashr", bits, i64(63)), i64(1))
        key = f.binary("xor", bits, flipped)
        key = f.select(f.compare("fcmp uno", x, x), i64(2**63 - 1), key)
    elif spec.kind == "i64":
        key = x
    else:
        key = f.convert("zext" if spec.kind in ("u8", "bool") else "sext", x, "i64")
    return key if spec.descending else f.binary("xor", key, i64(-1))


def _merge(module: Module) -> None:
    """to[start:stop] = from[start:middle] and from[middle:stop], both descending, as one."""
    integers = [("i64", n) for n in ("size", "start", "middle", "stop")]
    f = Writer(module, "merge", [("ptr", "from"), ("ptr", "to"), *integers], **INTERNAL)
    middle, stop, beside = f.integer("middle"), f.integer("stop"), f.integer("size") * 2
    left, right = f.variable("i64"), f.variable("i64")
    f.set(left, f["start"])
    f.set(right, f["middle"])
    with f.count(f.integer("start"), stop) as i:
        a, b = (Index(f, f.get(x, "i64")) for x in (left, right))
        inside = [a.least(middle - 1), b.least(stop - 1)]
        keys = [f.load(f.at(f["from"], x, "i64"), "i64", 8) for x in inside]
        places = [f.load(f.at(f["from"], beside + x, "i64"), "i64", 8) for x in inside]
        first = f.compare("icmp sge", *keys)  # of equals the one on the left
        rest = f.compare("icmp sge", b.value, stop.value)
        takes = f.binary("and", a < middle, f.binary("or", rest, first))
        f.store(f.select(takes, *keys), f.at(f["to"], i, "i64"), 8)
        f.store(f.select(takes, *places), f.at(f["to"], beside + i, "i64"), 8)
        taken = Index(f, f.convert("zext", takes, "i64"))
        f.set(left, (a + taken).value)
        f.set(right, (b + 1 - taken).value)
    f.ret()
