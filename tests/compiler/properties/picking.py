"""Examples of indices: gathers, scatters, scans, sorts, embeddings."""

from __future__ import annotations

import loxley as torch
import loxley.nn.functional as F

from .draw import INTEGERS, Case, Draw, family


def _kind(draw: Draw) -> str:
    return draw.one(draw.kind, draw.kind, *INTEGERS[:-1])


def _smaller(draw: Draw, shape: tuple[int, ...], dim: int) -> tuple[int, ...]:
    """A shape of indices: within `shape`, but for `dim`, where it may have any size."""
    made = [draw.whole(1, n) if draw.chance(0.5) else n for n in shape]
    made[dim] = draw.one(0, 1, 3, 17)
    return tuple(made)


@family
def gather(draw: Draw) -> Case:
    draw.special = draw.turn(False, True, False)
    shape = draw.shape(1, 3)
    dim = draw.dim(shape)
    draw.tensor(shape, draw.turn(draw.kind, _kind(draw), draw.kind))
    draw.index(_smaller(draw, shape, dim), below=shape[dim])
    return draw.case(lambda x, index: x.gather(dim, index), gradient=not draw.special, slack=4)


@family
def scatter(draw: Draw) -> Case:
    names = ("add", "set", "value", "sum", "amax", "amin", "prod", "mean")
    name = draw.turn(*names)
    kind = draw.turn(*(draw.kind,) * 16, *(_kind(draw),) * 8)
    shape = draw.shape(1, 3)
    dim = draw.dim(shape)
    places = _smaller(draw, shape, dim)
    more = draw.turn(*(0,) * 8, *(1,) * 8, *(0,) * 8)  # elements of the source that no index reads
    draw.tensor(shape, kind), draw.tensor([n + more for n in places], kind)
    draw.index(places, below=shape[dim])
    whole = draw.chance(0.5)
    function = {
        "add": lambda x, y, i: x.scatter_add(dim, i, y),
        "set": lambda x, y, i: x.scatter(dim, i, y),
        "value": lambda x, y, i: x.scatter(dim, i, 2),
    }.get(name) or (lambda x, y, i: x.scatter_reduce(dim, i, y, name, include_self=whole))
    return draw.case(function, gradient=name in ("add", "value"), slack=8)


@family
def index_writes(draw: Draw) -> Case:
    shape = draw.shape(1, 3)
    dim, at = draw.dim(shape), draw.turn(*range(9), *range(9))
    kind = draw.turn(*(draw.kind,) * 9, *(_kind(draw),) * 9)
    count = draw.one(1, 2, 7)
    distinct = min(count, shape[dim])
    part = (*shape[:dim], distinct, *shape[dim + 1 :])
    draw.tensor(shape, kind), draw.tensor(part, kind)
    draw.index((distinct,), below=shape[dim], distinct=at >= 7 or draw.chance(0.5))
    functions = [
        lambda x, y, i: x.index_fill(dim, i, y.detach().sum()),
        lambda x, y, i: x.index_add(dim, i, y, alpha=2),
        lambda x, y, i: x.index_fill(dim, i, 3),
        lambda x, y, i: x.index_reduce(dim, i, y, "amax"),
        lambda x, y, i: x.index_reduce(dim, i, y, "mean", include_self=False),
        lambda x, y, i: x.index_select(dim, i),
        lambda x, y, i: x.transpose(0, dim).index_put((i,), y.transpose(0, dim), accumulate=True),
        lambda x, y, i: x.index_copy(dim, i, y),
        lambda x, y, i: x.transpose(0, dim).index_put((i,), y.transpose(0, dim)),
    ]
    return draw.case(functions[at], gradient=True, slack=8)


@family
def advanced_indices(draw: Draw) -> Case:
    shape = draw.shape(2, 4)
    kind = _kind(draw)
    draw.tensor(shape, kind)
    places = draw.shape(1, 2)[:2]
    draw.index(places, below=shape[0]), draw.index(places[-1:], below=shape[1])
    function = draw.turn(
        lambda x, i, j: x[i],
        lambda x, i, j: x[i, j],
        lambda x, i, j: x[:, j],
        lambda x, i, j: x[i, ..., :1],
        lambda x, i, j: x.transpose(0, 1)[j],
        lambda x, i, j: x[i, None, j] if x.dim() > 1 else x[i],
    )
    return draw.case(function, gradient=True, slack=8)


@family
def flat_indices(draw: Draw) -> Case:
    shape, places = draw.shape(1, 3), draw.shape(1, 2)[:2]
    kind, count = draw.turn(draw.kind, draw.kind, _kind(draw), _kind(draw)), 1
    draw.tensor(shape, kind), draw.tensor(places, kind)
    for n in shape:
        count *= n
    draw.index(places, below=count)
    function = draw.turn(
        lambda x, y, i: x.take(i),
        lambda x, y, i: x.put(i, y, accumulate=True),
    )
    return draw.case(function, gradient=True, slack=8)


@family
def masks(draw: Draw) -> Case:
    draw.special = draw.chance(0.2)
    shape = draw.shape(1, 3)
    kind = _kind(draw)
    draw.tensor(shape, kind), draw.tensor(draw.like(shape), "bool"), draw.tensor((), kind)
    function = draw.turn(
        lambda x, m, v: x.masked_fill(m, 3),
        lambda x, m, v: x.masked_fill(m, v),
        lambda x, m, v: torch.where(m, x, v),
        _written,
    )
    return draw.case(function, gradient=not draw.special, slack=8)


def _written(x: torch.Tensor, mask: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
    made = x.clone()
    made[mask.expand_as(x)] = 2
    return made


@family
def scans(draw: Draw) -> Case:
    draw.special = draw.turn(*(False,) * 5, *(True,) * 5, *(False,) * 5)
    shape = draw.shape(1, 3)
    dim = draw.dim(shape)
    draw.tensor(shape, draw.turn(*(draw.kind,) * 10, *(_kind(draw),) * 5))
    name = draw.turn("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp")

    def run(x):
        if name == "logcumsumexp" and not x.dtype.is_floating_point:
            return x.cumsum(dim)
        return getattr(x, name)(dim)

    return draw.case(run, gradient=not draw.special, slack=64)


@family
def sorts(draw: Draw) -> Case:
    draw.special = draw.turn(False, True, True)
    shape = draw.shape(1, 3)
    dim = draw.dim(shape)
    draw.kind = draw.one("f32", "f64", "bf16", "f16")
    draw.tensor(shape, draw.one(draw.kind, draw.kind, _kind(draw)))
    size, down = draw.whole(1, shape[dim]), draw.chance(0.5)
    function = draw.turn(
        lambda x: [*torch.sort(x, dim=dim, descending=down, stable=True)],
        lambda x: x.topk(size, dim, down)[0],
        lambda x: torch.argsort(x, dim=dim, descending=down, stable=True),
        lambda x: [*x.kthvalue(size, dim)],
        lambda x: [*x.median(dim)],
        lambda x: [*x.nanmedian(dim)],
        lambda x: [x.median(), x.nanmedian()],
    )
    return draw.case(function, gradient=not draw.special)


@family
def embeddings(draw: Draw) -> Case:
    rows, width = draw.one(1, 3, 40, 130), draw.one(1, 5, 16, 65)
    draw.tensor((rows, width))
    draw.index(draw.shape(1, 2), below=rows)
    padding = draw.one(None, 0, rows - 1)
    frequency = draw.chance(0.3)
    mode = draw.one("sum", "mean")

    def bag(w, i):
        i = i.view(1, -1) if i.dim() == 1 else i
        return F.embedding_bag(i, w, None, None, 2.0, frequency, mode, padding_idx=padding)

    function = draw.turn(
        lambda w, i: F.embedding(i, w, padding, scale_grad_by_freq=frequency),
        bag,
    )
    return draw.case(function, gradient=True, slack=8)
