"""The gradient of an embedding's table against the operator."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.llvm import target
from loxley.compiler.llvm.launch import launch_template
from loxley.compiler.templates import embedding
from loxley.ops.nn_embedding import _backward_eval

from .attention_cases import targets

TARGETS = list(targets())
SIZES = [(200, 30, 64), (50, 7, 13), (9, 300, 1), (1, 1, 200), (0, 5, 8), (40, 1, 33)]


def gradient(sizes, machine, workers=1, dtype="float32", kind="int64", padding=-1, often=False):
    """(table, what the operator makes of the same)."""
    rows, count, columns = sizes
    random = np.random.default_rng(rows + columns)
    grad = np.full((rows, columns + 3), np.nan, dtype)[:, :columns]
    grad[...] = random.standard_normal((rows, columns))
    indices = random.integers(0, count, (rows, 2)).astype(kind)
    memory = np.full((count + 2, columns + 5), np.nan, dtype)
    table = memory[1:-1, :columns]
    table_memory = np.array(memory)
    slots = {"rows": rows, "count": count, "columns": columns, "padding": padding}
    slots |= {"grad_t": columns + 3, "indices_t": 2, "table_t": columns + 5}
    slots |= {"grad": grad, "indices": indices, "table": table}
    template = embedding.backward(embedding.Spec(dtype, kind, often))
    launch_template(template, slots, workers, machine)
    made = table.copy()
    table[...] = np.nan
    np.testing.assert_array_equal(memory, table_memory)
    return made, _backward_eval(grad, indices[:, 0], count, padding, often)


@pytest.mark.parametrize("machine", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_are_added_in_order(machine, sizes, dtype):
    made, wanted = gradient(sizes, machine, dtype=dtype)
    np.testing.assert_allclose(made, wanted, rtol=0, atol=1e-5)
    for workers in (2, 5):
        assert np.array_equal(made, gradient(sizes, machine, workers, dtype)[0])


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("often", [False, True])
@pytest.mark.parametrize("padding", [-1, 3])
def test_padding_and_frequency(workers, often, padding):
    made, wanted = gradient((60, 9, 40), target.detect(), workers, padding=padding, often=often)
    np.testing.assert_allclose(made, wanted, rtol=0, atol=1e-6)


def test_short_indices():
    made, wanted = gradient((60, 9, 40), target.detect(), kind="int32")
    np.testing.assert_allclose(made, wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("machine", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("workers", [1, 3])
def test_rows_are_added_to_another_table(machine, over, workers):
    random = np.random.default_rng(1)
    grad, start = random.random((40, 19), np.float32), random.random((7, 19), np.float32)
    indices = random.integers(-1, 8, 40)
    wanted = start.copy()
    kept = (indices >= 0) & (indices < 7)
    np.add.at(wanted, indices[kept], grad[kept])
    table = start if over else np.full_like(start, np.nan)
    slots = {"rows": 40, "count": 7, "columns": 19, "padding": -1, "grad_t": 19, "indices_t": 1}
    slots |= {"table_t": 19, "grad": grad, "indices": indices, "table": table, "start": start}
    template = embedding.backward(embedding.Spec(onto=True))
    launch_template(template, slots, workers, machine)
    np.testing.assert_allclose(table, wanted, rtol=0, atol=1e-5)


def test_other_types_have_no_kernel():
    with pytest.raises(ValueError, match="float16"):
        embedding.backward(embedding.Spec("float16"))
