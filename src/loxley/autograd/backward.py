"""`backward`, `grad` and what tensors know of their gradients."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

from ..layouts import sparse_csr
from ..tensor.api import method
from ..tensor.batched import enter, leave
from ..tensor.grad import Handle, Node
from ..tensor.modes import modes
from ..tensor.tensor import Tensor
from .engine import run_backward
from .vmap import slices


def _tuple(x: Any) -> tuple:
    return (x,) if isinstance(x, Tensor) or x is None else tuple(x)


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Adds to the `.grad` of leaves the gradients of `tensors`, weighted by `grad_tensors`.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.backward.html
    """
    if grad_variables is not None:
        warnings.warn(
            "`grad_variables` is deprecated. Use `grad_tensors` instead.",
            FutureWarning,
            stacklevel=2,
        )
        grad_tensors = grad_variables if grad_tensors is None else grad_tensors
    if inputs is not None:
        inputs = _tuple(inputs)
        if not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    roots = _tuple(tensors)
    grads = _tuple(grad_tensors) if grad_tensors is not None else (None,) * len(roots)
    keep = create_graph if retain_graph is None else retain_graph
    run_backward(roots, grads, keep, create_graph, inputs, True, True)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]:
    """The gradients of `outputs` with respect to `inputs`, one tensor (or None) each.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.grad.html
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True).",
            FutureWarning,
            stacklevel=2,
        )
    roots, wanted = _tuple(outputs), _tuple(inputs)
    grads = _tuple(grad_outputs) if grad_outputs is not None else (None,) * len(roots)
    keep = create_graph if retain_graph is None else retain_graph
    unused = bool(allow_unused) or materialize_grads
    if is_grads_batched:
        results = _batched_gradients(roots, grads, keep, create_graph, wanted, unused)
    else:
        results = run_backward(roots, grads, keep, create_graph, wanted, unused, False)
    if any(t.layout is sparse_csr for t in wanted):  # known by their values until here
        results = tuple(
            t._with(r) if r is not None and t.layout is sparse_csr else r
            for r, t in zip(results, wanted)
        )
    if materialize_grads:
        results = tuple(
            t.new_zeros(t.shape, requires_grad=create_graph) if r is None else r
            for r, t in zip(results, wanted)
        )
    return results


def _batched_gradients(
    roots: tuple, grads: tuple, keep: bool, create_graph: bool, wanted: tuple, unused: bool
) -> tuple:
    """Gradients for every slice of `grads` along the first dimension, computed together."""
    for i, (root, seed) in enumerate(zip(roots, grads)):
        if seed is None or seed.shape[1:] != root.shape:
            have = None if seed is None else seed.shape[1:]
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output "
                "as the batch dimension. The sizes of the remaining dimensions are expected to "
                "match the shape of corresponding output, but a mismatch was detected: "
                f"grad_output[{i}] has a shape of {have} and output[{i}] has a shape of "
                f"{root.shape}. If you only want some tensors in `grad_output` to be considered "
                "batched, consider using vmap."
            )
    size = grads[0].shape[0]
    with slices(size) as frame:
        seeds = [enter(g, frame.level, size) for g in grads]
        found = run_backward(roots, seeds, keep, create_graph, wanted, unused, False)
    return tuple(None if g is None else leave(g, frame.level, size) for g in found)


def _tensor_backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Adds this tensor's gradients to the leaves it was computed from.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html
    """
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


Tensor.backward = _tensor_backward  # type: ignore[attr-defined]


@method
def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Sets whether gradients are wanted for this leaf, which it returns.

    RuntimeError in a function that is being transformed.
    """
    if modes.transforms:
        raise RuntimeError(
            "You are attempting to call Tensor.requires_grad_() (or perhaps using "
            "torch.autograd.functional.* APIs) inside of a function being transformed by a "
            "functorch transform. This is unsupported, please attempt to use the functorch "
            "transforms (e.g. grad, vjp, jacrev, jacfwd, hessian) or call requires_grad_() outside "
            "of a function being transformed instead."
        )
    self.requires_grad = requires_grad
    return self


def _set_requires_grad(self: Tensor, value: bool) -> None:
    value = bool(value)
    if self._grad_fn is not None and not value:
        raise RuntimeError(
            "you can only change requires_grad flags of leaf variables. If you want to use a "
            "computed "
            "variable in a subgraph that doesn't require differentiation use "
            "var_no_grad = var.detach()."
        )
    if value and not (self.dtype.is_floating_point or self.dtype.is_complex):
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    if self._grad_fn is None:
        self._requires_grad = value
        if modes.levels:
            self._levels = modes.levels


def _get_requires_grad(self: Tensor) -> bool:
    return self._tracks()


Tensor.requires_grad = property(_get_requires_grad, _set_requires_grad)  # type: ignore
Tensor.grad_fn = property(Tensor._current_grad_fn)  # type: ignore


def _get_grad(self: Tensor) -> Tensor | None:
    if (
        self._grad is None
        and self._requires_grad
        and self._grad_fn is not None
        and not self._retains
    ):
        warnings.warn(
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its "
            ".grad "
            "attribute won't be populated during autograd.backward(). If you indeed want the .grad "
            "field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf "
            "Tensor. If "
            "you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor "
            "instead. "
            "See github.com/pytorch/pytorch/pull/30531 for more informations.",
            UserWarning,
            stacklevel=2,
        )
    return self._grad


def _set_grad(self: Tensor, value: Tensor | None) -> None:
    if value is not None:
        if not isinstance(value, Tensor):
            raise TypeError(
                "assigned grad expected to be a Tensor or None but got grad of type "
                f"{type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if value.dtype is not self.dtype:
            raise RuntimeError(
                f"assigned grad has data of a different type: expected {self.dtype}, got "
                f"{value.dtype}"
            )
        if value._shape != self._shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value._shape)}' to a tensor of "
                "size "
                f"'{list(self._shape)}'. Please ensure that the gradient and the tensor are the "
                "same size"
            )
    self._grad = value


def _del_grad(self: Tensor) -> None:
    self._grad = None


Tensor.grad = property(_get_grad, _set_grad, _del_grad)  # type: ignore
Tensor.is_leaf = property(lambda self: self._current_grad_fn() is None)  # type: ignore
Tensor.output_nr = property(lambda self: self._output_nr)  # type: ignore
Tensor.retains_grad = property(lambda self: self._retains)  # type: ignore


@method
def retain_grad(self: Tensor) -> None:
    """Keeps this non-leaf's gradient in `.grad` after backward."""
    if not self._tracks():
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if self._grad_fn is None or self._retains:
        return
    fn = self._current_grad_fn()
    if fn.retained is None:
        fn.retained = {}
    fn.retained[self._output_nr] = ref(self)
    self._retains = True


@method
def register_hook(self: Tensor, hook: Callable[[Tensor], Any]) -> Handle:
    """`hook(grad)` when this tensor's gradient is computed; a returned tensor replaces it."""
    if not self._tracks():
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    node, nr = self._edge() or (Node((), []), 0)  # a view made without gradients gets none
    self._hook_node = node  # a leaf's node lives as long as its hooks
    if node.tensor_hooks is None:
        node.tensor_hooks = {}
    return Handle(node.tensor_hooks.setdefault(nr, OrderedDict()), hook)


@method
def register_post_accumulate_grad_hook(self: Tensor, hook: Callable[[Tensor], None]) -> Handle:
    """`hook(tensor)` after a leaf's `.grad` has been updated."""
    if not self._requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self._current_grad_fn() is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    if self._post_accumulate_hooks is None:
        self._post_accumulate_hooks = OrderedDict()
    return Handle(self._post_accumulate_hooks, hook)
