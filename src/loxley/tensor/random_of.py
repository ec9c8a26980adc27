"""Random tensors by their parameters: `normal`, `bernoulli`, `multinomial`, `poisson`, `binomial`,
the samplers behind `distributions`, and what dropout and `rrelu` draw.

In go tensors of parameters and a generator, out come samples of their shape.
Source: https://docs.pytorch.org/docs/stable/torch.html#random-sampling
"""

from __future__ import annotations

from collections.abc import Sequence
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
from .random import destination, new_sample, normal_draw, result_kind, sizes_argument
from .random_fill import check_probability
from .sampling import REAL_FLOATS, fresh, order_like, require
from .tensor import Tensor


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
        shape, kind = sizes_argument("normal", (), size), result_kind(dtype, out, None)
        if out is not None:
            return destination(out, shape).normal_(mean, std, generator=gen)
        options = dict(
            layout=layout, device=device, requires_grad=requires_grad, pin_memory=pin_memory
        )
        return new_sample("normal", shape, kind, normal_draw(kind, gen, mean, std), options)
    if size is not None or dtype is not None or requires_grad:
        raise _normal_mismatch(mean, std, size)
    if out is None:
        return _normal_of_tensors(mean, std, tensors, gen)
    if isinstance(mean, Tensor) and not isinstance(std, Tensor):
        # PyTorch draws into `out`, then adds the means to it.
        mean = mean.expand(broadcast_shapes(mean._shape, out._shape))
        tensors = [mean]
    sample = _normal_of_tensors(mean, std, tensors, gen)
    destination(out, sample._shape)._write(cast(sample._read(), out.dtype))
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
        value = elementwise.mul(normal_draw(kind, gen)(shape, True), std._read())
    else:
        value = normal_draw(kind, gen, 0.0, float(std))(shape, True)
    value = elementwise.add(value, mean._read() if isinstance(mean, Tensor) else float(mean))
    tracked = [t for t in tensors if t._requires_grad] if modes.grad else []
    sample = Tensor._wrap(cast(value, kind))
    title = "NormalBackward" + ("3" if len(tensors) == 2 else "1" if tensors[0] is mean else "2")
    for t in tracked:
        sample = ops.SAMPLED(t, sample._read(), title)
    return sample


def _check_deviations(std: Tensor) -> None:
    if std.dtype.is_complex:
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if not (std._all_slices() >= 0).all():
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
    destination(out, shape)._write(value)
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
    if input._shape[-1] > 1 << 24:
        raise RuntimeError("number of categories cannot exceed 2^24")
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
    """Gamma variates of shape `self` and scale 1; differentiated implicitly."""
    require("gamma_cpu", self.dtype, (dt.float32, dt.float64))
    value = chosen(generator, "_standard_gamma").draw_now(ops.STANDARD_GAMMA, self._read())
    return _moving(value, self, ops.GAMMA_SAMPLED)


@public(method=False)
def _sample_dirichlet(self: Tensor, generator: Generator | None = None) -> Tensor:
    """Dirichlet variates along the last dimension; differentiated implicitly."""
    require("dirichlet", self.dtype, (dt.float32, dt.float64))
    value = chosen(generator, "_sample_dirichlet").draw_now(ops.DIRICHLET, self._read())
    return _moving(value, self, ops.DIRICHLET_SAMPLED)


def _moving(value: Value, parameter: Tensor, op: Any) -> Tensor:
    """The sample as a function of its parameter."""
    return op(parameter, value) if parameter._tracks() and modes.grad else Tensor._wrap(value)


@public(method=False)
def _standard_gamma_grad(self: Tensor, output: Tensor) -> Tensor:
    """d output / d self of gamma variates `output` of shape `self` and scale 1."""
    require("_standard_gamma_grad_cpu", self.dtype, (dt.float32, dt.float64))
    return ops.STANDARD_GAMMA_GRAD(self, output)


@public(method=False)
def _dirichlet_grad(x: Tensor, alpha: Tensor, total: Tensor) -> Tensor:
    """d x / d alpha / (1 - x) of beta variates x of parameters alpha and total - alpha."""
    require("_dirichlet_grad_cpu", x.dtype, (dt.float32, dt.float64))
    return ops.DIRICHLET_GRAD(x, alpha, total)


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
    require("rrelu_with_noise_out_cpu", input.dtype, (dt.bfloat16, dt.float32, dt.float64))
    gen = chosen(generator, "rrelu_with_noise")
    return Tensor._wrap(gen.draw(ops.LEAKY_SLOPES, input._read(), float(lower), float(upper)))
