"""PyTorch's operator table, `op_db`, against the target: one check per entry and aspect.

Every aspect runs an entry's own sample inputs through torch and through the target and compares:
forward values (float32), gradients (float64), methods, in-place and `out=` forms, the errors of
bad input, and, on request, second gradients. Other dtypes are in `operator_dtypes.py`.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch.testing._internal import common_utils
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo import core as opinfo_core

from tests.bridge import Unconvertible, load_target
from tests.conformance.compare import Tolerance, declared_tolerance, difference
from tests.conformance.harness import Skip, Table, describe
from tests.conformance.nearness import EXACT, as_near, widened
from tests.conformance.swap import Swapper
from tests.conformance.usage import operator_names

SEED = 123
GRADIENT_SAMPLES = 16
VARIANT_SAMPLES = 12
GRADIENT_ELEMENTS = 20_000
FALLBACK_DTYPES = (
    *(torch.int64, torch.bool, torch.complex64, torch.float64, torch.bfloat16),
    torch.float8_e4m3fn,
)

# What these return is memory as it was found: only shapes, dtypes and strides can be compared.
_UNINITIALIZED = {
    "empty",
    "empty_like",
    "empty_strided",
    "empty_permuted",
    "new_empty",
    "new_empty_strided",
    "resize_",
    "resize_as_",
}
# What PyTorch leaves as it was found when these write one dimension to out= (other numbers at each
# run): the result without out= is what ours must be.
_OUT_UNWRITTEN = {"fft.ihfft2", "fft.ihfftn"}
# How far PyTorch's float64 results are from the true ones (mpmath's; ours are within 4e-16).
_ERRORS_OF_PYTORCH = {"special.bessel_j0": 1e-6, "special.bessel_y1": 1e-6}
# Factors that are unique only up to signs or phases; the entry's own function makes them unique.
_GAUGE = {
    "linalg.eig",
    "linalg.eigh",
    "linalg.svd",
    "svd",
    "svd_lowrank",
    "pca_lowrank",
}


def _name(op: Any) -> str:
    return f"{op.name}:{op.variant_test_name}" if op.variant_test_name else op.name


ENTRIES = {_name(op): op for op in op_db}


@functools.cache
def _swapper() -> Swapper:
    return Swapper(load_target())


def _counterpart(op: Any) -> Callable[..., Any]:
    if type(op.op).__module__.startswith("torch.cuda"):
        raise Skip("runs on CUDA only")
    return _swapper().find(op.op, op.name)


def _forward_dtype(op: Any) -> torch.dtype:
    supported = op.supported_dtypes("cpu")
    choices = (torch.float32, *FALLBACK_DTYPES)
    for dtype in choices:
        if dtype in supported:
            return dtype
    raise Skip("no dtype that can be compared")


def _seed_all(seed: int = SEED) -> None:
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)


def _samples(op: Any, dtype: torch.dtype, *, requires_grad: bool = False) -> list[Any]:
    _seed_all()
    # The tables seed before each sample; torch.manual_seed would look for accelerators each time.
    quick_seed = mock.patch.object(torch, "manual_seed", torch.default_generator.manual_seed)
    # They also walk up the stack for a unittest.TestCase, by reading the source of every frame.
    searches = [
        mock.patch.object(room, "extract_test_fn", lambda: None)
        for room in (opinfo_core, common_utils)
    ]
    try:
        with quick_seed, searches[0], searches[1]:
            samples = list(op.sample_inputs("cpu", dtype, requires_grad=requires_grad))
    except Exception as error:
        raise Skip(f"no samples: {describe(error)}") from None
    if not samples:
        raise Skip("no samples")
    return samples


def _spread(items: list[Any], count: int) -> list[Any]:
    """At most `count` of the items, evenly spread."""
    if len(items) <= count:
        return items
    return [items[i * len(items) // count] for i in range(count)]


def _tensors(value: Any) -> Iterator[Any]:
    """All tensors of either side in nested containers, in order."""
    if isinstance(value, (torch.Tensor, _swapper().target.Tensor)):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)


def _cross(sample: Any, memo: dict[Any, Any] | None = None) -> tuple[list[Any], dict[str, Any]]:
    """A sample's arguments on the target's side."""
    arguments = [sample.input, *sample.args]
    bridge, memo = _swapper().bridge, {} if memo is None else memo
    return bridge.forward(arguments, memo), bridge.forward(sample.kwargs, memo)


def _brief(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"{str(value.dtype).removeprefix('torch.')}{list(value.shape)}"
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(_brief(item) for item in value) + ")"
    if isinstance(value, dict):
        return ", ".join(f"{key}={_brief(item)}" for key, item in value.items())
    return repr(value)[:60]


def _where(sample: Any) -> str:
    text = _brief((sample.input, *sample.args))[1:-1]
    return f"({text}, {_brief(sample.kwargs)})" if sample.kwargs else f"({text})"


def _run(function: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, Exception | None]:
    try:
        return function(*args, **kwargs), None
    except Exception as error:
        return None, error


def _seeded(module: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    # Seeding the generator itself spares torch the search for accelerators on each call.
    here = module is torch
    seed = torch.default_generator.manual_seed if here else getattr(module, "manual_seed", int)

    def call(*args: Any, **kwargs: Any) -> Any:
        seed(SEED)
        return function(*args, **kwargs)

    return call


def _same_error(expected: Exception, actual: Exception | None) -> str | None:
    """None where both sides raised the same type."""
    if actual is None:
        return f"expected {type(expected).__name__}: {str(expected)[:120]}; nothing was raised"
    if isinstance(actual, NotImplementedError) and not isinstance(expected, NotImplementedError):
        return describe(actual)
    names = {cls.__name__ for cls in type(actual).__mro__}
    if type(expected).__name__ not in names:
        return f"expected {type(expected).__name__}: {str(expected)[:120]}; got {describe(actual)}"
    return None


# -- forward --------------------------------------------------------------------------------------


def _strip(value: Any) -> Any:
    """Shapes, dtypes and strides in place of uninitialized tensors."""
    if isinstance(value, (list, tuple)):
        return [_strip(item) for item in value]
    return (tuple(value.shape), str(value.dtype), tuple(value.stride()))


def _compare(op: Any, sample: Any, expected: Any, actual: Any, dtype: torch.dtype) -> str | None:
    swapper = _swapper()
    if op.name in _UNINITIALIZED:
        return difference(_strip(expected), _strip(actual))
    tolerance = {dtype: _tolerance(op, dtype)}
    found = difference(expected, swapper.bridge.back(actual), tolerance)
    if found and op.name in _GAUGE:
        process = sample.output_process_fn_grad
        unique = swapper.swap(process)(actual)
        found = difference(process(expected), swapper.bridge.back(unique), tolerance)
    return found


def _tolerance(op: Any, dtype: torch.dtype) -> Tolerance:
    rtol, atol = declared_tolerance(op.decorators, dtype)
    if dtype == torch.float64:
        atol = max(atol, _ERRORS_OF_PYTORCH.get(op.name, 0.0))
    return rtol, atol


def _justified(op: Any, sample: Any, expected: Any, actual: Any, dtype: torch.dtype) -> bool:
    """Whether a difference is PyTorch's own rounding error."""
    if dtype not in EXACT:
        return False
    arguments = widened([sample.input, *sample.args])
    exact, error = _run(_seeded(torch, op.op), *arguments, **widened(sample.kwargs))
    if error is not None:
        return False
    found = [_tensors(r) for r in (expected, _swapper().bridge.back(actual), exact)]
    return as_near(*found, _tolerance(op, dtype))


def _check_calls(
    op: Any, calls: Callable[..., Any], counterpart: Callable[..., Any], samples: list[Any]
) -> str | None:
    """Run both sides over the samples and compare results or errors."""
    dtype = _forward_dtype(op)
    ran = False
    for sample in samples:
        memo: dict[Any, Any] = {}
        args, kwargs = _cross(sample, memo)
        here = _seeded(torch, calls)
        expected, error = _run(here, sample.input, *sample.args, **sample.kwargs)
        actual, raised = _run(_seeded(_swapper().target, counterpart), *args, **kwargs)
        if error is not None:
            found = _same_error(error, raised) if ran or raised is None else None
        elif raised is not None:
            found = describe(raised)
        else:
            ran = True
            found = _compare(op, sample, expected, actual, dtype)
            if found and _justified(op, sample, expected, actual, dtype):
                found = None
            found = found or _changed(memo)
        if found:
            return f"{found} for {_where(sample)}"
    if not ran:
        raise Skip("PyTorch raises on all samples")
    return None


def _changed(memo: dict[Any, Any]) -> str | None:
    """Whether the inputs are no longer alike after the call."""
    for key, pair in memo.items():
        if not isinstance(key, int):
            continue
        original, copy = pair
        found = difference(original, _swapper().bridge.back(copy))
        if found:
            return f"input changed: {found}"
    return None


def check_forward(entry: str) -> str | None:
    """Values over all samples in float32, or in the first dtype that the entry supports."""
    op = ENTRIES[entry]
    counterpart = _counterpart(op)
    return _check_calls(op, op.op, counterpart, _samples(op, _forward_dtype(op)))


# -- variants -------------------------------------------------------------------------------------


def _tensor_samples(op: Any) -> list[Any]:
    samples = _samples(op, _forward_dtype(op))
    chosen = [sample for sample in samples if isinstance(sample.input, torch.Tensor)]
    return _spread(chosen, VARIANT_SAMPLES)


def _variants(op: Any, *names: str) -> list[Callable[..., Any]]:
    owners = (op, *op.aliases)
    found = [getattr(owner, name, None) for owner in owners for name in names]
    return [function for function in found if function is not None]


def check_method(entry: str) -> str | None:
    """The method, the operator (`+`) and the aliases of an entry."""
    op = ENTRIES[entry]
    aliases = [alias.op for alias in op.aliases if alias.op is not None]
    variants = [*_variants(op, "method_variant", "operator_variant"), *aliases]
    if not variants:
        raise Skip("no method")
    counterparts = [_swapper().swap(variant) for variant in variants]
    samples = _tensor_samples(op)
    for variant, counterpart in zip(variants, counterparts):
        usable = [s for s in samples if not (s.kwargs and _is_operator(variant))]
        if usable:
            found = _check_calls(op, variant, counterpart, usable)
            if found:
                return f"{getattr(variant, '__name__', variant)}: {found}"
    return None


def _is_operator(function: Any) -> bool:
    return getattr(function, "__module__", None) == "_operator"


def check_inplace(entry: str) -> str | None:
    """The in-place forms: values, errors, and that the tensor itself is returned."""
    op = ENTRIES[entry]
    variants = _variants(op, "inplace_variant", "inplace_operator_variant")
    if not variants:
        raise Skip("no in-place form")
    counterparts = [_swapper().swap(variant) for variant in variants]
    samples = [s for s in _tensor_samples(op) if not s.broadcasts_input]
    for variant, counterpart in zip(variants, counterparts):
        for sample in samples:
            if not (sample.kwargs and _is_operator(variant)):
                found = _inplace_difference(op, variant, counterpart, sample)
                if found:
                    return f"{getattr(variant, '__name__', variant)}: {found} for {_where(sample)}"
    return None


def _inplace_difference(op: Any, variant: Any, counterpart: Any, sample: Any) -> str | None:
    args, kwargs = _cross(sample)
    mine = sample.input.clone()
    mine, other = mine, args[0].clone()
    expected, error = _run(_seeded(torch, variant), mine, *sample.args, **sample.kwargs)
    target = _swapper().target
    actual, raised = _run(_seeded(target, counterpart), other, *args[1:], **kwargs)
    if error is not None:
        return _same_error(error, raised)
    if raised is not None:
        return describe(raised)
    if expected is mine and actual is not other:
        return "did not return the tensor itself"
    return _compare(op, sample, mine, other, sample.input.dtype)


def check_out(entry: str) -> str | None:
    """`out=` with tensors of the result's shape, and with empty ones that are resized."""
    op = ENTRIES[entry]
    if not op.supports_out:
        raise Skip("no out=")
    counterpart = _counterpart(op)
    for sample in _spread(_samples(op, _forward_dtype(op)), VARIANT_SAMPLES):
        for resized in (False, True):
            found = _out_difference(op, counterpart, sample, resized)
            if found:
                return f"out= {found} for {_where(sample)}"
    return None


def _out_difference(op: Any, counterpart: Any, sample: Any, resized: bool) -> str | None:
    args, kwargs = _cross(sample)
    result, error = _run(op.op, sample.input, *sample.args, **sample.kwargs)
    if error is not None:
        return None
    outs = [
        t.new_empty((0,) if resized else t.shape) if t.layout == torch.strided else t.clone()
        for t in _tensors(result)
    ]
    mine = outs[0] if isinstance(result, torch.Tensor) else tuple(outs)
    other = _swapper().bridge.forward(mine)
    here, there = _seeded(torch, op.op), _seeded(_swapper().target, counterpart)
    expected, error = _run(here, sample.input, *sample.args, **sample.kwargs, out=mine)
    actual, raised = _run(there, *args, **kwargs, out=other)
    if error is not None:
        return _same_error(error, raised)
    if raised is not None:
        return describe(raised)
    if not all(a is b for a, b in zip(_tensors(actual), _tensors(other))):
        return "did not return the tensor given"
    if op.name in _OUT_UNWRITTEN:
        expected = result
    return _compare(op, sample, expected, actual, _forward_dtype(op))


def check_errors(entry: str) -> str | None:
    """Bad input: PyTorch's exception type, and a message that its test's pattern finds."""
    op = ENTRIES[entry]
    if op.error_inputs_func is None:
        raise Skip("no error inputs")
    counterpart = _counterpart(op)
    _seed_all()
    for case in op.error_inputs("cpu"):
        sample = case.sample_input
        try:
            args, kwargs = _cross(sample)
        except Unconvertible:
            continue
        _, error = _run(op.op, sample.input, *sample.args, **sample.kwargs)
        if error is None:
            continue
        _, raised = _run(counterpart, *args, **kwargs)
        found = _same_error(error, raised)
        pattern = case.error_regex
        if found is None and re.search(pattern, str(error)) and not re.search(pattern, str(raised)):
            found = f"message: expected {str(error)[:150]!r}, got {str(raised)[:150]!r}"
        if found:
            return f"{found} for {_where(sample)}"
    return None


# -- gradients ------------------------------------------------------------------------------------


def _require_gradient(op: Any) -> None:
    if not op.supports_autograd or torch.float64 not in op.supported_backward_dtypes("cpu"):
        raise Skip("no gradient")


def _gradient_samples(op: Any) -> list[Any]:
    chosen = []
    for sample in _samples(op, torch.float64, requires_grad=True):
        inputs = list(_tensors([sample.input, sample.args, sample.kwargs]))
        size = sum(t.numel() for t in inputs)
        if size <= GRADIENT_ELEMENTS and any(t.requires_grad for t in inputs):
            chosen.append(sample)
    if not chosen:
        raise Skip("no sample with a gradient")
    return _spread(chosen, GRADIENT_SAMPLES)


def _differentiable(op: Any, sample: Any, result: Any, process: Any) -> list[Any]:
    """The outputs that gradients start from."""
    return [t for t in _tensors(process(result)) if t.requires_grad]


def _leaves(arguments: Any) -> list[Any]:
    return [t for t in _tensors(arguments) if t.requires_grad]


def _cotangents(outputs: list[torch.Tensor]) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(SEED)
    return [torch.randn(t.shape, dtype=t.dtype, generator=generator) for t in outputs]


def _gradients(
    module: Any, outputs: list[Any], inputs: list[Any], cotangents: list[Any], **options: Any
) -> list[Any]:
    grads = module.autograd.grad(outputs, inputs, cotangents, allow_unused=True, **options)
    return list(grads)


def _filled(grads: list[Any], inputs: list[torch.Tensor]) -> list[torch.Tensor]:
    """Gradients with zeros where an input is not reached, as gradcheck reads them."""
    back = _swapper().bridge.back
    pairs = zip(grads, inputs)
    return [torch.zeros_like(like) if g is None else back(g) for g, like in pairs]


def _gradient_difference(op: Any, counterpart: Any, sample: Any, twice: bool) -> str | None:
    swapper = _swapper()
    args, kwargs = _cross(sample)
    process = sample.output_process_fn_grad
    result, error = _run(_seeded(torch, op.op), sample.input, *sample.args, **sample.kwargs)
    if error is not None:
        return None
    outputs = _differentiable(op, sample, result, process)
    if not outputs:
        return None
    other = _seeded(swapper.target, counterpart)(*args, **kwargs)
    outputs_there = _differentiable(op, sample, other, swapper.swap(process))
    if len(outputs) != len(outputs_there):
        return f"{len(outputs)} outputs require grad, here {len(outputs_there)}"
    inputs = _leaves([sample.input, sample.args, sample.kwargs])
    inputs_there = _leaves([args[0], args[1:], kwargs])
    return _compare_gradients(op, (outputs, inputs), (outputs_there, inputs_there), twice)


def _compare_gradients(op: Any, here: Any, there: Any, twice: bool) -> str | None:
    swapper, options = _swapper(), {"create_graph": True} if twice else {}
    cotangents = _cotangents(here[0])
    if twice:
        cotangents = [c.requires_grad_() for c in cotangents]
    others = swapper.bridge.forward(cotangents)
    expected, error = _run(_gradients, torch, *here, cotangents, **options)
    if error is not None:
        return None
    actual = _gradients(swapper.target, *there, others, **options)
    inputs = here[1]
    if twice:
        inputs = [*here[1], *cotangents]
        expected, error = _run(_second, torch, expected, inputs, here[1])
        if error is not None:
            return None
        actual = _second(swapper.target, actual, [*there[1], *others], here[1])
    tolerance = {torch.float64: _tolerance(op, torch.float64)}
    found = difference(_filled(expected, inputs), _filled(actual, inputs), tolerance)
    return f"gradient {found}" if found else None


def _second(
    module: Any, first: list[Any], inputs: list[Any], shapes: list[torch.Tensor]
) -> list[Any]:
    """Gradients of the first gradients in the inputs and the first cotangents.

    Nothing where no first gradient has a history, which counts as zeros (as in gradgradcheck).
    """
    weights = _cotangents(shapes)
    if module is not torch:
        weights = _swapper().bridge.forward(weights)
    pairs = [(g, w) for g, w in zip(first, weights) if g is not None and g.requires_grad]
    if not pairs:
        return [None] * len(inputs)
    outputs, cotangents = zip(*pairs)
    return _gradients(module, list(outputs), inputs, list(cotangents))


def check_gradient(entry: str, twice: bool = False) -> str | None:
    """Gradients in float64 for the same random cotangents; twice: the gradients' own gradients, in
    the inputs and in those cotangents."""
    op = ENTRIES[entry]
    if twice and not op.supports_gradgrad:
        raise Skip("no second gradient")
    _require_gradient(op)
    counterpart = _counterpart(op)
    samples = _gradient_samples(op)
    for sample in samples:
        found = _gradient_difference(op, counterpart, sample, twice)
        if found:
            return f"{found} for {_where(sample)}"
    return None


def tables() -> list[Table]:
    """The tables that conformance runs, then those that run on request."""
    names = tuple(ENTRIES)
    second = functools.partial(check_gradient, twice=True)
    return [
        Table("op_forward", "op_db forward, float32", names, check_forward, operator_names),
        Table("op_gradient", "op_db gradient, float64", names, check_gradient, operator_names),
        Table(
            "op_method", "op_db methods, operators, aliases", names, check_method, operator_names
        ),
        Table("op_inplace", "op_db in-place", names, check_inplace, operator_names),
        Table("op_out", "op_db out=", names, check_out, operator_names),
        Table("op_errors", "op_db errors", names, check_errors, operator_names),
        Table("op_gradgrad", "op_db second gradient, float64", names, second, operator_names),
    ]


DEFAULT_TABLES = ("op_forward", "op_gradient", "op_method", "op_inplace", "op_out", "op_errors")
