"""Examples of elementwise operators, reductions, views and writes over every layout."""

from __future__ import annotations

import loxley as torch
import loxley.nn.functional as F

from .draw import FLOATS, INTEGERS, Case, Draw, family

_UNARY = (
    *(torch.neg, torch.abs, torch.square, torch.sign, torch.tanh, torch.sigmoid, torch.relu),
    *(torch.floor, torch.round, torch.isnan, torch.isfinite, torch.signbit, torch.logical_not),
    *(F.silu, F.hardswish, torch.atan, torch.erf, torch.exp2, torch.expm1, torch.log1p, torch.sin),
)
_BINARY = (
    *(torch.add, torch.sub, torch.mul, torch.maximum, torch.minimum, torch.fmax, torch.fmin),
    *(torch.atan2, torch.hypot, torch.lt, torch.ge, torch.eq, torch.ne, torch.logical_and),
    *(torch.copysign, torch.div, torch.remainder, torch.fmod, torch.logaddexp, torch.xlogy),
)
_OF_INTEGERS = (
    *(torch.add, torch.sub, torch.mul, torch.maximum, torch.minimum, torch.lt, torch.eq),
    *(torch.bitwise_and, torch.bitwise_or, torch.bitwise_xor, torch.logical_or, torch.div),
)


@family
def elementwise_of_floats(draw: Draw) -> Case:
    draw.special = draw.chance(0.5)
    shape = draw.shape(empty=True)
    draw.tensor(shape)
    draw.tensor(draw.like(shape), draw.one(draw.kind, draw.kind, *FLOATS))
    first, second = draw.turn(*_UNARY), draw.turn(*_BINARY)
    return draw.case(lambda x, y: [second(x, y), first(x), x * 2 + y])


@family
def numbers_alone(draw: Draw) -> Case:
    """Tensors without dimensions and of one element."""
    draw.kind = draw.turn("f16", "bf16", "f32", "f64", "i64", "u8")
    shape = draw.one((), (1,), (1, 1))
    draw.tensor(shape), draw.tensor(()), draw.tensor(shape)
    real = draw.kind in FLOATS
    unary = _UNARY if real else (torch.neg, torch.sign, torch.square)
    binary = _BINARY if real else _OF_INTEGERS[:7]

    def run(x, y, z):
        made = [function(x) for function in unary]
        made += [function(x, y) for function in binary]
        return [*made, x.sum(), x.max(), x + z * 2]

    return draw.case(run)


@family
def elementwise_of_integers(draw: Draw) -> Case:
    shape = draw.shape(empty=True)
    draw.tensor(shape, draw.one(*INTEGERS))
    draw.tensor(draw.like(shape), draw.one(*INTEGERS))
    first, second = draw.turn(*_OF_INTEGERS), draw.one(*_OF_INTEGERS)
    signed = draw.one(torch.int64, torch.int16, torch.uint8, torch.float32)

    def run(x, y):
        if first is torch.sub or second is torch.sub:
            x, y = x.to(signed), y.to(signed)
        whole = first not in _OF_INTEGERS[7:10] or not x.dtype.is_floating_point
        return [(first if whole else torch.mul)(x, y), torch.where(x > y, x, y).to(signed)]

    return draw.case(run)


@family
def elementwise_gradients(draw: Draw) -> Case:
    shape = draw.shape(empty=True)
    draw.tensor(shape), draw.tensor(draw.like(shape))
    function = draw.turn(
        lambda x, y: x * y + y,
        lambda x, y: torch.tanh(x) * y.sigmoid(),
        lambda x, y: torch.where(x > y, x * 2, y),
        lambda x, y: F.gelu(x) - y,
        lambda x, y: torch.maximum(x, y) + x.clamp(-1, 1),
        lambda x, y: torch.lerp(x, y, 0.25),
        lambda x, y: x / (y * y + 1),
    )
    return draw.case(function, gradient=True, slack=4)


@family
def casts(draw: Draw) -> Case:
    draw.special = draw.chance(0.3)
    shape = draw.shape(empty=True)
    draw.tensor(shape, draw.one(*FLOATS, *INTEGERS))
    kinds = [torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.bool]
    return draw.case(lambda x: [x.to(kind) for kind in kinds])


@family
def sums(draw: Draw) -> Case:
    shape = draw.shape(1)
    dims, keepdim = draw.dims(shape, 1), draw.chance(0.5)
    draw.tensor(shape)
    name = draw.turn(
        "sum", "mean", "logsumexp", "var", "std", "norm", "norm1", "var_mean", "std_mean", "all"
    )
    function = {
        "sum": lambda x: x.sum(dims, keepdim),
        "mean": lambda x: x.mean(dims, keepdim),
        "logsumexp": lambda x: x.logsumexp(dims, keepdim),
        "var": lambda x: x.var(dims, correction=0, keepdim=keepdim),
        "std": lambda x: x.std(dims, correction=0, keepdim=keepdim) + 1,
        "norm": lambda x: torch.linalg.vector_norm(x, 2, dims, keepdim),
        "norm1": lambda x: torch.linalg.vector_norm(x, 1, dims, keepdim),
        "var_mean": lambda x: torch.var_mean(x, dims, correction=0, keepdim=keepdim),
        "std_mean": lambda x: torch.std_mean(x, dims, correction=0, keepdim=keepdim),
        "all": lambda x: [x.sum(), x.mean(), x.sum(dims)],
    }[name]
    return draw.case(function, gradient=name[:3] != "std", slack=8)


@family
def extremes(draw: Draw) -> Case:
    draw.special = draw.chance(0.4)
    shape = draw.shape(1)
    dims, dim, keepdim = draw.dims(shape, 1), draw.dim(shape), draw.chance(0.5)
    draw.tensor(shape, draw.one(draw.kind, draw.kind, *INTEGERS))

    def run(x):
        made = [x.amax(dims, keepdim), x.amin(dims, keepdim), x.any(dim), x.all(dim, keepdim)]
        made += [*x.max(dim, keepdim), *x.min(dim), x.max(), x.min(), x.any(), x.all()]
        if x.dtype is not torch.bool:
            made += [x.argmax(dim, keepdim), x.argmin(dim), x.argmax()]
        return [*made, x.count_nonzero(dims)]

    return draw.case(run)


@family
def gradients_of_extremes(draw: Draw) -> Case:
    shape = draw.shape(1)
    dim, dims = draw.dim(shape), draw.dims(shape, 1)
    draw.tensor(shape)
    function = draw.turn(
        lambda x: x.amax(dims),
        lambda x: x.max(dim)[0],
        lambda x: x.min(dim, keepdim=True)[0],
        lambda x: [x.max(), x.min()],
    )
    return draw.case(function, gradient=True)


@family
def products_of_elements(draw: Draw) -> Case:
    shape = draw.shape(1, 3)
    dim = draw.dim(shape)
    draw.tensor(shape, draw.one(draw.kind, "f64"))
    function = draw.turn(lambda x: x.prod(dim), lambda x: x.prod(dim, keepdim=True), torch.prod)
    return draw.case(function, gradient=True, slack=16)


@family
def whole_numbers_summed(draw: Draw) -> Case:
    shape = draw.shape(1)
    dims, dim = draw.dims(shape, 1), draw.dim(shape)
    draw.tensor(shape, draw.one(*INTEGERS))
    return draw.case(lambda x: [x.sum(dims), x.prod(dim), x.sum(), x.cumsum(dim)])


@family
def views(draw: Draw) -> Case:
    shape = draw.shape(1, 4, empty=True)
    draw.tensor(shape, draw.one(draw.kind, draw.kind, *INTEGERS))
    dim, other = draw.dim(shape), draw.dim(shape)
    start, step = draw.whole(0, 2), draw.whole(1, 3)
    dims = draw.dims(shape)
    moves = [
        lambda x: x.reshape(-1),
        lambda x: x.permute(draw_order),
        lambda x: x.flip(dims),
        lambda x: x.transpose(dim, other),
        lambda x: x.unsqueeze(dim).expand(*x.shape[:dim], 3, *x.shape[dim:]),
        lambda x: x.narrow(dim, min(start, x.shape[dim]), max(x.shape[dim] - start, 0)),
        lambda x: x.transpose(dim, -1)[..., start::step],
        lambda x: x.select(dim, -1) if x.shape[dim] else x,
        lambda x: x.squeeze(),
        lambda x: x.unsqueeze(0).squeeze(0).unsqueeze(-1).squeeze((0, -1)),
        lambda x: x.t() if x.dim() < 3 else x,
        lambda x: x.diagonal(start - 1, 0, -1) if x.dim() > 1 else x,
        lambda x: x.unfold(dim, min(2, x.shape[dim]), 1),
        lambda x: x.mT if x.dim() > 1 else x,
        lambda x: torch.rot90(x, start, (0, -1)) if x.dim() > 1 else x,
        lambda x: x.roll((start, -step), (dim, other)),
        lambda x: x.repeat(*(2,) * x.dim()),
        lambda x: x.tril(start - 1) if x.dim() > 1 else x,
        lambda x: x.triu(start - 1) if x.dim() > 1 else x,
        lambda x: torch.diag_embed(x, start - 1),
        lambda x: x.view(torch.uint8) if x.is_contiguous() and x.dtype is torch.int8 else x,
    ]
    draw_order = tuple(draw.random.sample(range(len(shape)), len(shape)))
    first, second = draw.turn(*moves), draw.one(*moves)
    return draw.case(lambda x: [first(x), second(x) + 0], gradient=True)


@family
def joined(draw: Draw) -> Case:
    shape = draw.shape(1, 3)
    dim, size = draw.dim(shape), draw.one(0, 1, 5)
    kind = draw.one(draw.kind, *INTEGERS)
    other = (*shape[:dim], size, *shape[dim + 1 :])
    draw.tensor(shape, kind), draw.tensor(other, kind), draw.tensor(shape, kind)
    return draw.case(
        lambda x, y, z: [torch.cat([x, y, z, x], dim), torch.stack([x, z], dim)], gradient=True
    )


@family
def written_regions(draw: Draw) -> Case:
    shape = draw.shape(2, 3)
    dim = draw.dim(shape)
    size = shape[dim]
    start, step = draw.whole(0, size - 1), draw.whole(1, 3)
    count = len(range(start, size, step))
    less = (*shape[:dim], *shape[dim + 1 :])
    part = (*shape[:dim], count, *shape[dim + 1 :])
    draw.tensor(shape), draw.tensor(less), draw.tensor(part)

    def run(x, y, z):
        made = [x.select_scatter(y, dim, start), x.slice_scatter(z, dim, start, None, step)]
        w = x.clone()
        w.select(dim, start).mul_(3)
        w.transpose(0, dim)[::2] += 1
        w.flip(0)
        w.diagonal(0, 0, 1).copy_(w.diagonal(0, 0, 1) * 2)
        v = x * 2
        v[...] = v.flip(dim)
        return [*made, w, v, v.diagonal(0, 0, 1)]

    return draw.case(run, gradient=True)


@family
def constants(draw: Draw) -> Case:
    shape = draw.shape(1, 3, empty=True)
    draw.tensor(shape)
    kind = draw.one(torch.float32, torch.int64, torch.bool, torch.bfloat16)

    def run(x):
        made = [torch.full(shape, 2, dtype=kind), torch.eye(4, 5), torch.zeros_like(x) + x]
        w = x.clone()
        w[..., 1:].fill_(3)
        y = x + 1
        y.zero_()
        return [*made, w, y, torch.ones_like(x).fill_(x.sum().detach())]

    return draw.case(run)


@family
def written_over(draw: Draw) -> Case:
    """Arguments and results that are overwritten: by shifted, turned and narrower readers."""
    n = draw.one(4, 7, 16, 33)
    draw.tensor((n, n), layout="plain"), draw.tensor((n, n), layout="plain")
    rest = (lambda x: x.flip(0), lambda x: x.T, lambda x: x.roll(1, 1), lambda x: x[:1])
    first, second = draw.one(*rest), draw.one(*rest)

    def run(x, y):
        x = x + first(x)
        y = second(x) * y
        x.add_(y).mul_(first(x) + 1)
        y = y - x.T
        y[1:] = y[:-1] * 2
        y[:, ::2] += x[:, ::2].flip(0)
        return [x, y, (x @ y).sum(0)]

    return draw.case(run, slack=8)


@family
def paddings(draw: Draw) -> Case:
    shape = draw.shape(2, 3)
    draw.tensor(shape)
    widths = [draw.whole(-min(shape[-1 - k // 2] // 2, 2), 3) for k in range(4)]
    number = draw.one(0, 1.5)
    return draw.case(lambda x: F.pad(x, widths, value=number), gradient=True)


@family
def turned_images(draw: Draw) -> Case:
    r, channels = draw.whole(1, 3), draw.whole(1, 4)
    if draw.chance(0.5):
        draw.tensor((draw.whole(1, 3), channels * r * r, draw.whole(1, 5), draw.whole(1, 5)))
        return draw.case(lambda x: F.pixel_shuffle(x, r), gradient=True)
    draw.tensor((draw.whole(1, 3), channels, r * draw.whole(1, 5), r * draw.whole(1, 5)))
    return draw.case(lambda x: F.pixel_unshuffle(x, r), gradient=True)


@family
def diagonals(draw: Draw) -> Case:
    rank = draw.turn(2, 3)
    shape = draw.shape(rank, rank)
    offset = draw.whole(-2, 2)
    draw.tensor(shape)

    def run(x):
        made = [x.diagonal(offset, 0, 1), torch.diagonal_copy(x, offset, 0, -1)]
        return [*made, x.trace()] if rank == 2 else made

    return draw.case(run, gradient=True)
