"""`torch.quasirandom.SobolEngine` held against PyTorch's, to the bit."""

from __future__ import annotations

from typing import Any

import pytest

import loxley
import loxley.quasirandom

torch = pytest.importorskip("torch")


def told(call: Any) -> Any:
    try:
        made = call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return made.tolist() if hasattr(made, "tolist") else repr(made)


def both(program: Any) -> tuple[list[Any], list[Any]]:
    expected, actual = (
        [told(call) for call in program(p, p.quasirandom.SobolEngine)] for p in (torch, loxley)
    )
    return expected, actual


def test_points() -> None:
    def program(torch: Any, engine: Any) -> Any:
        e = engine(3)
        yield lambda: (e, engine.MAXDIM, engine.MAXBIT)
        yield lambda: e.draw(5)
        yield lambda: e.draw(2, dtype=torch.float64)
        yield lambda: e.num_generated
        yield lambda: e.reset().draw()
        yield lambda: e.fast_forward(4).draw(2)
        yield lambda: (e.sobolstate.tolist(), e.shift.tolist(), e.quasi.tolist())
        yield lambda: engine(5).fast_forward(3).draw(300)
        yield lambda: engine(2).draw_base2(3)
        yield lambda: e.draw_base2(2)
        yield lambda: engine(2).draw(out=torch.empty(1, 2))
        for n in (0, -1):
            yield lambda n=n: engine(2).draw(n)
        yield lambda: engine(2).draw(3, dtype=torch.float16)
        for dimension in (0, 30000):
            yield lambda dimension=dimension: engine(dimension)

    expected, actual = both(program)
    assert actual == expected


@pytest.mark.parametrize("dimension", [1, 4, 1111])
def test_scrambled_points(dimension: int) -> None:
    def program(torch: Any, engine: Any) -> Any:
        e = engine(dimension, scramble=True, seed=7)
        yield lambda: e
        yield lambda: e.draw(70)
        yield lambda: (e.shift.tolist(), e.sobolstate.tolist(), e.quasi.tolist())
        torch.manual_seed(3)
        yield lambda: engine(dimension, scramble=True).draw(3)
        yield lambda: torch.rand(1)

    expected, actual = both(program)
    assert actual == expected


def test_all_dimensions() -> None:
    engines = [p.quasirandom.SobolEngine(21201) for p in (torch, loxley)]
    assert engines[1].sobolstate.tolist() == engines[0].sobolstate.tolist()
