"""The rows of `operators.py`: each makes a function and its arguments from a library.

Rows of `GRADIENTS` go back to all floating arguments as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Made = tuple  # a function, then its arguments
Rows = dict[str, Callable[[Any], Made]]


def _whole(t: Any, count: int, high: int) -> Any:
    """Whole numbers below `high`."""
    return t.randint(0, high, (count,))


def _mask(t: Any, *shape: int) -> Any:
    return t.rand(*shape) < 0.3


def _positive(t: Any, n: int, dtype: str = "float32") -> Any:
    """A symmetric matrix with positive eigenvalues."""
    a = t.randn(n, n, dtype=getattr(t, dtype))
    return a @ a.T / n + t.eye(n, dtype=a.dtype)


def _layer(make: Callable[[Any], Any], *shape: int) -> Callable[[Any], Made]:
    """A module applied to normal numbers."""
    return lambda t: (make(t.nn), t.randn(*shape))


def _one(function: Callable[[Any, Any], Any], *shape: int) -> Callable[[Any], Made]:
    """`function(library, x)` of normal numbers."""
    return lambda t: (lambda x: function(t, x), t.randn(*shape))


def _two(function: Callable[..., Any], a: tuple, b: tuple, dtype: str = "") -> Callable:
    """`function(library, a, b)` of normal numbers of two shapes."""

    def make(t: Any) -> Made:
        kind = getattr(t, dtype or "float32")
        return lambda x, y: function(t, x, y), t.randn(*a).to(kind), t.randn(*b).to(kind)

    return make


REDUCTIONS: Rows = {
    "sum_all": _one(lambda t, x: x.sum(), 4_000_000),
    "sum_first": _one(lambda t, x: x.sum(0), 2000, 1500),
    "sum_middle": _one(lambda t, x: x.sum(1), 64, 333, 128),
    "sum_last": _one(lambda t, x: x.sum(-1), 2000, 1500),
    "sum_last_narrow": _one(lambda t, x: x.sum(-1), 300_000, 7),
    "sum_int64": lambda t: (lambda x: x.sum(0), _whole(t, 2_000_000, 100).view(1000, 2000)),
    "sum_bool": lambda t: (lambda x: x.sum(), _mask(t, 2000, 2000)),
    "sum_float64": lambda t: (lambda x: x.sum(1), t.randn(1000, 2000, dtype=t.float64)),
    "sum_bfloat16": lambda t: (lambda x: x.sum(1), t.randn(1000, 2000).bfloat16()),
    "mean_first": _one(lambda t, x: x.mean(0), 1000, 2000),
    "var_first": _one(lambda t, x: x.var(0), 1000, 2000),
    "var_last": _one(lambda t, x: x.var(-1), 1000, 2000),
    "std_all": _one(lambda t, x: x.std(), 2_000_000),
    "max_dim_last": _one(lambda t, x: x.max(-1), 1000, 2000),
    "max_dim_first": _one(lambda t, x: x.max(0), 1000, 2000),
    "max_all": _one(lambda t, x: x.max(), 4_000_000),
    "amax_middle": _one(lambda t, x: x.amax(1), 64, 333, 128),
    "argmax_last": _one(lambda t, x: x.argmax(-1), 1000, 2000),
    "argmax_first": _one(lambda t, x: x.argmax(0), 1000, 2000),
    "argmax_all": _one(lambda t, x: x.argmax(), 2_000_000),
    "aminmax": _one(lambda t, x: t.aminmax(x), 2_000_000),
    "prod_last": _one(lambda t, x: x.prod(-1), 1000, 2000),
    "logsumexp_last": _one(lambda t, x: x.logsumexp(-1), 1000, 2000),
    "logsumexp_first": _one(lambda t, x: x.logsumexp(0), 1000, 2000),
    "norm_all": _one(lambda t, x: x.norm(), 4_000_000),
    "norm_last": _one(lambda t, x: x.norm(dim=-1), 1000, 2000),
    "norm_3": _one(lambda t, x: x.norm(p=3, dim=0), 1000, 2000),
    "all_any": lambda t: (lambda x: (x.any(1), x.all(1)), _mask(t, 1000, 2000)),
    "count_nonzero": lambda t: (lambda x: x.count_nonzero(), _whole(t, 2_000_000, 3)),
    "cumsum_last": _one(lambda t, x: x.cumsum(-1), 1000, 1000),
    "cumsum_first": _one(lambda t, x: x.cumsum(0), 1000, 1000),
    "cumsum_long": _one(lambda t, x: x.cumsum(0), 1_000_000),
    "cumsum_int64": lambda t: (lambda x: x.cumsum(0), _whole(t, 1_000_000, 9)),
    "cumprod_last": _one(lambda t, x: x.cumprod(-1), 1000, 1000),
    "cummax_last": _one(lambda t, x: x.cummax(-1), 1000, 1000),
    "median_last": _one(lambda t, x: x.median(-1), 1000, 1000),
    "median_all": _one(lambda t, x: x.median(), 1_000_000),
    "quantile": _one(lambda t, x: x.quantile(0.3), 1_000_000),
    "kthvalue": _one(lambda t, x: x.kthvalue(300, -1), 1000, 1000),
    "mode": lambda t: (lambda x: x.mode(-1), _whole(t, 200_000, 50).view(200, 1000)),
}

SORTING: Rows = {
    "sort_last": _one(lambda t, x: x.sort(-1), 1000, 1000),
    "sort_long": _one(lambda t, x: x.sort(), 1_000_000),
    "sort_first": _one(lambda t, x: x.sort(0), 1000, 500),
    "sort_int64": lambda t: (lambda x: x.sort(), _whole(t, 1_000_000, 1_000_000)),
    "argsort_float64": lambda t: (lambda x: x.argsort(), t.randn(500_000, dtype=t.float64)),
    "topk_10": _one(lambda t, x: x.topk(10), 1000, 2000),
    "topk_500": _one(lambda t, x: x.topk(500), 200, 5000),
    "topk_vocabulary": _one(lambda t, x: x.topk(50), 8, 50_000),
    "unique": lambda t: (lambda x: x.unique(), _whole(t, 1_000_000, 1000)),
    "unique_inverse": lambda t: (
        lambda x: x.unique(return_inverse=True, return_counts=True)[1],
        _whole(t, 500_000, 5000),
    ),
    "unique_consecutive": lambda t: (
        lambda x: x.unique_consecutive(),
        _whole(t, 1_000_000, 5000).sort().values,
    ),
    "bincount": lambda t: (lambda x: x.bincount(), _whole(t, 2_000_000, 1000)),
    "histc": _one(lambda t, x: x.histc(100, -3, 3), 1_000_000),
    "searchsorted": lambda t: (t.searchsorted, t.randn(10_000).sort().values, t.randn(500_000)),
    "bucketize": lambda t: (t.bucketize, t.randn(1_000_000), t.linspace(-3, 3, 50)),
    "isin": lambda t: (t.isin, _whole(t, 500_000, 10_000), _whole(t, 1000, 10_000)),
}

INDEXING: Rows = {
    "index_select_rows": lambda t: (
        lambda x, i: x.index_select(0, i),
        *(t.randn(20_000, 128), _whole(t, 20_000, 20_000)),
    ),
    "index_select_columns": lambda t: (
        lambda x, i: x.index_select(1, i),
        *(t.randn(2000, 1000), _whole(t, 1000, 1000)),
    ),
    "index_rows": lambda t: (lambda x, i: x[i], t.randn(20_000, 128), _whole(t, 20_000, 20_000)),
    "index_pairs": lambda t: (
        lambda x, i, j: x[i, j],
        *(t.randn(2000, 1000), _whole(t, 500_000, 2000), _whole(t, 500_000, 1000)),
    ),
    "gather_last": lambda t: (
        lambda x, i: x.gather(1, i),
        *(t.randn(1000, 2000), _whole(t, 1_000_000, 2000).view(1000, 1000)),
    ),
    "gather_first": lambda t: (
        lambda x, i: x.gather(0, i),
        *(t.randn(1000, 1000), _whole(t, 1_000_000, 1000).view(1000, 1000)),
    ),
    "take_along_dim": lambda t: (
        lambda x, i: t.take_along_dim(x, i, 1),
        *(t.randn(1000, 2000), _whole(t, 1_000_000, 2000).view(1000, 1000)),
    ),
    "take": lambda t: (t.take, t.randn(1_000_000), _whole(t, 1_000_000, 1_000_000)),
    "scatter_add_long": lambda t: (
        lambda x, i, s: x.scatter_add(0, i, s),
        *(t.zeros(10_000), _whole(t, 1_000_000, 10_000), t.randn(1_000_000)),
    ),
    "scatter_add_rows": lambda t: (
        lambda x, i, s: x.scatter_add(0, i, s),
        *(t.zeros(5000, 64), _whole(t, 20_000, 5000)[:, None].expand(-1, 64)),
        t.randn(20_000, 64),
    ),
    "scatter_last": lambda t: (
        lambda x, i, s: x.scatter(1, i, s),
        *(t.randn(1000, 1000), _whole(t, 500_000, 1000).view(1000, 500), t.randn(1000, 500)),
    ),
    "scatter_reduce_amax": lambda t: (
        lambda x, i, s: x.scatter_reduce(0, i, s, "amax"),
        *(t.zeros(10_000), _whole(t, 1_000_000, 10_000), t.randn(1_000_000)),
    ),
    "index_add_rows": lambda t: (
        lambda x, i, s: x.index_add(0, i, s),
        *(t.zeros(5000, 64), _whole(t, 20_000, 5000), t.randn(20_000, 64)),
    ),
    "index_put": lambda t: (
        lambda x, i, v: x.index_put((i,), v),
        *(t.zeros(20_000, 64), _whole(t, 10_000, 20_000), t.randn(10_000, 64)),
    ),
    "index_put_accumulate": lambda t: (
        lambda x, i, v: x.index_put((i,), v, accumulate=True),
        *(t.zeros(20_000, 64), _whole(t, 10_000, 20_000), t.randn(10_000, 64)),
    ),
    "masked_select": lambda t: (t.masked_select, t.randn(1000, 1000), _mask(t, 1000, 1000)),
    "index_mask": lambda t: (lambda x: x[x > 0.5], t.randn(2_000_000)),
    "index_mask_rows": lambda t: (lambda x, m: x[m], t.randn(20_000, 64), _mask(t, 20_000)),
    "assign_mask": lambda t: (_assigned, t.randn(2_000_000), _mask(t, 2_000_000)),
    "masked_fill": lambda t: (
        lambda x, m: x.masked_fill(m, 0.5),
        *(t.randn(1000, 2000), _mask(t, 1000, 2000)),
    ),
    "masked_scatter": lambda t: (
        lambda x, m, s: x.masked_scatter(m, s),
        *(t.randn(1000, 1000), _mask(t, 1000, 1000), t.randn(1_000_000)),
    ),
    "where": lambda t: (t.where, _mask(t, 1000, 2000), t.randn(1000, 2000), t.randn(2000)),
    "nonzero": lambda t: (lambda m: m.nonzero(), _mask(t, 1000, 1000)),
    "one_hot": lambda t: (lambda i: t.nn.functional.one_hot(i, 100), _whole(t, 20_000, 100)),
    "embedding": lambda t: (
        t.nn.functional.embedding,
        *(_whole(t, 8192, 30_000), t.randn(30_000, 256)),
    ),
    "embedding_bag": lambda t: (
        t.nn.functional.embedding_bag,
        *(_whole(t, 8192, 30_000).view(512, 16), t.randn(30_000, 128)),
    ),
}


def _assigned(x: Any, mask: Any) -> Any:
    y = x.clone()
    y[mask] = 0.0
    return y


MOVING: Rows = {
    "cat_first": lambda t: (lambda *x: t.cat(x), *(t.randn(500, 1000) for _ in range(4))),
    "cat_last": lambda t: (lambda *x: t.cat(x, -1), *(t.randn(1000, 333) for _ in range(4))),
    "stack_first": lambda t: (lambda *x: t.stack(x), *(t.randn(100_000) for _ in range(10))),
    "stack_last": lambda t: (lambda *x: t.stack(x, -1), *(t.randn(500_000) for _ in range(3))),
    "split_add": _one(lambda t, x: sum(x.split(500, 1)), 1000, 2000),
    "chunk_product": _one(lambda t, x: x.chunk(2, -1)[0] * x.chunk(2, -1)[1], 1000, 2000),
    "transpose_copy": _one(lambda t, x: x.T.contiguous(), 1500, 2000),
    "transpose_odd": _one(lambda t, x: x.T.contiguous(), 777, 1333),
    "transpose_int8": lambda t: (lambda x: x.T.contiguous(), t.ones(2000, 2000, dtype=t.int8)),
    "transpose_add": _one(lambda t, x: x + x.T, 1500, 1500),
    "permute_nchw_nhwc": _one(lambda t, x: x.permute(0, 2, 3, 1).contiguous(), 16, 64, 56, 56),
    "permute_nhwc_nchw": _one(lambda t, x: x.permute(0, 3, 1, 2).contiguous(), 16, 56, 56, 64),
    "permute_heads": _one(lambda t, x: x.permute(0, 2, 1, 3).contiguous(), 8, 256, 12, 64),
    "roll": _one(lambda t, x: x.roll((3, 5), (0, 1)), 1000, 2000),
    "flip_first": _one(lambda t, x: x.flip(0), 1000, 2000),
    "flip_last": _one(lambda t, x: x.flip(-1), 1000, 2000),
    "rot90": _one(lambda t, x: x.rot90(), 1000, 1000),
    "repeat": _one(lambda t, x: x.repeat(4, 3), 300, 500),
    "tile": _one(lambda t, x: x.tile(10), 200_000),
    "repeat_interleave": _one(lambda t, x: x.repeat_interleave(4, 1), 500, 1000),
    "pad_constant": _one(lambda t, x: t.nn.functional.pad(x, (1, 2, 3, 4)), 32, 3, 128, 128),
    "pad_reflect": _one(
        lambda t, x: t.nn.functional.pad(x, (3, 3, 3, 3), "reflect"), 32, 3, 128, 128
    ),
    "strided_slice": _one(lambda t, x: x[:, ::2].contiguous(), 1000, 4000),
    "tril": _one(lambda t, x: x.tril(), 1500, 1500),
    "diagonal_sum": _one(lambda t, x: x.diagonal(dim1=1, dim2=2).sum(-1), 100, 200, 200),
    "unfold": _one(lambda t, x: t.nn.functional.unfold(x, 3, padding=1), 8, 16, 64, 64),
    "meshgrid": _two(lambda t, x, y: t.meshgrid(x, y, indexing="ij")[0] + 1, (1000,), (1500,)),
    "arange": lambda t: (lambda: t.arange(2_000_000),),
    "linspace": lambda t: (lambda: t.linspace(0, 1, 2_000_000),),
    "zeros": lambda t: (lambda: t.zeros(2_000_000),),
    "clone": _one(lambda t, x: x.clone(), 4_000_000),
}


def _of_kind(function: Callable[[Any], Any], dtype: str, count: int = 2_000_000) -> Callable:
    """`function(x)` of numbers from -100 to 100 in a dtype."""
    return lambda t: (function, (t.randn(count) * 30).clamp(-100, 100).to(getattr(t, dtype)))


def _named(name: str, count: int = 2_000_000) -> Callable[[Any], Made]:
    """A function of the library of numbers between 0 and 1, by its name."""
    return lambda t: (getattr(t, name), t.rand(count))


ELEMENTWISE: Rows = {
    "add": _two(lambda t, x, y: x + y, (2_000_000,), (2_000_000,)),
    "add_middle": _two(lambda t, x, y: x + y, (100_000,), (100_000,)),
    "add_row": _two(lambda t, x, y: x + y, (1500, 2000), (2000,)),
    "add_column": _two(lambda t, x, y: x * y, (1500, 2000), (1500, 1)),
    "add_channel": _two(lambda t, x, y: x + y, (16, 64, 56, 56), (64, 1, 1)),
    "outer": _two(lambda t, x, y: x[:, None] - y, (1500,), (2000,)),
    "add_int64": _of_kind(lambda x: x + x, "int64"),
    "multiply_int32": _of_kind(lambda x: x * x, "int32"),
    "divide_int64": _of_kind(lambda x: x / 3, "int64"),
    "floor_divide_int64": _of_kind(lambda x: x // 3, "int64"),
    "remainder_int64": _of_kind(lambda x: x % 7, "int64"),
    "remainder": _of_kind(lambda x: x % 7, "float32"),
    "add_uint8": _of_kind(lambda x: x + 3, "uint8"),
    "and_bool": lambda t: (lambda x, y: x & ~y, _mask(t, 2_000_000), _mask(t, 2_000_000)),
    "shift_int32": _of_kind(lambda x: (x << 2) ^ x, "int32"),
    "chain_float64": _of_kind(lambda x: x * 2 + x * x, "float64"),
    "chain_bfloat16": _of_kind(lambda x: x * 2 + x * x, "bfloat16"),
    "chain_float16": _of_kind(lambda x: x * 2 + x * x, "float16"),
    "to_float64": _of_kind(lambda x: x.double(), "float32"),
    "to_bfloat16": _of_kind(lambda x: x.bfloat16(), "float32"),
    "to_int64": _of_kind(lambda x: x.long(), "float32"),
    "from_uint8": _of_kind(lambda x: x.float() / 255, "uint8"),
    "compare": _two(lambda t, x, y: x > y, (2_000_000,), (2_000_000,)),
    "equal_count": lambda t: (
        lambda x, y: (x == y).sum(),
        *(_whole(t, 1_000_000, 10), _whole(t, 1_000_000, 10)),
    ),
    "clamp": _of_kind(lambda x: x.clamp(-1, 1), "float32"),
    "maximum": _two(lambda t, x, y: t.maximum(x, y), (2_000_000,), (2_000_000,)),
    "lerp": _two(lambda t, x, y: t.lerp(x, y, 0.3), (2_000_000,), (2_000_000,)),
    "pow_2": _of_kind(lambda x: x**2, "float32"),
    "pow_3": _of_kind(lambda x: x**3, "float32"),
    "pow_2.5": lambda t: (lambda x: x**2.5, t.rand(2_000_000)),
    "pow_tensor": lambda t: (t.pow, t.rand(1_000_000), t.rand(1_000_000)),
    **{n: _named(n) for n in ("exp", "log", "sin", "tanh", "erf", "sigmoid", "sqrt", "rsqrt")},
    **{n: _named(n) for n in ("log1p", "expm1", "atan", "floor", "round", "isnan", "reciprocal")},
    **{n: _named(n, 500_000) for n in ("lgamma", "digamma", "erfinv", "acos", "cosh", "tan")},
    "atan2": _two(lambda t, x, y: t.atan2(x, y), (1_000_000,), (1_000_000,)),
    "hypot": _two(lambda t, x, y: t.hypot(x, y), (1_000_000,), (1_000_000,)),
    "exp_float64": lambda t: (t.exp, t.randn(1_000_000, dtype=t.float64)),
    "sin_float64": lambda t: (t.sin, t.randn(1_000_000, dtype=t.float64)),
    "tanh_float64": lambda t: (t.tanh, t.randn(1_000_000, dtype=t.float64)),
    "complex_product": lambda t: (
        lambda x: x * x.conj(),
        t.randn(500_000, dtype=t.complex64),
    ),
    "complex_abs": lambda t: (t.abs, t.randn(500_000, dtype=t.complex64)),
    "silu": lambda t: (t.nn.functional.silu, t.randn(2_000_000)),
    "softplus": lambda t: (t.nn.functional.softplus, t.randn(2_000_000)),
    "leaky_relu": lambda t: (t.nn.functional.leaky_relu, t.randn(2_000_000)),
    "mish": lambda t: (t.nn.functional.mish, t.randn(1_000_000)),
    "glu": lambda t: (t.nn.functional.glu, t.randn(1000, 2000)),
}

PRODUCTS: Rows = {
    "matmul_odd": _two(lambda t, x, y: x @ y, (333, 777), (777, 555)),
    "matmul_1000": _two(lambda t, x, y: x @ y, (1000, 1000), (1000, 1000)),
    "matmul_float64": _two(lambda t, x, y: x @ y, (512, 512), (512, 512), "float64"),
    "matmul_float64_odd": _two(lambda t, x, y: x @ y, (333, 777), (777, 555), "float64"),
    "matmul_float16": _two(lambda t, x, y: x @ y, (512, 512), (512, 512), "float16"),
    "matmul_bfloat16_odd": _two(lambda t, x, y: x @ y, (333, 777), (777, 555), "bfloat16"),
    "matmul_int64": lambda t: (t.matmul, *(_whole(t, 40_000, 9).view(200, 200) for _ in "ab")),
    "matmul_transposed": _two(lambda t, x, y: x @ y.T, (700, 500), (600, 500)),
    "matmul_thin": _two(lambda t, x, y: x @ y, (20_000, 64), (64, 10)),
    "matmul_inner_long": _two(lambda t, x, y: x @ y, (20, 100_000), (100_000, 30)),
    "matmul_100": _two(lambda t, x, y: x @ y, (100, 100), (100, 100)),
    "bmm_16": _two(lambda t, x, y: x @ y, (512, 16, 16), (512, 16, 16)),
    "bmm_3": _two(lambda t, x, y: x @ y, (50_000, 3, 3), (50_000, 3, 3)),
    "bmm_33": _two(lambda t, x, y: x @ y, (200, 33, 47), (200, 47, 29)),
    "bmm_64_float64": _two(lambda t, x, y: x @ y, (64, 64, 64), (64, 64, 64), "float64"),
    "bmm_vector": _two(lambda t, x, y: x @ y, (2000, 64, 64), (2000, 64, 1)),
    "bmm_broadcast": _two(lambda t, x, y: x @ y, (64, 100, 80), (80, 60)),
    "matvec": _two(lambda t, x, y: x @ y, (2000, 1500), (1500,)),
    "matvec_transposed": _two(lambda t, x, y: x.T @ y, (2000, 1500), (2000,)),
    "matvec_float64": _two(lambda t, x, y: x @ y, (2000, 1500), (1500,), "float64"),
    "dot": _two(lambda t, x, y: x @ y, (1_000_000,), (1_000_000,)),
    "linear_bias": _layer(lambda nn: nn.Linear(777, 333), 500, 777),
    "einsum_batched": _two(
        lambda t, x, y: t.einsum("bij,bjk->bik", x, y), (64, 64, 48), (64, 48, 80)
    ),
    "einsum_heads": _two(
        lambda t, x, y: t.einsum("bqhd,bkhd->bhqk", x, y), (4, 128, 8, 32), (4, 128, 8, 32)
    ),
    "einsum_outer": _two(lambda t, x, y: t.einsum("i,j->ij", x, y), (1500,), (1000,)),
    "einsum_bilinear": _two(
        lambda t, x, y: t.einsum("bi,ijk,bk->bj", x, y, x), (256, 64), (64, 50, 64)
    ),
    "tensordot": _two(lambda t, x, y: t.tensordot(x, y, 2), (100, 40, 50), (40, 50, 120)),
    "complex_matmul": _two(lambda t, x, y: x @ y, (256, 256), (256, 256), "complex64"),
    "cdist": _two(lambda t, x, y: t.cdist(x, y), (1000, 64), (1200, 64)),
    "cdist_few": _two(lambda t, x, y: t.cdist(x, y), (20, 64), (2000, 64)),
    "cdist_1": _two(lambda t, x, y: t.cdist(x, y, p=1), (300, 64), (400, 64)),
    "cross": _two(lambda t, x, y: t.linalg.cross(x, y), (300_000, 3), (300_000, 3)),
    "cosine_similarity": _two(
        lambda t, x, y: t.nn.functional.cosine_similarity(x, y), (5000, 256), (5000, 256)
    ),
}

CONVOLUTIONS: Rows = {
    "conv1d": _layer(lambda nn: nn.Conv1d(40, 80, 5, padding=2), 16, 40, 1000),
    "conv1d_wave": _layer(lambda nn: nn.Conv1d(1, 32, 64, stride=16), 8, 1, 32_000),
    "conv1d_dilated": _layer(lambda nn: nn.Conv1d(32, 32, 3, dilation=8), 8, 32, 4000),
    "conv2d_odd": _layer(lambda nn: nn.Conv2d(13, 27, 3, padding=1), 4, 13, 61, 47),
    "conv2d_5": _layer(lambda nn: nn.Conv2d(16, 32, 5), 8, 16, 60, 60),
    "conv2d_1": _layer(lambda nn: nn.Conv2d(100, 60, 1), 8, 100, 40, 40),
    "conv2d_first": _layer(lambda nn: nn.Conv2d(3, 32, 3, 2, 1), 8, 3, 160, 160),
    "conv2d_patches": _layer(lambda nn: nn.Conv2d(3, 192, 16, 16), 4, 3, 224, 224),
    "conv2d_grouped": _layer(lambda nn: nn.Conv2d(64, 64, 3, padding=1, groups=8), 8, 64, 40, 40),
    "conv2d_depthwise": _layer(lambda nn: nn.Conv2d(64, 64, 3, 1, 1, groups=64), 8, 64, 56, 56),
    "conv2d_dilated": _layer(lambda nn: nn.Conv2d(32, 32, 3, padding=4, dilation=4), 4, 32, 64, 64),
    "conv2d_bar": _layer(lambda nn: nn.Conv2d(32, 32, (1, 7), padding=(0, 3)), 4, 32, 50, 50),
    "conv2d_float64": lambda t: (
        t.nn.Conv2d(16, 32, 3, padding=1).double(),
        t.randn(4, 16, 40, 40, dtype=t.float64),
    ),
    "conv2d_bfloat16": lambda t: (
        t.nn.Conv2d(32, 64, 3, padding=1).bfloat16(),
        t.randn(4, 32, 56, 56).bfloat16(),
    ),
    "conv3d": _layer(lambda nn: nn.Conv3d(8, 16, 3, padding=1), 2, 8, 16, 40, 40),
    "conv_transpose1d": _layer(lambda nn: nn.ConvTranspose1d(64, 32, 8, 4, 2), 8, 64, 500),
    "conv_transpose2d": _layer(lambda nn: nn.ConvTranspose2d(64, 32, 4, 2, 1), 8, 64, 28, 28),
    "conv_transpose2d_2": _layer(lambda nn: nn.ConvTranspose2d(64, 32, 2, 2), 8, 64, 28, 28),
    "conv_transpose3d": _layer(lambda nn: nn.ConvTranspose3d(16, 8, 2, 2), 2, 16, 8, 20, 20),
}

POOLING: Rows = {
    "max_pool1d": _layer(lambda nn: nn.MaxPool1d(2), 32, 64, 1000),
    "max_pool2d": _layer(lambda nn: nn.MaxPool2d(2), 16, 64, 56, 56),
    "max_pool2d_3": _layer(lambda nn: nn.MaxPool2d(3, 2, 1), 16, 64, 56, 56),
    "max_pool2d_places": _layer(lambda nn: nn.MaxPool2d(2, return_indices=True), 16, 64, 56, 56),
    "max_pool3d": _layer(lambda nn: nn.MaxPool3d(2), 4, 16, 16, 40, 40),
    "avg_pool2d": _layer(lambda nn: nn.AvgPool2d(2), 16, 64, 56, 56),
    "avg_pool2d_3": _layer(lambda nn: nn.AvgPool2d(3, 1, 1), 16, 64, 56, 56),
    "adaptive_avg_1": _layer(lambda nn: nn.AdaptiveAvgPool2d(1), 16, 64, 56, 56),
    "adaptive_avg_7": _layer(lambda nn: nn.AdaptiveAvgPool2d(7), 16, 64, 50, 50),
    "adaptive_max": _layer(lambda nn: nn.AdaptiveMaxPool2d(5), 16, 64, 50, 50),
    "interpolate_nearest": _one(
        lambda t, x: t.nn.functional.interpolate(x, scale_factor=2), 4, 32, 56, 56
    ),
    "interpolate_bilinear": _one(
        lambda t, x: t.nn.functional.interpolate(x, (100, 120), mode="bilinear"), 4, 16, 56, 56
    ),
    "interpolate_bicubic": _one(
        lambda t, x: t.nn.functional.interpolate(x, (100, 120), mode="bicubic"), 4, 3, 56, 56
    ),
    "interpolate_area": _one(
        lambda t, x: t.nn.functional.interpolate(x, (28, 28), mode="area"), 8, 16, 56, 56
    ),
    "grid_sample": _two(
        lambda t, x, g: t.nn.functional.grid_sample(x, g.tanh(), align_corners=False),
        *((4, 16, 64, 64), (4, 64, 64, 2)),
    ),
    "pixel_shuffle": _layer(lambda nn: nn.PixelShuffle(2), 8, 64, 56, 56),
}


def _classes(t: Any, function: Callable[..., Any], rows: int, count: int) -> Made:
    return function, t.randn(rows, count), _whole(t, rows, count)


NORMS: Rows = {
    "batch_norm": _layer(lambda nn: nn.BatchNorm2d(64), 16, 64, 56, 56),
    "batch_norm_eval": _layer(lambda nn: nn.BatchNorm2d(64).eval(), 16, 64, 56, 56),
    "batch_norm1d": _layer(lambda nn: nn.BatchNorm1d(512), 4096, 512),
    "group_norm": _layer(lambda nn: nn.GroupNorm(8, 64), 16, 64, 56, 56),
    "instance_norm": _layer(lambda nn: nn.InstanceNorm2d(64), 16, 64, 56, 56),
    "layer_norm": _layer(lambda nn: nn.LayerNorm(300), 4000, 300),
    "rms_norm": _layer(lambda nn: nn.RMSNorm(1000), 2000, 1000),
    "softmax_last": _one(lambda t, x: x.softmax(-1), 2000, 1000),
    "softmax_first": _one(lambda t, x: x.softmax(0), 1000, 2000),
    "softmax_middle": _one(lambda t, x: x.softmax(1), 64, 100, 300),
    "log_softmax_first": _one(lambda t, x: x.log_softmax(0), 1000, 2000),
    "normalize": _one(lambda t, x: t.nn.functional.normalize(x, dim=1), 2000, 1000),
}

LOSSES: Rows = {
    "nll_loss": lambda t: _classes(
        t, lambda x, y: t.nn.functional.nll_loss(x.log_softmax(-1), y), 4000, 500
    ),
    "cross_entropy": lambda t: _classes(t, t.nn.functional.cross_entropy, 256, 32_000),
    "cross_entropy_few": lambda t: _classes(t, t.nn.functional.cross_entropy, 100_000, 10),
    "cross_entropy_smooth": lambda t: _classes(
        t, lambda x, y: t.nn.functional.cross_entropy(x, y, label_smoothing=0.1), 1000, 1000
    ),
    "cross_entropy_pixels": lambda t: (
        t.nn.functional.cross_entropy,
        *(t.randn(8, 21, 64, 64), _whole(t, 8 * 64 * 64, 21).view(8, 64, 64)),
    ),
    "bce_with_logits": lambda t: (
        t.nn.functional.binary_cross_entropy_with_logits,
        *(t.randn(1_000_000), t.ones(1_000_000) * 0.25),
    ),
    "mse_loss": _two(lambda t, x, y: t.nn.functional.mse_loss(x, y), (1_000_000,), (1_000_000,)),
    "smooth_l1": _two(
        lambda t, x, y: t.nn.functional.smooth_l1_loss(x, y), (1_000_000,), (1_000_000,)
    ),
    "kl_div": _two(
        lambda t, x, y: t.nn.functional.kl_div(
            x.log_softmax(-1), y.softmax(-1), reduction="batchmean"
        ),
        *((1000, 500), (1000, 500)),
    ),
}

LINEAR_ALGEBRA: Rows = {
    "solve": lambda t: (t.linalg.solve, _positive(t, 400), t.randn(400, 50)),
    "solve_batched": lambda t: (t.linalg.solve, t.randn(500, 16, 16), t.randn(500, 16, 4)),
    "cholesky": lambda t: (t.linalg.cholesky, _positive(t, 500)),
    "qr": _one(lambda t, x: t.linalg.qr(x), 300, 200),
    "svd": _one(lambda t, x: t.linalg.svd(x, full_matrices=False), 200, 150),
    "svdvals": _one(lambda t, x: t.linalg.svdvals(x), 200, 200),
    "inv": lambda t: (t.linalg.inv, _positive(t, 400)),
    "inv_batched": lambda t: (t.linalg.inv, t.randn(2000, 4, 4)),
    "det": lambda t: (t.linalg.det, _positive(t, 400)),
    "det_batched": lambda t: (t.linalg.det, t.randn(5000, 3, 3)),
    "slogdet": lambda t: (t.linalg.slogdet, _positive(t, 300)),
    "eigh": lambda t: (t.linalg.eigh, _positive(t, 200)),
    "eig": _one(lambda t, x: t.linalg.eig(x), 100, 100),
    "lstsq": lambda t: (t.linalg.lstsq, t.randn(500, 100), t.randn(500, 5)),
    "pinv": _one(lambda t, x: t.linalg.pinv(x), 200, 100),
    "triangular": lambda t: (
        lambda a, b: t.linalg.solve_triangular(a, b, upper=False),
        *(t.linalg.cholesky(_positive(t, 400)), t.randn(400, 50)),
    ),
    "matrix_power": _one(lambda t, x: t.linalg.matrix_power(x / 20, 5), 300, 300),
    "matrix_exp": _one(lambda t, x: t.linalg.matrix_exp(x / 20), 200, 200),
}

SPECTRA: Rows = {
    "fft": lambda t: (t.fft.fft, t.randn(256, 4096, dtype=t.complex64)),
    "rfft": _one(lambda t, x: t.fft.rfft(x), 256, 4096),
    "irfft": lambda t: (t.fft.irfft, t.randn(256, 2049, dtype=t.complex64)),
    "fft_odd": lambda t: (t.fft.fft, t.randn(100, 1155, dtype=t.complex64)),
    "fft2": lambda t: (t.fft.fft2, t.randn(8, 256, 256, dtype=t.complex64)),
    "rfft_float64": lambda t: (t.fft.rfft, t.randn(256, 4096, dtype=t.float64)),
    "stft": _one(
        lambda t, x: t.stft(x, 400, 160, window=t.hann_window(400), return_complex=True).abs(),
        *(4, 64_000),
    ),
}

RANDOM: Rows = {
    "randn": lambda t: (lambda: t.randn(1_000_000),),
    "randn_float64": lambda t: (lambda: t.randn(500_000, dtype=t.float64),),
    "rand": lambda t: (lambda: t.rand(1_000_000),),
    "rand_float64": lambda t: (lambda: t.rand(1_000_000, dtype=t.float64),),
    "randint": lambda t: (lambda: t.randint(0, 1000, (1_000_000,)),),
    "randperm": lambda t: (lambda: t.randperm(500_000),),
    "dropout": _one(lambda t, x: t.nn.functional.dropout(x, 0.3), 1_000_000),
    "bernoulli": lambda t: (lambda p: p.bernoulli(), t.rand(1_000_000)),
    "normal_": _one(lambda t, x: t.nn.init.normal_(x), 1_000_000),
    "uniform_": _one(lambda t, x: t.nn.init.uniform_(x), 1_000_000),
    "exponential_": _one(lambda t, x: x.exponential_(), 500_000),
    "multinomial": lambda t: (lambda p: p.multinomial(1), t.rand(100, 10_000)),
    "multinomial_many": lambda t: (lambda p: p.multinomial(2000, True), t.rand(50, 1000)),
    "multinomial_without": lambda t: (lambda p: p.multinomial(100), t.rand(50, 1000)),
}


def _attention(*shape: int, dtype: str = "float32", **options: Any) -> Callable[[Any], Made]:
    """Attention of heads (batch, heads, places, width) over as many places."""

    def make(t: Any) -> Made:
        inputs = (t.randn(*shape, dtype=getattr(t, dtype)) for _ in range(3))
        attend = t.nn.functional.scaled_dot_product_attention
        return (lambda q, k, v: attend(q, k, v, **options)), *inputs

    return make


def _masked_attention(t: Any) -> Made:
    mask = _mask(t, 256, 256) | t.eye(256).bool()
    attend = t.nn.functional.scaled_dot_product_attention
    q, k, v = (t.randn(2, 8, 256, 64) for _ in range(3))
    return (lambda q, k, v: attend(q, k, v, mask)), q, k, v


def _encoder(t: Any) -> Made:
    layer = t.nn.TransformerEncoderLayer(128, 4, 256, dropout=0.0, batch_first=True)
    return layer, t.randn(8, 100, 128)


NETWORKS: Rows = {
    "attention": _attention(2, 8, 300, 64),
    "attention_causal": _attention(2, 8, 256, 64, is_causal=True),
    "attention_masked": _masked_attention,
    "attention_float64": _attention(2, 4, 128, 32, dtype="float64"),
    "attention_bfloat16": _attention(2, 8, 256, 64, dtype="bfloat16"),
    "encoder_layer": _encoder,
    "lstm": _layer(lambda nn: nn.LSTM(64, 128), 50, 16, 64),
    "lstm_bidirectional": _layer(lambda nn: nn.LSTM(40, 64, 2, bidirectional=True), 40, 8, 40),
    "gru": _layer(lambda nn: nn.GRU(64, 128), 50, 16, 64),
    "rnn": _layer(lambda nn: nn.RNN(64, 128), 50, 16, 64),
}

FORWARD: Rows = {
    **REDUCTIONS,
    **SORTING,
    **INDEXING,
    **MOVING,
    **ELEMENTWISE,
    **PRODUCTS,
    **CONVOLUTIONS,
    **POOLING,
    **NORMS,
    **LOSSES,
    **LINEAR_ALGEBRA,
    **SPECTRA,
    **RANDOM,
    **NETWORKS,
}

_BACKWARD = """var_last max_dim_last amax_middle prod_last logsumexp_last norm_last cumsum_last
cumprod_last median_last sort_last topk_10 index_select_rows index_rows index_pairs gather_last
index_add_rows masked_fill where embedding embedding_bag cat_last stack_last split_add
transpose_add roll pad_reflect repeat unfold add_row pow_3 pow_tensor tanh silu mish glu matmul_odd
matmul_float64 bmm_33 matvec einsum_heads einsum_bilinear cdist linear_bias
conv1d conv2d_odd conv2d_5 conv2d_grouped conv2d_depthwise conv2d_dilated conv3d conv_transpose1d
conv_transpose2d max_pool1d max_pool2d max_pool2d_3 max_pool3d avg_pool2d avg_pool2d_3
adaptive_avg_7 adaptive_max interpolate_nearest interpolate_bilinear grid_sample batch_norm
batch_norm1d group_norm instance_norm layer_norm rms_norm softmax_last softmax_first normalize
nll_loss cross_entropy cross_entropy_few cross_entropy_smooth cross_entropy_pixels bce_with_logits
mse_loss kl_div solve cholesky inv dropout attention attention_causal attention_masked
encoder_layer lstm lstm_bidirectional gru rnn""".split()
GRADIENTS: Rows = {f"{n}+backward": FORWARD[n] for n in _BACKWARD}
ROWS = FORWARD | GRADIENTS
