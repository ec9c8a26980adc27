"""Random tensors by size: `rand`, `randn`, `randint`, `randperm`, and their `_like` forms.

Sizes, types and a generator come in, tensors of exactly the numbers that PyTorch's CPU generator
gives go out.  Source: https://docs.pytorch.org/docs/stable/torch.html#random-sampling
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes as dt
from ..ir.graph import Value
from ..layouts import check_strided
from ..ops import random as ops
from .api import public
from .generator import Generator, chosen
from .modes import modes
from .random_fill import check_normal, number
from .sampling import REAL_FLOATS, check_uniform, fresh, integer_range, order_like, require
from .tensor import Tensor

Draw = Callable[[tuple[int, ...], bool], Value]
_COUNTS = frozenset((int,))  # the types of sizes that need no conversion


# Arguments


def sizes_argument(name: str, size: tuple, keyword: Any) -> tuple[int, ...]:
    """`f(2, 3)`, `f((2, 3))`, `f(size=(2, 3))` alike; TypeError, RuntimeError as PyTorch."""
    if keyword is None and size and _COUNTS.issuperset(map(type, size)) and min(size) >= 0:
        return size
    if keyword is not None:
        size = (keyword,)
    elif not size:
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got (), but expected a size"
        )
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
        message = "{name}(): argument 'size' failed to unpack the object at pos {place} with error "
        message += '"type must be tuple of ints,but got {kind}"'
    else:
        message = "{name}(): argument 'size' (position {place}) must be tuple of ints, not {kind}"
    shape = []
    for place, n in enumerate(size, 1):
        if isinstance(n, bool) or not hasattr(n, "__index__"):
            raise TypeError(message.format(name=name, place=place, kind=type(n).__name__))
        shape.append(int(n))
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {shape}")
    return tuple(shape)


def _check_options(name: str, layout: Any, pin_memory: bool) -> None:
    check_strided(name, layout)
    if pin_memory:
        raise RuntimeError(
            "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory "
            "allocator is available on this system."
        )


def result_kind(dtype: dt.dtype | None, out: Tensor | None, default: dt.dtype | None) -> dt.dtype:
    """The result's type; RuntimeError where `dtype` and `out` disagree."""
    if out is None:
        return dtype or default or dt.get_default_dtype()
    if dtype is not None and dtype is not out.dtype:
        raise RuntimeError(
            f"dtype {dtype.legacy_name} does not match dtype of out parameter "
            f"({out.dtype.legacy_name})"
        )
    return out.dtype


def destination(out: Tensor, shape: tuple[int, ...]) -> Tensor:
    """`out` in the given shape, ready to be filled."""
    if not isinstance(out, Tensor):
        raise TypeError(f"argument 'out' must be Tensor, not {type(out).__name__}")
    if out._shape != shape:
        if out._requires_grad and modes.grad:
            raise RuntimeError("cannot resize variables that require grad")
        out._become(shape)
    return out


def new_sample(
    name: str, shape: tuple[int, ...], kind: dt.dtype, draw: Draw, options: dict[str, Any]
) -> Tensor:
    _check_options(name, options["layout"], options["pin_memory"])
    return fresh(shape, kind, draw, options["device"], options["requires_grad"])


def _uniform(kind: dt.dtype, gen: Generator) -> Draw:
    if kind is not dt.float32:
        check_uniform(kind, 0.0, 1.0)
    return lambda shape, _: gen.draw(ops.UNIFORM, shape, kind, 0.0, 1.0)


def normal_draw(kind: dt.dtype, gen: Generator, mean: float = 0.0, std: float = 1.0) -> Draw:
    check_normal(kind, std)
    return lambda shape, whole: gen.draw(ops.NORMAL, shape, kind, mean, std, whole)


def _integers(kind: dt.dtype, gen: Generator, low: int, high: int) -> Draw:
    low, count = integer_range(kind, low, high)
    return lambda shape, _: gen.draw(ops.INTEGERS, shape, kind, low, count)


# By size


@public(method=False)
def rand(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    **kwargs: Any,
) -> Tensor:
    """Uniform in [0, 1). Source: torch.rand."""
    shape = sizes_argument("rand", size, _only("rand", "size", kwargs))
    kind, gen = result_kind(dtype, out, None), chosen(generator, "rand")
    if out is not None:
        return destination(out, shape).uniform_(generator=gen)
    options = dict(layout=layout, device=device, requires_grad=requires_grad, pin_memory=pin_memory)
    return new_sample("rand", shape, kind, _uniform(kind, gen), options)


@public(method=False)
def randn(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    **kwargs: Any,
) -> Tensor:
    """Normal of mean 0 and variance 1. Source: torch.randn."""
    shape = sizes_argument("randn", size, _only("randn", "size", kwargs))
    kind, gen = result_kind(dtype, out, None), chosen(generator, "randn")
    if out is not None:
        return destination(out, shape).normal_(generator=gen)
    options = dict(layout=layout, device=device, requires_grad=requires_grad, pin_memory=pin_memory)
    return new_sample("randn", shape, kind, normal_draw(kind, gen), options)


def _only(name: str, word: str, kwargs: dict[str, Any]) -> Any:
    """The one keyword that a function takes beside the declared ones."""
    for key in kwargs:
        if key != word:
            raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
    return kwargs.get(word)


@public(method=False)
def randint(
    *args: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    **kwargs: Any,
) -> Tensor:
    """Integers, `randint(low=0, high, size)`. Source: torch.randint."""
    low, high, size = _three("randint", args, kwargs)
    shape = sizes_argument("randint", (), size)
    kind, gen = result_kind(dtype, out, dt.int64), chosen(generator, "randint")
    if out is not None:
        return destination(out, shape).random_(low, high, generator=gen)
    options = dict(layout=layout, device=device, requires_grad=requires_grad, pin_memory=pin_memory)
    return new_sample("randint", shape, kind, _integers(kind, gen, low, high), options)


def _three(name: str, args: tuple, kwargs: dict[str, Any]) -> tuple[int, int, Any]:
    """(low, high, size) from `(high, size)` or `(low, high, size)`, positional or named."""
    if not kwargs and len(args) == 3 and type(args[0]) is type(args[1]) is int:
        if type(args[2]) is tuple:
            return args
    words = ("high", "size") if "low" not in kwargs and len(args) < 3 else ("low", "high", "size")
    if len(args) == 2 and "size" in kwargs:
        words = ("low", "high")
    elif "low" in kwargs:
        words = ("high", "size")
    given = dict(zip(words, args))
    if len(args) > len(words) or set(given) & set(kwargs):
        raise _mismatch(name, args, kwargs)
    given.update(kwargs)
    if not {"high", "size"} <= set(given) <= {"low", "high", "size"}:
        raise _mismatch(name, args, kwargs)
    if not isinstance(given["size"], (tuple, list)):
        place = (*words, "size").index("size") + 1
        raise TypeError(
            f"{name}(): argument 'size' (position {place}) must be tuple of ints, not "
            f"{type(given['size']).__name__}"
        )
    low, high = (_integer(name, word, given.get(word, 0), words) for word in ("low", "high"))
    return low, high, given["size"]


def _mismatch(name: str, args: tuple, kwargs: dict[str, Any]) -> TypeError:
    got = [type(x).__name__ for x in args]
    got += [f"{key}={type(x).__name__}" for key, x in kwargs.items()]
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({', '.join(got)}), but "
        "expected (int high, tuple of ints size) or (int low, int high, tuple of ints size)"
    )


def _integer(name: str, word: str, x: Any, words: tuple[str, ...]) -> int:
    place = words.index(word) + 1 if word in words else None
    if isinstance(x, bool):
        raise TypeError(f"{name}(): argument '{word}' (position {place}) must be int, not bool")
    return number(name, word, x, place, integer=True)


@public(method=False)
def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A permutation of 0 .. n-1. Source: torch.randperm."""
    if isinstance(n, (bool, float)) or not hasattr(n, "__index__"):
        raise TypeError(
            f"randperm(): argument 'n' (position 1) must be int, not {type(n).__name__}"
        )
    n = int(n)
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    if out is not None and dtype is None:
        kind = out.dtype
    else:
        kind = result_kind(dtype, out, dt.int64)
    _check_permutation(n, kind)
    gen = chosen(generator, "randperm")
    if out is not None:
        destination(out, (n,))._write(gen.draw(ops.PERMUTATION, (n,), kind))
        return out
    options = dict(layout=layout, device=device, requires_grad=requires_grad, pin_memory=pin_memory)
    return new_sample(
        "randperm", (n,), kind, lambda shape, _: gen.draw(ops.PERMUTATION, shape, kind), options
    )


def _check_permutation(n: int, kind: dt.dtype) -> None:
    require(
        "randperm",
        kind,
        (dt.uint8, dt.int8, dt.int16, dt.int32, dt.int64, *REAL_FLOATS),
    )
    if kind is dt.float16 and n > 2049:
        raise RuntimeError("n cannot be greater than 2049 for Half type.")
    if not kind.is_floating_point and n - 1 > (1 << 8 * kind.itemsize - kind.is_signed) - 1:
        raise RuntimeError(f"value cannot be converted to type {kind.name}_t without overflow")


# Like another tensor


def _like(
    name: str,
    input: Tensor,
    dtype: dt.dtype | None,
    draw: Callable[[dt.dtype], Draw],
    layout: Any,
    device: Any,
    requires_grad: bool,
    memory_format: Any,
) -> Tensor:
    if not isinstance(input, Tensor):
        raise TypeError(
            f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
        )
    _check_options(name, layout, False)
    kind = dtype or input.dtype
    where = input.device if device is None else device
    order = order_like(input, memory_format)
    return fresh(input._shape, kind, draw(kind), where, requires_grad, order)


@public(method=False)
def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Uniform in [0, 1) in another tensor's shape. Source: torch.rand_like."""
    gen = chosen(generator, "rand_like")
    draw = lambda kind: _uniform(kind, gen)  # noqa: E731
    return _like("rand_like", input, dtype, draw, layout, device, requires_grad, memory_format)


@public(method=False)
def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Normal of mean 0 and variance 1 in another tensor's shape. Source: torch.randn_like."""
    gen = chosen(generator, "randn_like")
    draw = lambda kind: normal_draw(kind, gen)  # noqa: E731
    return _like("randn_like", input, dtype, draw, layout, device, requires_grad, memory_format)


@public(method=False)
def randint_like(
    input: Tensor,
    *args: Any,
    generator: Generator | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    **kwargs: Any,
) -> Tensor:
    """Integers, `randint_like(input, low=0, high)`. Source: torch.randint_like."""
    low, high, _ = _three("randint_like", args, {**kwargs, "size": ()})
    gen = chosen(generator, "randint_like")
    draw = lambda kind: _integers(kind, gen, low, high)  # noqa: E731
    return _like("randint_like", input, dtype, draw, layout, device, requires_grad, memory_format)
