"""The loss curve as a PNG: a run's metrics come in.  Drawn by matplotlib, of the extra `plot`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ..extras import load_extra
from .atomic import replacing


def check_plotting() -> None:
    """Raises MissingExtra now rather than after the training."""
    load_extra("matplotlib", "plot")


def plot_losses(records: list[dict[str, Any]], path: Path) -> None:
    """Draws the training loss of each step and the held-out loss before and after."""
    figure = load_extra("matplotlib.figure", "plot").Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    losses = [(r["step"], r["loss"]) for r in records if "loss" in r]
    judged = [(r["step"], r["held_out_perplexity"]) for r in records if "held_out_perplexity" in r]
    axes.plot(*zip(*losses, strict=True), linewidth=1, label="training")
    axes.plot(
        [step for step, _ in judged],
        [math.log(perplexity) for _, perplexity in judged],
        "o--",
        label="held out",
    )
    axes.set(xlabel="step", ylabel="loss (nats per token)", title="Fine-tuning")
    axes.grid(alpha=0.3)
    axes.legend()
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
