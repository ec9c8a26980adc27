"""`torch.library`, `torch.ops` and what stands beside them, held against PyTorch's."""

from __future__ import annotations

import inspect
from itertools import count
from typing import Any

import pytest

import loxley
import loxley.library
import loxley.onnx

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")
_NUMBERS = count()


def told(call: Any) -> str:
    """What a call gives, or says."""
    try:
        return repr(call()).replace("loxley.", "torch.")
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def both(program: Any) -> tuple[list[str], list[str]]:
    """What the calls of a program say with PyTorch and here, in a namespace of their own."""
    name = f"test_library_{next(_NUMBERS)}"
    found = []
    for package in (torch, loxley):
        found.append([told(call) for call in program(package, name)])
    return found[0], found[1]


def scale_of(torch: Any, space: str) -> Any:
    def scale(x, factor=2.0, *, flag=False):
        return x * factor

    scale.__annotations__ = {
        "x": torch.Tensor,
        "factor": float,
        "flag": bool,
        "return": torch.Tensor,
    }
    return torch.library.custom_op(f"{space}::scale", scale, mutates_args=())


def test_custom_op() -> None:
    def program(torch, space):
        scale, x = scale_of(torch, space), torch.arange(3.0)
        op = getattr(torch.ops, space).scale
        yield lambda: scale
        yield lambda: scale._opoverload
        yield lambda: scale(x)
        yield lambda: op(x, 3)
        yield lambda: op.default(x, factor=3.0)
        yield lambda: op
        yield lambda: scale(x, 3, flag=1)
        yield lambda: scale()
        yield lambda: scale(3)
        yield lambda: scale(x, 1, 2)
        yield lambda: scale(x, z=3)
        yield lambda: scale(x, "a")
        yield lambda: scale(x.to("meta"))
        yield lambda: scale(x.requires_grad_()).requires_grad
        yield lambda: scale(x).sum().backward()

    expected, actual = both(program)
    assert actual == expected


def test_derivatives_and_meta_tensors() -> None:
    def program(torch, space):
        scale = scale_of(torch, space)
        x = torch.arange(3.0, requires_grad=True)
        seen = []

        def setup(ctx, inputs, keyword_only_inputs, output):
            seen.append((inputs, keyword_only_inputs, output))
            ctx.factor = inputs[1]

        scale.register_autograd(lambda ctx, g: (g * ctx.factor, None), setup_context=setup)
        scale.register_fake(lambda x, factor=2.0, *, flag=False: torch.empty_like(x))
        yield lambda: scale(x, 5)
        yield lambda: scale(x, 5).sum().backward()
        yield lambda: x.grad
        yield lambda: seen
        yield lambda: scale(x.to("meta"))
        scale.register_vmap(lambda info, dims, x, factor=2.0, *, flag=False: (x * factor, dims[0]))
        yield lambda: torch.vmap(scale)(torch.ones(3, 2))

    expected, actual = both(program)
    assert actual == expected


def test_lists_and_writes() -> None:
    def program(torch, space):
        def total(xs, n):
            return sum(x * n for x in xs)

        total.__annotations__ = {"xs": list[torch.Tensor], "n": int, "return": torch.Tensor}
        total = torch.library.custom_op(f"{space}::total", total, mutates_args=())

        def save(ctx, inputs, output):
            ctx.count, ctx.n = len(inputs[0]), inputs[1]

        total.register_autograd(lambda ctx, g: ([g * ctx.n] * ctx.count, None), setup_context=save)
        x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
        yield lambda: total._schema
        yield lambda: total([x, y], 3).sum().backward()
        yield lambda: (x.grad, y.grad)

        def bump(x):
            x.add_(1)

        bump.__annotations__ = {"x": torch.Tensor, "return": None}
        bump = torch.library.custom_op(f"{space}::bump", bump, mutates_args={"x"})
        z = torch.zeros(2)
        yield lambda: (bump(z), z, z._version, bump._schema)
        yield lambda: bump.register_autograd(lambda ctx, g: g)

        def same(x):
            return x

        same.__annotations__ = {"x": torch.Tensor, "return": torch.Tensor}
        same = torch.library.custom_op(f"{space}::same", same, mutates_args=())
        yield lambda: type(pytest.raises(RuntimeError, same, z).value)

    expected, actual = both(program)
    assert actual == expected


def test_libraries() -> None:
    def program(torch, space):
        lib = torch.library.Library(space, "DEF")
        x = torch.arange(3.0)
        yield lambda: lib.define("foo(Tensor x, int n=1) -> Tensor")
        op = getattr(torch.ops, space).foo
        yield lambda: type(pytest.raises(NotImplementedError, op, x).value)
        lib.impl("foo", lambda x, n=1: x + n, "CPU")
        yield lambda: op(x, 2)
        yield lambda: op(x.clone().requires_grad_()).requires_grad
        lib.define("bar(Tensor x) -> Tensor")
        lib.impl("bar", lambda x: x * x, "CompositeImplicitAutograd")
        yield lambda: getattr(torch.ops, space).bar(x.clone().requires_grad_())
        yield lambda: torch.library.Library(space, "XX")
        yield lambda: type(pytest.raises(RuntimeError, torch.library.Library, space, "DEF").value)
        yield lambda: getattr(torch.ops, space).nope
        torch.library.define(f"{space}::baz", "(Tensor x) -> Tensor")
        torch.library.impl(f"{space}::baz", "cpu", lambda x: x - 1)
        torch.library.register_autograd(f"{space}::baz", lambda ctx, g: g * 5)
        torch.library.register_fake(f"{space}::baz", lambda x: x.new_empty(7))
        baz, leaf = getattr(torch.ops, space).baz, torch.ones(2, requires_grad=True)
        yield lambda: baz(leaf).sum().backward()
        yield lambda: (leaf.grad, baz(leaf.to("meta")).shape, baz.default.name(), baz.default)
        yield lambda: str(baz.default._schema)
        yield lambda: torch.library.register_autograd(f"{space}::nope", lambda ctx, g: g)
        lib._destroy()

    expected, actual = both(program)
    assert [text.replace(f"{loxley.__name__}.", "") for text in actual] == expected


def test_inferred_schemas() -> None:
    def program(torch, space):
        def schema(mutates=(), returns=None, **annotations):
            names = ", ".join(annotations)
            room: dict[str, Any] = {}
            exec(f"def function({names}): pass", room)
            function = room["function"]
            function.__annotations__ = {**annotations, "return": returns}
            function.__signature__ = inspect.Signature(
                [
                    inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=a)
                    for name, a in annotations.items()
                ],
                return_annotation=returns,
            )
            return torch.library.infer_schema(function, mutates_args=mutates)

        t = torch.Tensor
        yield lambda: schema(x=t, n=int, f=float, b=bool, s=str, d=torch.dtype, e=torch.device)
        yield lambda: schema(x=t | None, xs=list[t], ns=list[int], fs=list[float] | None)
        yield lambda: schema(xs=list[t | None], returns=t)
        yield lambda: schema(x=t, returns=tuple[t, t])
        yield lambda: schema(x=t, returns=list[t])
        yield lambda: schema(x=t, y=t, mutates={"y"})
        yield lambda: schema(x=t, y=int, mutates="unknown")
        yield lambda: type(pytest.raises(ValueError, schema, x=dict).value)
        yield lambda: type(pytest.raises(ValueError, schema, x=t, returns=dict).value)
        yield lambda: type(pytest.raises(ValueError, schema, x=t, mutates={"z"}).value)

    expected, actual = both(program)
    assert actual == expected


def test_other_operators() -> None:
    def program(torch, space):
        t = torch.arange(12.0).reshape(3, 4)
        yield lambda: torch.ops.aten.index(t, [None, torch.tensor([0, 2])])
        yield lambda: torch.ops.aten.index.Tensor(t, [torch.tensor([1])])
        yield lambda: torch.ops.aten._pin_memory(t)
        yield lambda: torch.ops.aten._to_copy(t, dtype=torch.float64)
        yield lambda: torch.ops.aten._to_copy(t).data_ptr() == t.data_ptr()
        yield lambda: torch.ops.aten.alias(t).data_ptr() == t.data_ptr()
        yield lambda: (torch.ops.aten.add, torch.ops.profiler._record_function_enter)
        handle = torch.ops.profiler._record_function_enter("block")
        yield lambda: (handle.dtype, torch.ops.profiler._record_function_exit(handle))
        yield lambda: torch.ops.load_library("/nowhere.so")
        yield lambda: torch.classes.load_library("/nowhere.so")
        yield lambda: torch.classes.A.b
        yield lambda: torch.onnx.is_in_onnx_export()
        yield lambda: torch.onnx.operators.shape_as_tensor(t)
        yield lambda: torch.onnx.register_custom_op_symbolic("foo", lambda g, x: x, 9)
        yield lambda: torch.onnx.export(torch.nn.Linear(2, 3), (t,), "/nowhere.onnx")

    import torch.onnx.operators  # noqa: F401 - PyTorch does not bring it along

    expected, actual = both(program)
    assert actual == expected


def test_small_names() -> None:
    def program(torch, space):
        typed = torch.arange(4.0).storage()
        yield lambda: torch._utils._rebuild_tensor_v2(typed, 1, (2,), (1,), True, {})
        yield lambda: torch._utils._element_size(torch.bfloat16)
        yield lambda: torch._utils._element_size(3)
        yield lambda: torch._prims_common.alert_not_deterministic("foo")
        torch.use_deterministic_algorithms(True)
        yield lambda: torch._prims_common.alert_not_deterministic("foo")
        torch.use_deterministic_algorithms(False)
        yield lambda: inspect.isdatadescriptor(torch.Tensor.dtype)
        yield lambda: "dtype" in dir(torch.Tensor)

    expected, actual = both(program)
    assert actual == expected
