"""Values and operators: what a program records before anything is computed.

A `Value` is immutable: an operator applied to values, or a leaf that holds its array.  Shapes here
are logical; layout (strides, offsets, storages) belongs to tensors.  An `Op` is one row of the
operator table: its shape rule, its NumPy rule and its derivative.  In goes a call on values, out
comes a `Value` that is pending until `runtime.interpreter` evaluates it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from math import prod
from typing import Any
from weakref import ref

import numpy as np

from ..config import config
from ..dtypes import dtype
from .signature import parameters

TABLE: dict[str, Op] = {}
# What stands before the rule of an operator that is defined later: rule -> rule.
GUARDS: dict[str, Callable[[Callable], Callable]] = {}


class _Pending:
    """What has been recorded and perhaps not computed, in the order of recording."""

    __slots__ = ("refs", "bytes", "nodes")

    def __init__(self) -> None:
        self.refs: list[ref] = []
        self.bytes = 0
        self.nodes = 0  # recorded since the process began, a deterministic counter


Pending = _Pending()
_new_object = object.__new__


class Value:
    """One tensor value: `op(*inputs, *attrs)`, or a leaf whose `data` is there from the start.

    `inputs` is emptied once `data` is computed, so the graph lives no longer than it is needed.
    A value of an operator with several outputs is a tuple that `items` take apart.
    `place` is its position among what is about to run, while it is pending.
    """

    __slots__ = ("op", "inputs", "attrs", "shape", "dtype", "data", "extra", "place", "__weakref__")

    def __init__(self, op, inputs, attrs, shape, dtype, data=None) -> None:
        self.op: Op = op
        self.inputs: tuple[Value | None, ...] = inputs
        self.attrs: tuple = attrs
        self.shape: tuple[int, ...] = shape
        self.dtype: dtype = dtype
        self.data: np.ndarray | None = data
        self.extra: Any = None  # items of a tuple; the user's line; index bounds of a leaf
        self.place: int

    def __repr__(self) -> str:
        state = "computed" if self.data is not None else "pending"
        return f"<Value {self.op.name} {self.dtype} {list(self.shape)} {state}>"

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def numel(self) -> int:
        return prod(self.shape)

    def dim(self) -> int:
        return len(self.shape)

    # Arithmetic, so that derivative formulas read alike for values and tensors.
    def __add__(self, other):
        return TABLE["add"](self, other)

    def __radd__(self, other):
        return TABLE["add"](self, other)

    def __sub__(self, other):
        return TABLE["sub"](self, other)

    def __rsub__(self, other):
        return TABLE["sub"](other, self)

    def __mul__(self, other):
        return TABLE["mul"](self, other)

    def __rmul__(self, other):
        return TABLE["mul"](self, other)

    def __truediv__(self, other):
        return TABLE["div"](self, other)

    def __rtruediv__(self, other):
        return TABLE["div"](other, self)

    def __pow__(self, other):
        return TABLE["pow"](self, other)

    def __neg__(self):
        return TABLE["neg"](self)

    def __matmul__(self, other):
        return TABLE["matmul"](self, other)

    @staticmethod
    def dispatch(op: Op, inputs: tuple, attrs: tuple):
        """Records `op` on values; numbers become constants of the result's type."""
        if op.prepare is not None:
            inputs = op.prepare(inputs, attrs)
        return record(op, inputs, attrs)


class Op:
    """One row of the operator table.

    name      unique, PyTorch's where it has one
    rule      (*inputs, *attrs) -> (shape, dtype), or a list of those for several outputs;
              inputs have .shape and .dtype (None where an optional one is absent).  Raises
              PyTorch's error for what PyTorch refuses.
    eval      the NumPy rule: (*arrays, /, *attrs) -> array or tuple of arrays.  Parameters before
              `/` are inputs, those after it attributes: their names are the names that `vjp` uses.
              Must not write to its inputs, may return a view of them.
    vjp       the derivative: a function of names, returning one gradient per input (a tuple, or
              the bare gradient when there is one input); or a tuple with one such function (or
              None) per input.  What it names is what is saved: `g` the gradient (a tuple of them
              for several outputs), an input's name, `out` the result (a tuple for several
              outputs), `<input>_shape`, `<input>_dtype`, an attribute's name, `attrs` all of
              them, `needs` a tuple of booleans.  It runs on values or on tensors alike, so it
              uses only operators of the table, `+ - * / ** @`, `.shape`, `.dtype`.  Gradients are
              summed to the input's shape and cast to its dtype by the engine, never here.
    view      (shape, strides, offset, *attrs) -> (shape, strides, offset): set for operators
              whose result on a tensor aliases the argument
    view_dtype (dtype, *attrs) -> dtype of that alias where it is another one: the layout then
              counts in elements of the new dtype
    prepare   (inputs, attrs) -> inputs: type promotion, numbers to constants
    donate    positions of inputs whose buffers `eval_into` may overwrite when nobody else reads
              them; eval_into(*arrays, *attrs) has them as writable arrays of its own
    variadic  the op takes one list of inputs: op([a, b, c], *attrs); eval gets a list of arrays
    elementwise  result[i] depends on inputs[i] alone, so layouts may be permuted alike
    grad_name  the name that `grad_fn` shows, by default CamelCase of name + "Backward0"; or a
              function (attrs, input metas) -> name
    """

    __slots__ = (
        "name",
        "rule",
        "eval",
        "eval_into",
        "vjp",
        "view",
        "view_dtype",
        "prepare",
        "donate",
        "variadic",
        "elementwise",
        "grad_name",
        "arity",
        "input_names",
        "attr_names",
        "formulas",
        "undefined_grads",
        "outputs",
    )

    def __init__(
        self,
        name: str,
        *,
        rule: Callable,
        eval: Callable,
        vjp: Callable | tuple[Callable | None, ...] | None = None,
        view: Callable | None = None,
        view_dtype: Callable | None = None,
        prepare: Callable | None = None,
        donate: tuple[int, ...] = (),
        eval_into: Callable | None = None,
        variadic: bool = False,
        elementwise: bool = False,
        grad_name: str | Callable[[tuple, tuple], str] | None = None,
        names: tuple[str, ...] | None = None,
        attrs: tuple[str, ...] = (),
        undefined_grads: bool = False,
        outputs: int = 1,
    ) -> None:
        self.name = name
        self.rule = GUARDS[name](rule) if name in GUARDS else rule
        self.eval = eval
        self.eval_into = eval_into
        self.vjp = vjp
        self.view = view
        self.view_dtype = view_dtype
        self.prepare = prepare
        self.donate = donate
        self.variadic = variadic
        self.elementwise = elementwise
        self.undefined_grads = undefined_grads
        self.outputs = outputs
        if names is None:
            names, attrs = _signature(eval)
        self.input_names, self.attr_names = names, attrs
        self.arity = len(names)
        self.grad_name = grad_name or _camel(name) + "Backward0"
        self.formulas = _formulas(self, vjp)
        if name in TABLE:
            raise ValueError(f"operator {name} is defined twice")
        TABLE[name] = self

    def __repr__(self) -> str:
        return f"<Op {self.name}({', '.join(self.input_names)} / {', '.join(self.attr_names)})>"

    def run(self, arrays: Sequence, attrs: tuple):
        """What the NumPy rule makes of arrays (None for an absent input)."""
        return self.eval(arrays, *attrs) if self.variadic else self.eval(*arrays, *attrs)

    def __call__(self, *args):
        """Applies the operator to tensors or values: `op(*inputs, *attrs)`."""
        if self.variadic:
            inputs, attrs = tuple(args[0]), args[1:]
        elif len(args) == self.arity:
            inputs, attrs = args, ()
        else:
            inputs, attrs = args[: self.arity], args[self.arity :]
        for x in inputs:
            kind = type(x)
            if kind is not Value and kind is not float:
                found = getattr(kind, "dispatch", None)
                if found is not None:
                    return found(self, inputs, attrs)
        return Value.dispatch(self, inputs, attrs)

    def first(self, *args):
        """The first result alone, as a tensor: the others are there for the derivative.

        The first argument is a tensor.
        """
        return args[0].dispatch(self, args[: self.arity], args[self.arity :], 1)[0]


class Formula:
    """A derivative function with what it needs: worked out at first use, of its parameters."""

    __slots__ = ("op", "function", "arguments", "saved_inputs", "saved_outs")

    def __init__(self, op: Op, function: Callable) -> None:
        self.op, self.function = op, function

    def __getattr__(self, name: str) -> Any:
        """A field that is not there yet; ValueError where the function names what there is not."""
        if name not in self.__slots__:
            raise AttributeError(name)
        self._work_out(self.op)
        return getattr(self, name)

    def _work_out(self, op: Op) -> None:
        names = chain.from_iterable(parameters(self.function))
        self.arguments = tuple(_argument(op, name) for name in names)
        self.saved_inputs = frozenset(i for kind, i in self.arguments if kind == "input")
        self.saved_outs = frozenset(i for kind, i in self.arguments if kind == "out_item")
        if any(kind == "out" for kind, _ in self.arguments):
            self.saved_outs = frozenset(range(op.outputs))
        if op.variadic and self.saved_inputs:
            self.saved_inputs = frozenset([-1])  # every one of the list


def _argument(op: Op, name: str) -> tuple[str, int]:
    if name in ("g", "out", "needs", "attrs"):
        return name, 0
    if name in op.attr_names:
        return "attr", op.attr_names.index(name)
    if name in op.input_names:
        return "input", op.input_names.index(name)
    if name.startswith("out") and name[3:].isdigit():
        return "out_item", int(name[3:])
    stem, _, kind = name.rpartition("_")
    if kind in ("shape", "dtype") and stem in op.input_names:
        return kind, op.input_names.index(stem)
    raise ValueError(f"operator {op.name}: the derivative names {name!r}, which it has not")


def _formulas(op: Op, vjp):
    if vjp is None:
        return None
    if callable(vjp):
        return Formula(op, vjp)
    return tuple(None if f is None else Formula(op, f) for f in vjp)


def _signature(function: Callable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    inputs, by_place, by_name = parameters(function)
    return inputs, by_place + by_name


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


class _Batching:
    """How operators are recorded on batched values; None until the first `vmap`."""

    __slots__ = ("apply",)

    def __init__(self) -> None:
        self.apply: Callable | None = None


Batching = _Batching()


class _Restricted:
    """Which operators take elements that NumPy can't compute with; set by `ops.restricted`."""

    __slots__ = ("kernel", "met")

    def __init__(self) -> None:
        self.met = False  # whether there have been such elements
        # The operator to record in its place; raises where PyTorch has no kernel.
        self.kernel: Callable[[Op, Sequence, tuple], Op] = lambda op, inputs, attrs: op


Restricted = _Restricted()


def record(op: Op, inputs: tuple, attrs: tuple = ()):
    """Records one application; returns its value, or a tuple of values for several outputs."""
    if Batching.apply is not None:
        for x in inputs:
            if x is not None and x.op is BATCHED:
                return Batching.apply(op, inputs, attrs)
    result = op.rule(inputs, *attrs) if op.variadic else op.rule(*inputs, *attrs)
    if Restricted.met:
        for x in inputs:
            if x is not None and x.dtype.restricted:
                op = Restricted.kernel(op, inputs, attrs)
                break
    if type(result) is list:
        return _record_tuple(op, inputs, attrs, result)
    shape, kind = result
    if kind.restricted:
        Restricted.met = True
    value = _new_object(Value)  # without a call of `__init__`, which would take as long as the rest
    value.op, value.inputs, value.attrs, value.shape, value.dtype = op, inputs, attrs, shape, kind
    value.data = value.extra = None
    if config.trace_lines:
        value.extra = user_line()
    pending = Pending
    pending.refs.append(ref(value))
    pending.nodes += 1
    pending.bytes += prod(shape) * kind.itemsize
    return value


def _record_tuple(op: Op, inputs: tuple, attrs: tuple, metas: Sequence[tuple]):
    value = Value(op, inputs, attrs, (), None)
    source, line = (value,), user_line() if config.trace_lines else None
    pending = Pending
    items = []
    for i, (shape, kind) in enumerate(metas):
        item = _new_object(Value)  # as in `record`
        item.op, item.inputs, item.attrs, item.shape, item.dtype = ITEM, source, (i,), shape, kind
        item.data, item.extra = None, line
        items.append(item)
        pending.bytes += prod(shape) * kind.itemsize
        if kind.restricted:
            Restricted.met = True
    value.extra = tuple(map(ref, items))
    pending.refs += value.extra
    pending.nodes += 1
    return tuple(items)


def user_line() -> str:
    """`file:line` of the innermost frame outside this package."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith("loxley"):
        frame = frame.f_back
    return "?" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


def leaf(array: np.ndarray, kind: dtype) -> Value:
    """A value that is there already; the array must never be written to by anyone else."""
    if kind.restricted:
        Restricted.met = True
    return Value(LEAF, (), (), array.shape, kind, array)


def constant(number: object, kind: dtype) -> Value:
    """A 0-d value from a Python number, a run-time argument of any plan that reads it."""
    if type(number) is int and not -0x8000_0000_0000_0000 <= number <= 0xFFFF_FFFF_FFFF_FFFF:
        raise OverflowError("int too big to convert")
    try:
        data = kind.scalar(number)
    except OverflowError:  # integers wrap, as in C
        data = np.asarray(int(number) & (1 << 64) - 1, np.uint64).astype(kind.numpy)[()]
    return Value(CONSTANT, (), (), (), kind, data)


@lru_cache(maxsize=1 << 10, typed=True)
def _shared_constant(number: float, kind: dtype) -> Value:
    return constant(number, kind)


def shared_constant(number: float, kind: dtype) -> Value:
    """A constant that other uses of the same number may share; values never change."""
    return _shared_constant(number, kind) if number else constant(number, kind)  # -0.0 == 0.0


def _never(*_args):
    raise AssertionError("leaves and items are not evaluated")


LEAF = Op("leaf", rule=_never, eval=_never, names=())
CONSTANT = Op("constant", rule=_never, eval=_never, names=())
ITEM = Op("item", rule=_never, eval=_never, names=("values",), attrs=("index",))
# The slices of `physical` along its first dimension, one at a time: see `batching`.
BATCHED = Op("batched", rule=_never, eval=_never, names=("physical",), attrs=("level",))
META = Op("meta", rule=_never, eval=_never, names=())
