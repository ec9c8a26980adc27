"""Examples of matrix products, convolutions, pooling, resampling and attention."""

from __future__ import annotations

import loxley as torch
import loxley.nn.functional as F

from .draw import Case, Draw, family

_LENGTHS = (1, 1, 2, 3, 5, 8, 15, 16, 17, 33, 64, 65, 100)


def _sizes(draw: Draw) -> tuple[int, int, int]:
    """m, n, k of a product: any, tall, flat, or long."""
    m, n, k = (draw.one(*_LENGTHS) for _ in range(3))
    where = draw.whole(0, 6)
    long = draw.one(257, 700, 1030)
    if where < 3 and m * n * k < 40_000:
        m, n, k = ((long, n, k), (m, long, k), (m, n, long))[where]
    return (0, n, k) if draw.chance(0.02) else (m, n, k)


def _matrix(draw: Draw, *shape: int) -> None:
    layout = draw.one("plain", "plain", "permuted", "permuted", "sliced", "stepped", "expanded")
    draw.tensor(shape, layout=layout)


@family
def matrix_products(draw: Draw) -> Case:
    m, n, k = _sizes(draw)
    _matrix(draw, m, k), _matrix(draw, k, n)
    return draw.case(lambda a, b: a @ b, gradient=True, slack=8)


@family
def products_with_epilogues(draw: Draw) -> Case:
    m, n, k = _sizes(draw)
    _matrix(draw, m, k), _matrix(draw, n, k), _matrix(draw, n), _matrix(draw, m, n)
    function = draw.turn(
        lambda x, w, b, r: F.linear(x, w, b),
        lambda x, w, b, r: F.gelu(F.linear(x, w, b)) + r,
        lambda x, w, b, r: F.relu(F.linear(x, w)) * 0.5,
        lambda x, w, b, r: torch.addmm(r, x, w.T, beta=0.5, alpha=2),
        lambda x, w, b, r: torch.addmm(b, x, w.T),
        lambda x, w, b, r: (x @ w.T + r).sum(0) + b,
        lambda x, w, b, r: F.silu(x @ w.T) * r,
    )
    return draw.case(function, gradient=True, slack=16)


@family
def products_with_vectors(draw: Draw) -> Case:
    m, _, k = _sizes(draw)
    _matrix(draw, m, k), _matrix(draw, k), _matrix(draw, m), _matrix(draw, k)
    function = draw.turn(
        lambda a, x, y, z: a @ x,
        lambda a, x, y, z: y @ a,
        lambda a, x, y, z: torch.addmv(y, a, x, beta=2, alpha=0.5),
        lambda a, x, y, z: x @ z,
        lambda a, x, y, z: torch.outer(y, x),
        lambda a, x, y, z: F.linear(x, a, y),
    )
    return draw.case(function, gradient=True, slack=8)


@family
def integer_products(draw: Draw) -> Case:
    """They wrap around alike, whatever the order."""
    m, n, k = (draw.one(1, 2, 3, 8, 17, 33) for _ in range(3))
    draw.kind = draw.turn("i64", "i32", "i16", "i8", "u8")
    lead, more = draw.one((), (3,), (2, 1)), draw.one((), (3,), (2, 3))
    _matrix(draw, *lead, m, k), _matrix(draw, *more, k, n), _matrix(draw, k)
    function = draw.one(
        lambda x, y, z: x @ y, lambda x, y, z: x @ z, lambda x, y, z: [z @ y, z @ z]
    )
    return draw.case(function)


@family
def distances(draw: Draw) -> Case:
    rows, columns, width = draw.one(1, 3, 17, 30), draw.one(1, 2, 33), draw.one(1, 2, 5, 40)
    lead, more = draw.one((), (2,), (2, 1)), draw.one((), (1,), (2,))
    draw.kind = draw.one("f32", "f64")
    p = draw.turn(2.0, 1.0, 0.0, float("inf"), 3.0)
    draw.tensor((*lead, rows, width)), draw.tensor((*more, columns, width))
    return draw.case(lambda a, b: torch.cdist(a, b, p), gradient=p != 2, slack=64)


@family
def triangles(draw: Draw) -> Case:
    n, m = draw.one(1, 2, 5, 17, 40), draw.one(1, 2, 7, 65, 130)
    lead, more = draw.one((), (), (3,), (2, 1)), draw.one((), (1,), (2,))
    lead = lead if not lead or not more else (*lead[:-1], 1)
    draw.kind = draw.one("f32", "f64")
    upper, unit, old = draw.chance(0.5), draw.chance(0.3), draw.turn(False, True)
    _matrix(draw, *lead, n, n), _matrix(draw, *more, n, m)

    def run(a, b):
        a = a * 0.1 + 2 * torch.eye(n, dtype=a.dtype)
        if old:
            return torch.triangular_solve(b, a, upper, False, unit)[0]
        return torch.linalg.solve_triangular(a, b, upper=upper, unitriangular=unit)

    return draw.case(run, gradient=True, slack=64)


@family
def cholesky_factors(draw: Draw) -> Case:
    """Also of matrices that have none, and of several blocks."""
    n, lead = draw.one(1, 2, 5, 16, 33), draw.one((), (3,), (2, 2))
    if draw.chance(0.2):
        n, lead = draw.one(193, 250, 400), ()
    draw.kind = draw.one("f32", "f64")
    upper, old = draw.chance(0.5), draw.turn(False, True)
    shift = 1 if old else draw.one(1, 1, 1, -1)
    _matrix(draw, *lead, n, n)

    def run(x):
        a = x @ x.mT * 0.1 + shift * torch.eye(n, dtype=x.dtype)
        if old:
            return torch.cholesky(a, upper)
        return [*torch.linalg.cholesky_ex(a, upper=upper)]

    return draw.case(run, gradient=shift > 0 and n < 100, slack=256)


@family
def batched_products(draw: Draw) -> Case:
    m, n, k = (draw.one(1, 2, 3, 8, 17, 33) for _ in range(3))
    batch, more = draw.whole(1, 5), draw.whole(1, 3)
    name = draw.turn("bmm", "matmul", "baddbmm", "addbmm", "broadcast", "heads")
    if name in ("bmm", "baddbmm", "addbmm"):
        a, b = (batch, m, k), (batch, k, n)
    elif name == "broadcast":
        a, b = (more, 1, m, k), (batch, k, n)
    else:
        a, b = (more, batch, m, k), (more, batch, k, n)
    _matrix(draw, *a), _matrix(draw, *b), _matrix(draw, m, n)
    function = {
        "bmm": lambda x, y, z: x.bmm(y),
        "baddbmm": lambda x, y, z: torch.baddbmm(z, x, y, beta=0.5),
        "addbmm": lambda x, y, z: torch.addbmm(z, x, y, alpha=2),
        "heads": lambda x, y, z: (x @ y).transpose(1, 2).reshape(more, m, -1),
    }.get(name, lambda x, y, z: x @ y + z)
    return draw.case(function, gradient=True, slack=8)


def _window(draw: Draw, rank: int) -> tuple[tuple, tuple, tuple, tuple, tuple]:
    """(size, kernel, stride, padding, dilation) with at least one place for the kernel."""
    most = {1: 40, 2: 14, 3: 6}[rank]
    while True:
        parts = [
            tuple(draw.whole(low, high) for _ in range(rank))
            for low, high in ((1, most), (1, 5), (1, 3), (0, 3), (1, 2))
        ]
        if all(n + 2 * p >= d * (k - 1) + 1 for n, k, _, p, d in zip(*parts)):
            return tuple(parts)  # type: ignore[return-value]


def _channels(draw: Draw) -> tuple[int, int, int]:
    """(input channels, filters, groups)."""
    groups = draw.one(1, 1, 1, 2, 3)
    if draw.chance(0.25):
        channels = draw.whole(1, 20)
        return channels, channels, channels
    return groups * draw.whole(1, 9), groups * draw.whole(1, 20), groups


def _convolved(draw: Draw, rank: int) -> Case:
    size, kernel, stride, padding, dilation = _window(draw, rank)
    channels, filters, groups = _channels(draw)
    draw.tensor((draw.whole(1, 3), channels, *size))
    draw.tensor((filters, channels // groups, *kernel))
    draw.tensor((filters,))
    function = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    after = draw.one(lambda y: y, F.relu, lambda y: y * y + 1)
    biased = draw.chance(0.5)
    return draw.case(
        lambda x, w, b: after(function(x, w, b if biased else None, **options)),
        gradient=True,
        slack=16,
    )


@family
def convolutions_1d(draw: Draw) -> Case:
    return _convolved(draw, 1)


@family
def convolutions_2d(draw: Draw) -> Case:
    return _convolved(draw, 2)


@family
def convolutions_3d(draw: Draw) -> Case:
    return _convolved(draw, 3)


@family
def convolutions_by_winograd(draw: Draw) -> Case:
    """3 by 3 windows over many channels, step 1."""
    draw.kind = draw.one("f32", "f32", "f64", "bf16")
    channels, filters = draw.one(16, 32, 40), draw.one(16, 33, 64)
    size, padding = (draw.one(5, 8, 14, 15), draw.one(4, 7, 16)), draw.one(0, 1, 2)
    draw.tensor((draw.whole(1, 3), channels, *size)), draw.tensor((filters, channels, 3, 3))
    return draw.case(
        lambda x, w: F.relu(F.conv2d(x, w, padding=padding)) + 1, gradient=True, slack=64
    )


@family
def transposed_convolutions(draw: Draw) -> Case:
    rank = draw.whole(1, 2)
    channels, filters, groups = draw.whole(1, 4), draw.whole(1, 6), draw.one(1, 2)
    kernel = tuple(draw.whole(1, 4) for _ in range(rank))
    stride, dilation = draw.whole(1, 3), draw.whole(1, 2)
    padding, size = draw.whole(0, min(kernel) // 2), [draw.whole(2, 9) for _ in range(rank)]
    more = draw.whole(0, max(stride, dilation) - 1)
    draw.tensor((2, channels * groups, *size))
    draw.tensor((channels * groups, filters, *kernel)), draw.tensor((filters * groups,))
    function = (F.conv_transpose1d, F.conv_transpose2d)[rank - 1]
    return draw.case(
        lambda x, w, b: function(x, w, b, stride, padding, more, groups, dilation),
        gradient=True,
        slack=16,
    )


@family
def pools(draw: Draw) -> Case:
    rank = draw.whole(1, 3)
    size, kernel, stride, _, dilation = _window(draw, rank)
    kernel = tuple(min(k, n) for k, n in zip(kernel, size))
    padding = tuple(min(draw.whole(0, 2), k // 2) for k in kernel)
    out = tuple(draw.whole(1, 5) for _ in size)
    draw.kind = draw.one("f32", "f64")  # PyTorch has not all of them for 16 bits
    draw.tensor((draw.whole(1, 3), draw.whole(1, 5), *size))
    names = "max_pool", "avg_pool", "adaptive_avg_pool", "indices", "adaptive_max_pool"
    name = draw.turn(*names)
    ceil, counted = draw.chance(0.3), draw.chance(0.5)
    if name == "adaptive_avg_pool":
        made = getattr(F, f"adaptive_avg_pool{rank}d")
        return draw.case(lambda x: made(x, out), gradient=True, slack=8)
    if name == "adaptive_max_pool":
        made = getattr(F, f"adaptive_max_pool{rank}d")
        return draw.case(lambda x: made(x, out, True), gradient=True, slack=8)
    if name == "avg_pool":
        made = getattr(F, f"avg_pool{rank}d")
        return draw.case(
            lambda x: made(x, kernel, stride, padding, ceil, counted), gradient=True, slack=8
        )
    made = getattr(F, f"max_pool{rank}d")
    if ceil or any(
        n + 2 * p < d * (k - 1) + 1 for n, k, p, d in zip(size, kernel, padding, dilation)
    ):
        dilation = (1,) * rank
        padding = (0,) * rank
    indices = name == "indices"
    return draw.case(
        lambda x: made(x, kernel, stride, padding, dilation, ceil, indices), gradient=True, slack=8
    )


@family
def pooled_lines(draw: Draw) -> Case:
    """Short windows along the last dimension, also more of them than a task takes."""
    kernel, length = draw.whole(1, 8), draw.one(8, 9, 33, 70, 2100)
    rank, step = draw.turn((1, 1), (1, 2), (2, 1), (2, 2))
    draw.special = draw.chance(0.3)
    draw.kind = draw.one("f32", "f32", "f32", "bf16")
    draw.tensor((draw.whole(1, 3), draw.whole(1, 4), *(3,) * (rank - 1), length))
    pool = F.max_pool1d if rank == 1 else F.max_pool2d
    window = (*(1,) * (rank - 1), kernel), (*(1,) * (rank - 1), step)
    return draw.case(
        lambda x: pool(x, *window, return_indices=True), gradient=not draw.special, slack=8
    )


@family
def unpooled(draw: Draw) -> Case:
    rank = draw.turn(1, 2, 3)
    size, kernel = tuple(draw.whole(2, 9) for _ in range(rank)), draw.whole(1, 2)
    draw.kind = draw.one("f32", "f64")
    draw.tensor((draw.whole(1, 3), draw.whole(1, 5), *size))
    pool, back = (getattr(F, f"{name}{rank}d") for name in ("max_pool", "max_unpool"))

    def run(x):
        best, places = pool(x, kernel, return_indices=True)
        return back(best * 2, places, kernel, output_size=size)

    return draw.case(run, gradient=True, slack=8)


@family
def padded_images(draw: Draw) -> Case:
    mode, rank = draw.turn(
        *((m, r) for m in ("reflect", "replicate", "circular") for r in (1, 2, 3))
    )
    size = tuple(draw.whole(2, 7) for _ in range(rank))
    widths = [draw.whole(0, size[rank - 1 - k // 2] - 1) for k in range(2 * rank)]
    draw.tensor((draw.whole(1, 2), draw.whole(1, 3), *size))
    return draw.case(lambda x: F.pad(x, widths, mode), gradient=True, slack=8)


@family
def resampled_images(draw: Draw) -> Case:
    modes = {1: ("nearest", "linear"), 2: ("nearest", "bilinear", "bicubic"), 3: ("trilinear",)}
    each = ((rank, mode) for rank in modes for mode in (*modes[rank], "nearest-exact"))
    rank, mode = draw.turn(*each)
    aligned = draw.chance(0.5) if "linear" in mode or mode == "bicubic" else None
    size = tuple(draw.whole(1, 8) for _ in range(rank))
    out = tuple(draw.whole(1, 12) for _ in range(rank))
    draw.tensor((draw.whole(1, 2), draw.whole(1, 4), *size))
    return draw.case(
        lambda x: F.interpolate(x, out, mode=mode, align_corners=aligned), gradient=True, slack=32
    )


@family
def sampled_images(draw: Draw) -> Case:
    """Places inside and outside, on either side of every edge."""
    modes = (("bilinear", 2), ("nearest", 2), ("bicubic", 2), ("bilinear", 3), ("nearest", 3))
    mode, rank = draw.turn(*modes)
    padding, aligned = draw.one("zeros", "border", "reflection"), draw.chance(0.5)
    draw.kind = draw.one("f32", "f64")
    batch, size = draw.whole(1, 3), tuple(draw.whole(1, 8) for _ in range(rank))
    out = tuple(draw.one(1, 3, 7, 33) for _ in range(rank))
    draw.tensor((batch, draw.whole(1, 5), *size)), draw.tensor((batch, *out, rank))
    return draw.case(
        lambda x, g: F.grid_sample(x, g, mode, padding, aligned), gradient=True, slack=64
    )


@family
def attention(draw: Draw) -> Case:
    batch, heads = draw.whole(1, 3), draw.one(1, 2, 4)
    shared = draw.one(heads, heads, 1)
    queries, keys = draw.one(1, 2, 7, 16, 33, 65), draw.one(1, 3, 16, 40, 70)
    width, out = draw.one(1, 4, 16, 33, 64), draw.one(1, 4, 16, 64)
    width, out = draw.one((width, out), (16, 16), (64, 64))
    draw.kind = draw.one("f32", "f32", "bf16", "f16", "f64")
    layouts = ("plain", "permuted", "sliced")
    draw.tensor((batch, heads, queries, width), layout=draw.one(*layouts))
    draw.tensor((batch, shared, keys, width), layout=draw.one(*layouts))
    draw.tensor((batch, shared, keys, out), layout=draw.one(*layouts))
    causal, masked = draw.turn((True, None), (False, None), (False, "bool"), (False, draw.kind))
    if masked:
        shape = draw.one((queries, keys), (batch, 1, 1, keys), (batch, heads, queries, keys))
        draw.tensor(shape, masked, gradient=False)
    dropped = draw.one(0, 0, 0, 0.3)
    scale = draw.one(None, 0.5)

    def run(q, k, v, mask=None):
        if mask is not None and mask.dtype is torch.bool:
            mask = mask | (torch.arange(keys) == 0)  # each row has a key
        return F.scaled_dot_product_attention(
            q, k, v, mask, dropped, causal, scale=scale, enable_gqa=shared != heads
        )

    return draw.case(run, gradient=True, slack=32)
