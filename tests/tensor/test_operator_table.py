"""Every row of `tests/samples` through every form: values, layouts, in-place, out=, derivatives.

Values are held against NumPy, derivatives against finite differences in float64.
"""

from __future__ import annotations

import functools
import operator

import numpy as np
import pytest

import loxley
from tests.samples.elementwise import DIFFERENTIABLE, ROWS, Row

SHAPES = ((), (0,), (5,), (2, 3), (2, 0, 3), (2, 3, 4))


def function_of(row: Row):
    found = functools.reduce(getattr, row.name.split("."), loxley)
    return lambda *tensors: found(*tensors, *row.extra, **row.options)


def arrays(row: Row, *shapes: tuple[int, ...], seed: int = 0) -> list[np.ndarray]:
    """Elements of the row's domain, away from its kinks."""
    rng = np.random.default_rng(seed)
    made = []
    for shape in shapes:
        array = rng.uniform(*row.domain, shape)
        for kink in row.kinks:
            array = np.where(np.abs(array - kink) < 0.05, kink + 0.1, array)
        made.append(array)
    return made


def tensors(given: list[np.ndarray]) -> list[loxley.Tensor]:
    return [loxley.tensor(a, dtype=loxley.float64) for a in given]


def check(result: loxley.Tensor, expected: np.ndarray) -> None:
    expected = np.asarray(expected)
    assert tuple(result.shape) == expected.shape
    np.testing.assert_allclose(
        np.array(result.tolist()).reshape(expected.shape), expected, 1e-9, 1e-12
    )


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_values(row: Row) -> None:
    for shape in SHAPES:
        given = arrays(row, *[shape] * row.count)
        result = function_of(row)(*tensors(given))
        check(result, row.reference(*given))
        assert result.dtype is (loxley.float64 if row.derivatives else loxley.bool)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_dtypes(row: Row) -> None:
    given = arrays(row, *[(2, 3)] * row.count)
    for kind in (loxley.float32, loxley.bfloat16, loxley.float16):
        if kind is not loxley.float32 and not row.narrow:
            with pytest.raises(NotImplementedError, match="not implemented for"):
                function_of(row)(*(t.to(kind) for t in tensors(given)))
            continue
        result = function_of(row)(*(t.to(kind) for t in tensors(given)))
        assert result.dtype is (kind if row.derivatives else loxley.bool)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_layouts(row: Row) -> None:
    given = arrays(row, *[(4, 3)] * row.count)
    expected = row.reference(*given)
    turned = [loxley.tensor(a.T.copy(), dtype=loxley.float64).t() for a in given]
    result = function_of(row)(*turned)
    check(result, expected)
    assert result.stride() == (1, 4)
    wide = arrays(row, *[(4, 6)] * row.count)
    sliced = [t[::2, 1::2] for t in tensors(wide)]
    check(function_of(row)(*sliced), row.reference(*(a[::2, 1::2] for a in wide)))


@pytest.mark.parametrize("row", [r for r in ROWS if r.count > 1], ids=str)
def test_broadcast(row: Row) -> None:
    for shapes in (((3, 1), (4,), (2, 1, 1)), ((2, 3), (), (3,)), ((1, 0), (2, 1), (1,))):
        given = arrays(row, *shapes[: row.count])
        check(function_of(row)(*tensors(given)), row.reference(*given))


@pytest.mark.parametrize("row", [r for r in ROWS if r.inplace], ids=str)
def test_in_place(row: Row) -> None:
    given = arrays(row, *[(2, 3)] * row.count)
    expected = np.asarray(row.reference(*given), np.float64)
    own, *others = tensors(given)
    view, version = own[1], own._version
    method = getattr(own, row.name + "_")
    assert method(*others, *row.extra, **row.options) is own
    check(own, expected)
    check(view, expected[1])
    assert own._version == version + 1


@pytest.mark.parametrize("row", [r for r in ROWS if r.out], ids=str)
def test_out(row: Row) -> None:
    given = arrays(row, *[(2, 3)] * row.count)
    expected = row.reference(*given)
    kind = loxley.float64 if row.derivatives else loxley.bool
    function = functools.reduce(getattr, row.name.split("."), loxley)
    for shape in ((2, 3), (0,)):
        out = loxley.empty(shape, dtype=kind)
        result = function(*tensors(given), *row.extra, **row.options, out=out)
        assert result is out
        check(out, expected)


@pytest.mark.parametrize("row", [r for r in ROWS if "." not in r.name], ids=str)
def test_method(row: Row) -> None:
    given = arrays(row, *[(2, 3)] * row.count)
    own, *others = tensors(given)
    result = getattr(own, row.name)(*others, *row.extra, **row.options)
    check(result, row.reference(*given))


def weighted_sum(row: Row, weights: np.ndarray, given: list[np.ndarray]) -> float:
    return float((weights * row.reference(*given)).sum())


def slope(function, given: list[np.ndarray], which: int, along: np.ndarray, step: float):
    """The derivative of sum(function) by finite differences along a direction."""
    ahead, behind = list(given), list(given)
    ahead[which] = given[which] + step * along
    behind[which] = given[which] - step * along
    return (function(ahead) - function(behind)) / (2 * step)


def gradients(row: Row, given: list[np.ndarray], weights: np.ndarray, create_graph: bool):
    leaves = tensors(given)
    for t in leaves:
        t.requires_grad_()
    result = function_of(row)(*leaves)
    seed = loxley.tensor(weights, dtype=loxley.float64)
    return leaves, loxley.autograd.grad(result, leaves, seed, create_graph=create_graph)


@pytest.mark.parametrize("row", DIFFERENTIABLE, ids=str)
def test_first_derivative(row: Row) -> None:
    rng = np.random.default_rng(1)
    for shapes in (((2, 3), (2, 3), (2, 3)), ((2, 3), (3,), (2, 1)), ((), (2,), ())):
        given = arrays(row, *shapes[: row.count], seed=2)
        weights = rng.uniform(0.5, 1.5, np.broadcast_shapes(*(a.shape for a in given)))
        _, found = gradients(row, given, weights, False)
        for which, gradient in enumerate(found):
            along = rng.uniform(-1, 1, given[which].shape)
            expected = slope(
                functools.partial(weighted_sum, row, weights), given, which, along, 1e-5
            )
            got = float((np.array(gradient.tolist()) * along).sum())
            assert got == pytest.approx(expected, rel=1e-5, abs=1e-6)


def first_gradient_sum(row: Row, weights: np.ndarray, second: list[np.ndarray], given) -> float:
    _, found = gradients(row, given, weights, False)
    return sum(float((np.array(g.tolist()) * v).sum()) for g, v in zip(found, second))


@pytest.mark.parametrize("row", [r for r in DIFFERENTIABLE if r.derivatives == 2], ids=str)
def test_second_derivative(row: Row) -> None:
    rng = np.random.default_rng(3)
    given = arrays(row, *[(2, 2)] * row.count, seed=4)
    weights = rng.uniform(0.5, 1.5, (2, 2))
    second = [rng.uniform(-1, 1, a.shape) for a in given]
    leaves, first = gradients(row, given, weights, True)
    total = sum((g * loxley.tensor(v)).sum() for g, v in zip(first, second))
    if not total.requires_grad:
        found = [loxley.zeros_like(t) for t in leaves]
    else:
        found = loxley.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
    for which, gradient in enumerate(found):
        along = rng.uniform(-1, 1, given[which].shape)
        expected = slope(
            functools.partial(first_gradient_sum, row, weights, second), given, which, along, 1e-5
        )
        got = float((np.array(gradient.tolist()) * along).sum())
        assert got == pytest.approx(expected, rel=1e-4, abs=1e-5)


OPERATORS = (
    ("add", operator.iadd),
    ("sub", operator.isub),
    ("mul", operator.imul),
    ("truediv", operator.itruediv),
    ("floordiv", operator.ifloordiv),
    ("mod", operator.imod),
    ("pow", operator.ipow),
)


@pytest.mark.parametrize("name, in_place", OPERATORS, ids=lambda x: str(x))
def test_python_operators(name: str, in_place) -> None:
    forward = getattr(operator, name)
    array = np.array([1.5, 2.0, 3.25])
    t = loxley.tensor(array)
    check(forward(t, 2.0), forward(array, 2.0))
    check(forward(5.0, t), forward(5.0, array))
    check(forward(t, t), forward(array, array))
    same = t
    same = in_place(same, 2.0)
    assert same is t
    check(t, forward(array, 2.0))


def test_a_number_that_is_none_has_no_sign() -> None:
    given = [float("nan"), -0.0, -2.0, float("inf")]
    for kind in (loxley.float64, loxley.float32, loxley.bfloat16, loxley.float16):
        x = loxley.tensor(given, dtype=kind)
        assert loxley.sign(x).tolist() == loxley.sgn(x).tolist() == [0, 0, -1, 1]
