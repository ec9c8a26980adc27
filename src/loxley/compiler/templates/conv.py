"""Convolutions and their gradients in one to three dimensions: specs, slots, templates.

In: a `Spec`.  Out: a `Template` that computes what the operators of `ops.nn_conv` compute, on
contiguous arrays: images x (N, C, D, H, W), weights w (O, C / groups, kd, kh, kw), results
y (N, O, od, oh, ow).  Fewer dimensions are three with sizes of one (`arguments` adds them).

    operator                                direction  read   written
    convolution(x, w, bias)                 forward    x, w   y
    convolution_transposed(dy, w, bias)     input      y, w   x
    convolution_grad_weight(dy, x)          weight     y, x   w

Dilation and groups are slots.  16-bit floats are summed in
float32.  The epilogue names what is done with each sum (`conv_epilogue`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import NamedTuple

from ..llvm.builder import Function, Module
from ..llvm.target import Target
from .conv_depthwise import define_depthwise, define_depthwise_weight, depthwise_extra
from .conv_epilogue import parts
from .conv_epilogue import slots as epilogue_slots
from .conv_frames import forward_frame, product3, run_phases
from .conv_plan import Plan
from .conv_planes import FIELDS as PLANES
from .conv_planes import SIZES as PLANE_SIZES
from .conv_planes import (
    Window,
    define_planes,
    define_planes_gradient,
    plane_sizes,
    plane_work,
    window_of,
)
from .conv_product import define_product
from .conv_weight import define_weight
from .conv_winograd import define_winograd, define_winograd_weights
from .conv_winograd_gradient import define_winograd_gradient
from .conv_winograd_parts import FIELDS as WINOGRAD
from .conv_winograd_plan import (
    OF_WEIGHTS,
    SIZES,
    kept_numbers,
    product_sizes,
    winograd_pays,
    winograd_work,
)
from .frame import Frame, window_sizes
from .index import Index
from .template import Form, Template

DIRECTIONS = ("forward", "input", "weight")
_SIZES = ("batch", "groups", "channels", "filters")


class Spec(NamedTuple):
    """What is fixed in a kernel's text.

    direction  "forward", "input" or "weight": which of y, x and w is computed
    memory     type of all arrays: f32, f64, bf16, f16
    step       1 or 2 where the innermost stride is, else 0 (any stride); 1 for "input"
    epilogue   operations of `conv_epilogue`; none for "weight"
    depthwise  whether groups, channels and filters are as many: a faster kernel for those
    winograd   whether F(2x2, 3x3) computes it: for windows of 3 x 3 places and a stride of one
    window     of one channel per group, if it is part of the text: a faster kernel for small ones
    """

    direction: str
    memory: str
    step: int = 0
    epilogue: tuple[str, ...] = ()
    depthwise: bool = False
    winograd: bool = False
    window: Window | None = None


def spec_of(
    direction: str,
    memory: str,
    stride: Sequence[int],
    epilogue: Sequence[str] = (),
    depthwise: bool = False,
) -> Spec:
    """The spec of an operator's attributes."""
    step = 1 if direction == "input" else stride[-1] if stride[-1] in (1, 2) else 0
    return Spec(direction, memory, step, tuple(epilogue), depthwise)


def arguments(
    x_shape: Sequence[int],
    w_shape: Sequence[int],
    out: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    groups: int,
) -> dict[str, int]:
    """The i64 slots from the shapes of x and w, the spatial shape of y and the attributes."""
    made = {
        "batch": x_shape[0],
        "groups": groups,
        "channels": x_shape[1],
        "filters": w_shape[0],
    }
    parts = (x_shape[2:], w_shape[2:], out, stride, padding, dilation)
    return made | window_sizes(*parts)


@lru_cache(maxsize=256)
def template(spec: Spec) -> Template:
    """The kernel of a spec; ValueError if there is none.

    Slots: "x", "w", "y", those of the epilogue, the sizes that `sizes_of` makes, "scratch".
    """
    _check(spec)
    if spec.winograd or spec.window:
        return _blocked(spec)
    slots = [(n, "ptr") for n in ("x", "w", "y", *epilogue_slots(spec.epilogue))]
    slots += [(n, "i64") for n in _SIZES]
    slots += [(name, "i64") for name in window_sizes()]
    slots += [("scratch", "ptr")]
    name = "_".join(("conv", spec.direction, spec.memory, str(spec.step), *spec.epilogue))
    name += "_depthwise" if spec.depthwise else ""
    return Template(
        name,
        ("conv", spec),
        lambda target: _text(name, spec, slots, target),
        tuple(slots),
        lambda sizes, target: _scratch(spec, sizes, target),
        _work,
    )


def fastest(spec: Spec, given: Mapping[str, int]) -> Spec:
    """The spec of the fastest kernel for the sizes that `arguments` makes."""
    if spec.depthwise:
        window = window_of(given, spec.direction)
        return spec if window is None else spec._replace(step=0, window=window)
    if winograd_pays(given, spec.direction):
        return spec._replace(step=0, winograd=True)
    return spec


def sizes_of(spec: Spec, given: Mapping[str, int]) -> Mapping[str, int]:
    """The i64 slots of a spec's kernel from those that `arguments` makes."""
    if spec.winograd:
        return product_sizes(given, spec.direction)
    return plane_sizes(given, spec.direction, spec.window) if spec.window else given


def _blocked(spec: Spec) -> Template:
    """The template of a kernel whose blocks are worked out beforehand, and come as slots."""
    slots = [(n, "ptr") for n in ("x", "w", "y", *epilogue_slots(spec.epilogue))]
    slots += [(n, "i64") for n in (SIZES if spec.winograd else PLANE_SIZES)]
    slots += [("scratch", "ptr")]
    window = spec.window
    kind = "winograd" if window is None else "planes_" + "_".join(str(int(n)) for n in window)
    name = "_".join(("conv", kind, spec.direction, spec.memory, *spec.epilogue))
    return Template(
        name,
        ("conv", spec),
        lambda target: _blocked_text(name, spec, slots, target),
        tuple(slots),
        lambda sizes, target: sizes["end"] * (8 if spec.memory == "f64" else 4),
        winograd_work if window is None else lambda sizes: plane_work(sizes, window),
        _kept_weights(spec) if spec.winograd and spec.direction != "weight" else None,
    )


def _kept_weights(spec: Spec) -> Form:
    """All transformed weights, which an epilogue has no part in."""
    name = f"conv_winograd_kept_{spec.direction}_{spec.memory}"
    size = 8 if spec.memory == "f64" else 4
    slots = [("w", "ptr"), *((n, "i64") for n in OF_WEIGHTS)]
    transform = Template(
        name,
        ("conv weights", spec.direction, spec.memory),
        lambda target: _kept_text(name, spec, slots, target),
        tuple(slots),
        lambda sizes, target: 0,
        lambda sizes: 4 * kept_numbers(sizes),
    )
    return Form("w", "kept", lambda sizes: size * kept_numbers(sizes), transform)


def _kept_text(name: str, spec: Spec, slots: Sequence[tuple[str, str]], target: Target) -> str:
    module, plan = Module(), Plan(target, spec.memory)
    f = Function(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    given, p = Frame(f, [n for n, _ in slots], f["args"]), Frame(f, WINOGRAD)
    for slot, _ in slots:
        p[slot] = given[slot]
    run = define_winograd_weights(module, plan, spec.direction == "input")
    f.call_defined(run, "void", [p.pointer, f["worker"], f["workers"]])
    f.ret()
    return str(module)


def _blocked_text(name: str, spec: Spec, slots: Sequence[tuple[str, str]], target: Target) -> str:
    module, plan = Module(), Plan(target, spec.memory)
    f = Function(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    given = Frame(f, [n for n, _ in slots], f["args"])
    p = Frame(f, WINOGRAD if spec.winograd else PLANES)
    names = {"x": "y", "y": "x"} if spec.direction == "input" else {}
    names |= {part.slot: part.field for part in parts(spec.epilogue) if part.slot}
    for slot, kind in slots:
        if kind == "ptr":
            p.set_address(names.get(slot, slot), given.address(slot))
        else:
            p[slot] = given[slot]
    run = _define(module, plan, spec)
    offset = given["end"] * Index(f, f["worker"])
    p.set_address("scratch", f.address(given.address("scratch"), plan.number, offset.value))
    f.call_defined(run, "void", [p.pointer, f["worker"], f["workers"]])
    f.ret()
    return str(module)


def _define(module: Module, plan: Plan, spec: Spec) -> str:
    turned, window = spec.direction == "input", spec.window
    if spec.direction == "weight":
        if window is None:
            return define_winograd_gradient(module, plan)
        return define_planes_gradient(module, plan, window)
    if window is None:
        return define_winograd(module, plan, spec.epilogue, turned)
    return define_planes(module, plan, window, spec.epilogue, turned)


def _plan(spec: Spec, target: Target) -> Plan:
    use = "weight" if spec.direction == "weight" else "product"
    return Plan(target, spec.memory, "depthwise" if spec.depthwise else use)


def _scratch(spec: Spec, sizes: Mapping[str, int], target: Target) -> int:
    plan, taps = _plan(spec, target), prod(sizes[f"kernel_{axis}"] for axis in "dhw")
    if not spec.depthwise:
        return plan.scratch + plan.per_tap * taps
    return plan.scratch + depthwise_extra(plan, taps, sizes["channels"])


def _check(spec: Spec) -> None:
    if spec.direction not in DIRECTIONS:
        raise ValueError(f"conv: expected a direction of {DIRECTIONS}, but got {spec.direction!r}")
    if spec.memory not in ("f32", "f64", "bf16", "f16"):
        raise ValueError(
            f"conv: expected elements of f32, f64, bf16 or f16, but got {spec.memory!r}"
        )
    if parts(spec.epilogue) and spec.direction == "weight":
        raise ValueError(f"conv: no epilogue {spec.epilogue!r} for {spec.direction!r}")


def _work(sizes: Mapping[str, int]) -> int:
    """Multiplications and additions."""
    out, kernel = (prod(sizes[f"{stem}_{axis}"] for axis in "dhw") for stem in ("out", "kernel"))
    groups = max(sizes["groups"], 1)
    return 2 * sizes["batch"] * sizes["filters"] * out * kernel * sizes["channels"] // groups


def _text(name: str, spec: Spec, slots: Sequence[tuple[str, str]], target: Target) -> str:
    module, plan = Module(), _plan(spec, target)
    parameters = [("ptr", "args"), ("i64", "worker"), ("i64", "workers")]
    f = Function(module, name, parameters)
    given = Frame(f, [n for n, _ in slots], f["args"])
    taps = product3(given.three("kernel"))
    need = taps * plan.per_tap
    if spec.depthwise:
        need = depthwise_extra(plan, taps, given["channels"])
    need = need + plan.scratch
    offset = need * Index(f, f["worker"])
    scratch = f.address(given.address("scratch"), "i8", offset.value)
    if spec.direction == "weight":
        define = define_depthwise_weight if spec.depthwise else define_weight
        run = define(module, plan, spec.step)
        frame = forward_frame(f, given, scratch, ())
        f.call_defined(run, "void", [frame.pointer, f["worker"], f["workers"]])
    else:
        forward = spec.direction == "forward"
        if spec.depthwise:
            run = define_depthwise(module, plan, spec.step, spec.epilogue)
        else:
            run = define_product(module, plan, spec.step, spec.epilogue, forward)
        if forward:
            frame = forward_frame(f, given, scratch, spec.epilogue)
            f.call_defined(run, "void", [frame.pointer, f["worker"], f["workers"]])
        else:
            run_phases(f, given, scratch, spec.epilogue, run)
    f.ret()
    return str(module)
