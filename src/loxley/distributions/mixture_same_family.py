"""Mixtures of distributions of one family.

Source: https://docs.pytorch.org/docs/stable/distributions.html#mixturesamefamily
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..autograd import no_grad
from ..tensor import Tensor, gather, log_softmax, logsumexp
from ..tensor import sum as total
from ..tensor.size import Size
from . import constraints
from .categorical import Categorical
from .distribution import Distribution

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """Components along the last batch dimension, drawn by a `Categorical`.

    Source: torch.distributions.MixtureSameFamily.
    """

    arg_constraints: dict[str, constraints.Constraint] = {}
    has_rsample = False

    def __init__(
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        _check_parts(mixture_distribution, component_distribution)
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        self._num_component = component_distribution.batch_shape[-1]
        batch_shape = component_distribution.batch_shape[:-1]
        event_shape = component_distribution.event_shape
        self._event_ndims = len(event_shape)
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> MixtureSameFamily:
        batch_shape = Size(batch_shape)
        new = self._get_checked_instance(MixtureSameFamily, _instance)
        components = batch_shape + (self._num_component,)
        new._component_distribution = self._component_distribution.expand(components)
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        new._num_component = self._num_component
        new._event_ndims = self._event_ndims
        self._finish(new, batch_shape)
        return new

    @constraints.dependent_property
    def support(self) -> constraints.Constraint:
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Categorical:
        """The weights."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Distribution:
        """The components: [*batch, components]."""
        return self._component_distribution

    def _mixed(self, of_components: Tensor) -> Tensor:
        """The weighted sum of [*batch, components, *event] over the components."""
        weights = self._pad_mixture_dimensions(self.mixture_distribution.probs)
        return total(weights * of_components, dim=-1 - self._event_ndims)

    @property
    def mean(self) -> Tensor:
        return self._mixed(self.component_distribution.mean)

    @property
    def variance(self) -> Tensor:
        """Within the components, and between their means."""
        within = self._mixed(self.component_distribution.variance)
        away = self.component_distribution.mean - self._pad(self.mean)
        return within + self._mixed(away.pow(2.0))

    def cdf(self, x: Tensor) -> Tensor:
        of_components = self.component_distribution.cdf(self._pad(x))
        return total(of_components * self.mixture_distribution.probs, dim=-1)

    def log_prob(self, x: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(x)
        of_components = self.component_distribution.log_prob(self._pad(x))
        weights = log_softmax(self.mixture_distribution.logits, dim=-1)
        return logsumexp(of_components + weights, dim=-1)

    def sample(self, sample_shape: Sequence[int] = Size()) -> Tensor:
        """Every component is drawn; one is chosen."""
        sample_shape = Size(sample_shape)
        with no_grad():
            axis = len(sample_shape) + len(self.batch_shape)
            chosen = self.mixture_distribution.sample(sample_shape)
            drawn = self.component_distribution.sample(sample_shape)
            place = chosen.reshape(chosen.shape + (1,) * (1 + self._event_ndims))
            place = place.expand(chosen.shape + (1,) + self.event_shape)
            return gather(drawn, axis, place).squeeze(axis)

    def _pad(self, x: Tensor) -> Tensor:
        return x.unsqueeze(-1 - self._event_ndims)

    def _pad_mixture_dimensions(self, x: Tensor) -> Tensor:
        """[*b, components] -> with dimensions of 1 where the components have more of them."""
        missing = len(self.batch_shape) - len(self.mixture_distribution.batch_shape)
        return x.reshape(x.shape[:-1] + (1,) * missing + x.shape[-1:] + (1,) * self._event_ndims)

    def __repr__(self) -> str:
        parts = f"\n  {self.mixture_distribution},\n  {self.component_distribution}"
        return f"MixtureSameFamily({parts})"


def _check_parts(mixture: Any, components: Any) -> None:
    if not isinstance(mixture, Categorical):
        raise ValueError(
            " The Mixture distribution needs to be an  instance of torch.distributions.Categorical"
        )
    if not isinstance(components, Distribution):
        raise ValueError(
            "The Component distribution needs to be an instance of torch.distributions.Distribution"
        )
    batch = components.batch_shape[:-1]
    for one, other in zip(reversed(mixture.batch_shape), reversed(batch)):
        if one != 1 and other != 1 and one != other:
            raise ValueError(
                f"`mixture_distribution.batch_shape` ({mixture.batch_shape}) is not "
                f"compatible with `component_distribution.batch_shape`({batch})"
            )
    weights, count = mixture.logits.shape[-1], components.batch_shape[-1]
    if weights is not None and weights != count:
        raise ValueError(
            f"`mixture_distribution component` ({weights}) does not equal "
            f"`component_distribution.batch_shape[-1]` ({count})"
        )
