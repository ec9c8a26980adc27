"""safetensors: there and back, against the library of that name, and damaged files."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import loxley as torch
from loxley.io.safetensors import SafetensorsFile, load_file, save_file

DTYPES = [
    *("bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"),
    *("float16", "bfloat16", "float32", "float64", "complex64"),
]


def samples() -> dict[str, torch.Tensor]:
    made = {name: torch.tensor([[0, 1], [2, 3]]).to(getattr(torch, name)) for name in DTYPES}
    made["scalar"] = torch.tensor(2.5)
    made["empty"] = torch.zeros(0, 3)
    made["transposed \u00e9"] = torch.arange(6.0).reshape(2, 3).t()
    return made


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file(samples(), path, {"note": "x"})
    loaded = load_file(path)
    assert set(loaded) == set(samples())
    for name, tensor in samples().items():
        assert loaded[name].dtype is tensor.dtype and loaded[name].shape == tensor.shape
        assert loaded[name].tolist() == tensor.tolist()
    assert SafetensorsFile(path).metadata == {"note": "x"}
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_loaded_tensors_are_the_programs_own(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"x": torch.zeros(3)}, path)
    before = path.read_bytes()
    x = load_file(path)["x"]
    x += 1
    assert x.tolist() == [1, 1, 1] and path.read_bytes() == before
    assert load_file(path)["x"].tolist() == [0, 0, 0]


def test_the_library_writes_and_reads_the_same(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    arrays = {"b": np.arange(6.0).reshape(2, 3), "a": np.ones(3, "f4"), "c": np.array(7, "i2")}
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    save_file({name: torch.from_numpy(array) for name, array in arrays.items()}, ours)
    library.save_file(arrays, theirs)
    assert ours.read_bytes() == theirs.read_bytes()
    for name, array in library.load_file(ours).items():
        np.testing.assert_array_equal(array, arrays[name])


def content(header: Any, data: bytes = bytes(16)) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(**changes: Any) -> dict[str, Any]:
    return {"x": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]} | changes}


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "too few"),
        (struct.pack("<Q", 2**63) + bytes(50), "a header of 9223372036854775808 bytes"),
        (content(b"{"), "not JSON"),
        (content(b"\xff\xfe"), "not JSON"),
        (content(b"[" * 100000), "not JSON"),
        (content([]), "not a JSON object"),
        (content(b'{"x":1,"x":2}'), "there twice"),
        (content({"__metadata__": {"a": 1}}), "metadata"),
        (content({"x": 3}), "lacks dtype"),
        (content(entry(more=1)), "lacks dtype"),
        (content(entry(dtype="F31")), "unknown dtype 'F31'"),
        (content(entry(dtype=["F32"])), "unknown dtype"),
        (content(entry(shape=[-4])), r"shape \[-4\]"),
        (content(entry(shape=[4.0])), r"shape \[4.0\]"),
        (content(entry(shape=[2**62, 2**62])), "does not fit"),
        (content(entry(shape=[5])), "does not fit"),
        (content(entry(data_offsets=[16, 0])), "does not fit"),
        (content(entry(data_offsets=[0, 2**62])), "does not fit"),
        (content(entry(data_offsets=[0])), "offsets"),
        (content(entry(), bytes(17)), "the tensors end at"),
        (content(entry(), bytes(15)), "does not fit"),
        (content(entry(shape=[2], data_offsets=[8, 16])), "expected"),
        (content(entry() | {"y": entry()["x"]}), "expected"),
    ],
)
def test_hostile_files(tmp_path: Path, raw: bytes, message: str) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=message):
        load_file(path)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file(samples(), path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="not a valid safetensors file"):
            load_file(path)


def test_dtypes_that_we_do_not_have(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content(entry(dtype="F6_E2M3", shape=[16])))
    with pytest.raises(NotImplementedError, match="F6_E2M3"):
        load_file(path)


def test_what_the_format_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    with pytest.raises(TypeError, match="'x' is a list"):
        save_file({"x": [1]}, path)
    with pytest.raises(ValueError, match="complex128"):
        save_file({"x": torch.zeros(1, dtype=torch.complex128)}, path)
    with pytest.raises(ValueError, match="__metadata__"):
        save_file({"__metadata__": torch.zeros(1)}, path)
    with pytest.raises(TypeError, match="metadata"):
        save_file({}, path, {"a": 1})
    assert not path.exists()


def test_a_missing_tensor(tmp_path: Path) -> None:
    save_file({}, tmp_path / "a")
    with SafetensorsFile(tmp_path / "a") as file:
        with pytest.raises(KeyError, match="no tensor 'x'"):
            file.read("x")


def test_the_library_itself_works_in_scripts(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    script = (
        "import sys, torch\n"
        "from safetensors import safe_open\n"
        "from safetensors.torch import load, load_file, save, save_file\n"
        "path = sys.argv[1]\n"
        "made = {'a': torch.ones(2, dtype=torch.bfloat16), 'b': torch.arange(3)}\n"
        "save_file(made, path, metadata={'format': 'pt'})\n"
        "back = load_file(path)\n"
        "back['b'] += 1\n"
        "print(back['a'].tolist(), back['a'].dtype, back['b'].tolist(), load(save(made))['b'])\n"
        "with safe_open(path, 'pt') as file:\n"
        "    print(sorted(file.keys()), file.get_slice('b')[1:], file.metadata())\n"
    )
    (tmp_path / "s.py").write_text(script)
    run = [sys.executable, "-m", "loxley", str(tmp_path / "s.py"), str(tmp_path / "x.safetensors")]
    out = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert out == (
        "[1.0, 1.0] torch.bfloat16 [1, 2, 3] tensor([0, 1, 2])\n"
        "['a', 'b'] tensor([1, 2]) {'format': 'pt'}\n"
    )
