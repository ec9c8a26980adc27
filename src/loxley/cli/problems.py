"""What a command reports in one line instead of a traceback."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class CommandError(Exception):
    """The command cannot do what it was asked; the message is all that the user needs."""


@contextlib.contextmanager
def reporting(what: str) -> Iterator[None]:
    """Turns a failed file operation or a damaged file into a CommandError that says `what`."""
    try:
        yield
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise CommandError(f"{what}: {place}{error.strerror or error}") from error
    except ValueError as error:
        raise CommandError(f"{what}: {error}") from error
