"""Random tensors: `rand`, `randn`, `randint`, `randperm`, their `_like` forms, `normal`,
`bernoulli`, `multinomial`, `poisson`, `binomial`, and the samplers behind `distributions`.

Sizes, types and a generator come in, tensors of exactly the numbers that PyTorch's CPU generator
gives go out.  Source: https://docs.pytorch.org/docs/stable/torch.html#random-sampling
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import dtypes as dt
from ..ir.graph import Value
from ..numerics.random import fill_order
from ..ops import elementwise
from ..ops import random as ops
from ..ops.family import cast
from ..shapes import broadcast_shapes
from .api import public
from .generator import Generator, chosen
from .modes import modes
from .random_fill import check_normal, check_probability, number
from .sampling import REAL_FLOATS, check_uniform, fresh, integer_range, order_like, require
from .tensor import Tensor

Draw = Callable[[tuple[int, ...], bool], Value]


# Arguments


def _sizes(name: str, size: tuple, keyword: Any) -> tuple[int, ...]:
    """`f(2, 3)`, `f((2, 3))`, `f(size=(2, 3))` alike; TypeError, RuntimeError as PyTorch."""
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
    if layout is not None and str(layout) != "torch.strided":
        raise NotImplementedError(f"torch.{name}: argument 'layout' {layout} is not implemented")
    if pin_memory:
        raise RuntimeError(
            "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory "
            "allocator is available on this system."
        )


def _kind(dtype: dt.dtype | None, out: Tensor | None, default: dt.dtype | None) -> dt.dtype:
    """The result's type; RuntimeError where `dtype` and `out` disagree."""
    if out is None:
        return dtype or default or dt.get_default_dtype()
    if dtype is not None and dtype is not out.dtype:
        raise RuntimeError(
            f"dtype {dtype.legacy_name} does not match dtype of out parameter "
            f"({out.dtype.legacy_name})"
        )
    return out.dtype


def _into(out: Tensor, shape: tuple[int, ...]) -> Tensor:
    """`out` in the given shape, ready to be filled."""
    if not isinstance(out, Tensor):
        raise TypeError(f"argument 'out' must be Tensor, not {type(out).__name__}")
    if out._shape != shape:
        if out._requires_grad and modes.grad:
            raise RuntimeError("cannot resize variables that require grad")
        out._become(shape)
    return out


def _make(
    name: str, shape: tuple[int, ...], kind: dt.dtype, draw: Draw, options: dict[str, Any]
) -> Tensor:
    _check_options(name, options["layout"], options["pin_memory"])
    return fresh(shape, kind, draw, options["device"], options["requires_grad"])


def _uniform(kind: dt.dtype, gen: Generator) -> Draw:
    check_uniform(kind, 0.0, 1.0)
    return lambda shape, _: gen.draw(ops.UNIFORM, shape, kind, 0.0, 1.0)


def _normal(kind: dt.dtype, gen: Generator, mean: float = 0.0, std: float = 1.0) -> Draw:
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
    shape = _sizes("rand", size, _only("rand", "size", kwargs))
    kind, gen = _kind(dtype, out, None), chosen(generator, "rand")
    if out is not None:
        return _into(out, shape).uniform_(generator=gen)
    options = dict(layout=layout, device=device, requires_grad=requires_grad, pin_memory=pin_memory)
    return _make("rand", shape, kind, _uniform(kind, gen), options)


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
    shape = _sizes("randn", size, _only("randn", "size", kwargs))
    kind, gen = _kind(dtype, out, None), chosen(generator, "randn")
    if out is not None:
        return _into(out, shape).normal_(generator=gen)
    options = dict(layout=layout, device=device, requires_grad=requires_grad, pin_memory=pin_memory)
    return _make("randn", shape, kind, _normal(kind, gen), options)


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
    shape = _sizes("randint", (), size)
    kind, gen = _kind(dtype, out, dt.int64), chosen(generator, "randint")
    if out is not None:
        return _into(out, shape).random_(low, high, generator=gen)
    options = dict(layout=layout, device=device, requires_grad=requires_grad, pin_memory=pin_memory)
    return _make("randint", shape, kind, _integers(kind, gen, low, high), options)


def _three(name: str, args: tuple, kwargs: dict[str, Any]) -> tuple[int, int, Any]:
    """(low, high, size) from `(high, size)` or `(low, high, size)`, positional or named."""
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
        kind = _kind(dtype, out, dt.int64)
    _check_permutation(n, kind)
    gen = chosen(generator, "randperm")
    if out is not None:
        _into(out, (n,))._write(gen.draw(ops.PERMUTATION, (n,), kind))
        return out
    options = dict(layout=layout, device=device, requires_grad=requires_grad, pin_memory=pin_memory)
    return _make(
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
    draw = lambda kind: _normal(kind, gen)  # noqa: E731
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


# Of parameters


@public(method=False)
def normal(
    mean: float | Tensor,
    std: float | Tensor = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Normal of the given means and deviations, numbers or tensors. Source: torch.normal."""
    gen = chosen(generator, "normal")
    tensors = [x for x in (mean, std) if isinstance(x, Tensor)]
    if not tensors:
        if not isinstance(size, (tuple, list)):
            raise _normal_mismatch(mean, std, size)
        mean, std = float(mean), float(std)
        shape, kind = _sizes("normal", (), size), _kind(dtype, out, None)
        if out is not None:
            return _into(out, shape).normal_(mean, std, generator=gen)
        options = dict(
            layout=layout, device=device, requires_grad=requires_grad, pin_memory=pin_memory
        )
        return _make("normal", shape, kind, _normal(kind, gen, mean, std), options)
    if size is not None or dtype is not None or requires_grad:
        raise _normal_mismatch(mean, std, size)
    made = _normal_of_tensors(mean, std, tensors, gen)
    if out is None:
        return made
    _into(out, made._shape)._write(cast(made._read(), out.dtype))
    return out


def _normal_mismatch(mean: Any, std: Any, size: Any) -> TypeError:
    got = ", ".join(type(x).__name__ for x in (mean, std, size) if x is not None)
    return TypeError(
        f"normal() received an invalid combination of arguments - got ({got}), but expected one of:"
        "\n * (Tensor mean, Tensor std)\n * (Tensor mean, float std = 1)\n * (float mean, Tensor "
        "std)\n * (float mean, float std, tuple of ints size)"
    )


def _normal_of_tensors(mean: Any, std: Any, tensors: list[Tensor], gen: Generator) -> Tensor:
    shape, kind = broadcast_shapes(*(t._shape for t in tensors)), tensors[0].dtype
    if isinstance(std, Tensor):
        _check_deviations(std)
        value = elementwise.mul(_normal(kind, gen)(shape, True), std._read())
    else:
        value = _normal(kind, gen, 0.0, float(std))(shape, True)
    value = elementwise.add(value, mean._read() if isinstance(mean, Tensor) else float(mean))
    tracked = [t for t in tensors if t._requires_grad] if modes.grad else []
    made = Tensor._wrap(cast(value, kind))
    title = "NormalBackward" + ("3" if len(tensors) == 2 else "1" if tensors[0] is mean else "2")
    for t in tracked:
        made = ops.SAMPLED(t, made._read(), title)
    return made


def _check_deviations(std: Tensor) -> None:
    if std.dtype.is_complex:
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if not (std._array() >= 0).all():
        raise RuntimeError("normal expects all elements of std >= 0.0")


def _sampled(value: Value, parameters: Sequence[Tensor], title: str, op: Any) -> Tensor:
    """The sample with the grad node that PyTorch gives it."""
    for t in parameters:
        if t._requires_grad and modes.grad:
            return op(t, value, title)
    return Tensor._wrap(value)


@public(out=True)
def bernoulli(
    input: Tensor, p: float | None = None, *, generator: Generator | None = None
) -> Tensor:
    """1 with probability input[i] (or p), else 0. Source: torch.bernoulli."""
    gen, kind = chosen(generator, "bernoulli"), input.dtype
    if p is not None:
        value = gen.draw(ops.BERNOULLI, input._shape, kind, check_probability(p))
        return _sampled(value, (input,), "bernoulli", ops.SAMPLED_WITHOUT_DERIVATIVE)
    require("bernoulli_tensor_cpu_p_", kind, REAL_FLOATS)
    value = gen.draw_now(ops.BERNOULLI_EACH, input._read(), kind)
    return _sampled(value, (input,), "BernoulliBackward0", ops.SAMPLED)


@public()
def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Categories drawn by weight, by row: int64. Source: torch.multinomial."""
    _check_multinomial(input, num_samples, replacement, out)
    gen = chosen(generator, "multinomial")
    shape = (*input._shape[:-1], num_samples)
    order = None if input._contiguous else tuple(fill_order(input._shape, input._strides))
    value = gen.draw_now(ops.MULTINOMIAL, input._read(), num_samples, bool(replacement), order)
    if out is None:
        return Tensor._wrap(value)
    _into(out, shape)._write(value)
    return out


def _check_multinomial(
    input: Tensor, num_samples: Any, replacement: bool, out: Tensor | None
) -> None:
    if isinstance(num_samples, (bool, float)) or not hasattr(num_samples, "__index__"):
        raise TypeError(
            "multinomial(): argument 'num_samples' (position 2) must be int, not "
            f"{type(num_samples).__name__}"
        )
    if out is not None and out.dtype is not dt.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype.legacy_name}")
    if len(input._shape) not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not input.dtype.is_floating_point:
        raise RuntimeError(
            "multinomial only supports floating-point dtypes for input, got: "
            f"{input.dtype.legacy_name}"
        )
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > input._shape[-1]:
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement"
        )


@public(method=False)
def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Poisson variates of the rates `input`. Source: torch.poisson."""
    require("poisson_cpu", input.dtype, REAL_FLOATS)
    value = chosen(generator, "poisson").draw_now(ops.POISSON, input._read())
    return _sampled(value, (input,), "PoissonBackward0", ops.SAMPLED)


@public(method=False)
def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """Successes in count[i] trials of probability prob[i]. Source: torch.binomial."""
    for word, t in (("count", count), ("prob", prob)):
        if not t.dtype.is_floating_point:
            raise ValueError(
                f"binomial only supports floating-point dtypes for {word}, got: "
                f"{t.dtype.legacy_name}"
            )
    if count.dtype is not prob.dtype:
        raise RuntimeError(
            f"Found dtype {prob.dtype.legacy_name} but expected {count.dtype.legacy_name}"
        )
    require("binomial_cpu", count.dtype, (dt.float32, dt.float64))
    gen = chosen(generator, "binomial")
    value = gen.draw_now(ops.BINOMIAL, count._read(), prob._read())
    return _sampled(value, (count, prob), "binomial", ops.SAMPLED_WITHOUT_DERIVATIVE)


@public(method=False)
def _standard_gamma(self: Tensor, generator: Generator | None = None) -> Tensor:
    """Gamma variates of shape `self` and scale 1."""
    require("gamma_cpu", self.dtype, (dt.float32, dt.float64))
    value = chosen(generator, "_standard_gamma").draw_now(ops.STANDARD_GAMMA, self._read())
    return _sampled(value, (self,), "_standard_gamma", ops.SAMPLED_WITHOUT_DERIVATIVE)


@public(method=False)
def _sample_dirichlet(self: Tensor, generator: Generator | None = None) -> Tensor:
    """Dirichlet variates along the last dimension."""
    require("dirichlet", self.dtype, (dt.float32, dt.float64))
    value = chosen(generator, "_sample_dirichlet").draw_now(ops.DIRICHLET, self._read())
    return _sampled(value, (self,), "_sample_dirichlet", ops.SAMPLED_WITHOUT_DERIVATIVE)


# For functions that drop and leak


def bernoulli_like(input: Tensor, p: float, generator: Generator | None = None) -> Tensor:
    """1 with probability p, else 0, laid out as `input`: what dropout multiplies by.

    Draws along the memory of `input`, as `empty_like(input).bernoulli_(p)`; no gradient.
    """
    gen, kind = chosen(generator, "bernoulli_"), input.dtype
    p = check_probability(p)
    return fresh(
        input._shape,
        kind,
        lambda shape, _: gen.draw(ops.BERNOULLI, shape, kind, p),
        input.device,
        False,
        order_like(input, None),
    )


def leaky_slopes(
    input: Tensor, lower: float, upper: float, generator: Generator | None = None
) -> Tensor:
    """The noise of `rrelu` in training: uniform where input <= 0, else 1; no gradient."""
    gen = chosen(generator, "rrelu_with_noise")
    return Tensor._wrap(gen.draw(ops.LEAKY_SLOPES, input._read(), float(lower), float(upper)))
