"""How much of real code's use of PyTorch the passing entries of a table cover.

api_names.txt lists the 1,300 most used names with their weights: the share of all uses in library
packages and in learners' repositories, half each. In: results and the names that each entry tests.
Out: a share; a name counts in parts where several entries (variants, dtypes) test it.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

LIST = Path(__file__).with_name("api_names.txt")
Names = Callable[[str], Iterable[str]]


@functools.cache
def weights() -> dict[str, float]:
    """The weight of each listed name, the most used first."""
    rows = (line.split("\t") for line in LIST.read_text().splitlines())
    return {name: float(weight) for name, weight in rows}


def itself(entry: str) -> list[str]:
    """An entry that is a name."""
    return [entry]


def operator_names(entry: str) -> list[str]:
    """The public names that an entry of the operator table (name[:variant][@dtype]) tests."""
    name = entry.split("@")[0].split(":")[0]
    dunder = name.strip("_")
    return [
        f"torch.{name}",
        f"torch.nn.functional.{name}",
        f"torch.Tensor.{name}",
        f"torch.Tensor.{name}_",
        f"torch.Tensor.__{dunder}__",
    ]


def module_names(entry: str) -> list[str]:
    """The class that an entry of the module table tests."""
    return [f"torch.{entry}"]


def optimizer_names(entry: str) -> list[str]:
    """The class that an entry of the optimizer table tests."""
    return [f"torch.optim.{entry}"]


def share(results: Iterable[tuple[str, bool]], names: Names) -> float | None:
    """The weight of what passes over that of all listed names that are tested here."""
    tested: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for entry, good in results:
        for name in names(entry):
            if name in weights():
                tested[name] += 1
                passed[name] += good
    total = sum(weights()[name] for name in tested)
    covered = sum(weights()[name] * passed[name] / tested[name] for name in tested)
    return covered / total if total else None
