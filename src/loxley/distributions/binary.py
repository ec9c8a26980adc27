"""Distributions of outcomes that happen or don't: one parameter as `probs` or as `logits`."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from ..tensor.size import Size
from .utils import lazy_property, logits_to_probs, probs_to_logits


class BinaryParameter:
    """`probs` and `logits`, each made from the other when it was not given."""

    @lazy_property
    def logits(self) -> Tensor:
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        return logits_to_probs(self.logits, is_binary=True)


class KeptBinaryParameter(BinaryParameter):
    """As `BinaryParameter`; the one that was given is `_param`."""

    _param: Tensor

    def _new(self, *args: Any, **kwargs: Any) -> Tensor:
        return self._param.new(*args, **kwargs)

    @property
    def param_shape(self) -> Size:
        """The shape of `probs` and `logits`."""
        return self._param.size()
