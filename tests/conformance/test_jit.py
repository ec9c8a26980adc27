"""`torch.jit` against PyTorch: files cross over in both directions and compute the same."""

from __future__ import annotations

import io
import warnings
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402
from tests.jit.loading import assert_same, inputs, programs  # noqa: E402

THEIRS, OURS = programs(torch), programs(loxley)
WAYS = ("script", "trace", "freeze")
CALLS = [
    (name, way) for name in OURS.CASES for way in WAYS if way != "trace" or name not in OURS.CONTROL
]


def _made(library: Any, cases: Any, name: str, way: str, given: list) -> Any:
    make, _ = cases.CASES[name]
    module = make().eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if way == "trace":
            return library.jit.trace(module, tuple(given), check_trace=False)
        made = library.jit.script(module)
        return library.jit.freeze(made) if way == "freeze" else made


def _crossed(made: Any, source: Any, target: Any) -> Any:
    file = io.BytesIO()
    source.jit.save(made, file)
    file.seek(0)
    return target.jit.load(file)


@pytest.mark.parametrize(("name", "way"), CALLS)
def test_what_pytorch_saves_is_loaded_and_saved_again(name: str, way: str) -> None:
    arrays = inputs(OURS.CASES[name][1])
    given, own = [torch.tensor(a) for a in arrays], [loxley.tensor(a) for a in arrays]
    theirs = _made(torch, THEIRS, name, way, given)
    loaded = _crossed(theirs, torch, loxley)
    expected = theirs(*given)
    assert_same(expected, loaded(*own))
    assert list(loaded.state_dict()) == list(_crossed(theirs, torch, torch).state_dict())
    assert_same(expected, _crossed(loaded, loxley, torch)(*given))


@pytest.mark.parametrize(("name", "way"), CALLS)
def test_what_is_saved_here_is_loaded_by_pytorch(name: str, way: str) -> None:
    arrays = inputs(OURS.CASES[name][1])
    given, own = [torch.tensor(a) for a in arrays], [loxley.tensor(a) for a in arrays]
    made = _made(loxley, OURS, name, way, own)
    loaded = _crossed(made, loxley, torch)
    assert_same(made(*own), loaded(*given))
    assert list(made.state_dict()) == list(loaded.state_dict())


@pytest.mark.parametrize("name", ["mlp", "residual", "recurrent"])
def test_traces_and_scripts_print_as_in_pytorch(name: str) -> None:
    arrays = inputs(OURS.CASES[name][1])
    given, own = [torch.tensor(a) for a in arrays], [loxley.tensor(a) for a in arrays]
    for way in ("script", "trace"):
        theirs = _made(torch, THEIRS, name, way, given)
        ours = _made(loxley, OURS, name, way, own)
        assert repr(ours) == repr(theirs)
        assert ours.original_name == theirs.original_name
        assert [key for key, _ in ours.named_parameters()] == [
            key for key, _ in theirs.named_parameters()
        ]


def test_gradients_of_loaded_modules_are_those_of_pytorch() -> None:
    (array,) = inputs([(4, 3)])
    theirs = torch.jit.script(THEIRS.CASES["mlp"][0]())
    ours = _crossed(theirs, torch, loxley)
    theirs(torch.tensor(array)).square().sum().backward()
    ours(loxley.tensor(array)).square().sum().backward()
    for one, other in zip(theirs.parameters(), ours.parameters(), strict=True):
        assert_same(one.grad, other.grad)


def test_a_traced_module_takes_other_batch_sizes_as_in_pytorch() -> None:
    small, large = inputs([(2, 5, 8)]), inputs([(4, 7, 8)])
    theirs = _made(torch, THEIRS, "transformer", "trace", [torch.tensor(small[0])])
    ours = _crossed(theirs, torch, loxley)
    own = _made(loxley, OURS, "mlp", "trace", [loxley.tensor(inputs([(4, 3)])[0])])
    assert_same(theirs(torch.tensor(large[0])), ours(loxley.tensor(large[0])))
    assert own(loxley.zeros(9, 3)).shape == (9, 2)


@pytest.mark.parametrize("wrong", [1, "text", [1.0]])
def test_wrong_arguments_raise_as_in_pytorch(wrong: Any) -> None:
    theirs = torch.jit.script(THEIRS.CASES["mlp"][0]())
    ours = loxley.jit.script(OURS.CASES["mlp"][0]())
    with pytest.raises(RuntimeError) as expected:
        theirs(wrong)
    with pytest.raises(RuntimeError) as got:
        ours(wrong)
    assert str(got.value).splitlines()[0] == str(expected.value).splitlines()[0]


def test_functions_cross_over(tmp_path: Any) -> None:
    made = loxley.jit.script(OURS.math_)
    made.save(tmp_path / "function.pt")
    assert torch.jit.load(tmp_path / "function.pt")(2.0) == made(2.0)
