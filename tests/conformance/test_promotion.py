"""Type promotion, elementwise values and in-place errors of every pair of dtypes, live."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402

KINDS = (
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)
NUMBERS = (True, 3, -2, 2.5, 1.5 + 2j)
FUNCTIONS = (
    "add sub mul div true_divide floor_divide remainder fmod pow maximum minimum fmax fmin eq lt "
    "ge atan2 hypot logaddexp bitwise_and bitwise_or bitwise_xor bitwise_left_shift logical_and "
    "gcd copysign xlogy ldexp float_power rsub isclose where_ heaviside nextafter"
).split()
UNARY = (
    "abs neg sign sgn sqrt exp log sin tanh sigmoid floor ceil round trunc frac square reciprocal "
    "rsqrt isnan isinf isfinite isreal signbit logical_not bitwise_not positive angle erf lgamma "
    "digamma expm1 log1p exp2 deg2rad nan_to_num conj isposinf real i0 sinc logit acos"
).split()


def operand(module, kind: str, dims: int):
    data = [[3, 1, 2], [2, 5, 1]] if dims else 3
    return module.tensor(data, dtype=getattr(module, kind))


def called(module, name: str, *args):
    if name == "where_":
        return module.where(module.tensor([True, False, True]), *args)
    return getattr(module, name)(*args)


def outcome(module, name: str, *args) -> tuple:
    """dtype, shape and elements, or the error's kind."""
    try:
        result = called(module, name, *args)
    except Exception as error:
        kind = type(error)
        return ("error", "TypeError" if kind is TypeError else "RuntimeError")
    values = result.to(module.complex128).tolist()
    return str(result.dtype), tuple(result.shape), values


def agree(name: str, here: tuple, there: tuple) -> bool:
    if here[:2] != there[:2] or here[0] == "error":
        return here[:2] == there[:2]
    a, b = np.array(here[2]), np.array(there[2])
    loose = {"torch.float16": 2e-3, "torch.bfloat16": 2e-2, "torch.float64": 1e-10}.get(
        here[0], 1e-5
    )
    if "complex128" in here[0]:
        loose = 1e-10
    return bool(np.allclose(a, b, loose, loose, equal_nan=True))


def operands():
    """All pairs but those that need complex numbers of 32 bits, which loxley has not."""
    sides = [(kind, dims) for kind in KINDS for dims in (0, 1)]
    for left, right in itertools.product(sides, sides):
        kinds = left[0] + right[0]
        if not ("complex" in kinds and "float16" in kinds.replace("bfloat16", "")):
            yield left, right
    for left, number in itertools.product(sides, NUMBERS):
        if not (left[0] == "float16" and isinstance(number, complex)):
            yield left, number
            yield number, left


def made(module, side):
    return operand(module, *side) if isinstance(side, tuple) else side


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_two_operands(name: str) -> None:
    wrong = []
    for left, right in operands():
        here = outcome(loxley, name, made(loxley, left), made(loxley, right))
        there = outcome(torch, name, made(torch, left), made(torch, right))
        if not agree(name, here, there):
            wrong.append((left, right, here, there))
    assert not wrong, f"{len(wrong)}: {wrong[:3]}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", UNARY)
def test_one_operand(name: str) -> None:
    wrong = []
    for kind, dims in itertools.product(KINDS, (0, 1)):
        here = outcome(loxley, name, operand(loxley, kind, dims))
        there = outcome(torch, name, operand(torch, kind, dims))
        if not agree(name, here, there):
            wrong.append((kind, dims, here, there))
    assert not wrong, f"{len(wrong)}: {wrong[:3]}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", ["add_", "mul_", "div_", "pow_", "eq_", "copy_", "fill_", "clamp_"]
)
def test_in_place(name: str) -> None:
    wrong = []
    for left, right in itertools.product(KINDS, [(k, 0) for k in KINDS] + list(NUMBERS)):
        results = []
        for module in (loxley, torch):
            own = operand(module, left, 1)
            try:
                getattr(own, name)(made(module, right))
                results.append(
                    (str(own.dtype), tuple(own.shape), own.to(module.complex128).tolist())
                )
            except Exception as error:
                kind = "TypeError" if type(error) is TypeError else "RuntimeError"
                results.append(("error", kind))
        if not agree(name, *results):
            wrong.append((left, right, *results))
    assert not wrong, f"{len(wrong)}: {wrong[:3]}"
