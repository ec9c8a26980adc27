"""PyTorch's operator table under transforms: tangents against torch's, `vmap` against slices.

`op_forward_ad` compares the tangents of every entry's results with those that torch computes;
`op_vmap` compares `vmap` of an entry with the same entry on slice after slice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from tests.conformance import operators as ops
from tests.conformance.compare import difference
from tests.conformance.harness import Skip, Table, describe

VMAP_SAMPLES = 8
SCALES = (1.0, 0.75, 0.5)


def _replaced(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same lists, tuples and dicts with every tensor changed."""
    if isinstance(value, (list, tuple)):
        items = [_replaced(item, change) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: _replaced(item, change) for key, item in value.items()}
    return change(value) if hasattr(value, "_version") and hasattr(value, "dim") else value


# -- forward mode ---------------------------------------------------------------------------------


def _dual_outputs(
    module: Any, function: Any, args: Any, kwargs: Any, tangents: list[Any], process: Any
) -> list[Any]:
    """(primal, tangent) of the floating results of a call on dual tensors."""
    forward_ad = module.autograd.forward_ad
    waiting = iter(tangents)

    def dual(t: Any) -> Any:
        if not t.requires_grad:
            return t
        return forward_ad.make_dual(t.detach(), next(waiting))

    with forward_ad.dual_level():
        given, named = _replaced(args, dual), _replaced(kwargs, dual)
        result = process(ops._seeded(module, function)(*given, **named))
        outs = [t for t in ops._tensors(result) if t.is_floating_point() or t.is_complex()]
        return [forward_ad.unpack_dual(t) for t in outs]


def _tangent_difference(op: Any, counterpart: Any, sample: Any) -> str | None:
    swapper = ops._swapper()
    arguments = [sample.input, *sample.args]
    leaves = ops._leaves([arguments, sample.kwargs])
    tangents = ops._cotangents(leaves)
    process = sample.output_process_fn_grad
    expected, error = ops._run(
        _dual_outputs, torch, op.op, arguments, sample.kwargs, tangents, process
    )
    if error is not None:
        return None
    args, kwargs = ops._cross(sample)
    others = swapper.bridge.forward(tangents)
    actual, raised = ops._run(
        _dual_outputs, swapper.target, counterpart, args, kwargs, others, swapper.swap(process)
    )
    if raised is not None:
        return describe(raised)
    if len(expected) != len(actual):
        return f"{len(expected)} results, here {len(actual)}"
    tolerance = {torch.float64: ops._tolerance(op, torch.float64)}
    back = swapper.bridge.back
    for mine, other in zip(expected, actual):
        if mine.tangent is None and other.tangent is None:
            continue
        want = torch.zeros_like(mine.primal) if mine.tangent is None else mine.tangent
        got = torch.zeros_like(mine.primal) if other.tangent is None else back(other.tangent)
        found = difference(_values(want), _values(got), tolerance)
        if found:
            return f"tangent {found}"
    return None


def _values(t: torch.Tensor) -> torch.Tensor:
    return t.detach().contiguous()


def check_forward_ad(entry: str) -> str | None:
    """Tangents in float64 along the same random directions."""
    op = ops.ENTRIES[entry]
    if not op.supports_forward_ad:
        raise Skip("no forward mode")
    ops._require_gradient(op)
    counterpart = ops._counterpart(op)
    for sample in ops._gradient_samples(op):
        found = _tangent_difference(op, counterpart, sample)
        if found:
            return f"{found} for {ops._where(sample)}"
    return None


# -- vmap -----------------------------------------------------------------------------------------


def _slices(arguments: list[Any], every: bool) -> list[Any] | None:
    """Per slice a list of arguments: floating tensors scaled, all of them or the first alone."""
    made, count = [], 0
    for scale in SCALES:
        count = 0

        def scaled(t: Any, scale: float = scale) -> Any:
            nonlocal count
            if not (t.is_floating_point() or t.is_complex()) or (count and not every):
                return t
            count += 1
            return t.detach() * scale

        made.append(_replaced(arguments, scaled))
    return made if count else None


def _mapped(module: Any, function: Any, rows: list[Any], kwargs: Any, process: Any) -> Any:
    """The call by `vmap` of all tensors that differ between the slices."""
    flat = [[] for _ in rows]
    for row, tensors in zip(rows, flat):
        _replaced(row, tensors.append)
    differing = [len({id(t) for t in column}) > 1 for column in zip(*flat)]
    given = [
        module.stack(list(column)) if apart else column[0]
        for column, apart in zip(zip(*flat), differing)
    ]

    def call(*tensors: Any) -> Any:
        waiting = iter(tensors)
        args = _replaced(rows[0], lambda _: next(waiting))
        result = process(function(*args, **kwargs))
        return tuple(t for t in ops._tensors(result))

    dims = tuple(0 if apart else None for apart in differing)
    return module.vmap(call, in_dims=dims)(*given)


def _by_slices(module: Any, function: Any, rows: list[Any], kwargs: Any, process: Any) -> Any:
    results = [list(ops._tensors(process(function(*row, **kwargs)))) for row in rows]
    return tuple(module.stack(list(column)) for column in zip(*results))


def _vmap_difference(op: Any, counterpart: Any, sample: Any, every: bool) -> str | None:
    swapper = ops._swapper()
    rows_here = _slices([sample.input, *sample.args], every)
    args, kwargs = ops._cross(sample)
    rows = _slices(args, every)
    if rows is None or rows_here is None:
        return None
    process, other = sample.output_process_fn_grad, swapper.swap(sample.output_process_fn_grad)
    target = swapper.target
    expected, error = ops._run(_by_slices, target, counterpart, rows, kwargs, other)
    if error is not None or not expected:
        return None
    actual, raised = ops._run(_mapped, target, counterpart, rows, kwargs, other)
    if raised is not None:
        _, refused = ops._run(_mapped, torch, op.op, rows_here, sample.kwargs, process)
        if "randomness" in str(raised):
            raise Skip("random")
        return None if refused is not None else describe(raised)
    back = swapper.bridge.back
    tolerance = {torch.float64: ops._tolerance(op, torch.float64)}
    found = difference(
        [_values(back(t)) for t in expected], [_values(back(t)) for t in actual], tolerance
    )
    return f"vmap {found}" if found else None


def check_vmap(entry: str) -> str | None:
    """`vmap` over floating arguments, against the same calls on slice after slice."""
    op = ops.ENTRIES[entry]
    dtype = torch.float64 if torch.float64 in op.supported_dtypes("cpu") else None
    if dtype is None or op.name in ops._UNINITIALIZED or op.name in ops._GAUGE:
        raise Skip("no results to compare")
    counterpart = ops._counterpart(op)
    for sample in ops._spread(ops._samples(op, dtype), VMAP_SAMPLES):
        for every in (True, False):
            found = _vmap_difference(op, counterpart, sample, every)
            if found:
                return f"{found} for {ops._where(sample)}"
    return None


def tables() -> list[Table]:
    """The tables of transforms, which run on request."""
    names = tuple(ops.ENTRIES)
    return [
        Table("op_forward_ad", "op_db forward mode, float64", names, check_forward_ad),
        Table("op_vmap", "op_db vmap against slices, float64", names, check_vmap),
    ]
