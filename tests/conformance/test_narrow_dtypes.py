"""8-bit floats, complex halves, quantized tensors and typed storages, against PyTorch."""

from __future__ import annotations

import io
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import loxley

torch = pytest.importorskip("torch")
from tests.conformance import nearness, operator_dtypes, operators  # noqa: E402

FLOATS8 = ("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu")
NARROW = (*FLOATS8, "complex32")
QUANTIZED = ("quint8", "qint8", "qint32")


def _outcome(code: str, module: ModuleType, **names: Any) -> str:
    """What an expression prints, or the type and message of what it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return str(eval(code, {"torch": module, "np": np, **names}))
        except Exception as error:
            return f"{type(error).__name__}: {str(error).splitlines()[0]}"


def _both(code: str, setup: dict[str, str], **names: Any) -> tuple[str, str]:
    outcomes = []
    for module in (torch, loxley):
        made: dict[str, Any] = dict(names)
        for name, line in setup.items():
            made[name] = eval(line, {"torch": module, **made})
        outcomes.append(_outcome(code, module, **made))
    return outcomes[0], outcomes[1]


def _patterns() -> np.ndarray:
    """float32 of all signs and exponents, with fractions around every 16-bit one."""
    high = np.arange(1 << 16, dtype=np.uint32) << 16
    return np.concatenate([high + low for low in (0, 1, 0x8000, 0xFFFF)]).view(np.float32)


@pytest.mark.parametrize("kind", FLOATS8)
@pytest.mark.parametrize("source", ["float32", "float64", "float16", "bfloat16", "int64"])
def test_rounding_to_8_bits(kind: str, source: str) -> None:
    x = _patterns()
    if source == "bfloat16":
        x = x[~np.isnan(x)]  # whose sign the way by bfloat16 may lose
    if source == "int64":
        x = np.arange(-3000, 3000)
    here = torch.from_numpy(x).to(getattr(torch, source)).to(getattr(torch, kind))
    there = loxley.from_numpy(x).to(getattr(loxley, source)).to(getattr(loxley, kind))
    assert np.array_equal(here.view(torch.uint8).numpy(), there.view(loxley.uint8).numpy())


@pytest.mark.parametrize("kind", FLOATS8)
@pytest.mark.parametrize(
    "target", ["float32", "float64", "float16", "bool", "uint8", "int32", "int64", "complex64"]
)
def test_widening_from_8_bits(kind: str, target: str) -> None:
    bits = np.arange(256, dtype=np.uint8)
    if "int" in target:  # what C leaves undefined
        bits = bits[torch.from_numpy(bits).view(getattr(torch, kind)).float().abs().numpy() < 2**31]
    here = torch.from_numpy(bits).view(getattr(torch, kind)).to(getattr(torch, target))
    there = loxley.from_numpy(bits).view(getattr(loxley, kind)).to(getattr(loxley, target))
    assert np.array_equal(here.numpy(), there.numpy(), equal_nan=target[0] in "fc")


X = {
    "k": "getattr(torch, kind)",
    "x": "torch.tensor([[1.0, 2.0], [3.0, -0.25]]).to(k)",
    "m": "torch.tensor([[True, False], [False, True]])",
    "i": "torch.tensor([0, 1])",
}
EXPRESSIONS = """
x
x[0, 1]
x[i]
x[m]
x.t()
x.T.contiguous()
x.flip(0)
x.flip(1)
x.roll(1)
x.repeat(2, 1)
x.repeat_interleave(2)
x.tril()
x.nonzero()
x.gather(0, i[None])
x.scatter(0, i[None], x)
x.index_select(0, i)
x.index_add(0, i, x)
x.index_copy(0, i, x)
x.index_fill(0, i, 1)
x.index_put((i,), x[0])
x.masked_fill(m, 1)
x.masked_scatter(m, x)
x.masked_select(m)
x.take(i)
x.clone().__setitem__(m, 1)
x.clone().__setitem__(0, 1)
x.fill_(2)
x.copy_(torch.ones(2, 2))
torch.ones(2, 2, dtype=x.real.dtype if x.is_complex() else torch.float32).copy_(x)
torch.where(m, x, x)
torch.where(m, x, 1.0)
torch.cat([x, x])
torch.cat([x, x.to(torch.complex64)])
torch.stack([x, x])
torch.block_diag(x, x) if k != torch.float8_e8m0fnu else 0
x.diag()
x.unfold(0, 2, 1)
x.view(torch.uint8)
x == 1
x != x
x.eq(x)
x < x
x.isnan()
x.isinf()
x.isfinite()
x.isreal()
x.equal(x)
x.all()
x.any(0)
x.count_nonzero()
x + x
x - x
1 - x
x * x
x * 2
x * x[0, 0]
x / x
x.neg()
x.abs()
x.pow(2)
x.sqrt()
x.exp()
x.sum()
x.mean()
x.prod()
x.cumsum(0)
x.max()
x.std(0)
x.norm()
x.softmax(0)
x.sort()
x.unique()
x.conj()
x.sgn()
x.angle()
x.mm(x)
x @ x
x.matmul(x[0])
x.addmm(x, x)
torch.bmm(x[None], x[None])
torch.nn.functional.linear(x, x, x[0])
torch.nn.functional.embedding(i, x)
torch.zeros(2, dtype=k)
torch.full((2,), 3, dtype=k)
torch.tensor([1.5, 2], dtype=k)
torch.empty(3, dtype=k).shape
torch.arange(3, dtype=k)
torch.linspace(0, 1, 3, dtype=k)
torch.randint(3, (2,), dtype=k)
x.new_tensor([1])
x.numpy()
x.tolist()
x[0, 0].item()
float(x[0, 0].float())
x.type()
x.to('meta')
x.float()
x.half()
x.long()
x.bool()
x.double()
x.dequantize()
x.storage().dtype
x.storage().tolist()
torch.finfo(k)
(k.itemsize, k.is_signed, k.is_floating_point, k.is_complex, k.to_real())
k.to_complex()
torch.promote_types(k, torch.float32)
torch.promote_types(k, torch.int64)
torch.promote_types(k, torch.float64)
torch.promote_types(torch.bfloat16, k)
torch.promote_types(torch.float8_e5m2, k)
torch.can_cast(k, torch.int32)
torch.result_type(x, 1.0)
torch.result_type(x, 1)
x + torch.ones(2)
x.requires_grad_()
x.clone().requires_grad_().float().sum().backward()
""".strip().splitlines()


@pytest.mark.parametrize("kind", NARROW)
@pytest.mark.parametrize("code", EXPRESSIONS)
def test_what_is_computed_and_what_is_refused(kind: str, code: str) -> None:
    expected, got = _both(code, X, kind=kind)
    assert got == expected


OF_COMPLEX_HALVES = """
torch.view_as_real(z)
torch.view_as_complex(torch.ones(2, 2).half())
torch.complex(h, h)
torch.polar(h, h)
h * 1j
torch.result_type(h, 1j)
torch.result_type(h.bfloat16(), 1j)
z.real
z.imag
z * z
z * 2j
z - 1j
z.conj()
z.var()
z.to(torch.complex64)
z.view(torch.float16)
torch.isclose(z, z)
torch.allclose(z, z)
complex(z[0])
f"{z[0]}"
torch.float16.to_complex()
torch.manual_seed(3) and torch.randn(5, dtype=torch.chalf)
torch.manual_seed(3) and torch.randn(50, dtype=torch.chalf)
torch.manual_seed(3) and torch.rand(5, dtype=torch.chalf)
""".strip().splitlines()


@pytest.mark.parametrize("code", OF_COMPLEX_HALVES)
def test_complex_halves(code: str) -> None:
    setup = {"z": "torch.tensor([1+2j, 0.333-1e5j, -3j]).chalf()", "h": "torch.ones(2).half()"}
    expected, got = _both(code, setup)
    assert got == expected


def test_gradient_through_complex_halves() -> None:
    grads = []
    for module in (torch, loxley):
        x = module.tensor([1.0, 2.0], dtype=module.float64, requires_grad=True)
        y = x.chalf() * (1 + 2j)
        y.backward(module.tensor([1 + 1j, 2j]).chalf())
        grads.append(x.grad.tolist())
    assert grads[0] == grads[1]


COMPLEX_HALF_ENTRIES = sorted(
    name for name, op in operators.ENTRIES.items() if torch.complex32 in op.supported_dtypes("cpu")
)
ROUNDED_TWICE = {"nn.functional.conv1d"}  # PyTorch sums the parts' products in half precision


@pytest.mark.parametrize("entry", COMPLEX_HALF_ENTRIES)
def test_operators_that_list_complex_halves(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(operator_dtypes.DTYPES, "complex32", torch.complex32)
    monkeypatch.setitem(nearness.EXACT, torch.complex32, torch.complex128)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = list(operator_dtypes._differences(f"{entry}@complex32"))
    assert not any(found), found


def _saved(module: ModuleType, value: Any) -> io.BytesIO:
    file = io.BytesIO()
    module.save(value, file)
    file.seek(0)
    return file


@pytest.mark.parametrize("kind", NARROW)
def test_files_go_both_ways(kind: str) -> None:
    x = np.linspace(-4, 4, 7, dtype=np.float32)
    here = torch.from_numpy(x).to(getattr(torch, kind))
    there = loxley.from_numpy(x).to(getattr(loxley, kind))
    assert repr(torch.load(_saved(loxley, {"a": there}))["a"]) == repr(here)
    assert repr(loxley.load(_saved(torch, {"a": here}))["a"]) == repr(here)


@pytest.mark.parametrize("kind", FLOATS8)
def test_safetensors_go_both_ways(kind: str, tmp_path: Any) -> None:
    theirs = pytest.importorskip("safetensors.torch")
    from loxley.io import safetensors as ours

    x = np.linspace(-4, 4, 7, dtype=np.float32)
    here = torch.from_numpy(x).to(getattr(torch, kind))
    theirs.save_file({"a": here}, tmp_path / "a")
    assert repr(ours.load_file(tmp_path / "a")["a"]) == repr(here)
    ours.save_file({"a": loxley.from_numpy(x).to(getattr(loxley, kind))}, tmp_path / "b")
    assert repr(theirs.load_file(tmp_path / "b")["a"]) == repr(here)


# ------------------------------------------------------------------ scaled products

SCALED = {
    "a": "(torch.arange(32).reshape(4, 8) % 7 - 3.0).to(torch.float8_e4m3fn)",
    "b": "(torch.arange(48).reshape(6, 8) % 5 - 2.0).to(torch.float8_e4m3fn).t()",
    "s": "torch.tensor(0.5)",
    "r": "torch.arange(1.0, 5.0)[:, None]",
    "c": "torch.arange(1.0, 7.0)[None]",
}


@pytest.mark.parametrize(
    "arguments",
    """
a, b, s, s
a, b, s, s, out_dtype=torch.float32
a, b, s, s, out_dtype=torch.bfloat16
a, b, r, c, out_dtype=torch.float32
a, b, s, s, bias=torch.ones(6), out_dtype=torch.float32
a, b, s, s, scale_result=torch.tensor(2.0)
a, b, s, s, scale_result=torch.tensor(2.0), out_dtype=torch.float32
a, b.to(torch.float8_e5m2), s, s, use_fast_accum=True
a.float(), b, s, s
a, b, s.double(), s
a, b, torch.ones(3), s
a[:, :6], b, s, s
a[0], b, s, s
a, b, s, s, torch.ones(5)
""".strip().splitlines(),
)
def test_scaled_mm(arguments: str) -> None:
    expected, got = _both(f"torch._scaled_mm({arguments})", SCALED)
    assert got == expected


# ------------------------------------------------------------------ quantized tensors

Q = {
    "k": "getattr(torch, kind)",
    "x": "torch.tensor([[-1.0, 0.0, 0.5], [1.0, 2.0, 300.0]])",
    "q": "torch.quantize_per_tensor(x, 0.1, 10, k)",
    "s": "torch.tensor([0.1, 0.2, 0.5])",
    "z": "torch.tensor([1, 2, 0])",
    "p": "torch.quantize_per_channel(x, s, z, 1, k)",
}
OF_QUANTIZED = """
q
p
q[0]
q.t()
q.reshape(3, 2)
q.clone()
q.t().contiguous().int_repr()
q.int_repr()
p.int_repr()
q.dequantize()
p.dequantize()
torch.dequantize([q, p])
q.q_scale(), q.q_zero_point(), q.qscheme(), q[0].q_scale()
p.q_per_channel_scales(), p.q_per_channel_zero_points(), p.q_per_channel_axis(), p.qscheme()
q.is_quantized, x.is_quantized, q.type(), q.element_size(), q.is_floating_point()
q[0, 0].item()
q.tolist()
q.numpy()
q.float()
q.requires_grad_()
torch.equal(q, q)
torch.tensor([1, 2], dtype=k)
torch.quantize_per_tensor(x, 0.1, 10, torch.float32)
torch.quantize_per_tensor(x, 0.1, 2**40, k)
torch.quantize_per_tensor(x.int(), 0.1, 10, k)
torch.quantize_per_tensor(x, s[0], z[0], k)
torch.quantize_per_tensor([x, x], s, z, k)
torch.quantize_per_channel(x, s[:1], z[:1], 1, k)
torch.iinfo(k)
x.half().dequantize()
x.double().dequantize()
x.int().dequantize()
""".strip().splitlines()


@pytest.mark.parametrize("kind", QUANTIZED)
@pytest.mark.parametrize("code", OF_QUANTIZED)
def test_quantized(kind: str, code: str) -> None:
    expected, got = _both(code, Q, kind=kind)
    assert got == expected


@pytest.mark.parametrize("kind", QUANTIZED)
def test_quantizing_many_numbers_and_files(kind: str) -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.standard_normal(999) * 9, [np.nan, np.inf, -np.inf, 0.5, 2.5, 1e30]])
    x = x.astype(np.float32)
    for scale, zero in ((0.1, 0), (0.0371, 3), (1.0, 7)):
        here = torch.quantize_per_tensor(torch.from_numpy(x), scale, zero, getattr(torch, kind))
        there = loxley.quantize_per_tensor(loxley.from_numpy(x), scale, zero, getattr(loxley, kind))
        assert np.array_equal(here.int_repr().numpy(), there.int_repr().numpy())
        assert np.array_equal(here.dequantize().numpy(), there.dequantize().numpy())
        assert repr(torch.load(_saved(loxley, there))) == repr(here)
        assert repr(loxley.load(_saved(torch, here))) == repr(there)


# ------------------------------------------------------------------ typed storages


@pytest.mark.parametrize("name", ["FloatStorage", "ByteStorage", "BoolStorage", "HalfStorage"])
@pytest.mark.parametrize(
    "code",
    """
S
S(3).size()
S([1, 0, 1])
S(2).fill_(1).tolist()
S(2).copy_(torch.FloatStorage([1, 0])).tolist()
S([1, 0]).clone()[0]
S([1, 0])[:1]
S.dtype, S.__module__, S.__name__
isinstance(torch.zeros(2).storage(), S), isinstance(S(2), torch.TypedStorage)
torch.zeros(2).storage_type()
torch.is_storage(S(1))
S([1, 0]).double(), S([1, 0]).long(), S([1, 0]).bool()
S(wrap_storage=torch.zeros(2).untyped_storage())
torch.empty(0, dtype=S.dtype).set_(S([1, 0]))
S([1, 0]).pickle_storage_type(), S(2).type()
torch.TypedStorage([1, 2], dtype=torch.int32)
S('a')
S()
""".strip().splitlines(),
)
def test_typed_storages(name: str, code: str) -> None:
    expected, got = _both(code, {"S": f"torch.{name}"})
    assert got == expected
