# ruff: noqa: E501 - what was recorded stays on its line
"""Operators and elementwise functions: results, promotion, errors.

Each case is an expression and what PyTorch 2.13.0 printed for it, or the error it raised.
"""

from __future__ import annotations

import numpy as np
import pytest

import loxley as torch

T = torch.tensor


def g(*args, **kwargs):
    return T(*args, **kwargs, requires_grad=True)


CASES = (
    ("torch.tensor([1],dtype=torch.uint8)==300", "tensor([False])"),
    ("torch.tensor([1],dtype=torch.uint8)+300", "tensor([45], dtype=torch.uint8)"),
    ("torch.tensor([1],dtype=torch.int8)*1000", "tensor([-24], dtype=torch.int8)"),
    ("torch.tensor([1],dtype=torch.uint8)+(-1)", "tensor([0], dtype=torch.uint8)"),
    ("torch.tensor([1],dtype=torch.uint8)<-1", "tensor([True])"),
    ("torch.add(1,2)", "tensor(3)"),
    ("torch.add(1.5,2)", "tensor(3.5000)"),
    ("torch.sin(3)", "TypeError: sin(): argument 'input' (position 1) must be Tensor, not int"),
    (
        "torch.add(T([1.]),'s')",
        "TypeError: add(): argument 'other' (position 2) must be Tensor, not str",
    ),
    ("T([1.])+'s'", "TypeError: unsupported operand type(s) for +: 'Tensor' and 'str'"),
    ("T([1])/T([0])", "tensor([inf])"),
    ("T([1])//T([0])", "RuntimeError: ZeroDivisionError"),
    ("T([1])//0", "RuntimeError: ZeroDivisionError"),
    ("T([1])%0", "RuntimeError: ZeroDivisionError"),
    ("T([1])%T([0])", "RuntimeError: ZeroDivisionError"),
    ("torch.fmod(T([1]),0)", "RuntimeError: ZeroDivisionError"),
    ("T([1.])//0", "tensor([inf])"),
    ("torch.div(T([1]),T([0]),rounding_mode='floor')", "RuntimeError: ZeroDivisionError"),
    ("torch.div(T([1]),T([0]),rounding_mode='trunc')", "RuntimeError: ZeroDivisionError"),
    (
        "torch.div(T([1]),T([0]),rounding_mode='x')",
        "RuntimeError: div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
        "'x'",
    ),
    ("T([2])**-1", "RuntimeError: Integers to negative integer powers are not allowed."),
    ("T([2])**T([-1])", "tensor([0])"),
    (
        "T([True])-T([True])",
        "RuntimeError: Subtraction, the `-` operator, with two bool tensors is not supported. Use "
        "the `^` or `logical_xor()` operator instead.",
    ),
    (
        "-T([True])",
        "RuntimeError: Negation, the `-` operator, on a bool tensor is not supported. If you are "
        "trying to invert a mask, use the `~` or `logical_not()` operat",
    ),
    (
        "T([True])-1",
        "RuntimeError: Subtraction, the `-` operator, with a bool tensor is not supported. If you "
        "are trying to invert a mask, use the `~` or `logical_not()` o",
    ),
    (
        "1-T([True])",
        "RuntimeError: Subtraction, the `-` operator, with a bool tensor is not supported. If you "
        "are trying to invert a mask, use the `~` or `logical_not()` o",
    ),
    (
        "torch.rsub(T([True]),1)",
        "RuntimeError: Subtraction, the `-` operator, with a bool tensor is not supported. If you "
        "are trying to invert a mask, use the `~` or `logical_not()` o",
    ),
    (
        "~T([1.])",
        "TypeError: ~ (operator.invert) is only implemented on integer and Boolean-type tensors",
    ),
    ("T([1.])&T([1])", "NotImplementedError: \"bitwise_and_cpu\" not implemented for 'Float'"),
    ("T([1.])&1", "NotImplementedError: \"bitwise_and_cpu\" not implemented for 'Float'"),
    ("T([1])&1.5", "NotImplementedError: \"bitwise_and_cpu\" not implemented for 'Float'"),
    ("T([1.])<<1", "NotImplementedError: \"lshift_cpu\" not implemented for 'Float'"),
    ("1<<T([2])", "tensor([4])"),
    ("2**T([2.],requires_grad=True)", "tensor([4.], grad_fn=<PowBackward2>)"),
    ("T([2.],requires_grad=True)**2", "tensor([4.], grad_fn=<PowBackward0>)"),
    ("T([2.],requires_grad=True)**T([2.])", "tensor([4.], grad_fn=<PowBackward1>)"),
    ("1-T([2.],requires_grad=True)", "tensor([-1.], grad_fn=<RsubBackward1>)"),
    ("T([2.],requires_grad=True)-1", "tensor([1.], grad_fn=<SubBackward0>)"),
    ("1/T([2.],requires_grad=True)", "tensor([0.5000], grad_fn=<MulBackward0>)"),
    ("T([2.],requires_grad=True)/2", "tensor([1.], grad_fn=<DivBackward0>)"),
    ("T([2.],requires_grad=True)//2", "tensor([1.], grad_fn=<NotImplemented>)"),
    ("T([2.],requires_grad=True)%2", "tensor([0.], grad_fn=<RemainderBackward0>)"),
    ("T([2.],requires_grad=True)%T(2.)", "tensor([0.], grad_fn=<RemainderBackward1>)"),
    ("T([2.],requires_grad=True).fmod(2)", "tensor([0.], grad_fn=<FmodBackward0>)"),
    ("T([2.],requires_grad=True).fmod(T(2.))", "tensor([0.], grad_fn=<FmodBackward1>)"),
    ("2%T([3.],requires_grad=True)", "tensor([2.], grad_fn=<NotImplemented>)"),
    ("2//T([3.],requires_grad=True)", "tensor([0.], grad_fn=<NotImplemented>)"),
    (
        "divmod(T([3.]),2)",
        "TypeError: unsupported operand type(s) for divmod(): 'Tensor' and 'int'",
    ),
    ("T([2.],requires_grad=True).clamp(0,1)", "tensor([1.], grad_fn=<ClampBackward1>)"),
    ("T([2.],requires_grad=True).clamp(0)", "tensor([2.], grad_fn=<ClampBackward1>)"),
    ("T([2.],requires_grad=True).clamp(max=1)", "tensor([1.], grad_fn=<ClampBackward1>)"),
    ("T([2.],requires_grad=True).clamp_min(0)", "tensor([2.], grad_fn=<ClampMinBackward0>)"),
    ("T([2.],requires_grad=True).clamp(T(0.))", "tensor([2.], grad_fn=<ClampBackward0>)"),
    ("T([2.],requires_grad=True).clamp(T(0.),T(1.))", "tensor([1.], grad_fn=<ClampBackward0>)"),
    (
        "T([2.]).clamp()",
        "RuntimeError: torch.clamp: At least one of 'min' or 'max' must not be None",
    ),
    ("torch.sin(T([1]))", "tensor([0.8415])"),
    ("torch.sin(T([True]))", "tensor([0.8415])"),
    ("torch.floor(T([1]))", "tensor([1])"),
    ("torch.round(T([1]))", "tensor([1])"),
    ("torch.ceil(T([True]))", "NotImplementedError: \"ceil_vml_cpu\" not implemented for 'Bool'"),
    ("torch.round(T([True]))", "NotImplementedError: \"round_vml_cpu\" not implemented for 'Bool'"),
    ("torch.sign(T([True]))", "tensor([True])"),
    ("torch.abs(T([True]))", "NotImplementedError: \"abs_cpu\" not implemented for 'Bool'"),
    (
        "torch.neg(T([True]))",
        "RuntimeError: Negation, the `-` operator, on a bool tensor is not supported. If you are "
        "trying to invert a mask, use the `~` or `logical_not()` operat",
    ),
    ("torch.square(T([True]))", "tensor([1])"),
    ("torch.square(T([2.],requires_grad=True))", "tensor([4.], grad_fn=<PowBackward0>)"),
    ("torch.reciprocal(T([2]))", "tensor([0.5000])"),
    ("torch.floor(T([1j]))", "NotImplementedError: floor is not supported for complex inputs"),
    (
        "torch.erf(T([1j]))",
        "NotImplementedError: \"erf_vml_cpu\" not implemented for 'ComplexFloat'",
    ),
    ("torch.clamp(T([1j]),0)", "NotImplementedError: clamp is not supported for complex types"),
    (
        "torch.maximum(T([1j]),T([1j]))",
        "RuntimeError: maximum not implemented for complex tensors.",
    ),
    (
        "torch.lerp(T([1.]),T([2]),0.5)",
        "RuntimeError: expected dtype float for `end` but got dtype long int",
    ),
    ("torch.lerp(T([1.]),T([2.]),T(0.5,dtype=torch.float64))", "tensor([1.5000])"),
    ("T([1j])<T([1j])", "NotImplementedError: \"lt_cpu\" not implemented for 'ComplexFloat'"),
    ("torch.atan2(T([1]),T([2]))", "tensor([0.4636])"),
    ("torch.hypot(T([1]),T([2]))", "NotImplementedError: \"hypot_cpu\" not implemented for 'Long'"),
    (
        "torch.logaddexp(T([1]),T([2]))",
        "NotImplementedError: \"logaddexp_cpu\" not implemented for 'Long'",
    ),
    ("torch.copysign(T([1]),T([2]))", "tensor([1.])"),
    (
        "torch.heaviside(T([1.]),T([2]))",
        "RuntimeError: heaviside is not yet implemented for tensors with different dtypes.",
    ),
    (
        "torch.nextafter(T([1.]),T([2],dtype=torch.float64))",
        "tensor([1.0000], dtype=torch.float64)",
    ),
    ("torch.gcd(T([1.]),T([2.]))", "NotImplementedError: \"gcd_cpu\" not implemented for 'Float'"),
    (
        "torch.where(T([1]),1,2)",
        "RuntimeError: where expected condition to be a boolean tensor, but got a tensor with "
        "dtype Long",
    ),
    ("torch.where(T([True]),1,2.)", "tensor([1.])"),
    ("torch.where(T([True]),T([1.]),2.)", "tensor([1.])"),
    (
        "torch.where(T([1.]),T([1.]),2.)",
        "RuntimeError: where expected condition to be a boolean tensor, but got a tensor with "
        "dtype Float",
    ),
    (
        "torch.complex(T([1.]),T([1.],dtype=torch.float64))",
        "RuntimeError: Expected object of scalar type Float but got scalar type Double for second "
        "argument",
    ),
    (
        "torch.complex(T([1]),T([1]))",
        "RuntimeError: Expected both inputs to be Half, Float or Double tensors but got Long and "
        "Long",
    ),
    ("torch.polar(T([1.]),T([1.]))", "tensor([0.5403+0.8415j])"),
    ("torch.real(T([1.]))", "tensor([1.])"),
    (
        "torch.imag(T([1.]))",
        "RuntimeError: imag is not implemented for tensors with non-complex dtypes.",
    ),
    ("torch.angle(T([-1.,2,float('nan')]))", "tensor([3.1416, 0.0000,    nan])"),
    ("torch.angle(T([-1]))", "tensor([3.1416])"),
    ("torch.frexp(T([3]))", "RuntimeError: torch.frexp() only supports floating-point dtypes"),
    ("torch.ldexp(T([3]),T([2]))", "tensor([12.])"),
    ("torch.isclose(T([1]),T([1.]))", "RuntimeError: Long did not match Float"),
    ("torch.allclose(T([1]),T([1.]))", "RuntimeError: Long did not match Float"),
    ("torch.equal(T([1]),T([1.]))", "True"),
    ("torch.xlogy(T([1]),2)", "tensor([0.6931])"),
    ("torch.xlogy(2,T([1.]))", "tensor([0.])"),
    ("torch.special.zeta(2,T([2.]))", "tensor([0.6449])"),
    ("torch.polygamma(1,T([2]))", "tensor([0.6449])"),
    ("torch.mvlgamma(T([1.]),3)", "tensor([inf])"),
    ("torch.mvlgamma(T([5]),3)", "tensor([9.1406])"),
    ("torch.logit(T([0.3]),eps=0.1)", "tensor([-0.8473])"),
    (
        "torch.nan_to_num(T([float('nan'),float('inf')],dtype=torch.float16))",
        "tensor([    0., 65504.], dtype=torch.float16)",
    ),
    ("torch.nan_to_num(T([1]))", "tensor([1])"),
    ("torch.float_power(T([2]),3)", "tensor([8.], dtype=torch.float64)"),
    ("torch.float_power(2,T([3.]))", "tensor([8.], dtype=torch.float64)"),
    (
        "torch.igamma(T([1]),T([2]))",
        "NotImplementedError: \"igamma_cpu\" not implemented for 'Long'",
    ),
    ("torch.i0(T([1]))", "tensor([1.2661])"),
    (
        "bool(T([1,2]))",
        "RuntimeError: Boolean value of Tensor with more than one value is ambiguous",
    ),
    ("int(T([1.5]))", "1"),
    ("float(T([1,2]))", "ValueError: only one element tensors can be converted to Python scalars"),
    ("len(T(1))", "TypeError: len() of a 0-d tensor"),
    (
        "T([1.]).__index__()",
        "TypeError: only integer tensors of a single element can be converted to an index",
    ),
    ("list(range(3))[T(1)]", "1"),
    ("T([1,2]).__contains__(1)", "True"),
    (
        "'a' in T([1])",
        "RuntimeError: Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
        "<class 'str'>.",
    ),
    ("iter(T(1))", "TypeError: iteration over a 0-d tensor"),
    ("complex(T(1.5))", "(1.5+0j)"),
    ("abs(T(-1))", "tensor(1)"),
    ("T([1,2])==None", "False"),
    ("T([1,2])=='a'", "False"),
    ("T([1,2])!=None", "True"),
    ("T([1,2])<None", "TypeError: '<' not supported between instances of 'Tensor' and 'NoneType'"),
)


def outcome(expression: str) -> str:
    x = torch.arange(6.0).reshape(2, 3)
    try:
        return str(eval(expression, {"torch": torch, "np": np, "T": T, "g": g, "x": x}))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression, expected", CASES, ids=[case[0] for case in CASES])
def test_recorded(expression: str, expected: str) -> None:
    found = outcome(expression)
    assert found.startswith(expected) if "Error: " in expected else found == expected


def test_the_gradient_of_logaddexp_where_both_are_one_infinity():
    """NaN, as PyTorch's formula has it."""
    a, b = g([float("inf"), float("-inf"), 1.0]), g([float("inf"), float("-inf"), 1.0])
    torch.logaddexp(a, b).sum().backward()
    for grad in (a.grad, b.grad):
        assert grad[:2].isnan().all() and grad[2] == 0.5
