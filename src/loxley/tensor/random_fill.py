"""In-place random methods: `uniform_`, `normal_`, `random_`, `bernoulli_` and their like.

They draw exactly what PyTorch draws, along the tensor's memory, and give the graph a node whose
gradient is zero.

Source: https://docs.pytorch.org/docs/stable/torch.html#in-place-random-sampling
"""

from __future__ import annotations

from typing import Any

from .. import dtypes as dt
from ..numerics.random import fill_order
from ..ops import random as ops
from ..ops.movement import expand, permute
from .api import method
from .generator import Generator, chosen
from .sampling import REAL_FLOATS, c_name, check_uniform, fill, integer_range, require
from .tensor import Tensor

_NUMBERS = (
    *(dt.uint8, dt.int8, dt.int16, dt.int32, dt.int64),
    *(dt.float16, dt.bfloat16, dt.float32, dt.float64),
)


def number(
    name: str, argument: str, x: Any, position: int | None = None, integer: bool = False
) -> Any:
    """A Python number from a number or a 0-d tensor; TypeError for anything else."""
    if isinstance(x, Tensor) and not x._shape:
        x = x.item()
    fits = hasattr(x, "__index__") if integer else hasattr(x, "__float__")
    if not fits or isinstance(x, Tensor):
        wanted = "int" if integer else "float"
        place = f" (position {position})" if position else ""
        raise TypeError(
            f"{name}(): argument '{argument}'{place} must be {wanted}, not {type(x).__name__}"
        )
    return int(x) if integer else float(x)


def bounds(name: str, args: tuple, kwargs: dict[str, Any], low: Any, high: Any) -> list:
    """The arguments `from` and `to`, positional or by name (Python keeps `from` for itself)."""
    given = [low, high]
    if len(args) > 2:
        raise TypeError(
            f"{name}() takes from 1 to 3 positional arguments but {len(args) + 1} were given"
        )
    given[: len(args)] = args
    for position, word in enumerate(("from", "to")):
        if word in kwargs:
            if position < len(args):
                raise TypeError(f"{name}() got multiple values for argument '{word}'")
            given[position] = kwargs.pop(word)
    if kwargs:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(kwargs))}'")
    return given


@method
def uniform_(
    self: Tensor, *args: float, generator: Generator | None = None, **kwargs: float
) -> Tensor:
    """Uniform in [from, to), `uniform_(from=0, to=1)`. Source: torch.Tensor.uniform_."""
    low, high = (
        number("uniform_", word, x, place)
        for word, x, place in zip(("from", "to"), bounds("uniform_", args, kwargs, 0, 1), (1, 2))
    )
    check_uniform(self.dtype, low, high)
    gen = chosen(generator, "uniform_")
    return fill(
        self,
        lambda shape, _: gen.draw(ops.UNIFORM, shape, self.dtype, low, high),
        "UniformBackward0",
    )


@method
def normal_(
    self: Tensor, mean: float = 0, std: float = 1, *, generator: Generator | None = None
) -> Tensor:
    """Normal of the given mean and standard deviation. Source: torch.Tensor.normal_."""
    mean, std = number("normal_", "mean", mean), number("normal_", "std", std)
    check_normal(self.dtype, std)
    gen = chosen(generator, "normal_")
    return fill(
        self,
        lambda shape, whole: gen.draw(ops.NORMAL, shape, self.dtype, mean, std, whole),
        "NormalBackward0",
    )


def check_normal(kind: dt.dtype, std: float) -> None:
    """RuntimeError for a negative deviation, NotImplementedError for integers."""
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    require("normal_kernel_cpu", kind.to_real() if kind.is_complex else kind, REAL_FLOATS)


@method
def random_(self: Tensor, *args: int, generator: Generator | None = None, **kwargs: int) -> Tensor:
    """Integers: `random_()`, `random_(to)` or `random_(from, to)`. Source: torch.Tensor.random_."""
    gen, kind = chosen(generator, "random_"), self.dtype
    if not args and not kwargs:
        require("random_kernel_cpu", kind, (*_NUMBERS, dt.bool_))
        return fill(
            self, lambda shape, _: gen.draw(ops.ALL_INTEGERS, shape, kind), "RandomBackward2"
        )
    if len(args) == 1 and not kwargs:
        args, kwargs = (), {"to": args[0]}
    only_to = not args and "from" not in kwargs
    low, high = bounds("random_", args, kwargs, 0, None)
    low = number("random_", "from", low, integer=True)
    high = None if high is None else number("random_", "to", high, integer=True)
    low, count = integer_range(kind, low, high)
    return fill(
        self,
        lambda shape, _: gen.draw(ops.INTEGERS, shape, kind, low, count),
        "RandomBackward1" if only_to else "RandomBackward0",
    )


@method
def bernoulli_(
    self: Tensor, p: float | Tensor = 0.5, *, generator: Generator | None = None
) -> Tensor:
    """1 with probability p (a number or a tensor), else 0. Source: torch.Tensor.bernoulli_."""
    gen, kind = chosen(generator, "bernoulli_"), self.dtype
    if isinstance(p, Tensor):
        require("bernoulli_tensor_cpu_self_", kind, (*_NUMBERS, dt.bool_))
        return _bernoulli_each(self, p, gen)
    p = check_probability(p)
    require("bernoulli_scalar_cpu_", kind, (*_NUMBERS, dt.bool_))
    return fill(
        self, lambda shape, _: gen.draw(ops.BERNOULLI, shape, kind, p), "BernoulliBackward2"
    )


def check_probability(p: Any) -> float:
    """A number in [0, 1], else RuntimeError in PyTorch's words."""
    p = number("bernoulli_", "p", p)
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return p


def _bernoulli_each(self: Tensor, p: Tensor, gen: Generator) -> Tensor:
    require("bernoulli_tensor_cpu_p_", p.dtype, REAL_FLOATS)
    if p._shape != self._shape:
        _check_expandable(p._shape, self._shape)
        p = expand(p.detach(), self._shape)
    probabilities = p._read()
    if not self._contiguous:
        probabilities = permute(probabilities, tuple(fill_order(self._shape, self._strides)))
    return fill(
        self,
        lambda shape, _: gen.draw_now(ops.BERNOULLI_EACH, probabilities, self.dtype),
        "BernoulliBackward1",
    )


def _check_expandable(shape: tuple[int, ...], target: tuple[int, ...]) -> None:
    lead = len(target) - len(shape)
    if lead < 0:
        raise RuntimeError(
            f"expand(torch.FloatTensor{{{list(shape)}}}, size={list(target)}): the number of sizes "
            f"provided ({len(target)}) must be greater or equal to the number of dimensions in the "
            f"tensor ({len(shape)})"
        )
    for axis, size in enumerate(shape):
        if size not in (1, target[lead + axis]):
            raise RuntimeError(
                f"The expanded size of the tensor ({target[lead + axis]}) must match the existing "
                f"size ({size}) at non-singleton dimension {lead + axis}.  Target sizes: "
                f"{list(target)}.  Tensor sizes: {list(shape)}"
            )


@method
def exponential_(self: Tensor, lambd: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Exponential of rate lambd. Source: torch.Tensor.exponential_."""
    rate = number("exponential_", "lambd", lambd)
    if not rate > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
    if self.dtype not in REAL_FLOATS:
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {self.dtype.legacy_name}"
        )
    gen = chosen(generator, "exponential_")
    return fill(
        self,
        lambda shape, _: gen.draw(ops.EXPONENTIAL, shape, self.dtype, rate),
        "ExponentialBackward0",
    )


@method
def cauchy_(
    self: Tensor, median: float = 0, sigma: float = 1, *, generator: Generator | None = None
) -> Tensor:
    """Cauchy of the given median and half width sigma. Source: torch.Tensor.cauchy_."""
    median, sigma = number("cauchy_", "median", median), number("cauchy_", "sigma", sigma)
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    if self.dtype not in REAL_FLOATS:
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {c_name(self.dtype)}"
        )
    gen = chosen(generator, "cauchy_")
    return fill(
        self,
        lambda shape, _: gen.draw(ops.CAUCHY, shape, self.dtype, median, sigma),
        "CauchyBackward0",
    )


@method
def log_normal_(
    self: Tensor, mean: float = 1, std: float = 2, *, generator: Generator | None = None
) -> Tensor:
    """exp of normal variates of this mean and std. Source: torch.Tensor.log_normal_."""
    mean, std = number("log_normal_", "mean", mean), number("log_normal_", "std", std)
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    require("log_normal_cpu", self.dtype, REAL_FLOATS)
    gen = chosen(generator, "log_normal_")
    return fill(
        self,
        lambda shape, _: gen.draw(ops.LOG_NORMAL, shape, self.dtype, mean, std),
        "LogNormalBackward0",
    )


@method
def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Trials of probability p until the first success. Source: torch.Tensor.geometric_."""
    p = number("geometric_", "p", p)
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    require("geometric_cpu", self.dtype, _NUMBERS)
    gen = chosen(generator, "geometric_")
    return fill(
        self, lambda shape, _: gen.draw(ops.GEOMETRIC, shape, self.dtype, p), "GeometricBackward0"
    )
