"""Printing against PyTorch's: random elements, shapes and options, texts equal to the character."""

from __future__ import annotations

import math
from contextlib import contextmanager

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loxley import numeric_limits
from loxley.dtypes import BY_NAME, DTYPES, set_default_dtype
from loxley.tensor import formatting
from loxley.tensor.size import Size

torch = pytest.importorskip("torch")

NAMES = [d.name for d in DTYPES if not d.restricted]  # those: test_narrow_dtypes.py
INEXACT = ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]
DEFAULTS = ["float32", "float64", "float16", "bfloat16"]
PROFILES = ["default", "short", "full", "FULL", "other", None]

SPECIAL = st.sampled_from([0.0, -0.0, math.inf, -math.inf, math.nan])
# Both sides of the boundaries at which PyTorch changes its notation.
BOUNDARY = st.sampled_from(
    [
        1e-4,
        9.999e-5,
        1.0001e-4,
        1e8,
        99999999.0,
        100000001.0,
        0.7,
        700.0,
        0.1,
        100.0,
        1000.0,
        1001.0,
    ]
    + [7.0, 7000.0, 7001.0, 0.99995, 9.99995, 0.5, 2.5, 5e-324, 1e-40, 2**-149, 6e-8, 65504.0]
)
SCALED = st.builds(lambda m, e: m * 10.0**e, st.floats(-10, 10), st.integers(-12, 12))
REALS = st.one_of(
    st.floats(),
    st.floats(width=32),
    st.integers(-2000, 2000).map(float),
    st.floats(-5, 5),
    SCALED,
    SPECIAL,
    BOUNDARY,
)
SHAPES = st.one_of(
    st.lists(st.integers(1, 4), max_size=5),
    st.lists(st.integers(0, 9), max_size=3),
    st.integers(0, 70).map(lambda n: [n]),
    st.tuples(st.integers(1, 12), st.integers(1, 30)).map(list),
    st.sampled_from([[1001], [40, 40], [3, 400], [1, 2, 600], [11, 10, 10], [7, 7, 7, 7]]),
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "precision": st.integers(0, 9),
        "threshold": st.sampled_from([0, 1, 5, 20, 100, 1000, math.inf]),
        "edgeitems": st.integers(0, 5),
        "linewidth": st.one_of(st.integers(0, 30), st.integers(60, 140)),
        "profile": st.sampled_from(PROFILES),
        "sci_mode": st.sampled_from([None, True, False]),
    },
)


@contextmanager
def both_with(options: dict, default: str = "float32"):
    """The options and the default dtype set on either side, and reset."""
    try:
        for owner in (torch, formatting):
            owner.set_printoptions(profile="default")
            owner.set_printoptions(**options)
        torch.set_default_dtype(getattr(torch, default))
        yield
    finally:
        for owner in (torch, formatting):
            owner.set_printoptions(profile="default")
        torch.set_default_dtype(torch.float32)


def as_torch(array: np.ndarray, name: str):
    if name == "bfloat16":
        bits = torch.from_numpy(array.view(np.int16).copy())
        return bits.view(torch.bfloat16)
    return torch.from_numpy(array.copy())


@st.composite
def arrays(draw, name: str) -> np.ndarray:
    """An array whose elements come from a few drawn values: large shapes stay cheap to draw."""
    shape = tuple(draw(SHAPES))
    target = BY_NAME[name].numpy
    order = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def choose(values: list, dtype: np.dtype) -> np.ndarray:
        with np.errstate(all="ignore"):
            return order.choice(np.array(values).astype(dtype), size=shape).reshape(shape)

    if name == "bool":
        return choose(draw(st.lists(st.booleans(), min_size=1, max_size=3)), target)
    if target.kind in "iu":
        limits = np.iinfo(target)
        some = st.one_of(st.integers(int(limits.min), int(limits.max)), st.integers(0, 120))
        values = draw(st.lists(some, min_size=1, max_size=8))
        return order.choice(np.array(values, dtype=target), size=shape).reshape(shape)
    parts = [
        choose(draw(st.lists(REALS, min_size=1, max_size=8)), np.dtype(np.float64))
        for _ in range(2 if target.kind == "c" else 1)
    ]
    with np.errstate(all="ignore"):
        if target.kind != "c":
            return parts[0].astype(target)
        result = np.empty(shape, target)
        result.real, result.imag = parts
        return result


@settings(max_examples=1500, deadline=None)
@given(st.data(), st.sampled_from(NAMES + INEXACT), OPTIONS, st.sampled_from(DEFAULTS))
def test_repr_is_pytorchs(data, name, options, default):
    array = data.draw(arrays(name))
    tensor = as_torch(array, name)
    gradient = (
        data.draw(st.sampled_from(["none", "leaf", "function"])) if name in INEXACT else "none"
    )
    grad_fn_name = None
    if gradient != "none":
        tensor.requires_grad_()
    if gradient == "function":
        tensor = tensor.clone()
        grad_fn_name = "CloneBackward0"
    with both_with(options, default):
        got = formatting.format_tensor(
            array,
            dtype_name=f"torch.{name}",
            default_dtype_name=f"torch.{default}",
            requires_grad=gradient != "none",
            grad_fn_name=grad_fn_name,
        )
        assert got == repr(tensor)


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(["float32", "float64"]))
def test_notation_of_a_few_close_values_is_pytorchs(data, name):
    low = data.draw(st.floats(1e-6, 1e6))
    factor = data.draw(st.sampled_from([999.0, 1000.0, 1001.0, 1000.0001, 999.9999]))
    array = np.array([low, low * factor], dtype=name)
    got = formatting.format_tensor(array, dtype_name=f"torch.{name}")
    assert got == repr(torch.from_numpy(array))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(0, 5), max_size=4),
    st.sampled_from(NAMES),
    st.sampled_from(DEFAULTS),
    st.booleans(),
    OPTIONS,
)
def test_meta_repr_is_pytorchs(shape, name, default, requires_grad, options):
    requires_grad = requires_grad and name in INEXACT
    tensor = torch.empty(
        shape, dtype=getattr(torch, name), device="meta", requires_grad=requires_grad
    )
    with both_with(options, default):
        got = formatting.format_tensor(
            None,
            dtype_name=f"torch.{name}",
            default_dtype_name=f"torch.{default}",
            requires_grad=requires_grad,
            device="meta",
            size=tuple(shape),
        )
        assert got == repr(tensor)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(["int64", "float64", "float32"]), OPTIONS)
def test_subclasses_and_parameters_print_as_pytorchs(data, name, options):
    class LongerName(torch.Tensor):
        pass

    array = data.draw(arrays(name))
    tensor = as_torch(array, name)
    with both_with(options):
        own = formatting.format_tensor(array, dtype_name=f"torch.{name}", prefix="LongerName(")
        assert own == repr(tensor.as_subclass(LongerName))
        own = formatting.format_tensor(array, dtype_name=f"torch.{name}")
        parameter = torch.nn.Parameter(tensor, requires_grad=False)
        assert formatting.format_parameter(own) == repr(parameter)
        own = formatting.format_tensor(array, dtype_name=f"torch.{name}", contents="...")
        assert own == tensor.__repr__(tensor_contents="...")


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(NAMES),
    st.data(),
    st.sampled_from(["", ".4f", "5d", "e", ">12", "s", "+.2f", "g", "x", "08.3f", "%"]),
)
def test_format_of_0d_tensors_is_pytorchs(name, data, spec):
    array = data.draw(arrays(name).filter(lambda a: a.size > 0)).reshape(-1)[:1].reshape(())
    tensor = as_torch(array.reshape(1), name).reshape(())
    assert outcome(lambda: formatting.format_scalar(array, spec)) == outcome(
        lambda: format(tensor, spec)
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(OPTIONS, min_size=1, max_size=3), OPTIONS)
def test_options_follow_pytorchs(changes, inner):
    theirs = torch._tensor_str
    with both_with({}):
        for change in changes:
            for owner in (theirs, formatting):
                owner.set_printoptions(**change)
            assert formatting.get_printoptions() == theirs.get_printoptions()
        with theirs.printoptions(**inner), formatting.printoptions(**inner):
            assert formatting.get_printoptions() == theirs.get_printoptions()
        assert formatting.get_printoptions() == theirs.get_printoptions()


def outcome(action):
    """The repr of what a call returns, or the type and text of what it raises."""
    try:
        return repr(action())
    except Exception as error:
        return type(error), str(error)


SIZE_EXPRESSIONS = """
S() | S([2, 3]) | S((2, 3)) + (4,) | (4,) + S((2, 3)) | S((2, 3)) + [4] | S((2, 3)) * 2
2 * S((2, 3)) | S((2, 3))[0:1] | S((2, 3))[0] | S((2, 3)).numel() | S().numel() | S([2.0])
S(['a']) | S([True, 2]) | S([np.int64(3)]) | S(5) | S(None) | S([-1]) | S([2**70])
S([1]) == (1,) | hash(S([1])) == hash((1,)) | S([2, 3, 4])[::2] | S([1]) == [1] | S([[1]])
S(np.array([1, 2])) | S([3, 'a']) | S([1]) + ('a',) | S([1]) + 1 | S([2]) < S([3]) | S('')
S([np.float32(3)]) | S([np.bool_(1)]) | type('Sub', (S,), {}) | f'{S([2])}' | S([1]).__reduce__()[1]
S([2, 3]).count(2) | S([2, 3]).index(3) | S([1]) * 1.5 | S([2])[3] | S(x for x in [1, 2])
""".replace("\n", "|").split("|")


@pytest.mark.parametrize("expression", [e.strip() for e in SIZE_EXPRESSIONS if e.strip()])
def test_size_behaves_as_pytorchs(expression):
    ours = outcome(lambda: eval(expression, {"S": Size, "np": np}))
    theirs = outcome(lambda: eval(expression, {"S": torch.Size, "np": np}))
    if isinstance(theirs, tuple) and "multiply" in theirs[1]:
        assert ours[0] is theirs[0]
    else:
        assert ours == theirs


FLOAT_FIELDS = "bits eps max min tiny smallest_normal resolution dtype".split()


@pytest.mark.parametrize("name", INEXACT)
def test_finfo_is_pytorchs(name):
    ours, theirs = numeric_limits.finfo(BY_NAME[name]), torch.finfo(getattr(torch, name))
    assert repr(ours) == repr(theirs)
    assert [getattr(ours, f) for f in FLOAT_FIELDS] == [getattr(theirs, f) for f in FLOAT_FIELDS]


@pytest.mark.parametrize("name", [n for n in NAMES if "int" in n])
def test_iinfo_is_pytorchs(name):
    ours, theirs = numeric_limits.iinfo(BY_NAME[name]), torch.iinfo(getattr(torch, name))
    assert repr(ours) == repr(theirs)
    assert [(ours.bits, ours.min, ours.max, ours.dtype)] == [
        (theirs.bits, theirs.min, theirs.max, theirs.dtype)
    ]


LIMITS_EXPRESSIONS = [
    *("finfo()", "finfo('a')", "finfo(None)", "iinfo()", "iinfo(3)", "finfo(dtype=t('float32'))"),
    *(f"{owner}(t('{name}'))" for owner in ("finfo", "iinfo") for name in NAMES),
    "finfo(t('float32')) == finfo(t('complex64'))",
    "finfo(t('float32')) == finfo(t('float64'))",
    "finfo(type=t('float32'))",
    "__import__('pickle').dumps(finfo())",
]


@pytest.mark.parametrize("expression", LIMITS_EXPRESSIONS)
def test_limits_accept_and_refuse_as_pytorchs(expression):
    ours = {"finfo": numeric_limits.finfo, "iinfo": numeric_limits.iinfo, "t": BY_NAME.get}
    theirs = {"finfo": torch.finfo, "iinfo": torch.iinfo, "t": lambda name: getattr(torch, name)}
    assert outcome(lambda: eval(expression, ours)) == outcome(lambda: eval(expression, theirs))


def test_finfo_without_argument_follows_the_default_dtype():
    try:
        set_default_dtype(BY_NAME["float64"])
        assert repr(numeric_limits.finfo()) == repr(torch.finfo(torch.float64))
    finally:
        set_default_dtype(BY_NAME["float32"])


def test_numpy_scalars_of_ml_dtypes_print():
    array = np.array([1.1, 2.0], dtype=ml_dtypes.bfloat16)
    tensor = torch.tensor([1.1, 2.0], dtype=torch.bfloat16)
    assert formatting.format_tensor(array, dtype_name="torch.bfloat16") == repr(tensor)
