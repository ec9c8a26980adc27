"""All cases by name, and the record of what PyTorch showed for them."""

from __future__ import annotations

import json
from pathlib import Path

from . import message_cases, module_cases, program_cases, utility_cases
from .running import Outcome

CASES: dict[str, str] = {
    **module_cases.CASES,
    **message_cases.CASES,
    **program_cases.CASES,
    **utility_cases.CASES,
}
RECORD = Path(__file__).with_name("recorded.json")


def recorded() -> dict[str, Outcome]:
    """What PyTorch 2.13.0 showed, by name."""
    lines = json.loads(RECORD.read_text())
    return {
        name: Outcome(printed, tuple(map(tuple, warned)), raised and tuple(raised))
        for name, (printed, warned, raised) in lines.items()
    }
