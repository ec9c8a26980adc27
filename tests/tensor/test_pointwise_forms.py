# ruff: noqa: E501 - what was recorded stays on its line
"""Forms of elementwise functions: numbers, tensors, names of grad_fn, errors.

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
    ("torch.ones(2)*np.ones(2)", "tensor([1., 1.], dtype=torch.float64)"),
    (
        "np.ones(2)*torch.ones(2)",
        "TypeError: unsupported operand type(s) for *: 'numpy.ndarray' and 'Tensor'",
    ),
    ("np.float32(2)*torch.ones(2)", "tensor([2., 2.])"),
    ("torch.ones(2)*np.float32(2)", "tensor([2., 2.])"),
    ("torch.ones(2)+np.float64(2)", "tensor([3., 3.])"),
    ("torch.ones(2).float()==np.ones(2)", "tensor([True, True])"),
    ("np.sin(torch.ones(2))", "tensor([0.8415, 0.8415])"),
    ("np.add(torch.ones(2),1)", "tensor([2., 2.])"),
    ("T([1,2]).masked_fill(T([True,False]),1.5)", "tensor([1, 2])"),
    ("T([1,2]).masked_fill(T([True,False]),T(1.5))", "tensor([1, 2])"),
    (
        "T([1.,2]).masked_fill(T([1,0]),1.5)",
        "RuntimeError: masked_fill_ only supports boolean masks, but got mask with dtype long int",
    ),
    ("T([1,2]).fill_(1.5)", "tensor([1, 1])"),
    (
        "T([1,2]).fill_(T([1,2]))",
        "RuntimeError: fill_ only supports 0-dimension value tensor but got tensor with 1 "
        "dimensions.",
    ),
    ("g([1.]).clone().zero_()", "tensor([0.], grad_fn=<ZeroBackward0>)"),
    ("g([1.]).clone().fill_(2)", "tensor([2.], grad_fn=<FillBackward2>)"),
    ("g([1.]).clone().fill_(T(2.))", "tensor([2.], grad_fn=<FillBackward3>)"),
    ("g([1.]).clone().copy_(T([2.]))", "tensor([2.], grad_fn=<CopyBackwards>)"),
    ("T([1.]).copy_(g([2.]))", "tensor([2.], grad_fn=<CopyBackwards>)"),
    ("g([1.]).masked_fill(T([True]),2)", "tensor([2.], grad_fn=<MaskedFillBackward0>)"),
    ("g([1.]).masked_fill(T([True]),T(2.))", "tensor([2.], grad_fn=<MaskedFillBackward1>)"),
    ("T([1.]).copy_(2)", "tensor([2.])"),
    (
        "T([1.]).copy_(T([1.,2.]))",
        "RuntimeError: output with shape [1] doesn't match the broadcast shape [2]",
    ),
    (
        "torch.add(T([1]),T([2]),alpha=1.5)",
        "RuntimeError: For integral input tensors, argument alpha must not be a floating point "
        "number.",
    ),
    (
        "torch.add(T([1.]),T([2]),alpha=True)",
        "RuntimeError: Boolean alpha only supported for Boolean results.",
    ),
    ("torch.add(T([True]),T([True]),alpha=2)", "tensor([True])"),
    ("torch.add(T([1]),T([2.]),alpha=1.5)", "tensor([4.])"),
    (
        "torch.add(T([1.]),1,alpha=1j)",
        "RuntimeError: For non-complex input tensors, argument alpha must not be a complex number.",
    ),
    ("torch.addcmul(T([1]),T([2]),T([3]),value=1.5)", "tensor([7])"),
    ("torch.addcmul(T([1]),T([2.]),T([3]))", "tensor([7.])"),
    (
        "torch.addcdiv(T([1]),T([2]),T([3]))",
        "RuntimeError: Integer division with addcdiv is no longer supported, and in a future  "
        "release addcdiv will perform a true division of tensor1 and tenso",
    ),
    ("torch.lerp(g([1.]),g([2.]),0.3)", "tensor([1.3000], grad_fn=<LerpBackward0>)"),
    ("torch.lerp(g([1.]),g([2.]),g([.3]))", "tensor([1.3000], grad_fn=<LerpBackward1>)"),
    (
        "torch.lerp(T([1]),T([2]),0.5)",
        "NotImplementedError: \"lerp_kernel_scalar\" not implemented for 'Long'",
    ),
    ("torch.addcmul(g([1.]),T([2.]),T([3]))", "tensor([7.], grad_fn=<AddcmulBackward0>)"),
    ("g([1.]).where(T([True]),T([2.]))", "tensor([1.], grad_fn=<WhereBackward0>)"),
    ("torch.maximum(g([1.]),T([2.]))", "tensor([2.], grad_fn=<MaximumBackward0>)"),
    ("torch.fmax(g([1.]),T([2.]))", "tensor([2.], grad_fn=<FmaxBackward0>)"),
    ("torch.max(g([1.]),T([2.]))", "tensor([2.], grad_fn=<MaximumBackward0>)"),
    ("g([1.]).clamp_max(1)", "tensor([1.], grad_fn=<ClampMaxBackward0>)"),
    ("g([1.]).clamp_max(T(1))", "tensor([1.], grad_fn=<ClampMaxBackward1>)"),
    ("g([1.]).add(1)", "tensor([2.], grad_fn=<AddBackward0>)"),
    ("g([1.]).div(2,rounding_mode='floor')", "tensor([0.], grad_fn=<DivBackward2>)"),
    ("g([1.]).div(T([2]),rounding_mode='floor')", "tensor([0.], grad_fn=<DivBackward2>)"),
    ("g([1.]).div(T([2]))", "tensor([0.5000], grad_fn=<DivBackward0>)"),
    ("g([1.]).true_divide(2)", "tensor([0.5000], grad_fn=<DivBackward0>)"),
    ("g([1.]).xlogy(2)", "tensor([0.6931], grad_fn=<XlogyBackward2>)"),
    ("g([1.]).xlogy(T(2.))", "tensor([0.6931], grad_fn=<XlogyBackward0>)"),
    ("torch.xlogy(2,g([1.]))", "tensor([0.], grad_fn=<XlogyBackward1>)"),
    ("torch.special.xlog1py(2,g([1.]))", "tensor([1.3863], grad_fn=<SpecialXlog1PyBackward1>)"),
    ("torch.special.zeta(2,g([1.]))", "tensor([1.6449], grad_fn=<SpecialZetaBackward1>)"),
    ("torch.special.zeta(g([2.]),2)", "tensor([0.6449], grad_fn=<SpecialZetaBackward2>)"),
    ("g([1.]).float_power(2)", "tensor([1.], dtype=torch.float64, grad_fn=<PowBackward0>)"),
    ("g([1.]).ldexp(T([2]))", "tensor([4.], grad_fn=<LdexpBackward0>)"),
    ("g([1.]).logit()", "tensor([inf], grad_fn=<LogitBackward0>)"),
    ("g([1.]).nan_to_num()", "tensor([1.], grad_fn=<NanToNumBackward0>)"),
    (
        "g([1.]).frexp()",
        "torch.return_types.frexp(\nmantissa=tensor([0.5000], "
        "grad_fn=<FrexpBackward0>),\nexponent=tensor([1], dtype=torch.int32))",
    ),
    ("g([1.]).mvlgamma(1)", "tensor([0.], grad_fn=<MvlgammaBackward0>)"),
    ("g([1.]).polygamma(1)", "tensor([1.6449], grad_fn=<PolygammaBackward0>)"),
    ("g([1.]).sinc()", "tensor([-2.7828e-08], grad_fn=<SincBackward0>)"),
    ("g([1j]).real", "tensor([0.], grad_fn=<SelectBackward0>)"),
    ("g([1j]).imag", "tensor([1.], grad_fn=<SelectBackward0>)"),
    ("g([1j]).abs()", "tensor([1.], grad_fn=<AbsBackward0>)"),
    ("g([1j]).angle()", "tensor([1.5708], grad_fn=<AngleBackward0>)"),
    ("g([1j]).sgn()", "tensor([0.+1.j], grad_fn=<SgnBackward0>)"),
    ("g([1j]).conj()", "tensor([0.-1.j], grad_fn=<ConjBackward0>)"),
    ("g([1j]).conj_physical()", "tensor([0.-1.j], grad_fn=<ConjPhysicalBackward0>)"),
    ("torch.view_as_real(g([1j]))", "tensor([[0., 1.]], grad_fn=<ViewAsRealBackward0>)"),
    ("torch.view_as_complex(g([1.,2.]))", "tensor(1.+2.j, grad_fn=<ViewAsComplexBackward0>)"),
    ("torch.polar(g([1.]),g([1.]))", "tensor([0.5403+0.8415j], grad_fn=<PolarBackward0>)"),
    ("torch.complex(g([1.]),g([1.]))", "tensor([1.+1.j], grad_fn=<ComplexBackward0>)"),
    ("g([1.]).heaviside(T([1.]))", "tensor([1.], grad_fn=<NotImplemented>)"),
    ("g([1.]).nextafter(T([1.]))", "tensor([1.], grad_fn=<NextafterBackward0>)"),
    ("g([1.]).copysign(T([1.]))", "tensor([1.], grad_fn=<CopysignBackward0>)"),
    ("g([1.]).copysign(1)", "tensor([1.], grad_fn=<CopysignBackward1>)"),
    ("torch.special.ndtr(g([1.]))", "tensor([0.8413], grad_fn=<MulBackward1>)"),
    ("torch.special.expit(g([1.]))", "tensor([0.7311], grad_fn=<SigmoidBackward0>)"),
    ("torch.special.exp2(g([1.]))", "tensor([2.], grad_fn=<Exp2Backward0>)"),
    ("torch.special.log_softmax(g([1.]),0)", "tensor([0.], grad_fn=<LogSoftmaxBackward0>)"),
    ("torch.special.i0(g([1.]))", "tensor([1.2661], grad_fn=<I0Backward0>)"),
    ("torch.special.entr(g([1.]))", "tensor([-0.], grad_fn=<SpecialEntrBackward0>)"),
    ("torch.special.erfcx(g([1.]))", "tensor([0.4276], grad_fn=<SpecialErfcxBackward0>)"),
    ("torch.special.bessel_j0(g([1.]))", "tensor([0.7652])"),
    ("torch.special.chebyshev_polynomial_t(g([1.]),2)", "tensor([1.])"),
    ("torch.special.hermite_polynomial_h(g([1.]),T([2.]))", "tensor([2.])"),
    ("torch.igamma(g([1.]),T([2.]))", "tensor([0.8647], grad_fn=<IgammaBackward0>)"),
    ("torch.deg2rad(g([1.]))", "tensor([0.0175], grad_fn=<Deg2RadBackward0>)"),
    ("torch.rad2deg(T([1]))", "tensor([57.2958])"),
    ("torch.positive(g([1.]))", "tensor([1.], requires_grad=True)"),
    (
        "torch.positive(T([True]))",
        "RuntimeError: The `+` operator, on a bool tensor is not supported.",
    ),
    ("g([1.]).round(decimals=1)", "tensor([1.], grad_fn=<RoundBackward1>)"),
    ("g([1.]).frac()", "tensor([0.], grad_fn=<FracBackward0>)"),
    ("g([1.]).to(torch.float64)", "tensor([1.], dtype=torch.float64, grad_fn=<ToCopyBackward0>)"),
    ("g([1.]).contiguous()", "tensor([1.], requires_grad=True)"),
    (
        "g([1.]).t_() ",
        "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.",
    ),
    ("g([1.])==1", "tensor([True])"),
    ("torch.logical_not(T([1.5]))", "tensor([False])"),
    ("torch.logical_not(T([1.5]),out=T([1.5]))", "tensor([0.])"),
    (
        "torch.gcd(T([4]),6)",
        "TypeError: gcd(): argument 'other' (position 2) must be Tensor, not int",
    ),
    (
        "torch.lcm(T([4]),6)",
        "TypeError: lcm(): argument 'other' (position 2) must be Tensor, not int",
    ),
    ("torch.fmod(T([4]),2.5)", "tensor([1.5000])"),
    ("torch.remainder(5,T([3]))", "tensor([2])"),
    ("torch.pow(2,T([3]))", "tensor([8])"),
    ("torch.pow(T([2]),T([0.5]))", "tensor([1.4142])"),
    ("torch.isreal(T([1+0j]))", "tensor([True])"),
    ("torch.signbit(T([True]))", "tensor([False])"),
    ("torch.square(T([2]))", "tensor([4])"),
    ("torch.exp2(T([2]))", "tensor([4.])"),
    ("torch.sgn(T([True]))", "tensor([True])"),
    ("torch.isposinf(T([1j]))", "RuntimeError: isposinf does not support complex inputs."),
    (
        "torch.bitwise_not(T([1.]))",
        "NotImplementedError: \"bitwise_not_cpu\" not implemented for 'Float'",
    ),
    ("torch.clamp(T([1,5]),1.5,3)", "tensor([1.5000, 3.0000])"),
    ("torch.clamp(T([True]),0)", "tensor([1])"),
    ("torch.clip(T([1.]),1,0)", "tensor([0.])"),
    (
        "torch.nan_to_num(T([1.]),nan=1j)",
        "TypeError: nan_to_num(): argument 'nan' must be float, not complex",
    ),
    ("torch.sigmoid(T([1]))", "tensor([0.7311])"),
    ("torch.sinc(T([1]))", "tensor([-2.7828e-08])"),
    ("torch.logit(T([1]))", "tensor([inf])"),
    (
        "torch.mul(T([1.]),T([1.]),T([1.]))",
        "TypeError: mul() takes 2 positional arguments but 3 were given",
    ),
    ("torch.sin(T([1.]),1)", "TypeError: sin() takes 1 positional argument but 2 were given"),
    (
        "torch.add(T([1.,2.]),T([1.,2.,3.]))",
        "RuntimeError: The size of tensor a (2) must match the size of tensor b (3) at "
        "non-singleton dimension 0",
    ),
    (
        "T([1.,2.]).add_(T([[1.,2.],[1,2]]))",
        "RuntimeError: output with shape [2] doesn't match the broadcast shape [2, 2]",
    ),
    (
        "T([1]).add_(1.5)",
        "RuntimeError: result type Float can't be cast to the desired output type Long",
    ),
    (
        "T([1]).div_(2)",
        "RuntimeError: result type Float can't be cast to the desired output type Long",
    ),
    (
        "g([1.]).add_(1)",
        "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.",
    ),
    (
        "torch.eq(T([1]),'a')",
        "TypeError: eq() received an invalid combination of arguments - got (Tensor, str), but "
        "expected one of:",
    ),
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
