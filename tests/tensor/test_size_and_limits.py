"""`Size`, `finfo` and `iinfo` against values recorded from PyTorch 2.13.0."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from loxley.dtypes import BY_NAME
from loxley.numeric_limits import finfo, iinfo
from loxley.tensor.size import Size


def test_size_stays_a_size():
    size = Size([2, 3])
    results = [size[1:], size + (4,), (4,) + size, size * 2, 2 * size, size[::2]]
    assert [type(result) for result in results] == [Size] * 6
    assert repr(results[2]) == "torch.Size([4, 2, 3])"
    assert size == (2, 3) and hash(size) == hash((2, 3)) and type(size[0]) is int
    assert size.numel() == 6 and Size().numel() == 1


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_size_survives_pickle_and_copy(protocol):
    size = Size([2, 3])
    for result in (pickle.loads(pickle.dumps(size, protocol)), copy.deepcopy(size)):
        assert type(result) is Size and result == size


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ([2.0], TypeError, r"torch.Size\(\) takes an iterable of 'int' \(item 0 is 'float'\)"),
        ([3, "a"], TypeError, r"torch.Size\(\) takes an iterable of 'int' \(item 1 is 'str'\)"),
        (5, TypeError, "'int' object is not iterable"),
        ([2**63], ValueError, "Overflow when unpacking long long"),
    ],
)
def test_size_refuses_what_is_no_size(sizes, error, message):
    with pytest.raises(error, match=message):
        Size(sizes)


def test_limits_print_as_recorded():
    assert repr(finfo(BY_NAME["float32"])) == (
        "finfo(resolution=1e-06, min=-3.40282e+38, max=3.40282e+38, eps=1.19209e-07, "
        "smallest_normal=1.17549e-38, tiny=1.17549e-38, dtype=float32)"
    )
    assert repr(finfo(BY_NAME["bfloat16"])) == (
        "finfo(resolution=0.01, min=-3.38953e+38, max=3.38953e+38, eps=0.0078125, "
        "smallest_normal=1.17549e-38, tiny=1.17549e-38, dtype=bfloat16)"
    )
    assert repr(iinfo(BY_NAME["int64"])) == "iinfo(min=-9.22337e+18, max=9.22337e+18, dtype=int64)"
    assert repr(iinfo(BY_NAME["uint8"])) == "iinfo(min=0, max=255, dtype=uint8)"


@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
def test_finfo_agrees_with_numpy(name):
    ours, numpys = finfo(BY_NAME[name]), np.finfo(name)
    assert (ours.bits, ours.eps, ours.max) == (numpys.bits, numpys.eps, numpys.max)
    assert (ours.min, ours.tiny) == (numpys.min, numpys.tiny)


def test_limits_refuse_other_types():
    with pytest.raises(TypeError, match="requires a floating point input type"):
        finfo(BY_NAME["int8"])
    with pytest.raises(TypeError, match="requires an integer input type"):
        iinfo(BY_NAME["float32"])
    with pytest.raises(TypeError, match="must be torch.dtype, not str"):
        finfo("float32")
    with pytest.raises(AttributeError):
        finfo().eps = 1.0
