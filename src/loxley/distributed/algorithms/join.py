"""`Join`: processes with different numbers of inputs; one process joins itself at the end.

Source: https://docs.pytorch.org/docs/2.13/distributed.algorithms.join.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ..groups import Work

__all__ = ["Join", "JoinHook", "Joinable"]


class JoinHook:
    """What a process does once it has no inputs."""

    def main_hook(self) -> None:
        """Called for each step of the others: never, on one process."""

    def post_hook(self, is_last_joiner: bool) -> None:
        """Called when all processes have joined."""


class Joinable(ABC):
    """What can stand in `Join`."""

    @abstractmethod
    def __init__(self) -> None:
        super().__init__()

    @abstractmethod
    def join_hook(self, **kwargs: Any) -> JoinHook:
        """What to do once this process has no inputs."""

    @property
    @abstractmethod
    def join_device(self) -> Any:
        """The device to work on."""

    @property
    @abstractmethod
    def join_process_group(self) -> Any:
        """The processes to wait for."""


class Join:
    """A block in which this process may end before others; at its end the hooks' ends run."""

    def __init__(
        self,
        joinables: list[Joinable],
        enable: bool = True,
        throw_on_early_termination: bool = False,
        **kwargs: Any,
    ) -> None:
        if not joinables:
            raise ValueError("The join context manager requires at least one joinable")
        self._joinables, self._enable = joinables, enable
        self._hooks = [joinable.join_hook(**kwargs) for joinable in joinables]

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, value: Any, where: Any) -> None:
        if self._enable and kind is None:
            for hook in self._hooks:
                hook.post_hook(is_last_joiner=True)

    @staticmethod
    def notify_join_context(joinable: Joinable) -> Work | None:
        """Tells the others that this process goes on: there are none."""
        return None
