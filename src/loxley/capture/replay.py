"""A capture: one generated function that checks, gathers, runs machine code and puts results back.

In: a session that ended well.  Out: a `Capture`, whose `replay(args, kwargs)` gives what the call
would have returned, or `MISS` where it can't stand for this call.
"""

from __future__ import annotations

import math
import warnings
from sys import getrefcount
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..compiler.arena import Results, results
from ..compiler.running import Extern
from ..config import config
from ..determinism import _STATE
from ..dtypes import float64, get_default_dtype
from ..ir.graph import Value, leaf
from ..ops.family import CAST
from ..ops.movement import AS_STRIDED, VIEW
from ..runtime import evaluate, plans
from ..runtime.counters import counters
from ..runtime.interpreter import _LOCK
from ..tensor.modes import modes
from .effects import Alive, Effects
from .graph import Recorded, depends, extract, same_elements
from .history import Living, recording
from .hooks import running
from .numbers import Number
from .reasons import Refused

if TYPE_CHECKING:
    from .session import Session

MISS: Any = type("Miss", (), {"__repr__": lambda self: "MISS"})()
_ERRORS = (AttributeError, KeyError, IndexError, TypeError, ValueError, NameError)
_OWNED = 0x0405  # of an array's flags: its elements in row-major order, its own, writeable
_VIEWS = (VIEW, AS_STRIDED, CAST)  # what may stand between memory and an array looked at
_SMALL = 64  # elements up to which an array that was looked at is compared


class Capture:
    """A call that can be replayed.

    text      the generated function, for reading
    replay    it: (args, kwargs) -> what the call returns, or MISS
    compiled  its machine code, made at the first replay
    """

    def __init__(self, session: Session, result: Any, header: list[str], line: str) -> None:
        self.line = line
        try:
            effects = Effects(session)
            returned = effects.all_of(result)
            self.recorded = extract(session, effects.wanted)
            if not (session.flushes or effects.looked or self._is_small()):
                raise Alive
        except Alive:
            effects = Living(session)
            returned = effects.all_of(result)
            self.recorded = extract(session, effects.wanted)
        self.living = isinstance(effects, Living)
        self.compiled: Any = None
        self.refused = ""  # why there is no machine code
        self._extern = False
        self._plan_of(session, effects)
        writer = _Writer(session, effects, self)
        self.text = writer.text(header, returned)
        names = {**session.guards.names, "run": self.run, "ready": self.ready, **_NAMES}
        exec(compile(self.text, f"<capture of {line}>", "exec"), names)  # noqa: S102
        self.replay = names["replay"]
        self.recorded.place.clear()
        self.recorded.copies.clear()
        self.recorded.alive.clear()
        self.recorded.sources.clear()

    def _is_small(self) -> bool:
        """Whether recording costs more than what is gained by computing with what follows."""
        nodes = self.recorded.nodes
        return sum(n.numel() for n in nodes if n.dtype is not None) < plans._SMALL

    def _plan_of(self, session: Session, effects: Effects) -> None:
        made, place = self.recorded, self.recorded.place
        at = [place[id(value)] for value in effects.wanted]
        if any(i < 0 for i in at):
            raise Refused("a result that was there before")
        plan: Any = plans.Sighting()
        plan.nodes, plan.leaves, plan.wanted = made.nodes, made.leaves, tuple(at)
        written = effects.written - effects.kept_leaves
        plan.donated = tuple(sorted(-1 - place[first] for first in written if first in place))
        plan.key = plans.key_of(plan.nodes, plan.leaves, plan.wanted, plan.donated)
        self.plan = plan

    def ready(self) -> bool:
        """Whether there is machine code; it is made when first asked for."""
        if self.compiled is not None:
            if self.compiled.program is not None or not (plans.LISTENERS or plans.RUNNERS):
                return True
            self.compiled = None  # from disk: what it was made from is looked at now
        if self.refused:
            return False
        try:
            with _LOCK:
                self._compile()
        except Exception as error:
            if config.compile_strict:
                raise
            self.refused = f"{type(error).__name__}: {error}"
            warnings.warn(
                f"loxley could not compile what it captured of {self.line}, which goes on running "
                f"plainly: {self.refused}",
                RuntimeWarning,
                stacklevel=4,
            )
            return False
        return True

    def run(self, leaves: list, values: tuple) -> list:
        """The arrays of what is wanted; `values` are what the leaves are, None for numbers."""
        with _LOCK:
            started = perf_counter()
            compiled = self.compiled
            kept = plans.staying(compiled, values)
            if self._extern:
                with np.errstate(all="ignore"):
                    arrays = compiled.run(leaves, kept)
            else:
                arrays = compiled.run(leaves, kept)
            counters.evaluated += len(self.plan.nodes)
            counters.plans += 1
            counters.kernels += compiled.kernels
            counters.donated += len(compiled.given)
            counters.prepared += compiled.prepared
            counters.kept += compiled.skipped
            counters.replays += 1
            if plans.LISTENERS:
                seconds = perf_counter() - started
                plans._tell(plans.PlanEvent("run", self.plan, compiled, seconds))
            return arrays

    def _compile(self) -> None:
        started, plan = perf_counter(), self.plan
        with np.errstate(all="ignore"):
            self.compiled = plans.machine_code(plan)
        self._extern = any(isinstance(step, Extern) for step in self.compiled.steps)
        counters.compiled += 1
        if plans.LISTENERS:
            seconds = perf_counter() - started
            plans._tell(plans.PlanEvent("compiled", plan, self.compiled, seconds))


class _Writer:
    """Writes the function."""

    def __init__(self, session: Session, effects: Effects, capture: Capture) -> None:
        self.session, self.effects, self.guards = session, effects, session.guards
        self.recorded: Recorded = capture.recorded
        self.plan = capture.plan

    def text(self, header: list[str], returned: str) -> str:
        looks = self._looks()
        checks = [*header, *modes_checked(self.guards), *self.guards.lines]
        checks += self._layouts() + self._values()
        if isinstance(self.effects, Living):
            body = self._recorded_anew(looks)
        else:
            body = self._run(looks)
        body += self.effects.lines
        body.append(f"return {returned}")
        inner = "\n        ".join(checks)
        rest = "\n    ".join(body)
        return (
            "def replay(args, kwargs):\n    try:\n        "
            f"{inner}\n    except ERRORS:\n        return MISS\n    {rest}\n"
        )

    def _recorded_anew(self, looks: list[str]) -> list[str]:
        """The values of the call, pending."""
        body = [*looks]
        for i, (kind, what) in enumerate(self.recorded.sources):
            if kind == "storage":
                body.append(f"l{i} = {what.name}_v")
            elif kind == "state":
                body.append(f"l{i} = {what}._state")
            elif kind == "numbers":
                self.guards.names.update(leaf=leaf, kind64=float64)
                parts = ", ".join(self._number(n) for n in what)
                body.append(f"l{i} = leaf(array(({parts},), float64), kind64)")
            else:
                body.append(f"l{i} = {self.guards.constant(what)}")
        body.append("counters.replays += 1")
        return [*body, *recording(self.recorded, self.effects.wanted, self.guards)]

    def _run(self, looks: list[str]) -> list[str]:
        """The arrays of the results."""
        body = [*self._gather(), *looks, "if not ready(): return MISS", *self.effects.before]
        outs = "".join(f"o{i}, " for i in range(len(self.effects.wanted)))
        leaves = ", ".join(f"d{i}" for i in range(len(self.recorded.leaves)))
        if outs:
            sources = self.recorded.sources
            values = [f"{what.name}_v" if kind == "storage" else None for kind, what in sources]
            body.append(f"{outs}= run([{leaves}], ({''.join(f'{v}, ' for v in values)}))")
        else:
            body.append("counters.replays += 1")
        return body

    # ------------------------------------------------------------------ checks

    def _layouts(self) -> list[str]:
        """What tensors are made of."""
        made, constant = [], self.guards.constant
        for spec in self.guards.tensors.values():
            if not spec.used or not hasattr(spec.storage, "size") or len(spec.before) == 1:
                continue
            t, e = spec.tensor, spec.name
            known = (t._shape, t._strides, t._offset, t.dtype, t._requires_grad)
            parts = f"({e}._shape, {e}._strides, {e}._offset, {e}.dtype, {e}._requires_grad)"
            wrong = [
                f"{parts} != {constant(known)}",
                f"({e}._grad_fn is None) is not {t._grad_fn is None}",
            ]
            wrong += [f"{e}._own_counter is not None", f"{e}._inference or {e}._tangents"]
            if t._base is None:
                wrong.append(f"{e}._base is not None")
            else:
                wrong.append(f"{e}._base is None or {e}._base._tracks()")
            if spec.accumulated:
                wrong.append(f"{e}._post_accumulate_hooks")
                self.guards.names["hooked"] = hooked
                wrong.append(f"{e}._accumulator is not None and hooked({e}._accumulator())")
            made.append(f"if {' or '.join(wrong)}: return MISS")
            storage = self.session.storages[id(spec.storage)].name
            if storage not in self._of(spec):
                made.append(f"if {e}._storage is not {storage}: return MISS")
        return made

    def _of(self, spec: Any) -> set[str]:
        """The storages' names that were read from this very tensor."""
        return {
            line.split(" = ")[0]
            for line in self.guards.lines
            if line.endswith(f" = {spec.name}._storage")
        }

    def _values(self) -> list[str]:
        """What storages hold, and that no two of them are one."""
        made, constant = [], self.guards.constant
        names = [spec.name for spec in self.session.storages.values()]
        for spec in self.session.storages.values():
            s, first = spec.name, spec.first
            known = (first.shape, first.dtype, 0, spec.storage.size, False)
            made.append(f"{s}_v = {s}.value")
            parts = f"({s}_v.shape, {s}_v.dtype, {s}.exported, {s}.size, {s}.meta)"
            made.append(f"if {parts} != {constant(known)}: return MISS")
        if len(names) > 1:
            made.append(f"if len({{{', '.join(names)}}}) != {len(names)}: return MISS")
        return made

    # ------------------------------------------------------------------ leaves

    def _gather(self) -> list[str]:
        made: list[str] = []
        for i, (kind, what) in enumerate(self.recorded.sources):
            if kind == "storage":
                made += self._array(i, what)
            elif kind == "state":
                made.append(f"d{i} = evaluate({what}._state)")
            elif kind == "numbers":
                parts = ", ".join(self._number(n) for n in what)
                made.append(f"d{i} = array(({parts},), float64)")
            else:
                made.append(f"d{i} = {self.guards.constant(what.data)}")
        return made

    def _number(self, number: Any) -> str:
        return number.name if isinstance(number, Number) else self.guards.constant(number)

    def _array(self, i: int, spec: Any) -> list[str]:
        d, v = f"d{i}", f"{spec.name}_v"
        made = [f"{d} = {v}.data", f"if {d} is None: {d} = evaluate({v})"]
        if type(spec.first.data) is not np.ndarray:
            return made
        if i in self.plan.donated:
            shared = "3"
            if spec.first.data.nbytes >= Results.LEAST:
                shared = f"3 + ({d} in results)"
            made.append(
                f"if refs({v}) != 3 or refs({d}) != {shared} or ({d}.flags.num & {_OWNED}) != "
                f"{_OWNED}: {d} = array({d}, order='C', copy=True)"
            )
        else:
            shape = self.guards.constant(spec.first.shape)
            made.append(
                f"if not {d}.flags.num & 1: {d} = {v}.data = contiguous({d}).reshape({shape})"
            )
        return made

    # ------------------------------------------------------------------ looks

    def _looks(self) -> list[str]:
        """What the library looked at has to look the same as far as it mattered.

        A value that has been checked is marked: it never changes.
        """
        found: dict[str, list[str]] = {}
        for look in self.session.looks.values():
            if not depends(self.session, look.value):
                continue
            spec, follow = self._origin(look.value)
            check = _bounds(look.bounds) if look.bounds is not None else _equal(look.array)
            name = self.guards.constant(Look(follow, check))
            found.setdefault(f"{spec.name}_v", []).append(name)
        made: list[str] = []
        for v, names in found.items():
            token = self.guards.constant(Token())
            right = " and ".join(f"{name}({v})" for name in names)
            made.append(f"if {v}.extra is not {token}:")
            made += [f"    if not ({right}): return MISS", f"    {v}.extra = {token}"]
        return made

    def _origin(self, value: Value) -> tuple[Any, list]:
        """The storage that a value is made of, and the operators between them."""
        follow: list[tuple] = []
        while True:
            spec = self.session.firsts.get(id(value))
            if spec is not None:
                return spec, follow[::-1]
            kept = self.session.kept.get(id(value))
            inputs = value.inputs if kept is None else kept[1]
            if len(inputs) != 1 or value.op not in _VIEWS:
                raise Refused("something computed inside is looked at")
            follow.append((value.op, value.attrs))
            value = inputs[0]  # type: ignore[assignment]


class Token:
    """Marks values that have been looked at."""


class Look:
    """A check of an array's elements, by way of a few operators."""

    def __init__(self, follow: list, check: Any) -> None:
        self.follow, self.check = follow, check

    def __call__(self, value: Value) -> bool:
        array = evaluate(value)
        for op, attrs in self.follow:
            array = op.run([array], attrs)
        return self.check(array)


def _bounds(size: int) -> Any:
    def check(array: np.ndarray) -> bool:
        return not array.size or (int(array.min()) >= 0 and int(array.max()) < size)

    return check


def _equal(known: np.ndarray) -> Any:
    if known.size > _SMALL:
        raise Refused("the elements of a tensor are looked at")
    kept = np.array(known, copy=True)
    return lambda array: same_elements(array, kept)


def hooked(node: Any) -> bool:
    """Whether a leaf's node has hooks."""
    return node is not None and bool(node.hooks or node.prehooks or node.tensor_hooks)


def modes_checked(guards: Any) -> list[str]:
    """The modes that recording depends on are as they were."""
    constant = guards.constant
    guards.names.update(modes=modes, config=config, deterministic=_STATE, RUNNERS=plans.RUNNERS)
    guards.names["running"] = running
    guards.names["get_default_dtype"] = get_default_dtype
    wrong = [
        f"m['grad'] is not {modes.grad}",
        f"m['inference'] is not {modes.inference}",
        "m['anomaly'] or m['saved_hooks'] or m['saved_hooks_disabled'] or RUNNERS",
        "m['transforms'] or m['vmaps'] or m['forward_levels'] or not m['forward_enabled']",
        f"config.num_threads != {config.num_threads}",
        "running.stance != 'default'",
        "config.compile == '0' or config.check or config.eager",
        f"get_default_dtype() is not {constant(get_default_dtype())}",
        f"deterministic['deterministic'] is not {_STATE['deterministic']}",
    ]
    if modes.autocast is None:
        wrong.append("m['autocast'] is not None")
    else:
        lower = constant(modes.autocast.lower)  # type: ignore[attr-defined]
        wrong.append(f"m['autocast'] is None or m['autocast'].lower is not {lower}")
    return ["m = modes.__dict__", f"if {' or '.join(wrong)}: return MISS"]


_NAMES = {
    "MISS": MISS,
    "ERRORS": _ERRORS,
    "evaluate": evaluate,
    "refs": getrefcount,
    "results": results,
    "array": np.array,
    "float64": np.float64,
    "contiguous": np.ascontiguousarray,
    "copysign": math.copysign,
    "counters": counters,
}
