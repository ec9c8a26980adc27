"""Runs a piece of a PyTorch program under PyTorch or loxley and tells what it showed.

An outcome is what was printed, the warnings, and the exception's type and message. Addresses are
taken out; nothing else is.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What running a piece of program showed."""

    printed: str
    warned: tuple[tuple[str, str], ...]
    raised: tuple[str, str] | None


def _clean(text: str) -> str:
    text = re.sub(r"0x[0-9a-f]+", "0x", text)
    return text.replace("loxley.", "torch.").replace("torch._C.", "torch.")


def run(source: str, package: object) -> Outcome:
    """Run `source` with `torch`, `nn` and `F` bound to those of `package`."""
    names = {"torch": package, "nn": package.nn, "F": package.nn.functional}
    printed, raised = io.StringIO(), None
    package.manual_seed(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with contextlib.redirect_stdout(printed):
            try:
                exec(source, names)
            except Exception as error:
                raised = (type(error).__name__, _clean(str(error)))
    warned = tuple((w.category.__name__, _clean(str(w.message))) for w in caught)
    return Outcome(_clean(printed.getvalue()), warned, raised)


_NUMBER = re.compile(r"-?\d+\.\d*(?:e[+-]?\d+)?")


def _frame(printed: str) -> list[str]:
    """What is printed around the numbers; a sign takes the place of a space."""
    return _NUMBER.sub("#", printed).replace("[ ", "[").split()


def close(shown: Outcome, expected: Outcome) -> bool:
    """Equal, except that numbers may differ in the last digits that rounding leaves open."""
    if (shown.warned, shown.raised) != (expected.warned, expected.raised):
        return False
    if _frame(shown.printed) != _frame(expected.printed):
        return False
    numbers = [map(float, _NUMBER.findall(one.printed)) for one in (shown, expected)]
    return all(abs(a - b) <= 1e-4 * max(1.0, abs(b)) for a, b in zip(*numbers, strict=True))
