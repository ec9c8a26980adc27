"""Kullback and Leibler's divergence, and who computes it for which pair of distributions.

`kl_divergence(p, q)` takes the function registered for the pair of classes, or of their nearest
bases.  The functions themselves are in `kl_same` (p and q of one family) and `kl_mixed`.

Source: https://docs.pytorch.org/docs/stable/distributions.html#module-torch.distributions.kl
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

from ..tensor import Tensor
from .distribution import Distribution

__all__ = ["register_kl", "kl_divergence"]

_KL_REGISTRY: dict[tuple[type, type], Callable] = {}
_KL_MEMOIZE: dict[tuple[type, type], Callable] = {}


def register_kl(type_p: type, type_q: type) -> Callable:
    """A decorator: the function computes `kl_divergence` of these classes and their subclasses.

    TypeError unless both are distributions.
    """
    for name, given in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(given, type) and issubclass(given, Distribution):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {given}")

    def decorator(function: Callable) -> Callable:
        _KL_REGISTRY[type_p, type_q] = function
        _KL_MEMOIZE.clear()  # what was found before may no longer be the nearest
        return function

    return decorator


def _dispatch_kl(type_p: type, type_q: type) -> Callable | None:
    """The function of the nearest registered pair; None without one.

    Nearest for p first and nearest for q first may be different pairs: then a warning.
    """
    matches = [
        pair for pair in _KL_REGISTRY if issubclass(type_p, pair[0]) and issubclass(type_q, pair[1])
    ]
    if not matches:
        return None
    ranks_p, ranks_q = type_p.__mro__.index, type_q.__mro__.index
    left = min(matches, key=lambda pair: (ranks_p(pair[0]), ranks_q(pair[1])))
    right = min(matches, key=lambda pair: (ranks_q(pair[1]), ranks_p(pair[0])))
    if _KL_REGISTRY[left] is not _KL_REGISTRY[right]:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). "
            f"Please register_kl({left[0].__name__}, {right[1].__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    return _KL_REGISTRY[left]


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """E_p[log p(x) - log q(x)]: [*batch]; NotImplementedError for an unknown pair."""
    pair = (type(p), type(q))
    function = _KL_MEMOIZE.get(pair)
    if function is None:
        function = _dispatch_kl(*pair)
        if function is None:
            raise NotImplementedError(
                f"No KL(p || q) is implemented for p type {pair[0].__name__} and q type "
                f"{pair[1].__name__}"
            )
        _KL_MEMOIZE[pair] = function
    return function(p, q)
