"""The Mersenne Twister in machine code: a stream of 32-bit draws, handed out in bulk.

In: a generator's state as `numerics.mersenne` lays it out (int32 [640]).  Out: functions of a
module that fill memory from the stream, and the state after it.  The words are one long recurrence,

    x[i + 624] = x[i + 397] ^ twist(x[i], x[i + 1])

so a whole block is computed in vectors.  Workers share items, not the stream: each one twists its
own copy of the words up to where its items begin, which costs a tenth of a nanosecond a draw.

Source: M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import NamedTuple

from ...numerics.mersenne import ARRAY, BLOCK, FLAGS, FRESH, USED
from ..llvm.builder import Module, V, i64, vector
from ..llvm.target import Target
from .index import Index
from .writer import INTERNAL, Writer

_LEFT = 64  # draws that may be left over when the next block is twisted; more than any group
_PAD = 64  # elements after a buffer that vectors may touch
SCRATCH = 4 * (2 * BLOCK + _PAD + _LEFT + BLOCK + _PAD)  # bytes of each worker
_UNIT = 64  # items that are never divided between workers
_STATE = (("state", "ptr"), ("next", "ptr"), ("out", "ptr"), ("scratch", "ptr"))


class Sampler(NamedTuple):
    """What becomes of the draws.

    words    32-bit draws of one item
    group    items that are made at once; the last of a run may be fewer
    element  LLVM's type of an item in memory
    slots    names and kinds of the arguments of its own, besides `count`
    convert  (sample) writes instructions that make `sample.items` items at `sample.out`
    prepare  (f, slots) writes what the last worker does first
    whole    one worker makes all items, in order
    again    draws that are passed over (1) or not (0) before the last group is drawn once more,
             where `count` is no multiple of the group; None where it never is
    """

    words: int
    group: int
    element: str
    slots: tuple[tuple[str, str], ...]
    convert: Callable[[Sample], None]
    prepare: Callable[[Writer, Slots], None] | None = None
    whole: bool = False
    again: int | None = None


class Slots:
    """The arguments of a kernel, loaded when asked for."""

    def __init__(self, f: Writer, args: V, kinds: tuple[tuple[str, str], ...]) -> None:
        self.f, self.args, self.kinds = f, args, kinds

    def __getitem__(self, name: str) -> V:
        for number, (slot, kind) in enumerate(self.kinds):
            if slot == name:
                place = self.f.address(self.args, "i64", i64(number))
                return self.f.load(place, "double" if kind == "f64" else kind, 8)
        raise KeyError(name)

    def integer(self, name: str) -> Index:
        return Index(self.f, self[name])


class Sample(NamedTuple):
    """Items to be made: `items` of them from `item` on, of the 32-bit draws at `draws`.

    `out` is the address of item 0.
    """

    f: Writer
    target: Target
    slots: Slots
    draws: V
    items: Index
    item: Index
    out: V


def slots_of(sampler: Sampler) -> tuple[tuple[str, str], ...]:
    return (*_STATE, ("count", "i64"), *sampler.slots)


def text(name: str, sampler: Sampler, target: Target) -> str:
    """A module that defines the kernel `name`."""
    module = Module()
    _twist(module, target)
    _temper(module, target)
    _fill(module, sampler, target)
    _kernel(module, name, sampler)
    return str(module)


# ---------------------------------------------------------------- words and draws


def _same(f: Writer, number: int, lanes: int) -> V:
    return f.splat(V(str(number), "i32"), lanes)


def _twist(module: Module, target: Target) -> None:
    """words[0:624] become the next block."""
    f = Writer(module, "twist", [("ptr", "words")], **INTERNAL)
    lanes = target.vector_bytes // 4
    type = vector(lanes, "i32")
    with f.count(0, BLOCK, 3 * lanes) as start:
        for i in range(3):
            at = start + i * lanes
            here, after, far = (f.read(f["words"], at + n, type) for n in (0, 1, 397))
            top = f.binary("and", here, _same(f, -(2**31), lanes))
            low = f.binary("and", after, _same(f, 2**31 - 1, lanes))
            mixed = f.binary("lshr", f.binary("or", top, low), _same(f, 1, lanes))
            odd = f.binary("ashr", f.binary("shl", after, _same(f, 31, lanes)), _same(f, 31, lanes))
            magic = f.binary("and", odd, _same(f, 0x9908B0DF - 2**32, lanes))
            f.write(f.binary("xor", far, f.binary("xor", mixed, magic)), f["words"], at + BLOCK)
    with f.count(0, BLOCK, lanes) as at:
        f.write(f.read(f["words"], at + BLOCK, type), f["words"], at)
    f.ret()


def _temper(module: Module, target: Target) -> None:
    """draws[0:count] of words[0:count]; whole vectors, so up to `_PAD` elements more."""
    parameters = [("ptr", "words"), ("ptr", "draws"), ("i64", "count")]
    f = Writer(module, "temper", parameters, **INTERNAL)
    lanes = target.vector_bytes // 4
    with f.count(0, f.integer("count"), lanes) as at:
        y = f.read(f["words"], at, vector(lanes, "i32"))
        y = f.binary("xor", y, f.binary("lshr", y, _same(f, 11, lanes)))
        for shift, mask in ((7, 0x9D2C5680), (15, 0xEFC60000)):
            moved = f.binary("shl", y, _same(f, shift, lanes))
            y = f.binary("xor", y, f.binary("and", moved, _same(f, mask - 2**32, lanes)))
        y = f.binary("xor", y, f.binary("lshr", y, _same(f, 18, lanes)))
        f.write(y, f["draws"], at)
    f.ret()


# ---------------------------------------------------------------- from draws to items


def _fill(module: Module, sampler: Sampler, target: Target) -> None:
    """Items first:last at `out`; from and to how many draws of the block are used."""
    pointers = [("ptr", n) for n in ("args", "words", "draws", "out")]
    integers = [("i64", n) for n in ("used", "first", "last")]
    f = Writer(module, "fill", pointers + integers, "i64", **INTERNAL)
    slots = Slots(f, f["args"], slots_of(sampler))
    used, item = f.variable("i64", f["used"]), f.variable("i64", f["first"])
    left = f.variable("i64", i64(0))
    with _while_below(f, item, f["last"]) as first:
        with f.when(f.compare("icmp eq", f.get(used, "i64"), i64(BLOCK))):
            f.call_defined("twist", "void", [f["words"]])
            f.set(used, i64(0))
        start, before = Index(f, f.get(used, "i64")), Index(f, f.get(left, "i64"))
        fresh = Index(f, f.binary("sub", i64(BLOCK), start.value))
        words, draws = f.at(f["words"], start, "i32"), f.at(f["draws"], before, "i32")
        f.call_defined("temper", "void", [words, draws, fresh.value])
        there = before + fresh
        whole = there // (sampler.words * sampler.group) * sampler.group
        count = whole.least(f.integer("last") - first)
        sampler.convert(Sample(f, target, slots, f["draws"], count, first, f["out"]))
        taken = count * sampler.words
        _move(f, f["draws"], taken, there, target.vector_bytes // 4)
        f.set(left, (there - taken).value)
        f.set(used, i64(BLOCK))
        f.set(item, (first + count).value)
    f.ret(f.binary("sub", f.get(used, "i64"), f.get(left, "i64")))


@contextmanager
def _while_below(f: Writer, variable: V, stop: V):
    """Runs as long as the variable is less; yields it."""
    again, body, end = f.label("again"), f.label("body"), f.label("end")
    f.branch(again)
    f.place(again)
    now = f.get(variable, "i64")
    f.branch_if(f.compare("icmp slt", now, stop), body, end)
    f.place(body)
    yield Index(f, now)
    f.branch(again)
    f.place(end)


def _move(f: Writer, draws: V, start: Index, stop: Index, lanes: int) -> None:
    """What is not used goes to the front."""
    type = vector(lanes, "i32")
    with f.count(0, stop - start, lanes) as at:
        f.write(f.read(draws, start + at, type), draws, at)


# ---------------------------------------------------------------- the kernel


class _Stream:
    """A worker's copy of the words, with how many draws of its block are used."""

    def __init__(self, f: Writer, slots: Slots, scratch: V) -> None:
        self.f, self.slots = f, slots
        self.words = scratch
        self.draws = f.at(scratch, 2 * BLOCK + _PAD, "i32")
        self.used = f.variable("i64")
        state = slots["state"]
        with f.count(0, BLOCK, 16) as at:
            f.write(f.read(state, at, vector(16, "i32")), self.words, at)
        used = f.load(f.at(state, USED, "i32"), "i32", 4)
        f.set(self.used, f.convert("zext", used, "i64"))

    def skip(self, draws: Index | int) -> None:
        f = self.f
        f.set(self.used, (Index(f, f.get(self.used, "i64")) + draws).value)
        again, body, end = f.label("again"), f.label("body"), f.label("end")
        f.branch(again)
        f.place(again)
        used = Index(f, f.get(self.used, "i64"))
        f.branch_if(used > BLOCK, body, end)
        f.place(body)
        f.call_defined("twist", "void", [self.words])
        f.set(self.used, (used - BLOCK).value)
        f.branch(again)
        f.place(end)

    def fill(self, out: V, first: Index, last: Index) -> None:
        f = self.f
        used = f.get(self.used, "i64")
        operands = [self.slots.args, self.words, self.draws, out, used, first.value, last.value]
        f.set(self.used, f.call_defined("fill", "i64", operands))

    def save(self) -> None:
        """The state after the last draw."""
        f, type = self.f, vector(16, "i32")
        state, following = self.slots["state"], self.slots["next"]
        with f.count(0, BLOCK, 16) as at:
            f.write(f.read(self.words, at, type), following, at)
        f.write(f.read(state, BLOCK, type), following, BLOCK)
        used = f.convert("trunc", f.get(self.used, "i64"), "i32")
        f.store(used, f.at(following, USED, "i32"), 4)
        flags = f.load(f.at(state, FLAGS, "i32"), "i32", 4)
        flags = f.binary("and", flags, V(str(~FRESH), "i32"))
        f.store(flags, f.at(following, FLAGS, "i32"), 4)


assert ARRAY == BLOCK + 16


def _kernel(module: Module, name: str, sampler: Sampler) -> None:
    f = Writer(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    slots = Slots(f, f["args"], slots_of(sampler))
    worker, workers = f.integer("worker"), f.integer("workers")
    stream = _Stream(f, slots, f.at(slots["scratch"], worker * SCRATCH, "i8"))
    count = slots.integer("count")
    whole = count if sampler.again is None else count // sampler.group * sampler.group
    unit = whole + 1 if sampler.whole else Index(f, _UNIT)
    units = (whole + unit - 1) // unit
    first, last = ((units * part // workers * unit).least(whole) for part in (worker, worker + 1))
    is_last = f.compare("icmp eq", (worker + 1).value, workers.value)
    if sampler.prepare is not None:
        with f.when(is_last):
            sampler.prepare(f, slots)
    out = slots["out"]
    stream.skip(first * sampler.words)
    stream.fill(out, first, last)
    with f.when(is_last):
        if sampler.again is not None:
            _draw_again(f, stream, sampler, count, out)
        stream.save()
    f.ret()


def _draw_again(f: Writer, stream: _Stream, sampler: Sampler, count: Index, out: V) -> None:
    """Where the last group is not whole, the last `group` items are drawn once more."""
    rest = count % sampler.group
    with f.when(rest > 0):
        if sampler.again:
            stream.skip(rest * sampler.words)
        last = f.at(out, count - sampler.group, sampler.element)
        stream.fill(last, Index(f, 0), Index(f, sampler.group))
