"""Why something is not captured: one exception, which never reaches the user's program."""

from __future__ import annotations


class Refused(Exception):
    """What was met cannot be captured; the text says what and why."""
