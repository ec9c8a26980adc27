"""`torch.random`: the default generator's functions under one roof.

Source: https://docs.pytorch.org/docs/stable/random.html
"""

from __future__ import annotations

from .tensor.generator import (
    Generator,
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
    "thread_safe_generator",
]


def thread_safe_generator() -> Generator | None:
    """The generator of a DataLoader's worker thread; None, since workers are processes here."""
    return None
