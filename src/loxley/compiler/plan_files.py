"""Plans on disk, so that a second process plans nothing: no primitives, groups, loops or layout.

In: a `Compiled` and its name (`plan_keys`).  Out: the same `Compiled`, put together from numbers:
each kernel's object by its digest, slots, steps, places.  A file is JSON in the cache of objects
(`llvm/cache`): nothing in it is executed, and one that is cut short, damaged, another's, or names
a kernel that is not there counts as none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..dtypes import BY_NAME, BY_NUMPY
from ..ir.graph import Value
from .kept import Keeper
from .llvm import cache, jit
from .llvm.target import host
from .running import Call, Compiled, Extern, Native, Place, Pointer, Result, Scalar, Source

_SUFFIX = ".plan"


class _Unwritable(Exception):
    """A part of a plan has no written form."""


def load(name: bytes, values: Sequence[Value]) -> Compiled | None:
    """The plan that was stored under `name` for these recorded values; None if there is none."""
    content = cache.load(name, _SUFFIX)
    if content is None:
        return None
    try:
        return _Reader(json.loads(content), values).plan()
    except (LookupError, TypeError, ValueError):  # of another format, or without its kernels
        return None


def store(name: bytes, plan: Compiled) -> None:
    """Keeps a plan, unless something in it can't be written down."""
    try:
        content = _written(plan)
    except _Unwritable:
        return
    cache.store(name, content.encode(), _SUFFIX)


# ---------------------------------------------------------------- writing


def _written(plan: Compiled) -> str:
    """The whole plan as JSON: named tuples are lists there, whatever they hold."""
    codes: dict[int, int] = {}
    objects: list[tuple[str, str]] = []

    def code(address: int) -> int:
        """The number of a kernel's object."""
        number = codes.get(address)
        if number is None:
            found = jit.origin(address)
            if found is None:
                raise _Unwritable("a kernel that somebody edited")
            number = codes[address] = len(objects)
            objects.append((found[0], found[1].hex()))
        return number

    keepers = {keeper: [i] for i, keeper in enumerate(plan.keepers)}

    def other(value: Any) -> Any:
        """What stands for a slot's value that JSON doesn't know."""
        return keepers[value] if type(value) is Keeper else _number(value)

    steps = [
        _extern(s)
        if isinstance(s, Extern)
        else [(c.name, code(c.function), c.workers, c.slots) for c in s.calls]
        for s in plan.steps
    ]
    parts = {
        "steps": steps,
        "keepers": [_keeper(k, code) for k in plan.keepers],
        "codes": objects,
        "outputs": plan.outputs,
        "made": [(number, shape, BY_NUMPY[kind].name) for number, shape, kind in plan.made],
        "given": plan.given,
        "size": plan.size,
        "arena": plan.arena_bytes,
        "reasons": plan.reasons,
    }
    return json.dumps(parts, separators=(",", ":"), default=other)


def _number(value: Any) -> int | float:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (int, float)):
        return value
    raise _Unwritable(type(value).__name__)


def _keeper(keeper: Keeper, code: Callable[[int], int]) -> list:
    """Its kernel is made now if it wasn't: a process that loads the plan couldn't make it."""
    slots = list(keeper.slots.items())
    head = [keeper.leaf, keeper.key, keeper.size, code(keeper.function())]
    return [*head, slots, keeper.names, keeper.workers]


def _extern(extern: Extern) -> dict[str, Any]:
    sources = []
    for source in extern.sources:
        value = None if source.value is None else _number(source.value)
        sources.append(source._replace(value=value))
    results = []
    for result in extern.results:
        kind = None if result is None or result.dtype is None else BY_NUMPY.get(result.dtype)
        if result is not None and result.dtype is not None and kind is None:
            raise _Unwritable(f"{result.dtype}")
        name = None if kind is None else kind.name
        results.append(None if result is None else (result.array, result.shape, name))
    where = [bool(there) for there in extern.where]
    return {"value": extern.value, "where": where, "sources": sources, "results": results}


# ---------------------------------------------------------------- reading


class _Reader:
    """Puts a plan together from what `_written` made of it."""

    def __init__(self, content: dict[str, Any], values: Sequence[Value]) -> None:
        self.content, self.values = content, values
        target = host()
        codes = content["codes"]
        self.codes = [jit.address_by_digest(n, bytes.fromhex(d), target) for n, d in codes]
        self.keepers = [self._keeper(*parts) for parts in content["keepers"]]

    def plan(self) -> Compiled:
        content, made = self.content, Compiled()
        made.keepers = self.keepers
        for step in content["steps"]:
            if isinstance(step, dict):
                made.steps.append(self._extern(**step))
            else:
                made.steps.append(Native([self._call(*call) for call in step]))
                made.kernels += len(step)
        made.outputs = [(number, tuple(shape)) for number, shape in content["outputs"]]
        made.made = [(i, tuple(shape), _numpy(kind)) for i, shape, kind in content["made"]]
        made.given = [(number, leaf) for number, leaf in content["given"]]
        made.size, made.arena_bytes = content["size"], content["arena"]
        made.reasons = [(operator, reason) for operator, reason in content["reasons"]]
        return made

    def _call(self, name: str, code: int, workers: int, slots: list) -> Call:
        return Call(name, self.codes[code], [self._slot(value) for value in slots], workers)

    def _slot(self, value: Any) -> Any:
        if type(value) is not list:
            return value
        if len(value) == 1:
            return self.keepers[value[0]]
        first, second = value
        return Pointer(Place(*first), second) if type(first) is list else Scalar(first, second)

    def _keeper(
        self, leaf: int, key: str, size: int, code: int, slots: list, names: list, workers: int
    ) -> Keeper:
        address = self.codes[code]
        source, target = names
        return Keeper(leaf, key, size, lambda: address, dict(slots), (source, target), workers)

    def _extern(self, value: int, where: list, sources: list, results: list) -> Extern:
        call = self.values[value]
        return Extern(
            value,
            (call.op, call.attrs, tuple(where)),
            [_source(*parts) for parts in sources],
            [None if r is None else _result(*r) for r in results],
        )


def _source(what: str, kind: Any, shape: list, array: int, value: Any, *rest: Any) -> Source:
    strides, offset = rest
    return Source(what, kind, tuple(shape), array, value, tuple(strides), offset)


def _result(array: int, shape: list, kind: str | None) -> Result:
    return Result(array, tuple(shape), None if kind is None else _numpy(kind))


def _numpy(name: str) -> np.dtype:
    return np.dtype(BY_NAME[name].numpy)
