"""Printing against texts recorded from PyTorch 2.13.0."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from loxley.dtypes import BY_NAME
from loxley.tensor import formatting
from loxley.tensor.formatting import format_elements, format_parameter, format_scalar, format_tensor


@pytest.fixture(autouse=True)
def default_options():
    formatting.set_printoptions(profile="default")
    yield
    formatting.set_printoptions(profile="default")


# Elements, dtype, further arguments, print options, the text.
RECORDED = [
    (
        [],
        "float32",
        {},
        {},
        "tensor([])",
    ),
    (
        [],
        "int64",
        {},
        {},
        "tensor([], dtype=torch.int64)",
    ),
    (
        np.zeros((2, 0)),
        "float32",
        {"requires_grad": True},
        {},
        "tensor([], size=(2, 0), requires_grad=True)",
    ),
    (
        np.zeros((0, 3)),
        "bool",
        {},
        {},
        "tensor([], size=(0, 3), dtype=torch.bool)",
    ),
    (
        1.5,
        "float32",
        {},
        {},
        "tensor(1.5000)",
    ),
    (
        3,
        "int64",
        {},
        {},
        "tensor(3)",
    ),
    (
        True,
        "bool",
        {},
        {},
        "tensor(True)",
    ),
    (
        -0.0,
        "float64",
        {},
        {},
        "tensor(-0., dtype=torch.float64)",
    ),
    (
        2.0,
        "float32",
        {"default_dtype_name": "torch.float64"},
        {},
        "tensor(2., dtype=torch.float32)",
    ),
    (
        [1.0, 2.0],
        "float64",
        {"default_dtype_name": "torch.float64"},
        {},
        "tensor([1., 2.])",
    ),
    (
        [True, False],
        "bool",
        {},
        {},
        "tensor([ True, False])",
    ),
    (
        [1, -200, 30],
        "int16",
        {},
        {},
        "tensor([   1, -200,   30], dtype=torch.int16)",
    ),
    (
        [0, 255],
        "uint8",
        {},
        {},
        "tensor([  0, 255], dtype=torch.uint8)",
    ),
    (
        [-(2**63), 2**63 - 1],
        "int64",
        {},
        {},
        "tensor([-9223372036854775808,  9223372036854775807])",
    ),
    (
        [1.0, 2.0, -30.0],
        "float32",
        {},
        {},
        "tensor([  1.,   2., -30.])",
    ),
    (
        [1.0, 2.5, -30.0],
        "float32",
        {},
        {},
        "tensor([  1.0000,   2.5000, -30.0000])",
    ),
    (
        [1.0, 2.0],
        "float16",
        {},
        {},
        "tensor([1., 2.], dtype=torch.float16)",
    ),
    (
        [0.1, 3.0],
        "bfloat16",
        {},
        {},
        "tensor([0.1001, 3.0000], dtype=torch.bfloat16)",
    ),
    (
        [0.1, 3.0],
        "float64",
        {},
        {},
        "tensor([0.1000, 3.0000], dtype=torch.float64)",
    ),
    (
        [0.0, inf, -inf, nan],
        "float32",
        {},
        {},
        "tensor([0., inf, -inf, nan])",
    ),
    (
        [1.5, inf, -inf, nan],
        "float32",
        {},
        {},
        "tensor([1.5000,    inf,   -inf,    nan])",
    ),
    (
        [1e-5, inf],
        "float32",
        {},
        {},
        "tensor([1.0000e-05,        inf])",
    ),
    (
        [0.7, 700.0],
        "float32",
        {},
        {},
        "tensor([7.0000e-01, 7.0000e+02])",
    ),
    (
        [0.1, 100.0],
        "float32",
        {},
        {},
        "tensor([  0.1000, 100.0000])",
    ),
    (
        [1e-4],
        "float32",
        {},
        {},
        "tensor([1.0000e-04])",
    ),
    (
        [1e-4],
        "float64",
        {},
        {},
        "tensor([0.0001], dtype=torch.float64)",
    ),
    (
        [1e8, 1e8],
        "float32",
        {},
        {},
        "tensor([100000000., 100000000.])",
    ),
    (
        [1.0, 1001.0],
        "float32",
        {},
        {},
        "tensor([1.0000e+00, 1.0010e+03])",
    ),
    (
        [2e8],
        "float32",
        {},
        {},
        "tensor([2.0000e+08])",
    ),
    (
        [5e-324, 1.0],
        "float64",
        {},
        {},
        "tensor([4.9407e-324,  1.0000e+00], dtype=torch.float64)",
    ),
    (
        [1e-45],
        "float32",
        {},
        {},
        "tensor([1.4013e-45])",
    ),
    (
        [3.4e38, -3.4e38],
        "float32",
        {},
        {},
        "tensor([ 3.4000e+38, -3.4000e+38])",
    ),
    (
        [1 + 2j, 3 - 4.5j],
        "complex64",
        {},
        {},
        "tensor([1.+2.0000j, 3.-4.5000j])",
    ),
    (
        1 + 2j,
        "complex128",
        {},
        {},
        "tensor(1.+2.j, dtype=torch.complex128)",
    ),
    (
        [complex(nan, 0), complex(inf, -inf), 1e10j],
        "complex64",
        {},
        {},
        "tensor([nan+0.0000e+00j, inf-infj, 0.+1.0000e+10j])",
    ),
    (
        np.arange(6.0).reshape(2, 3),
        "float32",
        {},
        {},
        "tensor([[0., 1., 2.],\n        [3., 4., 5.]])",
    ),
    (
        np.arange(8).reshape(2, 2, 2),
        "int64",
        {},
        {},
        "tensor([[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]])",
    ),
    (
        np.arange(4).reshape(1, 2, 1, 2),
        "int64",
        {},
        {},
        "tensor([[[[0, 1]],\n\n         [[2, 3]]]])",
    ),
    (
        np.arange(30),
        "int64",
        {},
        {},
        "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
        "        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29])",
    ),
    (
        np.arange(12.0) * 1000,
        "float32",
        {"grad_fn_name": "MulBackward0"},
        {},
        "tensor([    0.,  1000.,  2000.,  3000.,  4000.,  5000.,  6000.,  7000.,  8000.,\n"
        "         9000., 10000., 11000.], grad_fn=<MulBackward0>)",
    ),
    (
        np.arange(7.0) * 1000,
        "float32",
        {"requires_grad": True},
        {},
        "tensor([   0., 1000., 2000., 3000., 4000., 5000., 6000.], requires_grad=True)",
    ),
    (
        np.arange(5.0) * 1000,
        "float64",
        {"requires_grad": True},
        {},
        "tensor([   0., 1000., 2000., 3000., 4000.], dtype=torch.float64,\n"
        "       requires_grad=True)",
    ),
    (
        np.arange(2000),
        "int64",
        {},
        {},
        "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])",
    ),
    (
        np.arange(2000.0).reshape(50, 40),
        "float32",
        {},
        {},
        "tensor([[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 3.7000e+01, 3.8000e+01,\n"
        "         3.9000e+01],\n"
        "        [4.0000e+01, 4.1000e+01, 4.2000e+01,  ..., 7.7000e+01, 7.8000e+01,\n"
        "         7.9000e+01],\n"
        "        [8.0000e+01, 8.1000e+01, 8.2000e+01,  ..., 1.1700e+02, 1.1800e+02,\n"
        "         1.1900e+02],\n"
        "        ...,\n"
        "        [1.8800e+03, 1.8810e+03, 1.8820e+03,  ..., 1.9170e+03, 1.9180e+03,\n"
        "         1.9190e+03],\n"
        "        [1.9200e+03, 1.9210e+03, 1.9220e+03,  ..., 1.9570e+03, 1.9580e+03,\n"
        "         1.9590e+03],\n"
        "        [1.9600e+03, 1.9610e+03, 1.9620e+03,  ..., 1.9970e+03, 1.9980e+03,\n"
        "         1.9990e+03]])",
    ),
    (
        np.arange(10),
        "int64",
        {},
        {"threshold": 5},
        "tensor([0, 1, 2,  ..., 7, 8, 9])",
    ),
    (
        np.arange(10),
        "int64",
        {},
        {"threshold": 5, "edgeitems": 0},
        "tensor([...], size=(10,))",
    ),
    (
        [1.23456789, 2.0],
        "float32",
        {},
        {"precision": 2},
        "tensor([1.23, 2.00])",
    ),
    (
        [1.23456789, 2.0],
        "float64",
        {},
        {"precision": 8},
        "tensor([1.23456789, 2.00000000], dtype=torch.float64)",
    ),
    (
        [1.0, 2.0, inf],
        "float32",
        {},
        {"sci_mode": True},
        "tensor([1.0000e+00, 2.0000e+00,        inf])",
    ),
    (
        [1e9, 1e-9],
        "float32",
        {},
        {"sci_mode": False},
        "tensor([1000000000.0000,          0.0000])",
    ),
    (
        [0.0, inf],
        "float32",
        {},
        {"sci_mode": True},
        "tensor([0., inf])",
    ),
    (
        np.arange(16.0).reshape(4, 4) / 8,
        "float64",
        {"requires_grad": True},
        {"linewidth": 25, "edgeitems": 1, "threshold": 4},
        "tensor([[0.0000,  ...,\n"
        "         0.3750],\n"
        "        ...,\n"
        "        [1.5000,  ...,\n"
        "         1.8750]],\n"
        "       dtype=torch.float64,\n"
        "       requires_grad=True)",
    ),
]


@pytest.mark.parametrize(("elements", "name", "arguments", "options", "expected"), RECORDED)
def test_tensor_prints_as_recorded(elements, name, arguments, options, expected):
    array = np.asarray(elements).astype(BY_NAME[name].numpy)
    formatting.set_printoptions(**options)
    assert format_tensor(array, dtype_name=f"torch.{name}", **arguments) == expected


def test_strided_and_broadcast_arrays_print_their_elements():
    base = np.arange(6).reshape(2, 3)
    assert format_elements(base.T) == "[[0, 3],\n [1, 4],\n [2, 5]]"
    assert format_elements(np.broadcast_to(np.int64(7), (2, 2))) == "[[7, 7],\n [7, 7]]"


META = [
    ((2, 3), "torch.float32", False, "tensor(..., device='meta', size=(2, 3))"),
    ((), "torch.float32", False, "tensor(..., device='meta', size=())"),
    (
        (2, 2),
        "torch.int8",
        False,
        "tensor(..., device='meta', size=(2, 2), dtype=torch.int8)",
    ),
    ((2,), "torch.float32", True, "tensor(..., device='meta', size=(2,), requires_grad=True)"),
]


@pytest.mark.parametrize(("size", "name", "requires_grad", "expected"), META)
def test_meta_tensor_prints_its_size(size, name, requires_grad, expected):
    text = format_tensor(
        None, dtype_name=name, size=size, device="meta", requires_grad=requires_grad
    )
    assert text == expected


def test_subclass_prints_its_name_and_indents_by_it():
    array = np.array([[1.0], [2.0]], np.float32)
    text = format_tensor(array, dtype_name="torch.float32", prefix="Sub(")
    assert text == "Sub([[1.],\n     [2.]])"


def test_parameter_prints_above_its_data():
    text = format_tensor(np.ones(1, np.float32), dtype_name="torch.float32", requires_grad=True)
    assert format_parameter(text) == "Parameter containing:\ntensor([1.], requires_grad=True)"
    assert format_parameter("Sub([1.])", "Parameter") == "Parameter(Sub([1.]))"


@pytest.mark.parametrize(
    ("value", "name", "spec", "expected"),
    [
        (1.5, "float32", ".4f", "1.5000"),
        (1.1, "float32", "", "1.100000023841858"),
        (1.1, "bfloat16", "", "1.1015625"),
        (3, "int64", ">5d", "    3"),
        (True, "bool", "", "True"),
        (1 + 1j, "complex64", "", "(1+1j)"),
    ],
)
def test_0d_tensor_formats_as_its_number(value, name, spec, expected):
    assert format_scalar(np.asarray(value).astype(BY_NAME[name].numpy), spec) == expected


def test_0d_tensor_refuses_a_format_of_another_type():
    with pytest.raises(ValueError, match="Unknown format code 's' for object of type 'int'"):
        format_scalar(np.array(3), "s")


def test_printoptions_come_back_after_the_block_and_after_an_error():
    with pytest.raises(KeyError), formatting.printoptions(precision=2, sci_mode=True):
        assert formatting.get_printoptions()["precision"] == 2
        raise KeyError
    assert formatting.get_printoptions() == {
        "precision": 4,
        "threshold": 1000,
        "edgeitems": 3,
        "linewidth": 80,
        "sci_mode": None,
    }


def test_full_profile_shows_everything():
    formatting.set_printoptions(profile="full")
    text = format_tensor(np.arange(1200).reshape(2, 600), dtype_name="torch.int64")
    assert "..." not in text and text.count(",") == 1199


def test_setting_another_option_resets_sci_mode():
    formatting.set_printoptions(sci_mode=True)
    formatting.set_printoptions(precision=3)
    assert formatting.get_printoptions()["sci_mode"] is None
