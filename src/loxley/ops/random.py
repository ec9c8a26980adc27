"""Random operators: a generator's state goes in, a sample and the next state come out.

So randomness is a value like any other: draws are recorded, computed when somebody looks, and what
an operator draws is fixed by the state it was recorded with.  A state is a 0-d `Value` of the kind
`STATE` whose data is a `MersenneTwister` that nobody changes.  Every operator here is called
`OP(state, *values, *attrs) -> (sample, next state)`; the attributes are the result's shape, dtype
and the distribution's numbers.  Samples lie in C order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import LEAF, Op, Value
from ..numerics import random as draws
from ..numerics import random_distributions as distributions
from ..numerics.mersenne import MersenneTwister
from ..numerics.random_choice import multinomial
from ..numerics.random_normal import normal
from ..shapes import broadcast_shapes


class _StateKind:
    """What stands where a value's dtype stands: its data is no array, so it has no NumPy dtype."""

    __slots__ = ()
    name = "generator_state"
    numpy = None
    itemsize = 2496
    is_floating_point = is_complex = False

    def __repr__(self) -> str:
        return self.name


STATE: Any = _StateKind()


def state_value(twister: MersenneTwister) -> Value:
    """A state to draw from; the twister must not be used by anyone else."""
    return Value(LEAF, (), (), (), STATE, twister)


def _sampler(name: str, draw: Callable, numbers: tuple[str, ...] = ()) -> Op:
    """An operator of a shape and a dtype: `draw(twister, shape, numpy dtype, *numbers)`."""

    def evaluate(state, shape, kind, *numbers):
        twister = state.copy()
        return draw(twister, shape, kind.numpy, *numbers), twister

    return Op(
        f"random_{name}",
        rule=lambda state, shape, kind, *_: [(shape, kind), ((), STATE)],
        eval=evaluate,
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
        return [(broadcast_shapes(*(v.shape for v in values)), values[0].dtype), ((), STATE)]

    def evaluate(state, *rest):
        twister = state.copy()
        return draw(twister, *rest), twister

    return Op(
        f"random_{name}",
        rule=rule,
        eval=evaluate,
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


def _bernoulli_each(state, p, kind):
    twister = state.copy()
    return draws.bernoulli_each(twister, p, kind.numpy), twister


# One probability per element, of any floating dtype; the result's dtype is `kind`.
BERNOULLI_EACH = Op(
    "random_bernoulli_each",
    rule=lambda state, p, kind: [(p.shape, kind), ((), STATE)],
    eval=_bernoulli_each,
    names=("state", "p"),
    attrs=("kind",),
    outputs=2,
)


def _multinomial(state, weights, samples, replacement, order):
    twister = state.copy()
    return multinomial(twister, weights, samples, replacement, order), twister


# Weights [n] or [m, n] -> int64 [samples] or [m, samples].
MULTINOMIAL = Op(
    "random_multinomial",
    rule=lambda state, weights, samples, replacement, order: [
        ((*weights.shape[:-1], samples), dt.int64),
        ((), STATE),
    ],
    eval=_multinomial,
    names=("state", "weights"),
    attrs=("samples", "replacement", "order"),
    outputs=2,
)


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
