"""Arrays for attention's tests: tensors in marked memory, and what the operators make of them."""

from __future__ import annotations

import warnings

import ml_dtypes
import numpy as np

from loxley.compiler.llvm import target
from loxley.compiler.llvm.launch import launch_template
from loxley.ops.nn_attention import _attention_backward, _attention_eval

TYPES = {
    "float32": np.dtype(np.float32),
    "bfloat16": np.dtype(ml_dtypes.bfloat16),
    "float16": np.dtype(np.float16),
    "bool": np.dtype(bool),
}
_EDGE = 96  # marked elements before and after every tensor


def targets():
    full = target.detect()
    for name in ("sse2", "avx2", "avx512"):
        try:
            yield target.lesser(full, name)
        except RuntimeError:
            continue


class Tensors:
    """Inputs and outputs by slot name; all of memory that no tensor owns is marked."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.arrays: dict[str, np.ndarray] = {}
        self._owners: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, name: str, shape, order, dtype: str, gap: int = 0) -> np.ndarray:
        """A [B, H, T, D] tensor that lies in memory in `order`, rows `gap` elements apart."""
        stored = [shape[i] for i in order]
        padded = [*stored[:-1], stored[-1] + gap]
        size = int(np.prod(padded))
        memory = np.full(size + 2 * _EDGE, np.nan, np.float32).astype(TYPES[dtype])
        inside = memory[_EDGE : _EDGE + size].reshape(padded)[..., : stored[-1]]
        values = self.random.standard_normal(stored, dtype=np.float32)
        inside[...] = values > -0.5 if dtype == "bool" else values
        owned = np.zeros(memory.shape, bool)
        owned[_EDGE : _EDGE + size].reshape(padded)[..., : stored[-1]] = True
        self._owners.append((memory, owned))
        self.arrays[name] = inside.transpose(np.argsort(order))
        return self.arrays[name]

    def check_edges(self) -> None:
        for memory, owned in self._owners:
            if memory.dtype != bool:
                assert np.isnan(memory.astype(np.float32)[~owned]).all()

    def slots(self, scale: float) -> dict:
        q, k, v = (self.arrays[n] for n in "qkv")
        sizes = (*q.shape[:2], k.shape[1], q.shape[2], k.shape[2], q.shape[3], v.shape[3])
        names = ("batch", "heads", "kv_heads", "queries", "keys", "dim", "value_dim")
        made = {**dict(zip(names, sizes)), "scale": float(scale)}
        for name, array in self.arrays.items():
            made[name] = array
            for letter, step in zip("bhtk" if name == "mask" else "bht", array.strides):
                made[f"{name}_{letter}"] = step // array.itemsize
        return made


def case(
    batch, heads, shared, queries, keys, dim, value_dim, dtype="float32", mask=None, crowded=False
):
    """(tensors with inputs and forward's outputs); `mask` is (type, shape) or None.

    `crowded`: rows are a multiple of 256 elements apart.
    """
    t = Tensors(queries * keys + dim)
    rows = (0, 2, 1, 3)
    t.add("q", (batch, heads, queries, dim), rows, dtype, 256 - dim if crowded else 3)
    t.add("k", (batch, shared, keys, dim), rows, dtype, 256 - dim if crowded else dim)
    t.add("v", (batch, shared, keys, value_dim), (0, 1, 2, 3), dtype)
    if mask is not None:
        t.mask = t.add("mask", mask[1], (0, 1, 2, 3), mask[0])
        t.arrays["mask"] = np.broadcast_to(t.mask, (batch, heads, queries, keys))
    t.add("out", (batch, heads, queries, value_dim), rows, dtype)
    t.add("logsum", (batch, heads, queries), (0, 1, 2), "float32", gap=1)
    return t


def add_gradients(t, sizes, dtype="float32", crowded=False):
    """The incoming gradient, and those to compute."""
    batch, heads, shared, queries, keys, dim, value_dim = sizes
    rows = (0, 2, 1, 3)
    t.add(
        "grad", (batch, heads, queries, value_dim), rows, dtype, 256 - value_dim if crowded else 1
    )
    t.add("q_grad", (batch, heads, queries, dim), rows, dtype, gap=2)
    t.add("k_grad", (batch, shared, keys, dim), rows, dtype, 256 - dim if crowded else 3)
    t.add("v_grad", (batch, shared, keys, value_dim), (0, 1, 2, 3), dtype)


def run(template, t, scale, machine, workers=1):
    launch_template(template, t.slots(scale), workers, machine)
    t.check_edges()


def expected_forward(t, causal, scale):
    q, k, v, mask = _wide_inputs(t)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _attention_eval(q, k, v, mask, causal=causal, scale=scale)


def expected_backward(t, causal, scale):
    """dq, dk, dv with the gradients of shared heads summed."""
    q, k, v, mask = _wide_inputs(t)
    grad, out, logsum = (t.arrays[n].astype(np.float64) for n in ("grad", "out", "logsum"))
    made = _attention_backward(grad, q, k, v, mask, out, logsum, causal=causal, scale=scale)
    shared = t.arrays["k"].shape[1]
    dq, *others = made
    grouped = (d.reshape(d.shape[0], shared, -1, *d.shape[2:]).sum(2) for d in others)
    return (dq, *grouped)


def _wide_inputs(t):
    q, k, v = (t.arrays[n].astype(np.float64) for n in "qkv")
    group = q.shape[1] // k.shape[1]
    mask = t.arrays.get("mask")
    if mask is not None and mask.dtype != bool:
        mask = mask.astype(np.float64)
    return q, k.repeat(group, 1), v.repeat(group, 1), mask
