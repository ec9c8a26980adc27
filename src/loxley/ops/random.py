"""Random operators: a generator's state goes in, a sample and the next state come out.

So randomness is a value like any other: draws are recorded, computed when somebody looks, and what
an operator draws is fixed by the state it was recorded with.  A state is a value of `ARRAY` 32-bit
words: a `MersenneTwister` as an array, which native code reads and writes too.  Every operator here
is called `OP(state, *values, *attrs) -> (sample, next state)`; the attributes are the result's
shape, dtype and the distribution's numbers.  Samples lie in C order.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, Value, leaf
from ..numerics import random as draws
from ..numerics import random_distributions as distributions
from ..numerics.implicit_gradients import dirichlet_grad, standard_gamma_grad
from ..numerics.mersenne import ARRAY, MersenneTwister
from ..numerics.random_choice import multinomial
from ..numerics.random_normal import normal
from ..shapes import broadcast_shapes
from . import reduce
from .movement import expand

STATE = ((ARRAY,), dt.int32)  # a state's shape and dtype


def state_value(twister: MersenneTwister) -> Value:
    """A state to draw from."""
    return leaf(twister.to_array(), dt.int32)


def _drawing(draw: Callable) -> Callable:
    """An operator's rule from `draw(twister, ...)`."""

    def evaluate(state, *rest):
        twister = MersenneTwister.of_array(state)
        return draw(twister, *rest), twister.to_array()

    return evaluate


def _sampler(name: str, draw: Callable, numbers: tuple[str, ...] = ()) -> Op:
    """An operator of a shape and a dtype: `draw(twister, shape, numpy dtype, *numbers)`."""

    return Op(
        f"random_{name}",
        rule=lambda state, shape, kind, *_: [(shape, kind), STATE],
        eval=_drawing(lambda twister, shape, kind, *rest: draw(twister, shape, kind.numpy, *rest)),
        names=("state",),
        attrs=("shape", "kind", *numbers),
        outputs=2,
    )


def _sampler_of(name: str, draw: Callable, inputs: tuple[str, ...], attrs: tuple = ()) -> Op:
    """An operator of values of which each element has its own draw, in their broadcast shape.

    `draw(twister, *arrays, *attrs)`; the result has the first value's dtype.
    """

    def rule(state, *rest):
        values = rest[: len(inputs)]
        return [(broadcast_shapes(*(v.shape for v in values)), values[0].dtype), STATE]

    return Op(
        f"random_{name}",
        rule=rule,
        eval=_drawing(draw),
        names=("state", *inputs),
        attrs=attrs,
        outputs=2,
    )


UNIFORM = _sampler("uniform", draws.uniform, ("low", "high"))
# `contiguous` says whether the tensor to be filled is: PyTorch draws others by another method.
NORMAL = _sampler("normal", normal, ("mean", "std", "contiguous"))
INTEGERS = _sampler("integers", draws.integers, ("low", "count"))
ALL_INTEGERS = _sampler("all_integers", draws.random_integers)
PERMUTATION = _sampler(
    "permutation", lambda twister, shape, kind: draws.permutation(twister, shape[0], kind)
)
BERNOULLI = _sampler("bernoulli", draws.bernoulli, ("p",))
EXPONENTIAL = _sampler("exponential", distributions.exponential, ("rate",))
CAUCHY = _sampler("cauchy", distributions.cauchy, ("median", "sigma"))
LOG_NORMAL = _sampler("log_normal", distributions.log_normal, ("mean", "std"))
GEOMETRIC = _sampler("geometric", distributions.geometric, ("p",))

POISSON = _sampler_of("poisson", distributions.poisson, ("rate",))
BINOMIAL = _sampler_of("binomial", distributions.binomial, ("count", "prob"))
STANDARD_GAMMA = _sampler_of("standard_gamma", distributions.standard_gamma, ("alpha",))
DIRICHLET = _sampler_of("dirichlet", distributions.dirichlet, ("alpha",))
LEAKY_SLOPES = _sampler_of("leaky_slopes", draws.leaky_slopes, ("x",), ("lower", "upper"))


# One probability per element, of any floating dtype; the result's dtype is `kind`.
BERNOULLI_EACH = Op(
    "random_bernoulli_each",
    rule=lambda state, p, kind: [(p.shape, kind), STATE],
    eval=_drawing(lambda twister, p, kind: draws.bernoulli_each(twister, p, kind.numpy)),
    names=("state", "p"),
    attrs=("kind",),
    outputs=2,
)


# Weights [n] or [m, n] -> int64 [samples] or [m, samples].
MULTINOMIAL = Op(
    "random_multinomial",
    rule=lambda state, weights, samples, replacement, order: [
        ((*weights.shape[:-1], samples), dt.int64),
        STATE,
    ],
    eval=_drawing(multinomial),
    names=("state", "weights"),
    attrs=("samples", "replacement", "order"),
    outputs=2,
)


def _at_once(draw: Callable) -> Callable:
    """`draw` with a dtype of ours."""
    return lambda twister, shape, kind, *rest: draw(twister, shape, kind.numpy, *rest)


# What is drawn when it is called for, where there are few elements (at most so many): recording
# would cost more.  (twister, arrays and attributes) -> array.
SMALL: dict[Op, tuple[Callable, int]] = {
    UNIFORM: (_at_once(draws.uniform), 64),
    NORMAL: (_at_once(normal), 15),
    INTEGERS: (_at_once(draws.integers), 64),
    BERNOULLI: (_at_once(draws.bernoulli), 64),
    PERMUTATION: (lambda gen, shape, kind: draws.permutation(gen, shape[0], kind.numpy), 64),
    BERNOULLI_EACH: (lambda gen, p, kind: draws.bernoulli_each(gen, p, kind.numpy), 64),
    MULTINOMIAL: (multinomial, 64),
}

# Derivatives: samples do not depend on what they overwrite, nor on their parameters.

ZEROS_OF = Op(
    "zeros_of",
    rule=lambda x, shape: (shape, x.dtype),
    eval=lambda x, /, shape: np.zeros(shape, x.dtype),
    vjp=lambda g, x_shape: ZEROS_OF(g, x_shape),
)

# The sample in the place of `x`, whose gradient is zero; `title` is the grad node's name.
SAMPLED = Op(
    "sampled",
    rule=lambda x, sample, title: (sample.shape, sample.dtype),
    eval=lambda x, sample, title: sample,
    prepare=lambda inputs, attrs: (None, inputs[1]),
    vjp=(lambda g, x_shape: ZEROS_OF(g, x_shape), None),
    names=("x", "sample"),
    attrs=("title",),
    grad_name=lambda attrs, metas: attrs[0],
)


def _refuse(g, title):
    raise NotImplementedError(f"the derivative of '{title}' is not implemented.")


# As SAMPLED, for samplers that have a derivative which nobody has written; `title` names them.
SAMPLED_WITHOUT_DERIVATIVE = Op(
    "sampled_without_derivative",
    rule=lambda x, sample, title: (sample.shape, sample.dtype),
    eval=lambda x, sample, title: sample,
    prepare=lambda inputs, attrs: (None, inputs[1]),
    vjp=(_refuse, None),
    names=("x", "sample"),
    attrs=("title",),
    grad_name="NotImplemented",
)


# Derivatives of samples that are functions of their parameters, in the sense of
# `numerics.implicit_gradients`; PyTorch has no second ones either.


def _refuse_again(name: str) -> Callable:
    def refuse(g):
        raise NotImplementedError(f"the derivative of '{name}' is not implemented.")

    return refuse


def _implicit(name: str, function: Callable, inputs: tuple[str, ...]) -> Op:
    return Op(
        name,
        rule=lambda *values: (broadcast_shapes(*(v.shape for v in values)), values[0].dtype),
        eval=lambda *arrays: function(*arrays).astype(arrays[0].dtype),
        vjp=(_refuse_again(name),) * len(inputs),
        names=inputs,
        grad_name="NotImplemented",
    )


STANDARD_GAMMA_GRAD = _implicit("_standard_gamma_grad", standard_gamma_grad, ("x", "sample"))
DIRICHLET_GRAD = _implicit("_dirichlet_grad", dirichlet_grad, ("sample", "alpha", "total"))


def _dirichlet_vjp(g, x, out):
    last = (len(x.shape) - 1,)
    total = expand(reduce.sum(x, last, True, x.dtype), x.shape)
    along = expand(reduce.sum(out * g, last, True, x.dtype), x.shape)
    return DIRICHLET_GRAD(out, x, total) * (g - along)


# The sample of parameters `x`.
GAMMA_SAMPLED = Op(
    "gamma_sampled",
    rule=lambda x, sample: (sample.shape, sample.dtype),
    eval=lambda x, sample: sample,
    vjp=(lambda g, x, out: g * STANDARD_GAMMA_GRAD(x, out), None),
    names=("x", "sample"),
    grad_name="StandardGammaBackward0",
)
DIRICHLET_SAMPLED = Op(
    "dirichlet_sampled",
    rule=lambda x, sample: (sample.shape, sample.dtype),
    eval=lambda x, sample: sample,
    vjp=(_dirichlet_vjp, None),
    names=("x", "sample"),
    grad_name="_DirichletBackward",
)
