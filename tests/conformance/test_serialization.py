"""Files of torch.save, both ways: PyTorch writes and we read, we write and PyTorch reads."""

from __future__ import annotations

import io
import warnings
from collections import OrderedDict
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402

DTYPES = [
    *("bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
]


def across(obj: Any, writer: Any, reader: Any, weights_only: bool = True, **how: Any) -> Any:
    file = io.BytesIO()
    writer.save(obj, file, **how)
    file.seek(0)
    return reader.load(file, weights_only=weights_only)


def values(lib: Any) -> dict[str, Any]:
    base = lib.arange(12.0).reshape(3, 4)
    return {
        **{name: lib.arange(6).reshape(2, 3).to(getattr(lib, name)) for name in DTYPES},
        "scalar": lib.tensor(2.5),
        "empty": lib.zeros(0, 3),
        "view": base[1:, ::2],
        "turned": base.t(),
        "expanded": lib.ones(1).expand(5),
        "conjugate": lib.tensor([1 + 2j]).conj(),
        "imaginary": lib.tensor([1 + 2j]).conj().imag,
        "tracked": lib.ones(2, requires_grad=True),
        "parameter": lib.nn.Parameter(lib.ones(2)),
        "meta": lib.zeros(3, 2, device="meta"),
        "size": lib.Size([1, 2]),
        "device": lib.device("cpu"),
        "dtype": lib.bfloat16,
        "state": lib.Generator().manual_seed(3).get_state(),
        "optimizer": lib.optim.Adam([lib.ones(2, requires_grad=True)]).state_dict(),
        "model": lib.nn.LSTM(2, 3).state_dict(),
        "plain": OrderedDict(a=[1, (2.5, None), {"b": True}], c={1, 2}, d=b"x", e="\u00e9"),
    }


def described(obj: Any) -> Any:
    """Values without the library: what both sides must agree on."""
    if hasattr(obj, "stride"):
        data = None if obj.is_meta else obj.tolist()
        kind = type(obj).__name__
        return kind, str(obj.dtype), tuple(obj.shape), obj.stride(), obj.requires_grad, data
    if isinstance(obj, dict):
        return type(obj).__name__, {key: described(value) for key, value in obj.items()}
    if type(obj) in (list, tuple):
        return [described(value) for value in obj]
    return obj if isinstance(obj, (set, bytes, int, float, type(None))) else str(obj)


@pytest.mark.parametrize("name", values(loxley))
def test_we_read_what_pytorch_writes(name: str) -> None:
    written = values(torch)[name]
    for new_form in (True, False):
        if not new_form and name in ("meta",):
            continue
        read = across(written, torch, loxley, _use_new_zipfile_serialization=new_form)
        if name == "imaginary":  # we write the negation out: another stride
            assert read.tolist() == written.tolist()
        else:
            assert described(read) == described(written)


@pytest.mark.parametrize("name", values(loxley))
def test_pytorch_reads_what_we_write(name: str) -> None:
    written = values(loxley)[name]
    read = across(written, loxley, torch)
    if name in ("conjugate", "imaginary"):
        assert read.tolist() == written.tolist()
    else:
        assert described(read) == described(written)


def modules(lib: Any) -> dict[str, Any]:
    nn = lib.nn
    return {
        "transformer": lambda: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 1, enable_nested_tensor=False
        ),
        "gelu": lambda: nn.TransformerEncoderLayer(4, 2, 8, activation="gelu", batch_first=True),
        "convolution": lambda: nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(3), nn.Softmax(-1)),
        "weight_norm": lambda: nn.utils.weight_norm(nn.Linear(4, 2)),
        "spectral_norm": lambda: nn.utils.spectral_norm(nn.Linear(4, 2)),
        "list": lambda: nn.ModuleList([nn.ParameterDict({"a": nn.Parameter(lib.ones(2))})]),
        "lazy": lambda: nn.LazyLinear(2),
    }


@pytest.mark.parametrize("name", modules(loxley))
@pytest.mark.parametrize("ours", [True, False])
def test_whole_modules(name: str, ours: bool) -> None:
    writer, reader = (loxley, torch) if ours else (torch, loxley)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        written = modules(writer)[name]().eval()
        read = across(written, writer, reader, weights_only=False)
        assert type(read).__name__ == type(written).__name__ and repr(read) == repr(written)
        if name == "lazy":
            assert read(reader.ones(1, 3)).shape == (1, 2)
        elif name != "list" and not (ours and name in ("transformer", "gelu")):
            expected = written(writer.ones(1, 3, 4)).tolist()
            got = read(reader.ones(1, 3, 4)).tolist()
            assert torch.allclose(torch.tensor(got), torch.tensor(expected), atol=1e-6)


def test_modules_are_not_weights_on_either_side() -> None:
    for lib in (torch, loxley):
        with pytest.raises(Exception, match="Weights only load failed") as caught:
            across(lib.nn.Linear(1, 1), lib, lib)
        assert caught.type.__name__ == "UnpicklingError"
