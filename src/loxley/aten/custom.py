"""Operators that programs define through `torch.library`: kernels, and which of them a call runs.

In: schemas and functions.  Out: operators under `torch.ops.<namespace>`.  A call is bound to the
schema, then goes to the operator's rule for `vmap`, to its types under autocast, to its derivative,
and at last to the kernel of the tensors' device.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from ..amp.autocast_mode import autocast
from ..autograd.function import Function, FunctionMeta
from ..autograd.grad_mode import no_grad
from ..tensor import Tensor
from ..tensor.modes import modes
from .packets import OpOverload, OpOverloadPacket
from .schema import Schema

# {namespace: {name: operator}}
DEFINED: dict[str, dict[str, CustomPacket]] = {}
# What hears of calls: (operator, arguments, keyword arguments, result).
CALLS: list[Callable[[CustomPacket, tuple, dict, Any], None]] = []
ANY = ("CompositeExplicitAutograd", "CompositeImplicitAutograd", "BackendSelect", "")


class CustomOverload(OpOverload):
    """One overload of an operator of a program: a schema and its kernels by dispatch key."""

    def __init__(self, packet: CustomPacket, overload: str, schema: Schema) -> None:
        super().__init__(packet, overload)
        self._schema = schema
        self.kernels: dict[str, Callable] = {}
        self.disabled: set[str] = set()
        self.fake: Callable | None = None
        # (backward or None, setup_context or None): the derivative, once there is one.
        self.formula: tuple[Callable | None, Callable | None] | None = None
        self.vmap: Callable | None = None
        self.autocast: dict[str, Any] = {}
        self.shown = f"'{self.name()}'"  # how errors name it
        self.strict = False  # results may not share memory with arguments

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        made = self.run(self._schema.bind(args, kwargs))
        for hear in CALLS:
            hear(self.overloadpacket, args, kwargs, made)  # type: ignore[arg-type]
        return made

    def run(self, given: dict[str, Any]) -> Any:
        """A call whose arguments are bound."""
        kind = self.autocast.get("cpu")
        if kind is not None and modes.autocast is not None:
            given = {name: _cast(x, kind) for name, x in given.items()}
            with autocast("cpu", enabled=False):
                return self.run(given)
        args, kwargs = self._schema.split(given)
        tracked = modes.grad and any(t.requires_grad for t in _tensors(given.values()))
        own = next((f for key, f in self.kernels.items() if key.startswith("Autograd")), None)
        if own is not None and (tracked or not self._has_kernel()):
            return own(*args, **kwargs)
        if self.formula is not None and (tracked or modes.vmaps):
            return _differentiable(self, given)
        return self._plainly(args, kwargs, tracked)

    def _plainly(self, args: list, kwargs: dict[str, Any], tracked: bool) -> Any:
        """Kernels without a derivative record what they do, and backward warns of it."""
        made = self.below(args, kwargs)
        if tracked and "CompositeImplicitAutograd" not in self.kernels:
            for t in _tensors([made]):
                if t.requires_grad:
                    t.register_hook(self._warn)
        return made

    def _warn(self, grad: Tensor) -> None:
        warnings.warn(_NO_AUTOGRAD.format(self.name()), UserWarning, stacklevel=2)

    def _has_kernel(self) -> bool:
        return any(not key.startswith(("Autograd", "Meta")) for key in self.kernels)

    def below(self, args: list, kwargs: dict[str, Any]) -> Any:
        """Runs the kernel of the tensors' device."""
        tensors = list(_tensors([*args, *kwargs.values()]))
        place = "Meta" if any(t._storage.meta for t in tensors) else "CPU"
        kernel = self._kernel(place)
        made = kernel(*args, **kwargs)
        if self.strict and kernel is not self.fake:
            self._check_aliases(tensors, made)
        self._count_writes(args, kwargs)
        return made

    def _kernel(self, place: str) -> Callable:
        if place == "Meta" and self.fake is not None:
            return self.fake
        for key in (place, *ANY):
            found = self.kernels.get(key)
            unfit = place == "Meta" and self.strict or place in self.disabled and key == place
            if found is not None and not unfit:
                return found
        if place == "Meta" and self.strict:
            name = self.overloadpacket.__name__
            raise RuntimeError(
                f"There was no fake impl registered for {self.shown}. This is necessary for "
                f"torch.compile/export/fx tracing to work. Please use `{name}.register_fake` to "
                "add an fake impl."
            )
        raise NotImplementedError(
            f"Could not run '{self.name()}' with arguments from the '{place}' backend. This could "
            "be because the operator doesn't exist for this backend, or was omitted during the "
            "selective/custom build process (if using custom build). "
            f"'{self.name()}' is only available for these backends: [{', '.join(self.kernels)}]."
        )

    def _check_aliases(self, tensors: list[Tensor], made: Any) -> None:
        seen = {id(t._storage) for t in tensors}
        for t in _tensors([made]):
            if id(t._storage) in seen:
                name = self.overloadpacket.__name__
                raise RuntimeError(_ALIASES.format(name))
            seen.add(id(t._storage))

    def _count_writes(self, args: list, kwargs: dict[str, Any]) -> None:
        """A write that the kernel did elsewhere (in NumPy, say) is a write for autograd too."""
        for place, one in enumerate(self._schema.arguments):
            if one.written:
                value = kwargs.get(one.name) if one.kwarg_only else None
                value = args[place] if not one.kwarg_only and place < len(args) else value
                for t in _tensors([value]):
                    t._counter.version += 1


_NO_AUTOGRAD = (
    "{}: an autograd kernel was not registered to the Autograd key(s) but we are trying to "
    "backprop through it. This may lead to silently incorrect behavior. This behavior is "
    "deprecated and will be removed in a future version of PyTorch. If your operator is "
    "differentiable, please ensure you have registered an autograd kernel to the correct Autograd "
    "key (e.g. DispatchKey::Autograd, DispatchKey::CompositeImplicitAutograd)."
)
_ALIASES = (
    "{}: The output of this custom operator (1) must not also be an input to this custom operator "
    "and (2) may not alias any inputs to this custom operator or other returns. The most common "
    "way to trigger this error is if we have y = custom_op(x) and y and x are the same Tensor. "
    "Please instead return a clone of the offending output tensor(s) (e.g. return x.clone()) or "
    "refactor the custom operator to not return y."
)


def _cast(value: Any, kind: Any) -> Any:
    if isinstance(value, Tensor):
        fits = value.dtype.is_floating_point and value.dtype.name != "float64"
        return value.to(kind) if fits else value
    if isinstance(value, (list, tuple)):
        return [_cast(one, kind) for one in value]
    return value


def _tensors(values: Any) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tensors(value)


def _differentiable(op: CustomOverload, given: dict[str, Any]) -> Any:
    """The kernel with its derivative: an autograd function, lists of tensors taken apart."""
    args, kwargs = op._schema.split(given)
    flat, lengths = _flattened(args)
    return _function_of(op, lengths, given, kwargs).apply(*flat)


def _flattened(args: list) -> tuple[list, list[int | None]]:
    """The arguments with lists of tensors taken apart, and how long these were."""
    flat: list[Any] = []
    lengths: list[int | None] = []
    for x in args:
        several = isinstance(x, list) and any(isinstance(one, Tensor) for one in x)
        lengths.append(len(x) if several else None)
        flat.extend(x if several else [x])
    return flat, lengths


def _gathered(flat: Any, lengths: list[int | None]) -> list:
    rest = iter(flat)
    return [next(rest) if n is None else [next(rest) for _ in range(n)] for n in lengths]


def _function_of(
    op: CustomOverload, lengths: list[int | None], given: dict[str, Any], kwargs: dict[str, Any]
) -> Any:
    assert op.formula is not None
    backward, setup = op.formula

    def forward(*flat: Any) -> Any:
        with no_grad():
            return op.below(_gathered(flat, lengths), kwargs)

    def setup_context(ctx: Any, inputs: tuple, output: Any) -> None:
        if setup is None:
            return
        whole, by_name = op._schema.split(given, filled=True)
        now = [*_gathered(inputs, lengths), *whole[len(lengths) :]]
        if by_name:
            told: dict[str, Any] = {"keyword_only_inputs": by_name}
            setup(ctx=ctx, inputs=tuple(now), output=output, **told)
        else:
            setup(ctx=ctx, inputs=tuple(now), output=output)

    def run_backward(ctx: Any, *grads: Any) -> Any:
        if backward is None:
            raise RuntimeError(
                f"Trying to backward through {op} but no autograd formula was registered. Please "
                "use register_autograd to add one."
            )
        found = backward(ctx, *grads)
        found = list(found) if isinstance(found, (tuple, list)) else [found]
        return _spread(found[: len(lengths)], lengths)

    def vmap(info: Any, in_dims: tuple, *flat: Any) -> Any:
        assert op.vmap is not None
        dims = _gathered(in_dims, lengths)
        return op.vmap(info, tuple(dims), *_gathered(flat, lengths), **kwargs)

    name = f"GeneratedBackwardFor_{op.namespace}_{op.overloadpacket.__name__}_{op._overloadname}"
    body: dict[str, Any] = {
        "forward": staticmethod(forward),
        "setup_context": staticmethod(setup_context),
        "backward": staticmethod(run_backward),
    }
    if op.vmap is not None:
        body["vmap"] = staticmethod(vmap)
    else:
        body["generate_vmap_rule"] = True
    return FunctionMeta(name, (Function,), body)


def _spread(grads: list, lengths: list[int | None]) -> tuple:
    """A gradient per tensor from one per argument, which is a list where the argument is."""
    flat: list[Any] = []
    for grad, n in zip([*grads, *[None] * (len(lengths) - len(grads))], lengths):
        if n is None:
            flat.append(grad)
        else:
            flat.extend([None] * n if grad is None else grad)
    return tuple(flat)


class CustomPacket(OpOverloadPacket):
    """An operator of a program, with its overloads."""

    def __init__(self, namespace: str, name: str) -> None:
        super().__init__(name, self._choose, (), namespace)
        self.found: dict[str, CustomOverload] = {}

    def __getattr__(self, key: str) -> OpOverload:
        if not key.startswith("_") and key in self.found:
            return self.found[key]
        raise AttributeError(f"The underlying op of '{self}' has no overload name '{key}'")

    def overloads(self) -> list[str]:
        """The names of the overloads."""
        return list(self.found)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self._choose(*args, **kwargs)

    def _choose(self, *args: Any, **kwargs: Any) -> Any:
        if len(self.found) == 1:
            return next(iter(self.found.values()))(*args, **kwargs)
        errors = []
        for overload in self.found.values():
            try:
                given = overload._schema.bind(args, kwargs)
            except RuntimeError as error:
                errors.append(str(error))
                continue
            return overload.run(given)
        raise RuntimeError(
            "Overloaded torch operator invoked from Python failed to match any schema:\n"
            + "\n\n".join(errors)
        )


def define(namespace: str, schema: Schema) -> CustomOverload:
    """A new operator, or a new overload of one; RuntimeError for one that is there already."""
    packets = DEFINED.setdefault(namespace, {})
    name = schema.name.rpartition("::")[2]
    packet = packets.setdefault(name, CustomPacket(namespace, name))
    overload = schema.overload or "default"
    if overload in packet.found:
        raise RuntimeError(
            f"Tried to register an operator ({schema}) with the same name and overload name "
            "multiple times. Each overload's schema should only be registered with a single call "
            "to def()."
        )
    made = packet.found[overload] = CustomOverload(packet, overload, schema)
    return made


def remove(op: CustomOverload) -> None:
    """Takes an overload back."""
    packets = DEFINED.get(op.namespace, {})
    packet = packets.get(op.overloadpacket.__name__)
    if packet is not None and packet.found.get(op._overloadname) is op:
        del packet.found[op._overloadname]
        if not packet.found:
            del packets[op.overloadpacket.__name__]


def find(qualname: str) -> CustomOverload:
    """The overload of a name such as "ns::op" or "ns::op.Tensor".

    AttributeError where no such operator was defined.
    """
    namespace, _, rest = qualname.partition("::")
    name, _, overload = rest.partition(".")
    packet = DEFINED.get(namespace, {}).get(name)
    if packet is None:
        raise AttributeError(f"'_OpNamespace' '{namespace}' object has no attribute '{name}'")
    found = packet.found.get(overload or "default")
    if found is None:
        raise AttributeError(f"The underlying op of '{packet}' has no overload name '{overload}'")
    return found
