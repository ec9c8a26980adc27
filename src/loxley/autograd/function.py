"""Operators of one's own: `Function` with a forward and a backward written on tensors.

Source: https://docs.pytorch.org/docs/stable/autograd.html#function
"""

from __future__ import annotations

import functools
import inspect
from typing import Any, NamedTuple

from ..batching import level_of
from ..ops.movement import zeros
from ..tensor import movedim
from ..tensor.batched import enter, leave
from ..tensor.grad import RELEASED, Node, Saved
from ..tensor.modes import modes
from ..tensor.tensor import Tensor, saved_output
from .engine import as_tensor
from .forward import tangent_of


class FunctionCtx:
    """What forward and backward of a `Function` share."""

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keeps tensors for backward; overwriting one of them later is noticed."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keeps tensors for `jvp`."""
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Names the inputs that forward overwrote."""
        self.dirty_tensors = args

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Names the outputs that have no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing gradients arrive as zeros (the default) or as None."""
        self.materialize_grads = value


class FunctionNode(Node, FunctionCtx):
    """The grad node of a `Function` application; it is also the `ctx`."""

    function: type[Function]
    for_forward: tuple | None = None  # what `jvp` sees as saved, while it runs

    def __init__(self) -> None:
        super().__init__((), [])
        self.materialize_grads = True
        self.to_save: tuple = ()
        self.dirty_tensors: tuple = ()
        self.non_differentiable: tuple = ()
        self._saved: list | None = None
        self.needs_input_grad: tuple[bool, ...] = ()

    def keep(self, outputs: tuple) -> None:
        """Turns what was given to `save_for_backward` into checked savings."""
        self._saved = []
        for t in self.to_save:
            if t is None:
                self._saved.append(None)
                continue
            if not isinstance(t, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument "
                    f"{len(self._saved)} is of type {type(t).__name__}"
                )
            at = next((i for i, o in enumerate(outputs) if o is t), None)
            self._saved.append(
                self._saved_input(t) if at is None else saved_output(t, type(self), at)
            )
        self.to_save = ()

    @staticmethod
    def _saved_input(t: Tensor) -> Saved:
        saved = Saved(t._read(), t)
        if t._grad_fn is not None:
            saved.origin, saved.output_nr = type(t._grad_fn), t._output_nr
        saved.pack(t)
        return saved

    @property
    def saved_tensors(self) -> tuple:
        if self.for_forward is not None:
            return self.for_forward
        if self._saved is None:
            raise RuntimeError(RELEASED)
        return tuple(None if s is None else self._restore(s) for s in self._saved)

    saved_variables = saved_tensors

    def _restore(self, saved: Saved) -> Tensor:
        saved.check()
        if saved.hooks is not None:
            return saved.unpacked(self)
        if saved.tensor is not None:
            return saved.tensor
        made = saved.memory._bare()
        made._requires_grad = True
        made._grad_fn, made._output_nr = self, saved.output_nr
        return made

    def release(self) -> None:
        self._saved = None

    def apply(self, grads: list, create_graph: bool) -> tuple:
        shown = []
        for g, (shape, kind) in zip(grads, self.out_metas):
            if g is None and self.materialize_grads:
                g = zeros(shape, kind)
            shown.append(as_tensor(g))
        results = self.function._backward_of()(self, *shown)
        results = results if isinstance(results, (tuple, list)) else (results,)
        results = self._trimmed(list(results))
        made = []
        for r, _ in zip(results, self.edges):
            if r is not None and not isinstance(r, Tensor):
                raise TypeError(
                    f"{self.name()}: expected Variable or None (got {type(r).__name__})"
                )
            made.append(r if r is None or create_graph else r._read())
        return tuple(made)

    def _trimmed(self, results: list) -> list:
        expected = len(self.edges)
        if len(results) > expected and all(r is None for r in results[expected:]):
            results = results[:expected]
        if len(results) != expected:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected "
                f"{expected}, got {len(results)})"
            )
        return results


class FunctionMeta(type):
    """Gives each `Function` the class of its grad nodes."""

    def __init__(cls, name: str, bases: tuple, attrs: dict) -> None:
        cls._node_class = type(name + "Backward", (FunctionNode,), {"function": cls})
        super().__init__(name, bases, attrs)


class Function(metaclass=FunctionMeta):
    """Base of custom operators: static `forward(ctx, ...)` and `backward(ctx, *grads)`.

    Alternatively `forward(...)` without ctx and `setup_context(ctx, inputs, output)`.
    """

    _node_class: type[FunctionNode]
    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all "
            "static, so "
            "you should invoke them on the class itself. Instantiating an autograd function will "
            "raise "
            "an error in a future version of PyTorch."
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Computes the result(s)."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Any) -> Any:
        """Saves what backward needs, where `forward` takes no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """One gradient (or None) per argument of forward."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to "
            "use it with backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """One tangent per output from one tangent (or None) per argument of forward."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple, *args: Any) -> Any:
        """(outputs, their dimensions of slices) from tensors of all slices."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or "
            "set generate_vmap_rule=True."
        )

    @classmethod
    def _backward_of(cls) -> Any:
        has_backward = cls.backward is not Function.backward
        has_vjp = cls.vjp is not Function.vjp
        if has_backward and has_vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You "
                "should "
                "only implement one of them."
            )
        return cls.vjp if has_vjp else cls.backward

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Runs forward without recording and gives its results this function's grad node."""
        if modes.transforms and cls.setup_context is Function.setup_context:
            raise RuntimeError(
                "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, "
                "jacrev, ...), it must override the setup_context staticmethod. For more details, "
                "please see https://pytorch.org/docs/main/notes/extending.func.html"
            )
        if cls.setup_context is not Function.setup_context and kwargs:
            args = _bound(cls.forward, args, kwargs)
            kwargs = {}
        if modes.vmaps and any(isinstance(a, Tensor) and _in_slices(a) for a in args):
            if not cls.generate_vmap_rule:
                return _over_slices(cls, args)
        return cls._applied(args, kwargs)[1]

    @classmethod
    def _applied(cls, args: tuple, kwargs: dict) -> tuple[FunctionNode, Any]:
        """(context, results) of one application."""
        if modes.forward is not None:
            return _with_tangents(cls, args, kwargs)
        node = cls._node_class()
        tracked = modes.grad and any(isinstance(a, Tensor) and a.requires_grad for a in args)
        node.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        grad, modes.grad = modes.grad, False
        try:
            if cls.setup_context is Function.setup_context:
                result = cls.forward(node, *args, **kwargs)
            else:
                result = cls.forward(*args, **kwargs)
                cls.setup_context(node, args, result)
        finally:
            modes.grad = grad
        return node, _connected(node, args, result, tracked)


class VmapInfo(NamedTuple):
    """What `Function.vmap` is told."""

    batch_size: int
    randomness: str


def _in_slices(t: Tensor) -> bool:
    return level_of(t._read()) == modes.levels[-1]


def _over_slices(cls: type[Function], args: tuple) -> Any:
    """The function's own rule for `vmap`, called with the tensors of all slices."""
    if cls.vmap is Function.vmap:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please "
            "override and implement the vmap staticmethod or set generate_vmap_rule=True. For more "
            "details, please see https://pytorch.org/docs/main/notes/extending.func.html"
        )
    levels, vmaps = modes.levels, modes.vmaps
    frame = vmaps[-1]
    dims = tuple(0 if isinstance(a, Tensor) and _in_slices(a) else None for a in args)
    given = [a if d is None else leave(a, frame.level, frame.size) for a, d in zip(args, dims)]
    modes.levels, modes.vmaps = levels[:-1], vmaps[:-1]
    try:
        out, places = cls.vmap(VmapInfo(frame.size, frame.randomness), dims, *given)
    finally:
        modes.levels, modes.vmaps = levels, vmaps
    single = not isinstance(out, (tuple, list))
    outs = (out,) if single else tuple(out)
    if single or not isinstance(places, (tuple, list)):
        places = (places,) * len(outs)
    made = tuple(
        o if d is None else enter(movedim(o, d, 0), frame.level, frame.size)
        for o, d in zip(outs, places)
    )
    return made[0] if single else made


def _with_tangents(cls: type[Function], args: tuple, kwargs: dict) -> tuple[FunctionNode, Any]:
    """An application and, where an argument has a tangent, those of the results by `jvp`."""
    levels, forward = modes.forward_levels, modes.forward
    level = levels[-1]
    modes.forward_levels, modes.forward = levels[:-1], forward if len(levels) > 1 else None
    try:
        node, result = cls._applied(args, kwargs)
        tangents = [tangent_of(a, level) if isinstance(a, Tensor) else None for a in args]
        if any(t is not None for t in tangents):
            node.for_forward = getattr(node, "saved_for_forward", None)
            made = cls.jvp(node, *tangents)
            single = not isinstance(result, (tuple, list))
            outs = (result,) if single else result
            for one, tangent in zip(outs, made if isinstance(made, tuple) else (made,)):
                if isinstance(one, Tensor) and tangent is not None:
                    one._tangents = {**(one._tangents or {}), level: tangent}
            node.for_forward = None
    finally:
        modes.forward_levels, modes.forward = levels, forward
    return node, result


def _bound(forward: Any, args: tuple, kwargs: dict) -> tuple:
    bound = inspect.signature(forward).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.args


def _connected(node: FunctionNode, args: tuple, result: Any, tracked: bool) -> Any:
    single = not isinstance(result, (tuple, list))
    outputs = (result,) if single else tuple(result)
    made = tuple(_output(node, args, o, tracked) for o in outputs)
    if tracked:
        node.edges = tuple(a._edge() if isinstance(a, Tensor) else None for a in args)
        node.out_metas = [
            (o._shape, o.dtype) if isinstance(o, Tensor) else ((), None) for o in made
        ]
        refused = {id(t) for t in node.non_differentiable}
        for i, (before, o) in enumerate(zip(outputs, made)):
            if isinstance(o, Tensor) and id(before) not in refused:
                if o.dtype.is_floating_point or o.dtype.is_complex:
                    if any(o is d for d in node.dirty_tensors):
                        o._check_history()
                        o._rebase(node, i)
                    else:
                        o._grad_fn, o._output_nr, o._requires_grad = node, i, True
        node.keep(made)
    return made[0] if single else made


def _output(node: FunctionNode, args: tuple, output: Any, tracked: bool) -> Any:
    """An output as the caller gets it: an input returned as it is becomes a view of itself."""
    if not isinstance(output, Tensor):
        return output
    is_input = any(output is a for a in args)
    is_dirty = any(output is d for d in node.dirty_tensors)
    if is_dirty or not tracked:
        return output
    if is_input:
        made = output.detach()
        node.to_save = tuple(made if s is output else s for s in node.to_save)
        return made
    return output


def once_differentiable(fn: Any) -> Any:
    """Decorates a backward that can't be differentiated itself."""

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        recorded = modes.grad and any(isinstance(a, Tensor) and a.requires_grad for a in args)
        previous, modes.grad = modes.grad, False
        try:
            outputs = fn(ctx, *args)
        finally:
            modes.grad = previous
        if not recorded:
            return outputs
        single = not isinstance(outputs, tuple)
        error = _Refused.apply
        made = tuple(
            error(o.detach().requires_grad_(True)) if isinstance(o, Tensor) else o
            for o in ((outputs,) if single else outputs)
        )
        return made[0] if single else made

    return wrapper


class _Refused(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.detach()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )
