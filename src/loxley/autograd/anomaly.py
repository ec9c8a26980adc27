"""Anomaly mode: errors in backward name the forward line. Source: torch.autograd.detect_anomaly."""

from __future__ import annotations

import warnings

from ..tensor.modes import modes

_WARNING = (
    "Anomaly Detection has been enabled. This mode will increase the runtime and should only be "
    "enabled for debugging."
)


class detect_anomaly:  # noqa: N801
    """A block in which grad nodes remember their forward line and NaN gradients are errors."""

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        warnings.warn(_WARNING, UserWarning, stacklevel=2)

    def __enter__(self) -> None:
        self.previous = modes.anomaly, modes.anomaly_check_nan
        modes.anomaly, modes.anomaly_check_nan = True, self.check_nan

    def __exit__(self, *exc: object) -> None:
        modes.anomaly, modes.anomaly_check_nan = self.previous


class set_detect_anomaly:  # noqa: N801
    """Sets anomaly mode, at once or for a block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.previous = modes.anomaly, modes.anomaly_check_nan
        modes.anomaly, modes.anomaly_check_nan = mode, check_nan

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        modes.anomaly, modes.anomaly_check_nan = self.previous


def is_anomaly_enabled() -> bool:
    """Whether grad nodes remember their forward lines."""
    return modes.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode looks for NaN gradients."""
    return modes.anomaly_check_nan
