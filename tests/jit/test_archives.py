"""Archives of PyTorch, recorded; archives that are damaged or hostile."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import loxley
from loxley import nn
from tests.jit.loading import HERE, inputs, programs

CASES = programs(loxley).CASES


def _first(made: Any, name: str) -> np.ndarray:
    made = made[3] if name == "control" else made[0] if isinstance(made, tuple) else made
    return made.detach().numpy()


@pytest.mark.parametrize("name", ["mlp", "control", "recurrent"])
def test_pytorch_s_archives_compute_what_they_did_there(name: str) -> None:
    module = loxley.jit.load(HERE / f"{name}.pt")
    given = [loxley.tensor(one) for one in inputs(CASES[name][1])]
    expected = np.load(HERE / f"{name}.npy")
    np.testing.assert_allclose(_first(module(*given), name), expected, rtol=1e-4, atol=1e-5)


def test_a_loaded_module_is_a_module() -> None:
    module = loxley.jit.load(HERE / "mlp.pt")
    assert isinstance(module, loxley.jit.RecursiveScriptModule)
    assert module.original_name == "Sequential"
    assert sorted(module.state_dict()) == ["0.bias", "0.weight", "2.bias", "2.weight"]
    assert not module.training
    assert module.train().training
    assert "forward" in module.code
    module(loxley.ones(1, 3)).sum().backward()
    assert all(one.grad is not None for one in module.parameters())


def test_extra_files_come_back(tmp_path: Path) -> None:
    made = loxley.jit.script(nn.Linear(2, 2))
    made.save(tmp_path / "made.pt", _extra_files={"notes.txt": "text"})
    extra = {"notes.txt": ""}
    loxley.jit.load(tmp_path / "made.pt", _extra_files=extra)
    assert extra["notes.txt"] == b"text"


def _changed(**files: bytes) -> io.BytesIO:
    """A small archive with some of its files replaced."""
    whole = io.BytesIO()
    loxley.jit.save(loxley.jit.script(nn.Linear(2, 2)), whole)
    made = io.BytesIO()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            key = "code" if "/code/" in name else name.rpartition("/")[2].partition(".")[0]
            target.writestr(name, files.get(key, source.read(name)))
    made.seek(0)
    return made


_HEAD = (
    "class Linear(Module):\n  __parameters__ = ['weight', 'bias']\n  __buffers__ = []\n"
    "  weight : Tensor\n  bias : Tensor\n  training : bool\n"
    "  _is_full_backward_hook : Optional[bool]\n"
    "  def forward(self, x: Tensor) -> Tensor:\n"
)


@pytest.mark.parametrize(
    "body",
    [
        "__import__('os').system('false')",
        "open('x', 'w')",
        "eval('1')",
        "x.__class__.__base__.__subclasses__()",
        "self.__init__.__globals__",
        "self.__dict__",
        "x.numpy()",
        "x.apply_(print)",
        "torch.load('x')",
        "torch.from_file('x')",
        "torch.save(x, 'x')",
        "ops.os.system('x')",
        "ops.prim.PythonOp(x)",
        "'{0.__class__}'.format(x).join(x.__class__)",
        "(lambda: 1)()",
        "getattr(self, '__class__')",
        "getattr(x, 'numpy')()",
        "CONSTANTS.c7",
        "__torch__.os.system('x')",
    ],
)
def test_hostile_code_reaches_nothing(body: str) -> None:
    text = (_HEAD + f"    y = {body}\n    return x\n").encode()
    with pytest.raises((RuntimeError, NotImplementedError, loxley.jit.Error)):
        loxley.jit.load(_changed(code=text))(loxley.ones(1, 2))


def test_hostile_formats_reach_no_attributes() -> None:
    text = (_HEAD + "    print('{0.__class__}'.format(x))\n    return x\n").encode()
    loxley.jit.load(_changed(code=text))(loxley.ones(1, 2))


@pytest.mark.parametrize(
    "text",
    [b"import os\n", b"x = 1\n", b"def f(:\n", b"class Linear(os.X):\n  pass\n", b"(" * 5000],
)
def test_files_of_code_hold_definitions_only(text: bytes) -> None:
    with pytest.raises(RuntimeError):
        loxley.jit.load(_changed(code=text))


def test_hostile_pickles_make_nothing() -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return print, ("never printed",)

    with pytest.raises((RuntimeError, pickle.UnpicklingError)):
        loxley.jit.load(_changed(data=pickle.dumps(Evil(), 2)))


def test_newer_versions_are_refused() -> None:
    with pytest.raises(RuntimeError, match="maximum supported version"):
        loxley.jit.load(_changed(version=b"99\n"))


def test_missing_files_and_wrong_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        loxley.jit.load(tmp_path / "none.pt")
    loxley.save({"a": loxley.ones(2)}, tmp_path / "weights.pt")
    with pytest.raises(RuntimeError, match=r"torch\.save"):
        loxley.jit.load(tmp_path / "weights.pt")
