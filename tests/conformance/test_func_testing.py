"""torch.func and torch.testing beside PyTorch's: the same values, the same messages."""

from __future__ import annotations

import re
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402

COMPARISONS = {
    "one element": lambda t: (t.tensor([1.0, 2.0]), t.tensor([1.0, 2.1])),
    "all elements": lambda t: (t.tensor([1.0, 2.0]), t.tensor([3.0, 2.1])),
    "floats": lambda t: (1.0, 1.1),
    "integers": lambda t: (1, 2),
    "int and float": lambda t: (1, 1.5),
    "booleans": lambda t: (True, False),
    "scalars": lambda t: (t.tensor(1), t.tensor(2)),
    "integer tensors": lambda t: (t.tensor([1, 2]), t.tensor([1, 3])),
    "boolean tensors": lambda t: (t.tensor([True]), t.tensor([False])),
    "shapes": lambda t: (t.tensor([1.0]), t.tensor([1.0, 2.0])),
    "dtypes": lambda t: (t.tensor([1.0]), t.tensor([1])),
    "devices": lambda t: (t.tensor([1.0]), t.ones(1, device="meta")),
    "list": lambda t: ([t.tensor([1.0])], [t.tensor([2.0])]),
    "nested": lambda t: ({"a": [t.tensor(1.0)]}, {"a": [t.tensor(1.5)]}),
    "keys": lambda t: ({"a": 1}, {"b": 1}),
    "lengths": lambda t: ([1], [1, 2]),
    "nan": lambda t: (t.tensor([float("nan")]), t.tensor([float("nan")])),
    "float nan": lambda t: (float("nan"), float("nan")),
    "complex": lambda t: (t.tensor([1 + 1j]), t.tensor([1 + 2j])),
    "half": lambda t: (t.tensor([1.0]).half(), t.tensor([1.01]).half()),
    "bfloat16": lambda t: (t.tensor([1.0, 3.0]).bfloat16(), t.tensor([1.1, 3.0]).bfloat16()),
    "infinite": lambda t: (t.tensor([float("inf"), 1.0]), t.tensor([float("inf"), 1.5])),
    "empty": lambda t: (t.zeros(0, 2), t.zeros(0, 2)),
    "text": lambda t: ("a", "a"),
    "equal": lambda t: (t.tensor([1.0]), t.tensor([1.0 + 1e-7])),
    "tensor and list": lambda t: (t.tensor([1.0]), [1.0]),
}


def outcome(lib: Any, make: Any, **options: Any) -> Any:
    testing = __import__(f"{lib.__name__}.testing", fromlist=["testing"])
    try:
        testing.assert_close(*make(lib), **options)
    except Exception as error:  # noqa: BLE001 - what is raised is what is compared
        return type(error).__name__, re.sub(r"[\w.]+\.Tensor'", "Tensor'", str(error))
    return None


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize(
    "options",
    [{}, {"rtol": 0, "atol": 0.2}, {"equal_nan": True, "check_dtype": False}],
)
def test_assert_close(name: str, options: dict[str, Any]) -> None:
    make = COMPARISONS[name]
    assert outcome(loxley, make, **options) == outcome(torch, make, **options)


def test_half_of_the_tolerances() -> None:
    make = COMPARISONS["equal"]
    assert outcome(loxley, make, rtol=1) == outcome(torch, make, rtol=1)


def functions(lib: Any) -> dict[str, Any]:
    func = __import__(f"{lib.__name__}.func", fromlist=["func"])
    x = lib.tensor([1.0, 2.0])
    w = lib.tensor([3.0, 1.0], requires_grad=True)
    layer = lib.nn.Linear(2, 1)
    state = {"weight": lib.tensor([[1.0, 2.0]]), "bias": lib.tensor([0.5])}

    def call(state: dict, x: Any) -> Any:
        return func.functional_call(layer, state, (x,)).sum()

    return {
        "grad": lambda: func.grad(lambda x: (x**2).sum())(x),
        "grad of a closure": lambda: func.grad(lambda x: (x**2 * w).sum())(x),
        "grad of what is tracked": lambda: func.grad(lambda x: (x**3).sum())(w),
        "grad of grad": lambda: func.grad(func.grad(lambda x: x**3))(x[0]),
        "argnums": lambda: func.grad(lambda a, b: (a * b * b).sum(), argnums=(0, 1))(x, x + 1),
        "grad of a state": lambda: func.grad(call)(state, x),
        "value": lambda: func.grad_and_value(lambda s: (call(s, x), x), has_aux=True)(state),
        "vjp": lambda: func.vjp(lambda x: x**2, x)[1](lib.ones(2)),
        "jvp": lambda: func.jvp(lambda x: x**2, (x,), (x,)),
        "jacrev": lambda: func.jacrev(lambda a, b: a * b, argnums=(0, 1))(x, x),
        "jacrev of a tuple": lambda: func.jacrev(lambda a: (a * 2, a**2))(x),
        "jacfwd": lambda: func.jacfwd(lambda a: a**2)(x),
        "hessian": lambda: func.hessian(lambda a: (a**3).sum())(x),
        "stack": lambda: [v.shape for v in func.stack_module_state([layer, layer])[0].values()],
        "not a scalar": lambda: func.grad(lambda x: x)(x),
    }


@pytest.mark.parametrize("name", functions(loxley))
def test_functions_of_functions(name: str) -> None:
    results = []
    for lib in (torch, loxley):
        try:
            results.append(re.sub(r"grad_fn=<\w+>", "grad_fn", str(functions(lib)[name]())))
        except RuntimeError as error:
            results.append(str(error))
    assert results[0] == results[1]
