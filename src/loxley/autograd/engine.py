"""The engine: walks the grad graph from results to leaves.

Nodes run in the order of their sequence numbers, latest first, once all gradients they wait for
have arrived, as in PyTorch, so that sums are taken in the same order.  Without `create_graph`
gradients are bare values; with it they are tensors, and the same derivative formulas record a graph
of their own.
"""

from __future__ import annotations

import heapq
import traceback
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ir.graph import Value
from ..ops.elementwise import add
from ..ops.movement import full, zeros
from ..ops.reduce import accept_grad
from ..runtime import evaluate
from ..runtime.interpreter import flush, flush_if_full
from ..tensor.batched import settled
from ..tensor.grad import AccumulateGrad, Node
from ..tensor.modes import modes
from ..tensor.sparse_gradients import SparseTensor, accumulated, added
from ..tensor.tensor import Tensor


class Task:
    """One run of the engine over one graph."""

    def __init__(self, create_graph: bool, keep_graph: bool, accumulate: bool) -> None:
        self.create_graph = create_graph
        self.keep_graph = keep_graph
        self.accumulate = accumulate
        self.waiting: dict[Node, int] = {}
        self.buffers: dict[Node, list] = {}
        self.captured: dict[tuple[Node, int], int] = {}  # edge -> position among `inputs`
        self.results: list = []
        self.needed: set[Node] | None = None
        self.ready: list = []
        self.final_callbacks: list = []


_RUNNING: list[Task] = []


def runs_for_inputs() -> bool:
    """Whether the backward pass under way computes the gradients of given inputs alone."""
    return bool(_RUNNING) and _RUNNING[-1].needed is not None


def in_backward() -> bool:
    """Whether a backward pass is under way."""
    return bool(_RUNNING)


def queue_callback(callback: Any) -> None:
    """Runs `callback` when the backward pass that is under way has ended."""
    if not _RUNNING:
        raise RuntimeError("Final callbacks can only be installed during backward pass.")
    _RUNNING[-1].final_callbacks.append(callback)


def run_backward(
    roots: Sequence[Tensor],
    grads: Sequence[Tensor | None],
    keep_graph: bool,
    create_graph: bool,
    inputs: Sequence[Tensor] | None,
    allow_unused: bool,
    accumulate: bool,
) -> tuple:
    """Gradients of `roots`, weighted by `grads`, into leaves or, for `autograd.grad`, returned."""
    as_tensors = create_graph or modes.forward is not None
    edges, seeds = _seeds(roots, grads, as_tensors)
    task = Task(as_tensors, keep_graph, accumulate)
    if inputs is not None:
        _capture(task, inputs, edges, accumulate)
    _count(task, edges)
    previous, modes.grad = modes.grad, create_graph
    modes.read_exported = False
    _RUNNING.append(task)
    try:
        for (node, nr), seed in zip(edges, seeds):
            _deliver(task, node, nr, seed, "invalid gradient at index 0")
        _drive(task)
        for callback in task.final_callbacks:
            callback()
    finally:
        _RUNNING.pop()
        modes.grad = previous
    if modes.read_exported:  # formulas read memory that the outside may write to from now on
        flush()
    else:
        flush_if_full()
    if inputs is None or accumulate:
        return ()
    return _collect(task, allow_unused)


def _seeds(roots, grads, create_graph) -> tuple[list, list]:
    edges, seeds = [], []
    for i, (root, grad) in enumerate(zip(roots, grads)):
        edge = root._edge()
        if edge is None:
            raise RuntimeError(
                f"element {i} of tensors does not require grad and does not have a grad_fn"
            )
        if grad is None:
            if root._shape and np.prod(root._shape) != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            if not (root.dtype.is_floating_point or root.dtype.is_complex):
                raise RuntimeError(
                    "grad can be implicitly created only for real scalar outputs but got "
                    f"{root.dtype}"
                )
            if root.dtype.is_complex:
                raise RuntimeError(
                    "grad can be implicitly created only for real scalar outputs but got "
                    f"{root.dtype}"
                )
            seed: Any = full(root._shape, 1, root.dtype)
            seed = Tensor._wrap(seed) if create_graph else seed
        else:
            _check_seed(i, root, grad)
            seed = grad if create_graph else grad._read()
        edges.append(edge)
        seeds.append(seed)
    return edges, seeds


def _check_seed(i: int, root: Tensor, grad: Tensor) -> None:
    if grad._shape != root._shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{i}] has a shape of {grad.shape} and output[{i}] has "
            "a "
            f"shape of {root.shape}."
        )
    if grad.dtype.is_complex != root.dtype.is_complex:
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. "
            f"Mismatch in dtype: grad_output[{i}] has a dtype of {grad.dtype} and output[{i}] has "
            "a "
            f"dtype of {root.dtype}."
        )


def _capture(task: Task, inputs, edges, accumulate: bool) -> None:
    """Notes which edges' gradients are wanted, and which nodes lead to them."""
    for i, t in enumerate(inputs):
        if not t._tracks():
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        edge = t._edge()
        if edge is not None:  # a view made without gradients has none and gets no gradient
            task.captured.setdefault(edge, i)
    task.results = [None] * len(inputs)
    task.inputs = list(inputs)
    wanted = {node for node, _ in task.captured}
    needed: dict[Node, bool] = {}
    stack = [(node, False) for node, _ in edges]
    while stack:
        node, done = stack.pop()
        if done:
            below = any(e is not None and needed.get(e[0], False) for e in node.edges)
            needed[node] = below or node in wanted
        elif node not in needed:
            needed[node] = False
            stack.append((node, True))
            stack.extend((e[0], False) for e in node.edges if e is not None)
    task.needed = {node for node, yes in needed.items() if yes}


def _count(task: Task, edges) -> None:
    """Counts how many gradients each node waits for; roots that wait for none are ready."""
    waiting = task.waiting
    for node, _ in edges:
        waiting[node] = 0
    roots = tuple(waiting)
    stack = list(roots)
    while stack:
        for edge in stack.pop().edges:
            if edge is not None:
                below = edge[0]
                count = waiting.get(below)
                if count is None:
                    stack.append(below)
                waiting[below] = (count or 0) + 1
    for node in roots:
        if not waiting[node]:
            task.buffers[node] = [None] * len(node.out_metas)
            heapq.heappush(task.ready, (-node.sequence, id(node), node))


def _deliver(task: Task, node: Node, nr: int, grad: Any, wrong: str | tuple) -> None:
    """Adds a gradient to a node's; `wrong` begins the complaint about one that doesn't fit."""
    if task.needed is not None and node not in task.needed:
        return
    buffer = task.buffers.get(node)
    if buffer is None:
        buffer = task.buffers[node] = [None] * len(node.out_metas)
    if grad is None:
        return
    if node.out_metas:
        shape, kind = node.out_metas[nr]
        if grad.shape != shape or grad.dtype is not kind:
            grad = _accepted(grad, shape, kind, wrong)
    have = buffer[nr]
    buffer[nr] = grad if have is None else _sum(have, grad)


def _sum(have: Any, grad: Any) -> Any:
    if type(have) is SparseTensor or type(grad) is SparseTensor:
        return added(have, grad)
    return add(have, grad)


def _accepted(grad, shape, kind, wrong):
    """The gradient summed to the shape and cast to the dtype of what it is the gradient of."""
    have = tuple(grad.shape)
    lead = len(have) - len(shape)
    if lead < 0 or any(n != h and n != 1 for n, h in zip(shape, have[lead:])):
        if type(wrong) is tuple:
            wrong = f"Function {wrong[0].name()} returned an invalid gradient at index {wrong[1]}"
        raise RuntimeError(
            f"{wrong} - got {list(have)} but expected shape compatible with {list(shape)}"
        )
    return accept_grad(grad, shape, kind)


def _drive(task: Task) -> None:
    ready, waiting, needed = task.ready, task.waiting, task.needed
    while ready:
        _, _, node = heapq.heappop(ready)
        grads = task.buffers.pop(node, None)
        if grads is None:
            grads = [None] * len(node.out_metas)
        if needed is None or node in needed:
            produced = _run_node(task, node, grads)
        else:
            produced = ()
        for i, edge in enumerate(node.edges):
            if edge is None:
                continue
            below, nr = edge
            if i < len(produced) and produced[i] is not None:
                grad = produced[i]
                if node.levels is not below.levels and node.levels:
                    grad = settled(grad, node.levels, below.levels)
                _deliver(task, below, nr, grad, (node, i))
            waiting[below] -= 1
            if waiting[below]:
                continue
            if below.sequence != AccumulateGrad.sequence:
                heapq.heappush(ready, (-below.sequence, id(below), below))
            elif needed is None or below in needed:  # a leaf would be the next to come off
                _run_node(task, below, task.buffers.pop(below, None) or [None])


def _run_node(task: Task, node: Node, grads: list) -> tuple:
    if node.prehooks:
        grads = _call_prehooks(node, grads)
    if node.tensor_hooks or node.retained:
        grads = _call_tensor_hooks(node, grads)
    if task.captured:
        for nr in range(len(grads)):
            at = task.captured.get((node, nr))
            if at is not None:
                task.results[at] = grads[nr]
        if not any(e is not None and e[0] in task.needed for e in node.edges):
            if isinstance(node, AccumulateGrad) and task.accumulate:
                _accumulate(task, node.variable, grads[0])
            elif task.accumulate:
                for nr, g in enumerate(grads):
                    at = task.captured.get((node, nr))
                    if at is not None and g is not None:
                        _accumulate(task, task.inputs[at], g)
            return ()
    if isinstance(node, AccumulateGrad):
        if node.variable._current_grad_fn() is not None:
            raise RuntimeError("leaf variable has been moved into the graph interior")
        _accumulate(task, node.variable, grads[0])
        return ()
    for g in grads:
        if g is not None:
            return _apply(task, node, grads)
    return ()


def _apply(task: Task, node: Node, grads: list) -> tuple:
    if len(grads) > 1:
        grads = _materialized(task, node, grads)
    try:
        if node.levels:
            produced = _applied_inside(node, grads, task.create_graph)
        else:
            produced = node.apply(grads, task.create_graph)
    except Exception:
        if node.forward_trace is not None:
            _warn_forward_trace(node)
        raise
    if node.forward_trace is not None and modes.anomaly_check_nan:
        _check_nan(node, produced)
    if node.hooks:
        produced = _call_hooks(node, produced, grads)
    if not task.keep_graph:
        node.release()
    return produced


def _applied_inside(node: Node, grads: list, create_graph: bool) -> tuple:
    """What is recorded now belongs to the `vmap`s that the node was made in."""
    levels = modes.levels
    modes.levels = tuple(sorted({*levels, *node.levels}))
    try:
        return node.apply(grads, create_graph)
    finally:
        modes.levels = levels


def _materialized(task: Task, node: Node, grads: list) -> list:
    """Zeros for the gradients of outputs that were not used, where the node wants them."""
    if not getattr(node, "materialize_grads", True):
        return grads
    if getattr(getattr(node, "op", None), "undefined_grads", False):
        return grads
    made = []
    for g, (shape, kind) in zip(grads, node.out_metas):
        if g is None and kind is not None:
            g = zeros(shape, kind)
            g = Tensor._wrap(g) if task.create_graph else g
        made.append(g)
    return made


def as_tensor(grad: Any) -> Any:
    """A gradient as hooks see it."""
    return Tensor._wrap(grad) if type(grad) is Value else grad


def _back(task: Task, grad: Any) -> Any:
    if grad is None or task.create_graph or type(grad) is SparseTensor:
        return grad
    return grad._read()


def _call_prehooks(node: Node, grads: list) -> list:
    task = _RUNNING[-1]
    shown = tuple(as_tensor(g) for g in grads)
    for hook in list(node.prehooks.values()):
        replaced = hook(shown)
        if replaced is not None:
            shown = replaced if isinstance(replaced, tuple) else (replaced,)
    return [_back(task, g) for g in shown]


def _call_tensor_hooks(node: Node, grads: list) -> list:
    task = _RUNNING[-1]
    grads = list(grads)
    for nr, hooks in (node.tensor_hooks or {}).items():
        g = as_tensor(grads[nr])  # None where nothing flowed: hooks see that
        for hook in list(hooks.values()):
            replaced = hook(g)
            if replaced is not None:
                if not isinstance(replaced, Tensor):
                    raise TypeError(
                        f"hook returned {type(replaced).__name__}, expected Tensor or None"
                    )
                g = replaced
        grads[nr] = _back(task, g)
    for nr, weak in (node.retained or {}).items():
        t = weak()
        if t is not None and grads[nr] is not None:
            _accumulate_retained(task, t, grads[nr])
    return grads


def _accumulate_retained(task: Task, t: Tensor, grad: Any) -> None:
    if t._grad is None:
        t._grad = as_tensor(grad)
    else:
        t._grad = as_tensor(add(t._grad if task.create_graph else t._grad._read(), grad))


def _call_hooks(node: Node, produced: tuple, grads: list) -> tuple:
    task = _RUNNING[-1]
    shown_in = tuple(as_tensor(g) for g in produced)
    shown_out = tuple(as_tensor(g) for g in grads)
    for hook in list(node.hooks.values()):
        replaced = hook(shown_in, shown_out)
        if replaced is not None:
            shown_in = replaced if isinstance(replaced, tuple) else (replaced,)
    return tuple(_back(task, g) for g in shown_in)


def _accumulate(task: Task, leaf: Tensor, grad: Any) -> None:
    """Adds a gradient to `.grad`: taken over where there is none, else added in place."""
    if grad is None or not leaf._requires_grad:
        return
    have = leaf._grad
    if have is not None and have._shape != grad.shape:
        raise RuntimeError(
            f"output with shape {list(have._shape)} doesn't match the broadcast shape "
            f"{list(grad.shape)}"
        )
    if have is None:
        leaf._grad = as_tensor(grad)
    elif task.create_graph:
        leaf._grad = _sum(have, grad)
    elif type(have) is SparseTensor or type(grad) is SparseTensor:
        leaf._grad = accumulated(have, as_tensor(grad))
    else:
        have._write(add(have._read(), grad))
    if leaf._post_accumulate_hooks:
        for hook in list(leaf._post_accumulate_hooks.values()):
            hook(leaf)


def _collect(task: Task, allow_unused: bool) -> tuple:
    by_edge = {}
    for edge, at in task.captured.items():
        by_edge[edge] = task.results[at]
    results = []
    for i, t in enumerate(task.inputs):
        grad = by_edge.get(t._edge())
        if grad is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the "
                "graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
        results.append(as_tensor(grad))
    return tuple(results)


def _warn_forward_trace(node: Node) -> None:
    lines = "".join(traceback.format_list(node.forward_trace))
    warnings.warn(
        f"Error detected in {node.name()}. Traceback of forward call that caused the "
        f"error:\n{lines}",
        stacklevel=2,
    )


def _check_nan(node: Node, produced: tuple) -> None:
    for i, g in enumerate(produced):
        if g is None:
            continue
        g = g._values() if type(g) is SparseTensor else g
        array = evaluate(g if type(g) is Value else g._read())
        if np.isnan(array).any():
            _warn_forward_trace(node)
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")
