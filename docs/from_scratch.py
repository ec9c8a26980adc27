"""loxley in miniature: record, run when looked at, differentiate, write in place, compile.

Read it from top to bottom; run it with `python docs/from_scratch.py`.  It has the five ideas that
the real thing stands on, and none of its breadth:

1. an operator is a row of a table: how to compute it, and its derivative in terms of operators;
2. calling one records a value; nothing is computed until somebody looks;
3. values never change: writing in place gives a storage a new value and a new version;
4. the gradient is made of recorded operators too, so it can be differentiated again;
5. what is recorded alike a second time is compiled: neighbours are fused into loops, loops become
   LLVM's text, and the text becomes machine code.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod

import llvmlite.binding as llvm
import numpy as np

# --- 1. The table of operators (loxley: ops/) ---


@dataclass(frozen=True)
class Op:
    """`run` takes arrays; `vjp` takes the gradient, the output and the inputs, all of them values,
    and gives a gradient for each input."""

    name: str
    run: Callable[..., np.ndarray]
    vjp: Callable[..., tuple[Value, ...]]


def _rows(g: Value, x: Value) -> Value:
    """The gradient of an input that was broadcast along the first dimension."""
    return sum_rows(g) if len(g.shape) > len(x.shape) else g


TABLE = {
    op.name: op
    for op in [
        Op("add", np.add, lambda g, out, a, b: (_rows(g, a), _rows(g, b))),
        Op("mul", np.multiply, lambda g, out, a, b: (_rows(g * b, a), _rows(g * a, b))),
        Op("matmul", np.matmul, lambda g, out, a, b: (g @ transpose(b), transpose(a) @ g)),
        Op("tanh", np.tanh, lambda g, out, x: (g * (constant(1.0) + constant(-1.0) * out * out),)),
        Op("transpose", np.transpose, lambda g, out, x: (transpose(g),)),
        Op("sum", lambda x: np.array(x.sum()), lambda g, out, x: (g * ones_like(x),)),
        Op("sum_rows", lambda x: x.sum(0), lambda g, out, x: (g * ones_like(x),)),
        Op("ones_like", np.ones_like, lambda g, out, x: (constant(0.0) * x,)),
    ]
}

# --- 2. Values: recorded now, computed when looked at (loxley: ir/, runtime/) ---

counters = {"recorded": 0, "computed": 0}


@dataclass(eq=False)
class Value:
    """What an operator will give for these inputs; `array` once it has been computed."""

    op: Op | None
    inputs: tuple[Value, ...]
    shape: tuple[int, ...]
    array: np.ndarray | None = None

    def __add__(self, other: Value) -> Value:
        return record("add", self, other)

    def __mul__(self, other: Value) -> Value:
        return record("mul", self, other)

    def __matmul__(self, other: Value) -> Value:
        return record("matmul", self, other)


def constant(number: float | np.ndarray) -> Value:
    array = np.asarray(number, np.float64)
    return Value(None, (), array.shape, array)


def record(name: str, *inputs: Value) -> Value:
    """A new node of the graph. Wrong shapes fail here, at the user's line, not when it runs."""
    counters["recorded"] += 1
    blanks = [np.broadcast_to(0.0, value.shape) for value in inputs]  # a shape rule for the lazy
    return Value(TABLE[name], inputs, TABLE[name].run(*blanks).shape)


def look(root: Value) -> np.ndarray:
    """Runs what `root` needs, inputs before users, without recursion: graphs are deep."""
    stack = [root]
    while stack:
        value = stack[-1]
        waiting = [i for i in value.inputs if i.array is None] if value.array is None else []
        stack += waiting
        if not waiting:
            stack.pop()
            if value.array is None:
                counters["computed"] += 1
                value.array = value.op.run(*(i.array for i in value.inputs))
    return root.array


def tanh(x: Value) -> Value:
    return record("tanh", x)


def transpose(x: Value) -> Value:
    return record("transpose", x)


def total(x: Value) -> Value:
    return record("sum", x)


def sum_rows(x: Value) -> Value:
    return record("sum_rows", x)


def ones_like(x: Value) -> Value:
    return record("ones_like", x)


# --- 3. Tensors: storages with versions (loxley: tensor/) ---


@dataclass(eq=False)
class Tensor:
    """A name for a value that changes. Aliases share one `Storage`, so all of them see a write;
    whoever recorded the old value keeps it."""

    storage: Storage

    @staticmethod
    def of(array: np.ndarray) -> Tensor:
        return Tensor(Storage(constant(array)))

    @property
    def value(self) -> Value:
        return self.storage.value

    def alias(self) -> Tensor:
        return Tensor(self.storage)

    def add_(self, change: Value) -> Tensor:
        """In place for the user; a functional update of the storage below."""
        self.storage.value = self.storage.value + change
        self.storage.version += 1
        return self


@dataclass(eq=False)
class Storage:
    value: Value
    version: int = field(default=0)


# --- 4. Gradients, recorded like everything else (loxley: autograd/) ---


def gradients(loss: Value, wanted: list[Value]) -> list[Value]:
    """d loss / d each wanted value. What comes back is recorded, not computed."""
    order: list[Value] = []
    seen: set[int] = set()
    stack = [(loss, False)]
    while stack:  # inputs before users
        value, ready = stack.pop()
        if ready:
            order.append(value)
        elif id(value) not in seen:
            seen.add(id(value))
            stack.append((value, True))
            stack += [(i, False) for i in value.inputs]
    found = {id(loss): constant(np.ones(loss.shape))}
    for value in reversed(order):
        if value.op is None or id(value) not in found:
            continue
        grads = value.op.vjp(found[id(value)], value, *value.inputs)
        for source, grad in zip(value.inputs, grads, strict=True):
            found[id(source)] = found[id(source)] + grad if id(source) in found else grad
    return [found.get(id(value), constant(0.0) * value) for value in wanted]


# --- 5. The compiler (loxley: compiler/) ---

# A graph says what is computed without saying on what: for each value in running order its
# operator (or "leaf"), the positions of its inputs, and its shape.  The last one is what is wanted.
# Two runs with equal graphs are one plan; numbers are leaves, so they may change from run to run.
Row = tuple[str, tuple[int, ...], tuple[int, ...]]
Graph = tuple[Row, ...]

LLVM_OF = {"add": "fadd double {0}, {1}", "mul": "fmul double {0}, {1}"}
LLVM_OF["tanh"] = "call double @tanh(double {0})"


def graph_of(root: Value) -> tuple[list[Value], Graph]:
    """What `root` needs, inputs before users, and what that looks like."""
    values: list[Value] = []
    place: dict[int, int] = {}
    stack = [(root, False)]
    while stack:
        value, ready = stack.pop()
        if id(value) in place:
            continue
        if ready or value.array is not None:
            place[id(value)] = len(values)
            values.append(value)
        else:
            stack.append((value, True))
            stack += [(i, False) for i in reversed(value.inputs)]
    rows = [
        ("leaf", (), value.shape)
        if value.array is not None
        else (value.op.name, tuple(place[id(i)] for i in value.inputs), value.shape)
        for value in values
    ]
    return values, tuple(rows)


def fuse(graph: Graph) -> tuple[list[list[int]], list[str]]:
    """Groups of values that one kernel computes, in running order; and every refusal's reason."""
    groups: list[list[int]] = []
    group_of: dict[int, int] = {}
    refusals = []
    for n, (name, inputs, _) in enumerate(graph):
        if name == "leaf":
            continue
        after = max((group_of.get(i, -1) for i in inputs), default=-1)  # the last that it needs
        reason = refusal(graph, groups[after], n) if after >= 0 else "needs leaves alone"
        if reason is not None:
            if after >= 0:
                refusals.append(f"%{n} {name} does not join %{groups[after][-1]}: {reason}")
            after = len(groups)
            groups.append([])
        groups[after].append(n)
        group_of[n] = after
    return groups, refusals


def refusal(graph: Graph, group: list[int], n: int) -> str | None:
    """Why value n can't be computed in the loop of a group."""
    name, inputs, _ = graph[n]
    for member in (n, group[0]):
        if graph[member][0] not in (*LLVM_OF, "sum"):
            return f"{graph[member][0]} is left to NumPy"
    if any(i in group and graph[i][0] == "sum" for i in inputs):
        return "needs the whole sum"
    if frame(graph, n) != frame(graph, group[0]):
        return f"runs over {frame(graph, n)}, the group over {frame(graph, group[0])}"
    return None


def frame(graph: Graph, n: int) -> tuple[int, ...]:
    """The shape that a value's loop runs over."""
    name, inputs, shape = graph[n]
    return graph[inputs[0]][2] if name == "sum" else shape


@dataclass(frozen=True)
class Loop:
    """`for i in range(size)`: the body's statements are (result, operation, arguments).

    Operations are those of `LLVM_OF`; load (buffer, how many elements it has); store, accumulate.
    """

    size: int
    buffers: tuple[str, ...]
    body: tuple[tuple[str, str, tuple], ...]

    def __str__(self) -> str:
        lines = [f"kernel({', '.join(self.buffers)}): for i in range({self.size}):"]
        for result, operation, arguments in self.body:
            if operation == "load":
                buffer, size = arguments
                lines.append(
                    f"    {result} = {buffer}[{'i' if size == self.size else f'i % {size}'}]"
                )
            elif operation in ("store", "accumulate"):
                lines.append(
                    f"    {result}{'[i] =' if operation == 'store' else '[0] +='} {arguments[0]}"
                )
            else:
                lines.append(f"    {result} = {operation}({', '.join(arguments)})")
        return "\n".join(lines)


def broadcasts(graph: Graph, group: list[int]) -> bool:
    """Whether `i % size` finds every input's elements: whole ones, rows that repeat, numbers."""
    whole = frame(graph, group[0])
    shapes = [graph[i][2] for n in group for i in graph[n][1]]
    return all(shape == whole[len(whole) - len(shape) :] or prod(shape) == 1 for shape in shapes)


def lower(graph: Graph, group: list[int], wanted: set[int]) -> tuple[Loop, list[int], list[int]]:
    """A group as a loop; the positions of the values that it reads and of those that it stores."""
    size = prod(frame(graph, group[0]))
    reads = sorted({i for n in group for i in graph[n][1] if i not in group})
    stores = [n for n in group if n in wanted]
    body = [(f"v{i}", "load", (f"b{i}", prod(graph[i][2]))) for i in reads]
    for n in group:
        name, inputs, _ = graph[n]
        if name == "sum":
            body.append((f"b{n}", "accumulate", (f"v{inputs[0]}",)))
            continue
        body.append((f"v{n}", name, tuple(f"v{i}" for i in inputs)))
        if n in stores:
            body.append((f"b{n}", "store", (f"v{n}",)))
    return Loop(size, tuple(f"b{n}" for n in reads + stores), tuple(body)), reads, stores


def llvm_text(loop: Loop) -> str:
    """The loop in LLVM's language: every name is assigned once, every operation has its types."""
    entry, lines = [], []
    for number, (result, operation, arguments) in enumerate(loop.body):
        a, p = [f"%{x}" for x in arguments if isinstance(x, str)], f"%p{number}"
        if operation == "load":
            lines.append(f"%k{number} = urem i64 %i, {arguments[1]}")
            lines.append(f"{p} = getelementptr double, ptr {a[0]}, i64 %k{number}")
            lines.append(f"%{result} = load double, ptr {p}")
        elif operation == "store":
            lines.append(f"{p} = getelementptr double, ptr %{result}, i64 %i")
            lines.append(f"store double {a[0]}, ptr {p}")
        elif operation == "accumulate":
            entry.append(f"store double 0.0, ptr %{result}")
            lines.append(f"{p} = load double, ptr %{result}")
            lines.append(f"%s{number} = fadd double {p}, {a[0]}")
            lines.append(f"store double %s{number}, ptr %{result}")
        else:
            lines.append(f"%{result} = {LLVM_OF[operation].format(*a)}")
    parameters = ", ".join(f"ptr noalias %{b}" for b in loop.buffers)
    head = [f"define void @kernel({parameters}) {{", "entry:", *entry, "br label %loop", "loop:"]
    head.append("%i = phi i64 [ 0, %entry ], [ %next, %loop ]")
    tail = ["%next = add i64 %i, 1", f"%more = icmp slt i64 %next, {loop.size}"]
    tail += ["br i1 %more, label %loop, label %done", "done:", "ret void", "}"]
    return "\n".join([*head, *lines, *tail, "declare double @tanh(double)"])


engines = []  # machine code lives as long as its engine


def native(text: str, arguments: int) -> Callable[..., None]:
    """Machine code of a text, as a function of addresses."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(text)
    module.verify()
    machine = llvm.Target.from_default_triple().create_target_machine(opt=2)
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    engines.append(engine)
    signature = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * arguments)
    return signature(engine.get_function_address("kernel"))


@dataclass(frozen=True)
class Step:
    """A kernel with the positions of what it reads and stores; or a value that NumPy computes."""

    stores: list[int]
    reads: list[int]
    function: Callable[..., None] | None = None


def compile_plan(graph: Graph, show: Callable[[str], None] = lambda text: None) -> list[Step]:
    """From a graph to steps; `show` is told of every stage."""
    show("graph\n" + "\n".join(f"%{n} = {op}{list(i)} {s}" for n, (op, i, s) in enumerate(graph)))
    groups, refusals = fuse(graph)
    show("fuse\n" + "\n".join([f"kernel of {group}" for group in groups] + refusals))
    steps = []
    for group in groups:
        inside = set(group)
        wanted = {i for n, row in enumerate(graph) if n not in inside for i in row[1]}
        if graph[group[0]][0] not in (*LLVM_OF, "sum") or not broadcasts(graph, group):
            steps += [Step([n], list(graph[n][1])) for n in group]
            continue
        loop, reads, stores = lower(graph, group, wanted | {len(graph) - 1})
        show(f"loop\n{loop}")
        text = llvm_text(loop)
        show(f"llvm\n{text}")
        steps.append(Step(stores, reads, native(text, len(reads) + len(stores))))
    return steps


def run_plan(steps: list[Step], values: list[Value]) -> None:
    """Runs steps on the values of this run; only what is read later has an array."""
    for step in steps:
        arrays = [values[i].array for i in step.reads]
        if step.function is None:
            values[step.stores[0]].array = values[step.stores[0]].op.run(*arrays)
            continue
        arrays = [np.ascontiguousarray(a) for a in arrays]
        for n in step.stores:
            values[n].array = np.empty(values[n].shape)
            arrays.append(values[n].array)
        step.function(*(a.ctypes.data for a in arrays))


plans: dict[Graph, list[Step] | None] = {}


def look_compiled(root: Value) -> np.ndarray:
    """As `look`: what is seen for the first time is interpreted, then compiled."""
    values, graph = graph_of(root)
    if root.array is not None or graph not in plans:
        plans.setdefault(graph, None)
        return look(root)
    steps = plans[graph]
    if steps is None:
        steps = plans[graph] = compile_plan(graph)
    run_plan(steps, values)
    return root.array


# --- All of it at work ---


def train(steps: int = 1000, look: Callable[[Value], np.ndarray] = look) -> float:
    """A network of two layers learns y = x1 * x2."""
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, (64, 2))
    inputs, targets = constant(x), constant(x[:, :1] * x[:, 1:])
    weights = [
        Tensor.of(random.normal(size=shape) * scale)
        for shape, scale in [((2, 16), 1.0), ((16,), 0.1), ((16, 1), 0.3)]
    ]
    for _ in range(steps):
        first, bias, second = (weight.value for weight in weights)
        error = tanh(inputs @ first + bias) @ second + constant(-1.0) * targets
        loss = constant(1 / 64) * total(error * error)
        for weight, grad in zip(weights, gradients(loss, [first, bias, second]), strict=True):
            weight.add_(constant(-0.4) * grad)
        for weight in weights:  # the end of a step: what is pending runs, and the graph is let go
            weight.storage.value = constant(look(weight.value))
    return float(look(loss))


def main() -> None:
    # Recorded is not computed.
    a = constant([1.0, 2.0])
    b = tanh(a) * a
    assert counters == {"recorded": 2, "computed": 0}
    look(b)
    assert counters == {"recorded": 2, "computed": 2}

    # Who recorded the old value keeps it; who looks through an alias sees the new one.
    t = Tensor.of(np.array([1.0, 2.0]))
    alias, before = t.alias(), t.value * t.value
    t.add_(constant(10.0))
    assert look(alias.value).tolist() == [11.0, 12.0] and t.storage.version == 1
    assert look(before).tolist() == [1.0, 4.0]

    # The derivative of a derivative: x^3, 3 x^2, 6 x.
    x = constant([2.0])
    (first,) = gradients(total(x * x * x), [x])
    (second,) = gradients(total(first), [x])
    assert look(first) == [12.0] and look(second) == [12.0]

    loss = train()
    assert loss < 0.002, loss
    print(f"learned y = x1 * x2 to a mean squared error of {loss:.5f}")

    # The same training in machine code: a handful of plans, however many steps.
    compiled = train(look=look_compiled)
    assert abs(compiled - loss) < 1e-6 and len(plans) < 10, (compiled, loss, len(plans))
    print(f"in machine code: {compiled:.5f} with {len(engines)} kernels in {len(plans)} plans")

    # Every stage of a small plan, and its result against NumPy's.
    random = np.random.default_rng(1)
    arrays = [random.normal(size=shape) for shape in [(8, 4), (4, 4), (4,)]]
    rows, weight, bias = map(constant, arrays)
    root = total(tanh(rows @ weight + bias) * constant(0.5))
    values, graph = graph_of(root)
    run_plan(compile_plan(graph, lambda text: print(f"\n--- {text}")), values)
    expected = (np.tanh(arrays[0] @ arrays[1] + arrays[2]) * 0.5).sum()
    assert np.allclose(root.array, expected)
    print(f"\n{root.array:.6f}, and NumPy says {expected:.6f}")


if __name__ == "__main__":
    main()
