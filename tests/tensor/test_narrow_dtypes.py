"""8-bit floats, complex halves, quantized tensors, typed storages: what PyTorch 2.13 gave."""

from __future__ import annotations

import copy
import pickle

import pytest

import loxley as torch

E4M3, E5M2, POWERS = torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e8m0fnu
INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("kind", "numbers", "bits"),
    [
        (E4M3, [0.3, 448, 464, 1e9, -INF, NAN, 2**-10], [42, 126, 126, 126, 254, 127, 0]),
        (E5M2, [0.3, 448, 480, 1e9, -INF, NAN], [53, 95, 96, 124, 252, 127]),
        (torch.float8_e4m3fnuz, [0.5, 1e9, -INF, NAN], [56, 128, 128, 128]),
        (torch.float8_e5m2fnuz, [0.5, 1e9, -INF, NAN], [60, 128, 128, 128]),
        (POWERS, [0, 1, 1.5, 3, -1, 1e9, INF, NAN], [0, 127, 128, 129, 127, 157, 255, 255]),
    ],
)
def test_rounding(kind: torch.dtype, numbers: list[float], bits: list[int]) -> None:
    assert torch.tensor(numbers).to(kind).view(torch.uint8).tolist() == bits
    assert torch.tensor(numbers, dtype=kind).view(torch.uint8).tolist() == bits


def test_how_they_print() -> None:
    assert repr(torch.tensor([1.5, 0.3, -200, NAN]).to(E4M3)) == (
        "tensor([   1.5000,    0.3125, -192.0000,       nan], dtype=torch.float8_e4m3fn)"
    )
    assert repr(torch.zeros(2, dtype=POWERS)) == "tensor([0., 0.], dtype=torch.float8_e8m0fnu)"
    assert repr(torch.tensor([1 + 2j, 0.333 - 1e5j]).chalf()) == (
        "tensor([1.0000+2.j, 0.3330-infj], dtype=torch.complex32)"
    )


def test_what_is_moved_and_computed() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).to(E4M3)
    assert (x @ x).tolist() == [[7, 10], [15, 22]]
    assert (x * x).t().tolist() == [[1, 9], [4, 16]]
    assert torch.cat([x, x])[2].tolist() == [1, 2]
    assert (x == 3).tolist() == [[False, False], [True, False]]
    x[0] = 5
    assert x.float().sum().item() == 17
    z = torch.view_as_complex(torch.tensor([[1.0, 2.0], [3.0, -1.0]]).half())
    assert (z * 2j).tolist() == [-4 + 2j, 2 + 6j]
    assert z.abs().dtype is torch.float16
    assert z.imag.tolist() == [2, -1]


@pytest.mark.parametrize(
    ("call", "kernel"),
    [
        (lambda x: x + 1, "add_stub"),
        (lambda x: x * 2, "mul_cpu_reduced_float"),
        (lambda x: x.sum(), "sum_cpu"),
        (lambda x: x.exp(), "exp_vml_cpu"),
        (lambda x: x < x, "lt_cpu"),
        (lambda x: x.flip(0), "flip_cpu"),
        (lambda x: x @ x, "dot"),
        (lambda x: x.masked_fill(x == 1, 2), "masked_fill"),
        (lambda x: torch.arange(3, dtype=x.dtype), "arange_cpu"),
    ],
)
def test_what_is_refused(call, kernel: str) -> None:
    with pytest.raises(
        NotImplementedError, match=f'"{kernel}" not implemented for \'Float8_e4m3fn'
    ):
        call(torch.tensor([1.0, 2.0]).to(E4M3))


def test_promotion() -> None:
    with pytest.raises(RuntimeError, match="Promotion for Float8 Types is not supported"):
        torch.promote_types(E4M3, torch.float32)
    assert torch.promote_types(torch.chalf, torch.float32) is torch.complex64
    assert torch.promote_types(torch.chalf, torch.int64) is torch.complex32
    assert (torch.ones(2).half() * 1j).dtype is torch.complex32


def test_random_complex_halves_have_two_parts() -> None:
    torch.manual_seed(0)
    z = torch.randn(3, dtype=torch.chalf)
    assert len(set(torch.view_as_real(z).reshape(-1).tolist())) == 6


def test_gradients_pass_through_complex_halves() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x.chalf() * (1 + 2j)).backward(torch.ones(2, dtype=torch.chalf))
    assert x.grad.tolist() == [1, 1]


@pytest.mark.parametrize("kind", [E4M3, E5M2, POWERS, torch.complex32])
def test_copies_and_pickles(kind: torch.dtype) -> None:
    x = torch.tensor([1.0, 2.0, 4.0]).to(kind)
    assert repr(copy.deepcopy(x)) == repr(pickle.loads(pickle.dumps(x))) == repr(x)
    with pytest.raises(TypeError, match="Got unsupported ScalarType"):
        x.numpy()


@pytest.mark.parametrize("kind", [E4M3, E5M2, torch.complex32])
def test_plans_with_narrow_elements_are_compiled_around_them(
    kind: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(x: torch.Tensor) -> list:
        y = x.float() * 2 + 1
        z = y.to(kind)
        return [(z * z).float().tolist(), torch.cat([z, z])[1:3].tolist(), (z == z).tolist()]

    x = torch.tensor([1.0, 2.0, 3.0]).to(kind)
    first = step(x)
    assert all(step(x) == first for _ in range(6))


def test_scaled_products() -> None:
    a, b = torch.ones(2, 3).to(E4M3), torch.full((3, 2), 2.0).to(E4M3)
    half = torch.tensor(0.5)
    made = torch._scaled_mm(a, b, half, half, bias=torch.ones(2), out_dtype=torch.float32)
    assert made.tolist() == [[2.5, 2.5], [2.5, 2.5]]
    assert torch._scaled_mm(a, b, half, half).dtype is E4M3
    with pytest.raises(ValueError, match="Invalid scaling configuration"):
        torch._scaled_mm(a.float(), b, half, half)


def test_quantized_tensors() -> None:
    x = torch.tensor([[-1.0, 0.0, 0.5], [1.0, 2.0, 300.0]])
    q = torch.quantize_per_tensor(x, 0.1, 10, torch.quint8)
    assert q.int_repr().tolist() == [[0, 10, 15], [20, 30, 255]]
    assert (q.q_scale(), q[0].q_zero_point(), q.is_quantized) == (0.1, 10, True)
    assert repr(q[0]) == (
        "tensor([-1.0000,  0.0000,  0.5000], size=(3,), dtype=torch.quint8,\n"
        "       quantization_scheme=torch.per_tensor_affine, scale=0.1, zero_point=10)"
    )
    assert repr(pickle.loads(pickle.dumps(q))) == repr(copy.deepcopy(q)) == repr(q.clone())
    p = torch.quantize_per_channel(
        x, torch.tensor([0.1, 0.2, 0.5]), torch.tensor([1, 2, 0]), 1, torch.qint8
    )
    assert p.int_repr().tolist() == [[-9, 2, 1], [11, 12, 127]]
    assert p.q_per_channel_axis() == 1
    for refused in (lambda: q + q, lambda: q.fill_(1), lambda: torch.zeros(2, dtype=q.dtype)):
        with pytest.raises(NotImplementedError):
            refused()
    with pytest.raises(RuntimeError, match="uniformly quantized"):
        p.t().dequantize()


def test_dequantize_of_plain_tensors() -> None:
    assert torch.ones(2).half().dequantize().dtype is torch.float32
    assert torch.ones(2).int().dequantize().tolist() == [1, 1]


def test_typed_storages() -> None:
    storage = torch.FloatStorage([1, 2])
    assert isinstance(storage, torch.FloatStorage)
    assert not isinstance(storage, torch.ByteStorage)
    assert torch.zeros(2).storage_type() is torch.FloatStorage
    assert storage.long().tolist() == [1, 2]
    assert torch.empty(0).set_(storage).tolist() == [1, 2]
