"""The settings of a fine-tuning run: what decides its result, kept with the run."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .atomic import write_text
from .problems import CommandError, reporting

FILE_NAME = "settings.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a run's bits depend on besides the model's and the text's own bytes."""

    model: str | None = None  # a GGUF file; None is the default model
    data: str | None = None  # a text file; None is Shakespeare's plays
    full: bool = False
    rank: int = 16
    alpha: float = 32.0
    steps: int = 60
    batch: int = 2
    context: int = 256
    lr: float = 2e-3
    warmup: int = 5
    weight_decay: float = 0.0
    clip: float = 1.0
    judged: int = 8  # held-out windows
    prompt: str = "ROMEO:\n"
    sample: int = 80  # tokens of the continuations before and after
    seed: int = 1
    save_every: int = 10

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then half a cosine down to a tenth (step counts from 0)."""
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        done = (step - self.warmup) / max(self.steps - self.warmup, 1)
        return self.lr * (0.1 + 0.45 * (1 + math.cos(math.pi * done)))

    def save(self, directory: Path) -> None:
        write_text(directory / FILE_NAME, json.dumps(dataclasses.asdict(self), indent=2) + "\n")


# What --short and --full change where the user does not say otherwise.
SHORT = {"steps": 8, "judged": 4, "sample": 24, "save_every": 4}
FULL = {"lr": 1e-4, "weight_decay": 0.01, "save_every": 40}


def new_settings(given: dict[str, Any], short: bool) -> Settings:
    chosen = dict(FULL if given.get("full") else {})
    chosen |= SHORT if short else {}
    return Settings(**(chosen | given))


def stored_settings(directory: Path, given: dict[str, Any], short: bool) -> Settings | None:
    """The settings that the run in `directory` began with, or None where there is no run.

    Raises CommandError where an option given now contradicts them.
    """
    path = directory / FILE_NAME
    if not path.exists():
        return None
    with reporting("cannot continue the run"):
        stored = _parse(path)
    wanted = (SHORT if short else {}) | given
    for name, value in wanted.items():
        if getattr(stored, name) != value:
            option = "--" + name.replace("_", "-")
            raise CommandError(
                f"the run in {directory} began with {option} {getattr(stored, name)!r}, "
                f"not {value!r}; leave the option away, or choose another --out"
            )
    return stored


def _parse(path: Path) -> Settings:
    values = json.loads(path.read_text(encoding="utf-8"))
    names = {field.name for field in dataclasses.fields(Settings)}
    if not isinstance(values, dict) or set(values) != names:
        raise ValueError(f"{path} does not hold the settings of a run of this version")
    return Settings(**values)
