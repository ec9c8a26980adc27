"""Programs whose surroundings change between calls: what a capture read, it has to read again."""

from __future__ import annotations

import collections
import dataclasses
import math
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import loxley as torch
from loxley import nn
from loxley.config import config
from loxley.nn import functional as F
from loxley.runtime.counters import counters
from tests.compiler.test_capture import frozen, same

ARRAY = np.ones(3, np.float32)
TABLE = {"a": 1.0, "nested": {"b": [1, 2, {"c": 3.0}]}}
NUMBERS = [1.0, 2.0]
SPACE = types.SimpleNamespace(value=1.0)
Pair = collections.namedtuple("Pair", "first second")


@dataclasses.dataclass
class Options:
    scale: float = 1.0
    names: tuple = ("a", "b")


class Base:
    kind = 1.0

    def apply(self, x):
        return x * self.kind


class Derived(Base):
    __slots__ = ("own",)

    def __init__(self):
        self.own = 2.0

    @property
    def twice(self):
        return self.own * 2

    @classmethod
    def make(cls, x):
        return x + cls.kind

    @staticmethod
    def plain(x):
        return x - 1

    def __private(self, x):
        return x * self.own

    def run(self, x):
        return super().apply(x) + self.__private(x) + self.twice


OPTIONS, OBJECT = Options(), Derived()


def helper(x, table={"k": 2.0}, *rest, **named):  # noqa: B006
    return x * table["k"] + len(rest) + sum(named.values())


def recursive(x, n):
    return x if n == 0 else recursive(x * 2, n - 1)


def generates(n):
    for i in range(n):
        yield i * NUMBERS[0]


class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.ParameterList([nn.Parameter(torch.ones(3)) for _ in range(2)])
        self.table = nn.ModuleDict({"a": nn.Linear(3, 3), "b": nn.Identity()})
        self.flag, self.shape, self.cache = True, [1, 3], {}

    def forward(self, x, which="a"):
        for p in self.items:
            x = x * p
        x = self.table[which](x) if self.flag else x
        return x.view(*self.shape).sum() + len(self.table) + len(self.items)


HOLDER = Holder()


def f_array(x):
    return x * ARRAY


def f_table(x):
    return x * TABLE["a"] + TABLE["nested"]["b"][2]["c"] + len(TABLE["nested"]["b"])


def f_items(x):
    return sum((v for k, v in TABLE.items() if k == "a"), x) + sum(NUMBERS) + max(*NUMBERS)


def f_object(x):
    return OBJECT.run(x) + Derived.make(x) + OBJECT.plain(x)


def f_options(x):
    first, *_ = OPTIONS.names
    return x * OPTIONS.scale + len(OPTIONS.names) + (first == "a") + SPACE.value


def f_helper(x):
    return helper(x) + helper(x, {"k": 3.0}, 1, 2, a=NUMBERS[1])


def f_flow(x):
    total = x
    for i, n in enumerate(reversed(NUMBERS)):
        if n > 10:
            break
        if not i:
            continue
        total = total + n
    else:
        total = total * 2
    try:
        total = total + TABLE["missing"]
    except KeyError:
        total = total - 1
    finally:
        total = total + 1
    while total.dim() < 2:
        total = total.unsqueeze(0)
    return total if NUMBERS[0] > 1 or x.shape[0] == 3 else -total


def f_text(x):
    key = f"{'a'}{len(NUMBERS) - 2 or ''}"
    return x * TABLE.get(key, 7.0) + TABLE.get("other", 0.5)


def f_generator(x):
    return sum(generates(3), x) + sum(i for i in map(lambda v: v + 1, NUMBERS))


def f_sorted(x):
    ordered = sorted(NUMBERS, key=lambda v: -v)
    return x * ordered[0] + recursive(x, len(NUMBERS)) + math.sqrt(NUMBERS[0])


def f_module(x):
    with torch.no_grad():
        return HOLDER(x) + HOLDER(x, which="b")


def f_where(x):
    return (
        Pair(x + 1, [x * 2, None, "text", 3]),
        {"n": NUMBERS[0], 1: (x.t(), x.shape, x.dtype)},
        torch.tensor(NUMBERS),
        torch.tensor([x.shape[0], len(NUMBERS)]).float(),
    )


def f_default(x):
    return x + torch.ones(3) + torch.tensor(1.5), torch.zeros(2, dtype=torch.get_default_dtype())


def f_clock(x):
    store = {}
    store["y"] = x + 1
    z = [x]
    z.append(store.pop("y"))
    z += [x * NUMBERS[0]]
    store["z"] = z[1:]
    (a, b), c = store["z"], {v for v in ("p", "q")}
    del store
    return a - b + len(c)


def f_getattr(x):
    bias = getattr(OPTIONS, "bias", 1.0) if hasattr(OPTIONS, "scale") else 0.0
    name = "scale"
    return x * getattr(OPTIONS, name) + bias + isinstance(OBJECT, Base)


def f_chained(x):
    return x + (0 < NUMBERS[0] < NUMBERS[1] < 3) + (2.0 in NUMBERS) + ("a" not in TABLE)


def _set(target, name):
    return lambda value: setattr(target, name, value)


CHANGES = [
    lambda: ARRAY.__setitem__(0, ARRAY[0] + 1),
    lambda: TABLE["nested"]["b"][2].update(c=TABLE["nested"]["b"][2]["c"] + 1),
    lambda: TABLE["nested"]["b"].append(5),
    lambda: TABLE.update(a=5.0),
    lambda: NUMBERS.reverse(),
    lambda: NUMBERS.append(4.0),
    lambda: NUMBERS.__setitem__(0, 20.0),
    lambda: setattr(OPTIONS, "scale", OPTIONS.scale + 1),
    lambda: setattr(OPTIONS, "names", ("b", "c", "d")),
    lambda: setattr(OPTIONS, "bias", 3.0),
    lambda: setattr(SPACE, "value", 9.0),
    lambda: setattr(OBJECT, "own", 7.0),
    lambda: setattr(Derived, "kind", 4.0),
    lambda: setattr(Base, "apply", lambda self, x: x * 100),
    lambda: setattr(Derived, "plain", staticmethod(lambda x: x * 11)),
    lambda: setattr(Derived, "twice", property(lambda self: 0.25)),
    lambda: helper.__defaults__[0].update(k=6.0),
    lambda: TABLE.update(missing=2.0),
    lambda: TABLE.update(other=-1.0),
    lambda: HOLDER.items.append(nn.Parameter(torch.full((3,), 2.0))),
    lambda: HOLDER.table.update({"b": nn.Linear(3, 3)}),
    lambda: setattr(HOLDER, "flag", False),
    lambda: HOLDER.shape.reverse(),
    lambda: HOLDER.items[0].data.mul_(3),
    lambda: torch.set_default_dtype(torch.float64),
    lambda: torch.set_default_dtype(torch.float32),
    lambda: None,
]
PROGRAMS = [f for name, f in sorted(globals().items()) if name.startswith("f_")]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch):
    """Everything as it was at the start, and plans compiled at first sight."""
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)
    torch.manual_seed(0)
    ARRAY[:] = 1
    TABLE.clear()
    TABLE.update({"a": 1.0, "nested": {"b": [1, 2, {"c": 3.0}]}})
    NUMBERS[:] = [1.0, 2.0]
    SPACE.value, OPTIONS.scale, OPTIONS.names, OBJECT.own = 1.0, 1.0, ("a", "b"), 2.0
    OPTIONS.__dict__.pop("bias", None)
    helper.__defaults__[0].update(k=2.0)
    for owner, name in ((Derived, "kind"), (Base, "apply"), (Derived, "plain"), (Derived, "twice")):
        if name in owner.__dict__:
            monkeypatch.setattr(owner, name, owner.__dict__[name])
        else:
            monkeypatch.setattr(owner, name, getattr(owner, name), raising=False)
    monkeypatch.setitem(globals(), "HOLDER", Holder())
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_surroundings_that_change(program):
    call = torch.compile(program, recompile_limit=100)
    before = counters.replays
    for change in CHANGES:
        change()
        for _ in range(2):
            x = torch.arange(3.0)
            state = torch.get_rng_state()
            wanted, failed = _outcome(program, x)
            torch.set_rng_state(state)
            got, raised = _outcome(call, x)
            assert failed == raised and same(frozen(wanted), frozen(got))
    if program not in (f_array,):
        assert counters.replays > before, call._loxley_compiled.reasons


def _outcome(function, x):
    try:
        return function(x), None
    except Exception as error:
        return None, (type(error), str(error))


# ------------------------------------------------------------------ random programs

UNARY = ["relu", "sigmoid", "tanh", "exp", "abs", "neg", "t", "clone", "detach"]
BINARY = ["+", "-", "*", "@"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(UNARY), st.integers(0, 3)),
        st.tuples(st.sampled_from(BINARY), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("add_"), st.integers(0, 3), st.floats(-1, 1, width=16)),
        st.tuples(st.just("copy_"), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("row"), st.integers(0, 3), st.integers(0, 1)),
        st.tuples(st.just("fill"), st.integers(0, 3), st.integers(0, 1)),
        st.tuples(st.just("dropout"), st.integers(0, 3)),
        st.tuples(st.just("backward"), st.integers(0, 3)),
        st.tuples(
            st.just("zero"),
        ),
    ),
    min_size=1,
    max_size=7,
)


def program(steps, weight):
    """A function of two matrices: steps on four tensors, of which one is a parameter."""

    def run(a, b):
        values = [a, b, weight, a * 1]
        for step in steps:
            values.append(perform(step, values, weight))
            values = values[-4:] if len(values) > 6 else values
        return [v for v in values if v is not None], values[-1] is values[0]

    return run


def perform(step, values, weight):
    """One step of a program."""
    kind, *at = step
    if kind == "zero":
        weight.grad = None
        return None
    x = values[at[0]]
    if x is None:
        return values[0]
    if kind in UNARY:
        return getattr(torch, kind)(x) if kind != "detach" else x.detach()
    if kind in BINARY:
        y = values[at[1]]
        if y is None:
            return None
        return {"+": x + y, "-": x - y, "*": x * y, "@": x @ y}[kind]
    with torch.no_grad():
        if kind == "add_":
            return x.add_(at[1])
        if kind == "copy_" and values[at[1]] is not None:
            return x.copy_(values[at[1]])
        if kind == "fill":
            x[at[1]] = 0.5
            return x
    if kind == "row":
        return x[at[1]].expand(2, 2)
    if kind == "dropout":
        return F.dropout(x, 0.5)
    if kind == "backward" and x.requires_grad:
        (x * x).sum().backward(retain_graph=True)
    return None


def _rounds(steps, wrap):
    torch.manual_seed(1)
    weight = nn.Parameter(torch.randn(2, 2))
    call = wrap(program(steps, weight))
    found = []
    for i in range(4):
        a, b = torch.randn(2, 2), torch.randn(2, 2)
        if i == 3:
            b = a
        result, error = None, None
        try:
            result = call(a, b)
        except RuntimeError as raised:
            error = str(raised)[:60]
        grads = None if weight.grad is None else weight.grad.clone()
        found.append([frozen(result), error, a.clone(), b.clone(), weight.detach().clone(), grads])
        found[-1].append([a._version, b._version, weight._version, torch.get_rng_state()])
        if result is not None and i == 2:
            found[-1].append(_derived(result[0], weight))
    return found


def _derived(values, weight):
    """Gradients of what came back, where it has a history."""
    tracked = [v for v in values if v.requires_grad]
    try:
        return [
            torch.autograd.grad(v.sum(), weight, allow_unused=True, retain_graph=True)
            for v in tracked
        ]
    except RuntimeError as raised:
        return str(raised)[:60]


def _described(one):
    """What can be compared of results, histories included."""
    if isinstance(one, torch.Tensor):
        name = None if one.grad_fn is None else one.grad_fn.name()
        return [one.detach().clone(), name, one._base is not None, one.is_leaf, one._version]
    if isinstance(one, (list, tuple)):
        return [_described(v) for v in one]
    return one


@settings(max_examples=60, deadline=None, derandomize=True)
@given(STEPS)
def test_random_programs(steps):
    before, config.compile = config.compile, "1"
    try:
        plain = _described(_rounds(steps, lambda f: f))
        assert same(plain, _described(_rounds(steps, torch.compile)))
    finally:
        config.compile = before
