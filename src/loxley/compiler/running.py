"""Plans that run: stretches of kernels, operators of NumPy between them, and both together.

In: kernels with their slots, put together by `assemble`.  Out: a `Compiled`, which is called with
the leaves' arrays and gives the wanted arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from operator import attrgetter, itemgetter
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..config import config
from ..errors import InternalError
from ..narrow_types import NARROW, narrowed, read_through
from .arena import Lifetime, arena, results
from .kept import Keeper
from .kinds import FLOATING, NUMPY
from .llvm.driver import Input, Plan, Step
from .llvm.slots import Slots, data_address, references, signed

if TYPE_CHECKING:  # a plan from disk runs without all that makes plans
    from .fuse import Fused
    from .nodes import Node
    from .program import Program


class Place(NamedTuple):
    """Where a node's memory is: `array` number, or the arena (array -1) at a byte offset."""

    array: int
    offset: int


class Call(NamedTuple):
    """A kernel of the plan: its address, slot values, most workers, and what it is for.

    A slot's value is a number, a `Pointer`, a `Scalar`, or a `Keeper`.
    """

    name: str
    function: int
    slots: list[Any]
    workers: int
    step: Any = None  # of a plan from disk nobody knows any more


class Pointer(NamedTuple):
    """An address: a place and bytes after it."""

    place: Place
    bytes: int


class Scalar(NamedTuple):
    """A number that may change from run to run: the array that has it, and its kind.

    Of a complex number, the kind says which part: "real" or "imag".
    """

    array: int
    kind: str


class Native:
    """A stretch of kernels that one native call runs."""

    def __init__(self, calls: Sequence[Call]) -> None:
        slots, steps = Slots(), []
        arrays: dict[int, list[int]] = {}
        shifted: dict[int, list[tuple[int, int]]] = {}  # by array: slot, bytes after its start
        numbers: dict[Scalar, list[int]] = {}
        self.fixed: list[tuple[int, int]] = []  # slot, offset in the arena
        self.kept: dict[Keeper, int] = {}  # the slot of each form's address
        for call in calls:
            first = slots.take([0] * len(call.slots))
            steps.append(Step(call.function, first, call.workers))
            for i, value in enumerate(call.slots, first):
                if type(value) is Pointer:
                    (array, offset), more = value
                    if array < 0:
                        self.fixed.append((i, offset + more))
                    elif offset + more:
                        shifted.setdefault(array, []).append((i, offset + more))
                    else:
                        arrays.setdefault(array, []).append(i)
                elif type(value) is Keeper:
                    self.kept[value] = i
                elif type(value) is Scalar:
                    numbers.setdefault(value, []).append(i)
                else:
                    slots[i] = value
        inputs = [Input("ptr", tuple(where)) for where in arrays.values()]
        for number, where in numbers.items():
            kind = "i64" if _plain(number.kind) is int else "f64"
            inputs.append(Input(kind, tuple(where)))
        self._pick = _picker(tuple(arrays))
        self.shifted = tuple(shifted.items())
        self.numbers = tuple((n.array, _plain(n.kind)) for n in numbers)
        self.plan = Plan(slots, steps, inputs)
        self.calls = tuple(calls)
        self.generation = -1

    def run(self, arrays: list) -> None:
        self.fill(arrays)
        self.plan.run(config.num_threads)

    def fill(self, arrays: list) -> None:
        """Hands over the arrays and numbers of the next run."""
        if self.generation != arena.generation:
            self._settle()
        chosen = self._pick(arrays)
        for number, places in self.shifted:
            start, ints = data_address(arrays[number]), self.plan.table.ints
            for slot, offset in places:
                ints[slot] = start + offset
        if self.numbers:
            scalars = [plain(arrays[i]) for i, plain in self.numbers]
            self.plan.pack(*references(chosen), *scalars)
        else:
            self.plan.pack(*references(chosen))

    def _settle(self) -> None:
        """Writes the arena's addresses into the slots, which stay until it moves."""
        base, ints = arena.address, self.plan.table.ints
        for slot, offset in self.fixed:
            ints[slot] = base + offset
        self.generation = arena.generation


def _picker(places: tuple[int, ...]) -> Callable[[list], Sequence]:
    """What picks the items at these places of a list."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda items: [items[i] for i in places]


def _plain(kind: str) -> Callable[[Any], int | float]:
    """What makes a slot's number of a scalar of a kind."""
    if kind in ("real", "imag"):
        return attrgetter(kind)
    return float if kind in FLOATING else int


class Source(NamedTuple):
    """Where an extern finds an input.

    what    "number": `value` everywhere; "scalar": a 0-d array everywhere; "array": an array as it
            is; "view": a layout of memory, the arena's where `array` is -1
    strides, offset  in bytes
    """

    what: str
    kind: Any = None
    shape: tuple[int, ...] = ()
    array: int = -1
    value: Any = None
    strides: tuple[int, ...] = ()
    offset: int = 0

    def find(self, arrays: list) -> Any:
        if self.what == "array":  # perhaps one of another shape that was written over
            return _shaped(arrays[self.array], self.shape)
        if self.what == "scalar":
            return np.broadcast_to(arrays[self.array], self.shape)
        if self.what == "number":
            return np.broadcast_to(NUMPY[self.kind].type(self.value), self.shape)
        memory = arena.memory if self.array < 0 else arrays[self.array]
        flat = _window(memory, self.offset, NUMPY[self.kind])
        return read_through(flat, self.shape, self.strides)


class Result(NamedTuple):
    """Where an extern's result goes, and what it has to be."""

    array: int
    shape: tuple[int, ...]
    dtype: np.dtype | None

    def store(self, arrays: list, result: Any) -> None:
        if isinstance(result, (np.ndarray, np.generic)):
            if result.shape != self.shape:
                raise InternalError(f"extern: expected {self.shape}, but got {result.shape}")
            kind = self.dtype or result.dtype
            if kind != result.dtype and kind in NARROW:
                result = narrowed(np.asarray(result), kind)
            result = np.array(result, kind, order="C", copy=_borrowed(result))
        arrays[self.array] = result


def _borrowed(result: Any) -> bool | None:
    """Whether an array may lie in memory that isn't its own, so that it has to be copied."""
    return True if isinstance(result, np.ndarray) and result.base is not None else None


def _window(memory: np.ndarray, start: int, dtype: np.dtype) -> np.ndarray:
    """An array's memory from a byte on."""
    flat = memory.reshape(-1)
    if flat.dtype == dtype and not start % dtype.itemsize:
        return flat[start // dtype.itemsize :]
    flat = flat.view(np.uint8)[start:]
    return flat[: len(flat) // dtype.itemsize * dtype.itemsize].view(dtype)


class Extern:
    """An operator that NumPy carries out between two native stretches.

    value    position in the plan of the recorded value that it computes
    where    which of the operator's inputs are there; `sources` are those
    results  where each result goes, None for those that nobody reads
    node     what it was made from; None in a plan from disk
    """

    def __init__(
        self,
        value: int,
        call: tuple[Any, tuple, Sequence[bool]],
        sources: list[Source],
        results: list[Result | None],
        node: Any = None,
    ) -> None:
        self.value, self.node = value, node
        self.op, self.attrs, self.where = call
        self.sources, self.results = sources, results

    def run(self, arrays: list) -> None:
        read = iter([source.find(arrays) for source in self.sources])
        inputs = [next(read) if there else None for there in self.where]
        with np.errstate(all="ignore"):
            found = self.op.run(inputs, self.attrs)
        found = found if type(found) is tuple else (found,)
        for place, result in zip(self.results, found, strict=True):
            if place is not None:
                lent = any(result is x for x in inputs)  # which may be written over later
                place.store(arrays, result.copy() if lent else result)


class Compiled:
    """A plan in machine code: `run(arrays)` computes `arrays[outputs[i]]`.

    outputs   (number, shape) of the wanted arrays, in order
    made      (number, shape, NumPy dtype) of the arrays to allocate before a run
    given     (number, leaf number) of outputs that are written over a leaf's array
    keepers   what is kept of leaves from run to run; `prepared` forms were made and `skipped`
              preparations left out by the last run
    failed    position of the recorded value whose operator raised in the last run, if one did
    program, fused, lifetimes  what it was made from, for looking at; not there in a plan from disk
    """

    def __init__(self) -> None:
        self.steps: list[Native | Extern] = []
        self.outputs: list[tuple[int, tuple[int, ...]]] = []
        self.made: list[tuple[int, tuple[int, ...], np.dtype]] = []
        self.given: list[tuple[int, int]] = []
        self.keepers: list[Keeper] = []
        self.prepared = self.skipped = 0
        self.failed: int | None = None
        self.size = 0  # arrays, leaves included
        self.arena_bytes = 0
        self.kernels = 0
        self.reasons: list[tuple[str, str]] = []
        self.fused: Fused | None = None
        self.program: Program | None = None
        self.shelf = results.shelf(self)
        self.lifetimes: list[tuple[Node, Place, Lifetime]] = []

    def run(self, leaves: list, values: Sequence[Any] | None = None) -> list:
        """The wanted arrays.

        values  for each keeper the value that its leaf is, None for one that may change; nothing
                is kept without them
        """
        arrays = self._arrays(leaves)
        if self.keepers:
            self._keep(leaves, values or (None,) * len(self.keepers))
        step: Native | Extern | None = None
        try:
            for step in self.steps:
                step.run(arrays)
        except Exception:
            self.failed = step.value if isinstance(step, Extern) else None
            raise
        found = [arrays[number] for number, _ in self.outputs]
        for i, shape in self._reshaped:
            found[i] = _shaped(found[i], shape)
        return found

    def run_timed(self, leaves: list) -> tuple[list, list[float]]:
        """As `run`, kernel by kernel; and how many seconds each kernel and extern took.

        Nothing is kept: what kernels prepare is part of their time.
        """
        arrays, seconds = self._arrays(leaves), []
        self.prepared = self.skipped = 0
        for step in self.steps:
            parts: list[Native | Extern] = [step]
            if isinstance(step, Native):
                parts = [Native([call]) for call in step.calls]
            for part in parts:
                if isinstance(part, Native):
                    part.fill(arrays)
                started = perf_counter()
                part.plan() if isinstance(part, Native) else part.run(arrays)
                seconds.append(perf_counter() - started)
        return [_shaped(arrays[i], shape) for i, shape in self.outputs], seconds

    def _keep(self, leaves: list, values: Sequence[Any]) -> None:
        """Tells the kernels where prepared forms of their arguments are."""
        self.prepared = self.skipped = 0
        found: dict[Keeper, int] = {}
        for keeper, value in zip(self.keepers, values, strict=True):
            address, made = keeper.look(value, leaves[keeper.leaf])
            found[keeper] = address
            if made:
                self.prepared += 1
            elif address:
                self.skipped += 1
        for step in self.steps:
            if isinstance(step, Native):
                for keeper, slot in step.kept.items():
                    step.plan.table.ints[slot] = signed(found[keeper])

    def _arrays(self, leaves: list) -> list:
        """Everything that the steps read and write."""
        if self.arena_bytes:
            arena.reserve(self.arena_bytes)
        arrays = leaves + [None] * (self.size - len(leaves))
        fresh, remembered = self._allocated
        for number, shape, dtype in fresh:
            arrays[number] = np.empty(shape, dtype)
        for number, shape, dtype in remembered:
            arrays[number] = results.take(self.shelf, shape, dtype)
        for number, leaf in self.given:
            arrays[number] = arrays[leaf]
        return arrays

    @cached_property
    def _allocated(self) -> tuple[list[tuple], list[tuple]]:
        """Of `made` what is new in each run, and what a plan remembers."""
        parts: tuple[list[tuple], list[tuple]] = [], []
        for one in self.made:
            parts[results.remembers(*one[1:])].append(one)
        return parts

    @cached_property
    def _reshaped(self) -> list[tuple[int, tuple[int, ...]]]:
        """Places and shapes of the outputs that may come in another one: all that aren't made here
        in the shape that is wanted."""
        made = {number: shape for number, shape, _ in self.made}
        for step in self.steps:
            for result in step.results if isinstance(step, Extern) else ():
                if result is not None:
                    made.pop(result.array, None)
        return [(i, shape) for i, (n, shape) in enumerate(self.outputs) if made.get(n) != shape]


def _shaped(array: Any, shape: tuple[int, ...]) -> Any:
    return array if getattr(array, "shape", shape) == shape else array.reshape(shape)
