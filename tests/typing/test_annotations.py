"""Every public function and method says what it takes and gives."""

from __future__ import annotations

from tests.typing.walk import functions, lacking

# What lacks annotations; entries may go, none may come.
LACKING: frozenset[str] = frozenset()


def test_public_functions_are_annotated() -> None:
    found = {path: bare for path, function in functions() if (bare := lacking(function))}
    assert {path: bare for path, bare in found.items() if path not in LACKING} == {}
    assert LACKING <= set(found), "annotated by now: take it off the list"
