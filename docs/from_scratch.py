"""loxley in miniature: record, run when looked at, differentiate, write in place.

Read it from top to bottom; run it with `python docs/from_scratch.py`.  It has the four ideas that
the real thing stands on, and none of its breadth:

1. an operator is a row of a table: how to compute it, and its derivative in terms of operators;
2. calling one records a value; nothing is computed until somebody looks;
3. values never change: writing in place gives a storage a new value and a new version;
4. the gradient is made of recorded operators too, so it can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

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


# --- All of it at work ---


def train(steps: int = 1000) -> float:
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


if __name__ == "__main__":
    main()
