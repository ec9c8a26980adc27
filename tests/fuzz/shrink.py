"""Make a failing program small: drop statements as long as it goes on failing.

In: a program and a test that says whether a program still fails. Out: a smaller program, and its
text as a script that runs by itself.
"""

from __future__ import annotations

from collections.abc import Callable


def shrink(lines: list[str], fails: Callable[[list[str]], bool]) -> list[str]:
    """A program of which no single statement can be dropped."""
    size = max(1, len(lines) // 2)
    while True:
        lines, dropped = _drop(lines, size, fails)
        if size == 1 and not dropped:
            return lines
        if not dropped:
            size = max(1, size // 2)


def _drop(
    lines: list[str], size: int, fails: Callable[[list[str]], bool]
) -> tuple[list[str], bool]:
    dropped, end = False, len(lines)
    while end > 0:
        start = max(0, end - size)
        shorter = lines[:start] + lines[end:]
        if fails(shorter):
            lines, dropped = shorter, True
        end = start
    return lines, dropped


def as_script(lines: list[str]) -> str:
    """The program as Python text."""
    return "\n".join(["import torch", "", *lines])
