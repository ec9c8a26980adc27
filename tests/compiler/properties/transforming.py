"""Examples of Fourier transforms and of complex numbers, whose results are seen as real ones."""

from __future__ import annotations

from math import prod
from typing import Any

import loxley as torch

from .draw import Case, Draw, family

_LENGTHS = (2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20, 24, 25, 27, 30, 32, 36, 40, 45, 48, 60, 64)
_LONG = (
    7,
    11,
    13,
    14,
    21,
    22,
    28,
    39,
    49,
    56,
    80,
    96,
    100,
    112,
    224,
    143,
    120,
    125,
    128,
    160,
    200,
    256,
    300,
    320,
    400,
    512,
    768,
    1000,
    1024,
    1280,
)
_ODD = (17, 19, 34, 58)  # what NumPy does
_NORMS = ("backward", "ortho", "forward")


def _real(x: Any) -> Any:
    return torch.view_as_real(x) if x.is_complex() else x


def _lines(draw: Draw, length: int) -> tuple[int, ...]:
    """A shape with the length as one of its dimensions, and that dimension."""
    shape = [draw.one(1, 1, 2, 3, 5, 8, 9, 16, 17, 21, 33) for _ in range(draw.whole(0, 2))]
    dim = draw.whole(0, len(shape))
    while length * prod(shape) > 40_000:
        shape[shape.index(max(shape))] = 1
    shape.insert(dim, length)
    return (*shape, dim)


def _length(draw: Draw) -> int:
    return draw.one(*_LENGTHS, *_LENGTHS, *_LONG, *_ODD)


@family
def transforms(draw: Draw) -> Case:
    name = draw.turn("fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fft of reals")
    *shape, dim = _lines(draw, _length(draw))
    kind, norm = draw.one("f32", "f32", "f64"), draw.one(*_NORMS)
    draw.tensor(shape, kind)
    real = name in ("rfft", "ihfft", "fft of reals")
    if not real:
        draw.tensor(shape, kind)
    name = name.split()[0]
    n = draw.one(None, None, None, shape[dim] + 3, 2 * shape[dim], max(1, shape[dim] - 1))
    function = getattr(torch.fft, name)

    def transformed(*parts: Any) -> Any:
        x = parts[0] if real else torch.complex(*parts)
        return _real(function(x, n, dim, norm))

    return draw.case(transformed, gradient=draw.chance(0.5), slack=4)


@family
def transforms_of_planes(draw: Draw) -> Case:
    name = draw.turn("fft2", "ifft2", "rfft2", "irfft2", "fftn", "rfftn", "irfftn")
    kind, norm = draw.one("f32", "f32", "f64"), draw.one(*_NORMS)
    shape = [draw.one(2, 3, 4), *(draw.one(*_LENGTHS[:20], *_ODD[:2]) for _ in range(2))]
    draw.tensor(shape, kind)
    real = name.startswith("rfft")
    if not real:
        draw.tensor(shape, kind)
    dims = tuple(draw.random.sample(range(3), 2)) if draw.chance(0.5) else None
    function = getattr(torch.fft, name)
    more = {} if dims is None else {"dim": dims}

    def transformed(*parts: Any) -> Any:
        x = parts[0] if real else torch.complex(*parts)
        return _real(function(x, norm=norm, **more))

    return draw.case(transformed, gradient=draw.chance(0.5), slack=4)


@family
def complex_elements(draw: Draw) -> Case:
    draw.special = draw.chance(0.2)
    shape, kind = draw.shape(0, 3), draw.one("f32", "f32", "f64")
    other = draw.like(shape)
    draw.tensor(shape, kind), draw.tensor(shape, kind)
    draw.tensor(other, kind), draw.tensor(other, kind)
    function = draw.turn(
        lambda x, y: x * y,
        lambda x, y: x + y,
        lambda x, y: y - x,
        lambda x, y: x.abs() * y.imag,
        lambda x, y: x.conj() * y.real,
        lambda x, y: -x.sgn(),
        lambda x, y: x * (2 - 0.5j) + y * 3,
        lambda x, y: x.real.to(x.dtype) * y,
        lambda x, y: y.imag * 1j + x,
    )

    def made(a: Any, b: Any, c: Any, d: Any) -> Any:
        return _real(function(torch.complex(a, b), torch.complex(c, d)).resolve_conj())

    return draw.case(made, gradient=not draw.special, slack=4)


@family
def complex_movement(draw: Draw) -> Case:
    shape, kind = draw.shape(1, 3), draw.one("f32", "f32", "f64")
    draw.tensor(shape, kind), draw.tensor(shape, kind)
    dim, pad = draw.dim(shape), (draw.whole(0, 3), draw.whole(0, 2))
    function = draw.turn(
        lambda x: x.transpose(0, dim).contiguous(),
        lambda x: x.flip(dim).reshape(-1),
        lambda x: torch.cat([x, x * 2], dim),
        lambda x: torch.stack([x, x.roll(1, dim)], dim),
        lambda x: torch.nn.functional.pad(x, pad),
        lambda x: torch.zeros(5, *x.shape, dtype=x.dtype).add(x),
        lambda x: torch.full_like(x, 1 - 2j).index_select(dim, torch.tensor([0])) + x,
        lambda x: x.select(dim, -1).expand(3, *x.select(dim, -1).shape).clone(),
        lambda x: x.narrow(dim, 0, 1).repeat(*([2] * x.dim())),
        lambda x: x.to(torch.complex128).to(torch.complex64),
    )

    def made(a: Any, b: Any) -> Any:
        return _real(function(torch.complex(a, b)))

    return draw.case(made, gradient=draw.chance(0.7), slack=4)
