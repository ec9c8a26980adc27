"""`FlatParameters`: the parameters of one wrapped module behind each other in one tensor.

In: a module, submodules that are wrapped already.  Out: one parameter `_flat_param` of the module;
while the module runs, its attributes are views of it, in the dtype of `MixedPrecision`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...dtypes import dtype
from ...nn import Module
from ...nn.parameter import Parameter
from ...tensor import Tensor, cat

FLAT = "_flat_param"


class FlatParameters:
    """Where each original parameter lies; with `keep` the originals stay registered."""

    def __init__(self, module: Module, wrapped: type, ignored: set[int], keep: bool) -> None:
        self.module, self.keep = module, keep
        self.places: list[tuple[Module, str, str]] = []  # module, attribute, full name
        self.numbers: list[int] = []  # which of the distinct parameters stands there
        self.originals: list[Tensor] = []
        seen: dict[int, int] = {}
        for path, sub in _inside(module, "", wrapped):
            for name, p in sub._parameters.items():
                if p is None or id(p) in ignored:
                    continue
                if id(p) not in seen:
                    seen[id(p)] = len(self.originals)
                    self.originals.append(p)
                self.places.append((sub, name, path + name))
                self.numbers.append(seen[id(p)])
        self.shapes = [p.shape for p in self.originals]
        self.flat: Parameter | None = None
        if not keep and self.originals:
            self._flatten_originals()

    def _flatten_originals(self) -> None:
        first = self.originals[0]
        for p in self.originals:
            if p.dtype is not first.dtype:
                raise ValueError(
                    f"Must flatten tensors with uniform dtype but got {first.dtype} and {p.dtype}"
                )
            if p.requires_grad != first.requires_grad:
                raise ValueError(
                    "Must flatten tensors with uniform `requires_grad` when `use_orig_params=False`"
                )
        whole = cat([p.detach().reshape(-1) for p in self.originals])
        self.flat = Parameter(whole, first.requires_grad)
        self.originals = []
        self.flatten()

    def names(self) -> list[str]:
        """The full names of the distinct parameters."""
        first = {number: place[2] for place, number in reversed([*zip(self.places, self.numbers)])}
        return [first[i] for i in range(len(self.shapes))]

    def views(self, whole: Tensor) -> list[Tensor]:
        """A tensor like the flat one, as one view for each parameter."""
        parts = whole.split([shape.numel() for shape in self.shapes])
        return [part.view(shape) for part, shape in zip(parts, self.shapes)]

    def _put(self, tensors: list[Any]) -> None:
        for (sub, name, _), number in zip(self.places, self.numbers):
            sub.__dict__[name] = tensors[number]

    def flatten(self) -> None:
        """Registers the flat parameter; the originals become plain views."""
        if self.flat is None:
            return
        for sub, name, _ in self.places:
            sub._parameters.pop(name, None)
        self._put(self.views(self.flat.detach()))
        self.module._parameters[FLAT] = self.flat

    def unflatten(self) -> None:
        """Registers the originals, as parameters that share the flat one's memory."""
        if self.flat is None:
            return
        self.module._parameters.pop(FLAT, None)
        made = [Parameter(v, self.flat.requires_grad) for v in self.views(self.flat.detach())]
        for (sub, name, _), number in zip(self.places, self.numbers):
            sub.__dict__.pop(name, None)
            sub._parameters[name] = made[number]

    def start(self, kind: dtype | None) -> None:
        """Before the module runs: attributes with history, in the dtype to compute in."""
        if self.flat is not None:
            self._put(self.views(self.flat if kind is None else self.flat.to(kind)))
        elif kind is not None:
            cast = [p.to(kind) for p in self.originals]
            for (sub, name, _), number in zip(self.places, self.numbers):
                sub._parameters[name] = cast[number]

    def end(self) -> None:
        """After it has run."""
        if self.flat is not None:
            self._put(self.views(self.flat.detach()))
        else:
            for (sub, name, _), number in zip(self.places, self.numbers):
                sub._parameters[name] = self.originals[number]

    def trained(self) -> list[Tensor]:
        """The parameters that an optimizer sees."""
        return self.originals if self.flat is None else [self.flat]


def _inside(module: Module, path: str, wrapped: type) -> Iterator[tuple[str, Module]]:
    yield path, module
    for name, child in module.named_children():
        if not isinstance(child, wrapped):
            yield from _inside(child, f"{path}{name}.", wrapped)
