"""What a convolution's kernels are told: frames from the slots of the arguments.

The gradient of the input is a convolution of y with the weights, rows and channels exchanged.  A
stride s > 1 makes s phases of each dimension: positions of the input that differ by multiples of
the stride meet the same taps, so each phase is a convolution of stride one with its own taps.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from ..llvm.builder import Function, V
from .conv_epilogue import parts
from .conv_plan import FIELDS
from .frame import Frame
from .index import Counter, Index, counting, flag


def product3(values: Sequence[Index]) -> Index:
    return values[0] * values[1] * values[2]


def _shared(
    f: Function, given: Frame, scratch: V, epilogue: Sequence[str], names: tuple[str, str]
) -> Frame:
    """A frame with its addresses; `names` are the slots that are read as images and written."""
    p = Frame(f, FIELDS)
    for field, slot in zip(("x", "w", "y"), (names[0], "w", names[1]), strict=True):
        p.set_address(field, given.address(slot))
    for part in parts(epilogue):
        if part.slot:
            p.set_address(part.field, given.address(part.slot))
    p.set_address("scratch", scratch)
    p["batch"], p["groups"] = given["batch"], given["groups"]
    return p


def forward_frame(f: Function, given: Frame, scratch: V, epilogue: Sequence[str]) -> Frame:
    """y from x; the gradient of the weights walks the same positions and taps."""
    p = _shared(f, given, scratch, epilogue, ("x", "y"))
    size, kernel, out = (given.three(n) for n in ("size", "kernel", "out"))
    rows = given["filters"] // given["groups"]
    channels = given["channels"] // given["groups"]
    taps, plane, positions = product3(kernel), product3(size), product3(out)
    p["rows"], p["channels"] = rows, channels
    p.set_three("lanes", out)
    p.set_three("size", size)
    p.set_three("step", given.three("stride"))
    p.set_three("origin", [-n for n in given.three("padding")])
    p.set_three("shift", given.three("dilation"))
    p.set_three("taps", kernel)
    p.set_three("w", (kernel[1] * kernel[2], kernel[2], 1))
    p.set_three("y", (out[1] * out[2], out[2], 1))
    p["image"], p["plane"] = given["channels"] * plane, plane
    p["w_group"], p["w_row"] = rows * channels * taps, channels * taps
    p["w_channel"], p["w_first"] = taps, 0
    p["y_image"], p["y_row"], p["y_first"] = given["filters"] * positions, positions, 0
    return p


def _backward_frame(f: Function, given: Frame, scratch: V, epilogue: Sequence[str]) -> Frame:
    """x from y: what all phases share."""
    p = _shared(f, given, scratch, epilogue, ("y", "x"))
    size, kernel, out = (given.three(n) for n in ("size", "kernel", "out"))
    filters = given["filters"] // given["groups"]
    channels = given["channels"] // given["groups"]
    taps, plane, positions = product3(kernel), product3(size), product3(out)
    p["rows"], p["channels"] = channels, filters
    p.set_three("size", out)
    p.set_three("step", (1, 1, 1))
    p["image"], p["plane"] = given["filters"] * positions, positions
    p["w_group"], p["w_row"] = filters * channels * taps, taps
    p["w_channel"] = channels * taps
    p["y_image"], p["y_row"] = given["channels"] * plane, plane
    return p


def run_phases(
    f: Function, given: Frame, scratch: V, epilogue: Sequence[str], product: str
) -> None:
    """Calls `product` for each phase of the stride."""
    p = _backward_frame(f, given, scratch, epilogue)
    stride = given.three("stride")
    p["adjoining"] = flag(f, product3(stride).equals(1))
    with ExitStack() as loops:
        phases = [loops.enter_context(counting(f, 0, s)) for s in stride]
        w_first, y_first = Index(f, 0), Index(f, 0)
        _, high, wide = given.three("kernel")
        w_unit = (high * wide, wide, Index(f, 1))
        _, high, wide = given.three("size")
        y_unit = (high * wide, wide, Index(f, 1))
        for i, axis in enumerate("dhw"):
            first = _phase(f, p, given, axis, phases[i], w_unit[i])
            p[f"y_{axis}"] = y_unit[i] * stride[i]
            w_first = w_first + first * w_unit[i]
            y_first = y_first + phases[i] * y_unit[i]
        p["w_first"], p["y_first"] = w_first, y_first
        f.call_defined(product, "void", [p.pointer, f["worker"], f["workers"]])


def _phase(f: Function, p: Frame, given: Frame, axis: str, phase: Index, unit: Index) -> Index:
    """Sets what a phase of one dimension changes; the first tap that it meets.

    Tap k of position phase + stride * j reads element j + (phase + padding - k * dilation) /
    stride of y, where that is a whole number.
    """
    kernel, stride, dilation, size = (
        given[f"{n}_{axis}"] for n in ("kernel", "stride", "dilation", "size")
    )
    start = phase + given[f"padding_{axis}"]
    first, step, count = Counter(f), Counter(f), Counter(f)
    with counting(f, 0, kernel) as k:
        rest = f.binary("srem", (start - k * dilation).value, stride.value)
        with f.when(Index(f, rest).equals(0)):
            with f.when(count.get().equals(0)):
                first.set(k)
            with f.when(count.get().equals(1)):
                step.set(k - first.get())
            count.add(1)
    p[f"lanes_{axis}"] = (size - phase + stride - 1).most(0) // stride
    p[f"taps_{axis}"] = count.get()
    p[f"w_{axis}"] = step.get() * unit
    p[f"origin_{axis}"] = _exact(f, start - first.get() * dilation, stride)
    p[f"shift_{axis}"] = _exact(f, -(step.get() * dilation), stride)
    return first.get()


def _exact(f: Function, a: Index, b: Index) -> Index:
    return Index(f, f.binary("sdiv", a.value, b.value))
