"""Plans: what is pending at a flush, interpreted at first and compiled when it is seen again.

In: pending values in an order in which they can run.  Out: their arrays.  A plan's key says what
is computed (operators, attributes, wiring, dtypes), on what (shapes of the leaves) and what of it
somebody wants; numbers that are constants of the program are arguments, so that a decaying
learning rate is the same plan.  When to compile depends on counts alone.
"""

from __future__ import annotations

import itertools
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from math import copysign, prod
from sys import getrefcount
from time import perf_counter
from typing import Any
from weakref import WeakSet, ref

import numpy as np

from .. import compiler
from ..compiler.arena import results
from ..config import config
from ..dtypes import dtype
from ..errors import InternalError
from ..ir.graph import CONSTANT, ITEM, Op, Value
from . import check, varying
from .counters import counters
from .lent import stays
from .varying import Part

_KEPT, _KEPT_CODE = 2048, 1024  # plans that are remembered, and those whose machine code is
# How often a plan is seen before it is compiled, by the elements of its results: interpreting a
# large one takes longer than compiling it, and needs more memory.
_SMALL, _LARGE = 1 << 15, 1 << 26
_SIGHTS, _SIGHTS_OF_SMALL = 2, 4
# Elements of results per operator from which a plan is compiled at first sight if one that differs
# in sizes alone has been: its kernels are there, and putting them together takes less than NumPy.
_WORTH = 1 << 16
# Nor is a plan that runs in parts, those that recur in machine code, made whole before this.
_SIGHTS_OF_PARTED = 32
# What stands in keys and is neither a zero with a sign nor a NaN.
_ATOMS = frozenset((Op, dtype, int, bool, str, type(None)))
_DRAW = 16  # elements of another operator that take NumPy as long as one that is drawn
# References to a value that are not the program's: the list of nodes, the loop's name, the call's
# argument, for a leaf its number's key; and to a leaf's array: the value, the name, its flags, the
# argument.
_OWN_NODE, _OWN_LEAF, _OWN_ARRAY = 3, 4, 4


class Entry:
    """What is known of a plan: how often it was seen, and its machine code once it has some.

    `zeros` are the places of the key at which an attribute is 0.0 or -0.0; `met` says whether it
    was met again since it was last asked what to forget; `cut` how it is parted.
    """

    __slots__ = ("sights", "compiled", "refused", "zeros", "family", "met", "cut", "__weakref__")

    def __init__(self, zeros: tuple[int, ...] = (), family: int = 0) -> None:
        self.sights = 0
        self.compiled: Any = None
        self.refused = self.met = False
        self.zeros, self.family = zeros, family
        self.cut: varying.Cut | None = None


class PlanEvent:
    """What happened to a plan: `kind` is "compiled" or "run".

    sighting  its nodes, leaves, what was wanted
    compiled  its machine code: steps, kernels, what was fused
    seconds   how long that took
    near      for "compiled", the key of the plan known before that is most alike, or None
    """

    __slots__ = ("kind", "sighting", "compiled", "seconds", "near")

    def __init__(self, kind, sighting, compiled, seconds, near=None) -> None:
        self.kind, self.sighting, self.compiled = kind, sighting, compiled
        self.seconds, self.near = seconds, near


LISTENERS: list[Any] = []  # interpreter.Listener
RUNNERS: list[Any] = []  # what runs a `Compiled` on arrays in its stead: `explain`, which times it
PLANS: OrderedDict[tuple, Entry] = OrderedDict()
CODE: OrderedDict[int, ref[Entry]] = OrderedDict()  # what has machine code, by its id
# Values whose operator has raised: whoever looks at one hears of it again, a flush leaves them out.
# One may live on (a traceback holds it) while the program does something else.
FAILED: WeakSet[Value] = WeakSet()
APART: set[Op] = set()  # updates that were left to NumPy
FAMILIES: OrderedDict[int, None] = OrderedDict()  # those of which a plan was compiled
_TURNS = itertools.count()  # every other new plan begins compiled where they switch


class Sighting:
    """One plan as it is met: nodes, leaves and their arrays, what is wanted, and its key."""

    __slots__ = ("nodes", "leaves", "arrays", "wanted", "donated", "key")

    @property
    def size(self) -> int:
        """Elements of all results, by how long NumPy takes for them."""
        return sum([prod(n.shape) * (_DRAW if _is_drawn(n) else 1) for n in self.nodes])


def _is_drawn(node: Value) -> bool:
    return node.op is ITEM and node.inputs[0].op.name.startswith("random_")


def sight(nodes: list[Value]) -> Sighting:
    """The key of pending values and what belongs to it.

    A node is wanted if anything but other nodes of the plan holds it.
    """
    codes: dict[Value, int] = {}  # of leaves
    find = codes.get
    own = [_OWN_NODE] * len(nodes)  # references that are ours: more of them mean somebody else's
    leaves: list[Value] = []
    leaf_own: list[int] = []
    key: list[Any] = [config.num_threads]
    add = key.append
    position = 0
    for node in nodes:
        key += (node.op, node.attrs, node.dtype)
        for value in node.inputs:
            if value is None:
                add(None)
            elif value.data is None:
                code = value.place
                if nodes[code] is not value:
                    raise InternalError(f"{value} is read before it is listed")
                own[code] += 1
                add(code)
            else:
                code = find(value)
                if code is None:
                    codes[value] = code = -1 - len(leaves)
                    leaves.append(value)
                    leaf_own.append(_OWN_LEAF)
                leaf_own[~code] += 1
                add(code)
        node.place = position
        position += 1
    wanted = []
    value = None
    for position, count in enumerate(own):
        node = nodes[position]
        if getrefcount(node) > count and node.dtype is not None:
            wanted.append(position)
    donated, arrays = [], []
    for position, count in enumerate(leaf_own):
        leaf = leaves[position]
        array = leaf.data
        key += (leaf.shape, leaf.dtype, leaf.op is CONSTANT)
        if type(array) is np.ndarray:
            flags = array.flags
            if not flags.c_contiguous:
                array = leaf.data = np.ascontiguousarray(array).reshape(leaf.shape)
            elif (
                getrefcount(leaf) == count
                and getrefcount(array) == _OWN_ARRAY + (array in results)
                and flags.owndata
                and flags.writeable
            ):
                donated.append(position)
        arrays.append(array)
    made = Sighting()
    made.nodes, made.leaves, made.arrays = nodes, leaves, arrays
    made.wanted, made.donated = tuple(wanted), tuple(donated)
    key += (made.wanted, made.donated)
    made.key = tuple(key)
    return made


def key_of(
    nodes: Sequence[Value], leaves: Sequence[Value], wanted: tuple[int, ...], donated: tuple
) -> tuple:
    """The key of a plan whose leaves are known, as `sight` makes it."""
    place = {id(node): i for i, node in enumerate(nodes)}
    place |= {id(leaf): -1 - i for i, leaf in enumerate(leaves)}
    key: list[Any] = [config.num_threads]
    for node in nodes:
        key += (node.op, node.attrs, node.dtype)
        key += [None if value is None else place[id(value)] for value in node.inputs]
    for leaf in leaves:
        key += (leaf.shape, leaf.dtype, leaf.op is CONSTANT)
    return (*key, wanted, donated)


def run_compiled(nodes: list[Value], whole: bool = False) -> bool | list[Part]:
    """Runs a plan in machine code if it has some, or deserves it now; False: interpret it.

    Unless it has to stay whole it may come back in parts, to be run one after the other.
    """
    late = _set_apart(nodes) if APART and config.compile != "0" else []
    if not late:
        known = len(APART)  # an update that is met first is set apart at once, as it is later
        done = _run_plan(nodes, whole)
        return done or (len(APART) > known and run_compiled(nodes, whole))
    try:
        done = not nodes or _run_plan(nodes, whole)
    except BaseException:
        nodes += late
        raise
    if type(done) is list:
        return [*done, Part(late)]
    nodes[:] = late if done else nodes + late
    return False


def _set_apart(nodes: list[Value]) -> list[Value]:
    """Takes updates that NumPy carries out from a plan, unless somebody reads their results: the
    interpreter does them in place, once the plan has run."""
    late = [n for n in nodes if n.op in APART or n.op is ITEM and n.inputs[0].op in APART]
    if not late:
        return []
    known = set(map(id, late))
    rest = [n for n in nodes if id(n) not in known]
    if any(id(i) in known for n in rest for i in n.inputs):
        return []
    nodes[:] = rest
    return late


def _run_plan(nodes: list[Value], whole: bool) -> bool | list[Part]:
    mode = config.compile
    if mode == "0":
        return False
    times = nodes.times if type(nodes) is Part else 1  # that it will be met now
    if not times and not RUNNERS:
        counters.interpreted += 1
        return False
    plan = sight(nodes)
    entry = _entry(plan)
    entry.sights += 1
    if mode == "switch" and entry.sights % 2:
        return False
    if entry.compiled is None:
        if not whole and mode == "auto" and entry.sights < _SIGHTS_OF_PARTED:
            parts = _parted(entry, plan)
            if parts:
                return parts
        if entry.refused or not _deserves(entry.sights + times - 1, plan, mode):
            counters.interpreted += 1
            return False
    if (LISTENERS or RUNNERS) and entry.compiled is not None and entry.compiled.program is None:
        entry.compiled = None  # from disk: what it was made from is looked at now
    if entry.compiled is None:
        if not _compile(entry, plan):
            return False
    elif len(CODE) > _KEPT_CODE >> 1 and id(entry) in CODE:
        CODE.move_to_end(id(entry))
    _run(plan, entry.compiled)
    return True


def _parted(entry: Entry, plan: Sighting) -> list[Part]:
    """The parts of a plan whose family has other sizes at each sight."""
    if entry.sights == 1:
        varying.meet(entry.family, plan.nodes)
        return varying.parted(entry.family, plan.nodes, None)
    varying.meet_again(entry.family)
    entry.cut = entry.cut or varying.Cut()
    return varying.parted(entry.family, plan.nodes, entry.cut)


def _entry(plan: Sighting) -> Entry:
    """What is known of a plan.  Keys that are equal may differ in the sign of a zero attribute, and
    keys that differ may do so in nothing but which NaN it is: then `exact` says what is meant."""
    entry = PLANS.get(plan.key)
    if entry is None or (entry.zeros and not _positive([plan.key[i] for i in entry.zeros])):
        key, zeros = exact(plan.key)
        if entry is not None or key is not plan.key:
            plan.key, entry = key, PLANS.get(key)
        if entry is None:
            entry = PLANS[key] = Entry(zeros, _family(key))
            if config.compile == "switch":
                entry.sights = next(_TURNS) % 2
            elif entry.family in FAMILIES and plan.size >= len(plan.nodes) * _WORTH:
                entry.sights = _SIGHTS_OF_SMALL
            if len(PLANS) > _KEPT:
                _forget_one()
            return entry
    entry.met = True
    return entry


def _forget_one() -> None:
    """Forgets the oldest plan that was not met again since this was last asked.

    A hit leaves the order as it is: to change it would hash the key once more.
    """
    for _ in range(len(PLANS)):
        key, entry = PLANS.popitem(last=False)
        if not entry.met:
            return
        entry.met = False
        PLANS[key] = entry
    PLANS.popitem(last=False)


def _positive(parts: Sequence[Any]) -> bool:
    """Whether no zero among attributes has a sign."""
    for x in parts:
        kind = type(x)
        if kind is tuple:
            if not _positive(x):
                return False
        elif kind is float:
            if x == 0 and copysign(1, x) < 0:
                return False
        elif isinstance(x, (float, complex)) and x == 0 and "-" in repr(x):
            return False
    return True


def exact(key: tuple) -> tuple[tuple, tuple[int, ...]]:
    """A key in which zeros have their sign and all NaNs are one; where it had a float zero.

    Most parts are tuples of integers at most, and told from others in bulk.
    """
    plain = _ATOMS.issuperset
    odd = [
        place
        for place, x in enumerate(key)
        if type(x) not in _ATOMS and not (type(x) is tuple and (plain(map(type, x)) or _known(x)))
    ]
    made, zeros = list(key), []
    for place in odd:
        x = key[place]
        if type(x) is tuple:
            made[place], inside = exact(x)
            if inside:
                zeros.append(place)
        elif isinstance(x, (float, complex)) and (x == 0 or x != x):
            if x == 0:
                zeros.append(place)
            made[place] = x if x == 0 and "-" not in repr(x) else repr(x)
    changed = any(made[place] is not key[place] for place in odd)
    return (tuple(made) if changed else key), tuple(zeros)


def _known(attrs: tuple) -> bool:
    """Whether all is numbers that are neither zero nor NaN, or no numbers."""
    return all([type(x) in _ATOMS or (type(x) is float and x and x == x) for x in attrs])


def _family(key: tuple) -> int:
    """What plans have in common that differ in sizes alone."""
    return hash(tuple(x for x in key if type(x) is not tuple))


def _deserves(sights: int, plan: Sighting, mode: str) -> bool:
    if mode in ("1", "switch"):
        return True
    size = plan.size
    if size >= _LARGE:
        return True
    return sights >= (_SIGHTS if size >= _SMALL else _SIGHTS_OF_SMALL)


def _compile(entry: Entry, plan: Sighting) -> bool:
    started = perf_counter()
    try:
        with np.errstate(all="ignore"):
            entry.compiled = machine_code(plan)
    except Exception as error:
        if config.compile_strict:
            raise
        entry.refused = True
        names = " ".join(dict.fromkeys(n.op.name for n in plan.nodes))
        warnings.warn(
            f"loxley could not compile a plan of {len(plan.nodes)} operators ({names[:200]}) and "
            f"goes on interpreting it: {type(error).__name__}: {error}",
            RuntimeWarning,
            stacklevel=2,
        )
        return False
    if _updates(entry.compiled) - APART:
        APART.update(_updates(entry.compiled))
        entry.compiled = None
        return False
    counters.compiled += 1
    _keep_code(entry)
    FAMILIES[entry.family] = None
    if len(FAMILIES) > _KEPT_CODE:
        FAMILIES.popitem(last=False)
    if LISTENERS:
        _tell(PlanEvent("compiled", plan, entry.compiled, perf_counter() - started, _near(plan)))
    return True


def _keep_code(entry: Entry) -> None:
    """Of plans that nobody has met for long the code goes: met once more they are compiled."""
    CODE.pop(id(entry), None)
    CODE[id(entry)] = ref(entry)
    if len(CODE) > _KEPT_CODE:
        oldest = CODE.popitem(last=False)[1]()
        if oldest is not None:
            oldest.compiled = None


def machine_code(plan: Sighting) -> Any:
    """From disk, if it lies there and nobody wants to see how it is made."""
    seen = LISTENERS or RUNNERS or config.check or config.override
    name = None if seen else compiler.plan_keys.digest(plan.key)
    found = None if name is None else compiler.plan_files.load(name, plan.nodes)
    if found is not None:
        counters.loaded += 1
        return found
    made = compiler.compile_plan(plan.nodes, plan.leaves, plan.wanted, frozenset(plan.donated))
    if name is not None:
        compiler.plan_files.store(name, made)
    return made


def _updates(compiled: Any) -> set[Op]:
    """Operators left to NumPy that write over arguments where they may."""
    externs = [s for s in compiled.steps if hasattr(s, "op")]  # the class would bring LLVM along
    return {s.op for s in externs if s.op.donate}


def _tell(event: PlanEvent) -> None:
    for listener in LISTENERS:
        listener.planned(event)


def _near(plan: Sighting) -> tuple | None:
    """The compiled plan whose key agrees longest with this one's."""
    best, longest = None, 0
    for key, entry in PLANS.items():
        if entry.compiled is not None and key != plan.key:
            same = first_difference(key, plan.key)
            if same > longest:
                best, longest = key, same
    return best


def first_difference(a: tuple, b: tuple) -> int:
    """The first position at which two keys differ."""
    for i, (x, y) in enumerate(zip(a, b)):
        if x is not y and x != y:
            return i
    return min(len(a), len(b))


def staying(compiled: Any, leaves: Sequence[Value | None]) -> list[Value | None] | None:
    """The values whose prepared forms a plan may keep, None for those that may change."""
    if not compiled.keepers:
        return None
    found = (leaves[keeper.leaf] for keeper in compiled.keepers)
    return [leaf if leaf is not None and stays(leaf.data) else None for leaf in found]


def _run(plan: Sighting, compiled: Any) -> None:
    started = perf_counter() if LISTENERS else 0.0
    if config.check:
        with np.errstate(all="ignore"):
            arrays = check.run_checked(plan, compiled)
    elif RUNNERS:
        arrays = RUNNERS[-1](compiled, plan.arrays)
    else:
        try:
            arrays = compiled.run(plan.arrays, staying(compiled, plan.leaves))
        except Exception:
            if compiled.failed is not None:
                FAILED.add(plan.nodes[compiled.failed])
            raise
    nodes = plan.nodes
    for position, array in zip(plan.wanted, arrays):
        node = nodes[position]
        node.data = array
        node.inputs = ()
    counters.evaluated += len(nodes)
    counters.plans += 1
    counters.kernels += compiled.kernels
    counters.donated += len(compiled.given)
    if compiled.keepers:
        counters.prepared += compiled.prepared
        counters.kept += compiled.skipped
    if LISTENERS:
        _tell(PlanEvent("run", plan, compiled, perf_counter() - started))
