"""Random changes of one argument of a call of PyTorch.

In: a generator of random numbers and a value. Out: another value in its place: often one that a
careless program would give (another shape, a float for an integer, a dimension too many), seldom
one that no program would. Tensors of any dtype, rank and stride come from here too.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

DTYPES = (
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
    torch.complex64,
    torch.complex128,
)
NUMBERS = (0, 1, -1, 2, 3, -2, -3, 5, 7, -7, 0.5, -0.5, 2.0, True, False, None)
HUGE = (2**31, -(2**31), 2**62, -(2**63), 2**63 - 1, 2**64)
NUMPY = (np.int64(2), np.int32(-1), np.float32(0.5), np.float64(2.0), np.bool_(True))
FLOATS = (0.0, -1.0, 1.5, 1e30, -1e30, float("nan"), float("inf"), -float("inf"), 1e-30)
STRINGS = ("", "mean", "none", "sum", "bilinear", "zeros", "nonsense", "L", "U", "ij", "floor")


def random_shape(rng: random.Random) -> list[int]:
    """Ranks 0 to 5, sizes 0 to 5, few of them large."""
    rank = rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 4, 5))
    return [rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 5)) for _ in range(rank)]


def random_tensor(rng: random.Random) -> torch.Tensor:
    """Any shape, dtype and layout in memory."""
    return _view(rng, _filled(random_shape(rng), rng.choice(DTYPES)))


def _filled(shape: list[int], dtype: torch.dtype) -> torch.Tensor:
    if dtype == torch.bool:
        return torch.randint(0, 2, shape).bool()
    if dtype.is_floating_point or dtype.is_complex:
        return torch.randn(shape, dtype=torch.float64).to(dtype)
    low = 0 if dtype == torch.uint8 else -4
    return torch.randint(low, 9, shape).to(dtype)


def _view(rng: random.Random, x: torch.Tensor) -> torch.Tensor:
    """The same values, or some of them, through strides that are not those of a new tensor."""
    choice = rng.randrange(7)
    if choice == 0 and x.dim() > 1:
        return x.transpose(0, -1).contiguous().transpose(0, -1)
    if choice == 1 and x.dim():
        return torch.cat([x, x], -1)[..., ::2]
    if choice == 2:
        return x.new_ones(()).expand(x.shape)
    if choice == 3 and x.dim() and x.numel():
        return x[:1].expand(x.shape)
    if choice == 4 and x.dim():
        return torch.cat([x, x])[x.shape[0] :]
    return x


def _reshaped(rng: random.Random, x: torch.Tensor) -> torch.Tensor:
    """The tensor with one size changed, a dimension more or less, or of another shape."""
    shape = list(x.shape)
    choice = rng.randrange(6)
    if choice == 0 and shape:
        shape[rng.randrange(len(shape))] = rng.choice((0, 1, 1, 2, 3, 7))
    elif choice == 1:
        shape.insert(rng.randint(0, len(shape)), rng.choice((0, 1, 1, 2)))
    elif choice == 2 and shape:
        shape.pop(rng.randrange(len(shape)))
    elif choice == 3:
        shape = []
    elif choice == 4 and shape:
        rng.shuffle(shape)
    else:
        shape = random_shape(rng)
    return _filled(shape, x.dtype)


def _cast(rng: random.Random, x: torch.Tensor) -> torch.Tensor:
    return torch.nan_to_num(x).clamp(-100, 100).to(rng.choice(DTYPES)) if _real(x) else _abs(rng, x)


def _abs(rng: random.Random, x: torch.Tensor) -> torch.Tensor:
    return (x.abs() if x.dtype.is_complex else x).to(rng.choice(DTYPES))


def _real(x: torch.Tensor) -> bool:
    return x.dtype.is_floating_point and x.dtype not in (
        torch.float8_e4m3fn,
        torch.float8_e5m2,
    )


def _spoiled(rng: random.Random, x: torch.Tensor) -> torch.Tensor:
    """Some values replaced: out of range as an index, or no number."""
    x = x.clone(memory_format=torch.contiguous_format)
    if not x.numel():
        return x
    flat = x.view(-1)
    place = rng.randrange(x.numel())
    if x.dtype.is_floating_point or x.dtype.is_complex:
        flat[place] = rng.choice((float("nan"), float("inf"), -float("inf"), 0.0, -1.0, 1.0))
    elif x.dtype == torch.bool:
        flat[place] = not flat[place]
    else:
        flat[place] = rng.choice((0, 1, -1 if x.dtype != torch.uint8 else 3, 5, 100))
    return x


def _of_gradient(rng: random.Random, x: torch.Tensor) -> torch.Tensor:
    if x.dtype.is_floating_point or x.dtype.is_complex:
        return x.detach().clone().requires_grad_()  # a view may be written to, its copy may not
    return x


def _tensor(rng: random.Random, x: torch.Tensor) -> Any:
    changes: tuple[Callable[..., Any], ...] = (
        *(_reshaped, _reshaped, _reshaped, _cast, _cast, _cast),
        *(_view, _view, _spoiled, _spoiled, _of_gradient),
    )
    choice = rng.random()
    if choice < 0.9:
        return rng.choice(changes)(rng, x)
    if choice < 0.94:
        return random_tensor(rng)
    return _anything(rng)


def _integer(rng: random.Random, value: int) -> Any:
    choice = rng.random()
    if choice < 0.6:
        return rng.choice((value + 1, value - 1, -value, -1, 0, 1, 2, 3, -3, 7, -7, 50))
    if choice < 0.67:
        return rng.choice(HUGE)
    if choice < 0.8:
        return rng.choice((float(value), value + 0.5, True, False))
    if choice < 0.9:
        return rng.choice(([value], (value, value), (value, value + 1), [], (0, 1), (0, -1)))
    return _anything(rng)


def _number(rng: random.Random, value: float) -> Any:
    choice = rng.random()
    if choice < 0.5:
        return rng.choice(FLOATS)
    if choice < 0.75:
        return rng.choice((int(value) if abs(value) < 2**60 else 3, 2, -1, 0, True, False))
    return _anything(rng)


def _sequence(rng: random.Random, value: list | tuple) -> Any:
    items = list(value)
    choice = rng.randrange(8)
    if choice == 0 and items:
        items.pop(rng.randrange(len(items)))
    elif choice == 1 and items:
        items.append(items[0])
    elif choice == 2 and items:
        items[rng.randrange(len(items))] = rng.choice((0, -1, 1, 2, 3, 7))
    elif choice == 3 and items:
        return items[0]
    elif choice == 4:
        items = []
    elif choice == 5:
        items.reverse()
    elif choice == 6:
        return items if isinstance(value, tuple) else tuple(items)
    else:
        return _anything(rng)
    return items if type(value) is list else tuple(items)


def _anything(rng: random.Random) -> Any:
    """A value of any type that is given by mistake."""
    choice = rng.randrange(9)
    if choice < 3:
        return rng.choice(NUMBERS)
    if choice == 3:
        return rng.choice(STRINGS)
    if choice == 4:
        return random_tensor(rng)
    if choice == 5:
        return rng.choice(([0], (0, 1), [0, 0], [], (-1,), [2, 3], [1.5], [None]))
    if choice == 6:
        return rng.choice((1j, 2 + 0j, float("nan"), 10**6, *NUMPY))
    if choice == 7:
        return rng.choice(DTYPES)
    return None


def mutated(rng: random.Random, value: Any) -> Any:
    """Another value in the place of this one."""
    if isinstance(value, torch.Tensor):
        return _tensor(rng, value)
    if isinstance(value, bool):
        return rng.choice((not value, not value, int(value), 2, None, "x", 0.5))
    if isinstance(value, int):
        return _integer(rng, value)
    if isinstance(value, float):
        return _number(rng, value)
    if isinstance(value, str):
        return rng.choice((*STRINGS, value.upper(), None, 1))
    if isinstance(value, torch.dtype):
        return rng.choice((*DTYPES, *DTYPES, *DTYPES, None, 1, float, "float32"))
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return _sequence(rng, value)
    return _anything(rng)
