"""How a tensor prints: NumPy array in, PyTorch's text out, to the character.

The work goes in four steps. The elements to show are selected (`_select`: all, or the corners of an
array above the threshold); they become text of one style (`_Style`: plain, whole or scientific, and
a common width); the texts are laid out in brackets and lines (`_Layout`); and what the elements
don't tell (device, size, dtype, gradient) follows as suffixes that break lines as a whole.

Nothing here knows of tensors. Source of the options' meaning:
https://docs.pytorch.org/docs/stable/generated/torch.set_printoptions.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np


class PrinterOptions(SimpleNamespace):
    """The settings of all printing; `PRINT_OPTS` is the one in force."""

    precision: int
    threshold: float
    edgeitems: int
    linewidth: int
    sci_mode: bool | None


PRINT_OPTS = PrinterOptions(precision=4, threshold=1000, edgeitems=3, linewidth=80, sci_mode=None)

_PROFILES: dict[object, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Changes the options given; `sci_mode` always, so that leaving it out restores the choice.

    As in PyTorch, an unknown profile changes nothing.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.set_printoptions.html
    """
    changes = dict(_PROFILES.get(profile, {}))
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    changes.update((name, value) for name, value in given.items() if value is not None)
    for name, value in changes.items():
        setattr(PRINT_OPTS, name, value)
    PRINT_OPTS.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The options in force, as keyword arguments of `set_printoptions`."""
    return dict(vars(PRINT_OPTS))


@contextmanager
def printoptions(**kwargs: Any) -> Iterator[None]:
    """`set_printoptions` for the extent of a `with` block."""
    before = get_printoptions()
    set_printoptions(**kwargs)
    try:
        yield
    finally:
        set_printoptions(**before)


def format_tensor(
    array: np.ndarray | None,
    *,
    dtype_name: str,
    default_dtype_name: str = "torch.float32",
    requires_grad: bool = False,
    grad_fn_name: str | None = None,
    prefix: str = "tensor(",
    indent: int | None = None,
    device: str | None = None,
    size: tuple[int, ...] | None = None,
    contents: str | None = None,
    tangent: str | None = None,
) -> str:
    """The `repr` of a tensor with these elements.

    `array` may have any shape and PyTorch's real, complex, integer and bool types; None stands for
    a meta tensor, whose `size` must be given. Names are as PyTorch writes them: `torch.float32`,
    `MulBackward0`. `device` is named unless None (the default device). `contents` replaces the
    elements' text. `indent` is the width of `prefix` unless the text starts elsewhere.

    >>> format_tensor(np.array([1.5, 2.0], np.float32), dtype_name="torch.float32")
    'tensor([1.5000, 2.0000])'
    """
    if indent is None:
        indent = len(prefix)
    if array is None:
        shape = size if size is not None else ()
        suffixes = [f"size={tuple(shape)}"]
        omitted = [default_dtype_name]
        text = "..."
    else:
        shape = array.shape
        suffixes = _size_suffixes(shape)
        omitted = _omitted_dtypes(array.size, default_dtype_name)
        text = "" if contents is not None else format_elements(array, indent)
    if device is not None:
        suffixes.insert(0, f"device='{device}'")
    if dtype_name not in omitted:
        suffixes.append(f"dtype={dtype_name}")
    if grad_fn_name is not None:
        suffixes.append(f"grad_fn=<{grad_fn_name}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    if tangent is not None:
        suffixes.append(f"tangent={tangent}")
    return with_suffixes(prefix + (text if contents is None else contents), suffixes, indent)


def format_parameter(text: str, class_name: str | None = None) -> str:
    """A parameter's `repr`, made of its data's; a custom tensor class gives its name."""
    if class_name is not None:
        return f"{class_name}({text})"
    return "Parameter containing:\n" + text


def format_scalar(array: np.ndarray, spec: str) -> str:
    """`format(tensor, spec)` of a 0-d tensor: that of the Python number it holds.

    Raises ValueError where the number's type doesn't know the format.
    """
    return format(_python_values(array)[0], spec)


def format_elements(array: np.ndarray, indent: int = 0) -> str:
    """The elements in brackets, the lines after the first indented by `indent` columns."""
    if array.size == 0:
        return "[]"
    shown, cuts = _select(array)
    if shown.dtype.kind == "c":
        real, imag = _Style(shown.real), _Style(shown.imag)
        texts = [_complex_text(r, i) for r, i in zip(real.texts(), imag.texts())]
        width = real.width + imag.width + 1
    else:
        style = _Style(shown)
        texts, width = style.texts(), style.width
    return _Layout(width + 2, cuts).nested(texts, shown.shape, indent)


def _omitted_dtypes(count: int, default: str) -> list[str]:
    """The dtypes that go without saying, because the elements' text tells them."""
    if count == 0:
        return [default]
    complex_default = "torch.complex128" if default == "torch.float64" else "torch.complex64"
    return [default, complex_default, "torch.int64", "torch.bool"]


def _size_suffixes(shape: tuple[int, ...]) -> list[str]:
    """The size, where the text of the elements can't tell it."""
    hidden = 0 in shape and len(shape) != 1
    if hidden or (0 not in shape and PRINT_OPTS.edgeitems == 0):
        return [f"size={tuple(shape)}"]
    return []


def with_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    """Appends the suffixes, each on a new line where the last one has no room for it."""
    # PyTorch counts the line from one column past its start.
    column = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if column + len(suffix) + 2 > PRINT_OPTS.linewidth:
            text += ",\n" + " " * indent + suffix
            column = indent + len(suffix)
        else:
            text += ", " + suffix
            column += len(suffix) + 2
    return text + ")"


def _select(array: np.ndarray) -> tuple[np.ndarray, list[int | None]]:
    """The elements to show and, per dimension, after how many of them the dots go (or None)."""
    cuts: list[int | None] = [None] * array.ndim
    if array.size <= PRINT_OPTS.threshold:
        return array, cuts
    edge = PRINT_OPTS.edgeitems
    if edge < 0 and array.ndim > 1:
        raise RuntimeError("stack expects a non-empty TensorList")
    for dim, count in enumerate(array.shape):
        if count > 2 * edge:
            places = range(count)
            head = places[:edge]
            tail = places[-edge:] if edge else ()
            array = array.take([*head, *tail], axis=dim)
            cuts[dim] = len(head)
    return array, cuts


def _python_values(array: np.ndarray) -> list:
    """The elements in order as Python numbers."""
    if array.dtype.kind not in "biufc" or array.dtype.itemsize < 4 and array.dtype.kind == "f":
        array = array.astype(np.float64)  # float16 and the types that ml_dtypes adds
    return array.reshape(-1).tolist()


_LEAST_POWER = 2.0**-127  # what stands for zero among powers of two


class _Style:
    """How the elements of one array are written: one notation and one width for all.

    Notation and width come from the finite nonzero elements alone; others may stick out.
    """

    def __init__(self, array: np.ndarray) -> None:
        self.values = _python_values(array)
        self.width = 1
        if array.dtype.kind in "biu":
            self.notation = "integer"
            self.width = max((len(str(value)) for value in self.values), default=1)
            return
        nothing = _LEAST_POWER if array.dtype.name == "float8_e8m0fnu" else 0.0
        measured = [v for v in self.values if v and v != nothing and math.isfinite(v)]
        self.notation = _notation(measured) if measured else "whole"
        if measured:
            self.width = max(len(_number(value, self.notation)) for value in measured)

    def texts(self) -> list[str]:
        """The elements' texts in order, padded to the width."""
        return [_number(value, self.notation).rjust(self.width) for value in self.values]


def _notation(measured: list[float]) -> str:
    """The notation for these finite nonzero values, judged in double precision."""
    plain = "whole" if all(map(float.is_integer, measured)) else "fixed"
    if PRINT_OPTS.sci_mode is not None:
        return "scientific" if PRINT_OPTS.sci_mode else plain
    magnitudes = [abs(value) for value in measured]
    low, high = min(magnitudes), max(magnitudes)
    if high / low > 1000.0 or high > 1.0e8 or (low < 1.0e-4 and plain == "fixed"):
        return "scientific"
    return plain


def _number(value: float, notation: str) -> str:
    if notation == "integer":
        return str(value)
    if notation == "scientific":
        return f"{value:.{PRINT_OPTS.precision}e}"
    if notation == "whole":
        return f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"
    return f"{value:.{PRINT_OPTS.precision}f}"


def _complex_text(real: str, imag: str) -> str:
    imag = imag.lstrip()
    return f"{real}{imag}j" if imag.startswith("-") else f"{real}+{imag}j"


class _Layout:
    """Brackets, commas and line breaks around texts of a common length."""

    def __init__(self, element_length: int, cuts: list[int | None]) -> None:
        self.element_length = element_length
        self.cuts = cuts

    def nested(self, texts: list[str], shape: tuple[int, ...], indent: int, dim: int = 0) -> str:
        """The part of the array below `dim`, whose texts these are, in row-major order."""
        if dim == len(shape):
            return texts[0]
        if dim == len(shape) - 1:
            return self._row(texts, indent)
        count = shape[dim]
        step = len(texts) // count if count else 0
        parts = [
            self.nested(texts[i * step : (i + 1) * step], shape, indent + 1, dim + 1)
            for i in range(count)
        ]
        cut = self.cuts[dim]
        if cut is not None:
            parts.insert(cut, "...")
        line_breaks = "\n" * (len(shape) - dim - 1)
        return "[" + ("," + line_breaks + " " * (indent + 1)).join(parts) + "]"

    def _row(self, texts: list[str], indent: int) -> str:
        cut = self.cuts[-1]
        if cut is not None:
            texts = [*texts[:cut], " ..." if texts else "...", *texts[cut:]]
        room = (PRINT_OPTS.linewidth - indent) / self.element_length
        per_line = max(1, math.floor(room))
        lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
