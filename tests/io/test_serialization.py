"""torch.save and torch.load: there and back, damaged files, hostile files, disks that are full."""

from __future__ import annotations

import collections
import errno
import io
import os
import pickle
import random
import struct
import subprocess
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

import loxley as torch
from loxley import nn

DTYPES = [
    *("bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
]
# What a file that was tampered with may raise; UnicodeDecodeError is a ValueError.
REFUSALS = (RuntimeError, pickle.UnpicklingError, ValueError, EOFError)


def saved(obj: Any) -> bytes:
    file = io.BytesIO()
    torch.save(obj, file)
    return file.getvalue()


def there_and_back(obj: Any, **options: Any) -> Any:
    return torch.load(io.BytesIO(saved(obj)), **options)


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
def test_every_dtype(name: str, shape: tuple[int, ...]) -> None:
    tensor = torch.arange(6).reshape(2, 3).to(getattr(torch, name))
    if shape != (2, 3):
        tensor = tensor[1, 1] if shape == () else tensor[:0]
    loaded = there_and_back(tensor)
    assert loaded.dtype is tensor.dtype and loaded.shape == tensor.shape
    assert loaded.tolist() == tensor.tolist()


def test_views_go_on_sharing_their_storage() -> None:
    base = torch.arange(12.0).reshape(3, 4)
    loaded = there_and_back({"base": base, "row": base[1], "turned": base.t(), "same": base})
    assert loaded["same"] is loaded["base"] and loaded["turned"].stride() == (1, 4)
    loaded["row"].zero_()
    assert loaded["base"].tolist()[1] == [0.0] * 4 and loaded["turned"][2, 1] == 0


def test_a_storage_is_written_once() -> None:
    base = torch.zeros(10_000)
    assert len(saved([base, base[:5], base.reshape(100, 100)])) < 50_000


def test_parameters_and_gradients() -> None:
    loaded = there_and_back([nn.Parameter(torch.ones(2)), torch.ones(2, requires_grad=True)])
    assert type(loaded[0]) is nn.Parameter and loaded[0].requires_grad and loaded[1].requires_grad


def test_storages_by_themselves() -> None:
    tensor = torch.arange(3, dtype=torch.int16)
    loaded = there_and_back([tensor, tensor.untyped_storage(), tensor.storage()])
    assert loaded[1] == loaded[0].untyped_storage() and len(loaded[1]) == 6
    assert loaded[2].dtype is torch.int16 and list(loaded[2]) == [0, 1, 2]


def test_tensors_without_data() -> None:
    loaded = there_and_back(torch.zeros(3, 2, device="meta", dtype=torch.float16))
    assert loaded.is_meta and loaded.shape == (3, 2) and loaded.dtype is torch.float16


def test_containers_and_values() -> None:
    obj = OrderedDict(
        a=[1, 2.5, None, True, "text \u00e9", b"bytes", 1 + 2j, 10**30],
        b=({"nested": (torch.float16, torch.Size([2, 3]), torch.device("cpu"))},),
        c=collections.Counter("aab"),
        d={1, 2},
        e=collections.defaultdict(list, {"x": [1]}),
        f=frozenset([3]),
        g=torch.strided,
    )
    loaded = there_and_back(obj)
    assert loaded == obj and type(loaded) is OrderedDict
    assert type(loaded["b"][0]["nested"][1]) is torch.Size
    assert loaded["e"]["new"] == []


def test_generator_states_continue_the_stream() -> None:
    generator = torch.Generator().manual_seed(7)
    torch.rand(5, generator=generator)
    other = torch.Generator()
    other.set_state(there_and_back(generator.get_state()))
    assert torch.rand(4, generator=other).tolist() == torch.rand(4, generator=generator).tolist()


def test_training_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    def step(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad()
        model(torch.ones(4, 3)).square().sum().backward()
        optimizer.step()

    torch.manual_seed(0)
    models = [nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)) for _ in range(2)]
    optimizers = [torch.optim.AdamW(m.parameters(), lr=0.1) for m in models]
    step(models[0], optimizers[0])
    torch.save({"m": models[0].state_dict(), "o": optimizers[0].state_dict()}, tmp_path / "c.pt")
    loaded = torch.load(tmp_path / "c.pt")
    models[1].load_state_dict(loaded["m"])
    optimizers[1].load_state_dict(loaded["o"])
    for model, optimizer in zip(models, optimizers):
        step(model, optimizer)
    for a, b in zip(models[0].state_dict().values(), models[1].state_dict().values()):
        assert a.tolist() == b.tolist()


MODULES = {
    "transformer": lambda: nn.TransformerEncoderLayer(4, 2, 8, batch_first=True),
    "linear": lambda: nn.Sequential(nn.Linear(4, 3), nn.GELU()),
    "spectral_norm": lambda: nn.utils.spectral_norm(nn.Linear(4, 2)),
    "weight_norm": lambda: nn.utils.weight_norm(nn.Linear(4, 2)),
}


@pytest.mark.parametrize("name", MODULES)
def test_whole_modules(name: str) -> None:
    module = MODULES[name]().eval()
    loaded = there_and_back(module, weights_only=False)
    x = torch.ones(1, 2, 4)
    assert loaded(x).tolist() == module(x).tolist()
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        there_and_back(module)


def test_lazy_modules_are_lazy_afterwards() -> None:
    loaded = there_and_back(nn.LazyLinear(2), weights_only=False)
    assert loaded(torch.ones(1, 5)).shape == (1, 2) and type(loaded) is nn.Linear


class Settings:
    def __init__(self) -> None:
        self.width = 3


def test_a_class_of_the_program_has_to_be_declared() -> None:
    with pytest.raises(pickle.UnpicklingError, match="Settings"):
        there_and_back(Settings(), weights_only=False)
    with torch.serialization.safe_globals([Settings]):
        assert there_and_back(Settings()).width == 3
    with pytest.raises(pickle.UnpicklingError):
        there_and_back(Settings())


@pytest.mark.parametrize("mmap", [False, True])
def test_paths(tmp_path: Path, mmap: bool) -> None:
    for path in (tmp_path / "a.pt", str(tmp_path / "b.with.dots")):
        torch.save({"x": torch.arange(5)}, path)
        loaded = torch.load(path, mmap=mmap)["x"]
        loaded += 1
        assert loaded.tolist() == [1, 2, 3, 4, 5]
        assert torch.load(path)["x"].tolist() == [0, 1, 2, 3, 4]


def test_bad_destinations(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Parent directory .* does not exist"):
        torch.save(1, tmp_path / "no" / "a.pt")
    with pytest.raises(AttributeError):
        torch.save(1, 3)
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "absent.pt")
    with pytest.raises(ValueError, match="file path"):
        torch.load(io.BytesIO(saved(1)), mmap=True)


# ---- damage ------------------------------------------------------------------------------------


def load_or_refuse(data: bytes, tmp_path: Path | None = None) -> Any:
    """What the bytes hold, or the refusal; any other exception fails the test."""
    try:
        if tmp_path is None:
            return torch.load(io.BytesIO(data), weights_only=False)
        (tmp_path / "damaged.pt").write_bytes(data)
        return torch.load(tmp_path / "damaged.pt", weights_only=False, mmap=True)
    except REFUSALS as refusal:
        return refusal


SAMPLE = {"w": nn.Parameter(torch.arange(6.0).reshape(2, 3)), "n": [1, "a", (torch.ones(3),)]}


def test_truncated_anywhere(tmp_path: Path) -> None:
    whole = saved(SAMPLE)
    for end in [*range(0, 600, 7), *range(600, len(whole), 41)]:
        for folder in (None, tmp_path):
            assert isinstance(load_or_refuse(whole[:end], folder), REFUSALS), end


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bits(seed: int, tmp_path: Path) -> None:
    whole = saved(SAMPLE)
    rng = random.Random(seed)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(rng.choice([1, 1, 3])):
            damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        load_or_refuse(bytes(damaged), tmp_path if rng.random() < 0.3 else None)


def archive(pickled: bytes, compress: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compress) as made:
        made.writestr("archive/data.pkl", pickled)
        made.writestr("archive/byteorder", b"little")
        for name, data in members.items():
            made.writestr(f"archive/data/{name[1:]}", data)
        made.writestr("archive/version", b"3\n")
    return file.getvalue()


def pickle_flips() -> bytes:
    with zipfile.ZipFile(io.BytesIO(saved(SAMPLE))) as made:
        return made.read(next(n for n in made.namelist() if n.endswith("data.pkl")))


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bits_of_the_pickle_itself(seed: int) -> None:
    """Behind a right checksum."""
    whole = pickle_flips()
    rng = random.Random(seed)
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(whole))] = rng.randrange(256)
        load_or_refuse(archive(bytes(damaged), _0=bytes(24), _1=bytes(12)))


# ---- hostility ---------------------------------------------------------------------------------


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.call = function, args

    def __reduce__(self) -> tuple:
        return self.call


MARK = "/tmp/loxley-must-not-exist"
G = "c{}\n{}\n".format


def hand_made() -> dict[str, bytes]:
    """Pickles that Python's own pickler would not write."""
    text = b"X\x01\x00\x00\x00a"
    module = G("torch.nn.modules.linear", "Identity").encode()
    return {
        "names of a module": G("torch.nn.modules.module", "os.system").encode() + b".",
        "class by instruction INST": b"(ios\nsystem\n.",
        "known class by INST": b"(icollections\nOrderedDict\n.",
        "known class by OBJ": b"(" + module + b"o.",
        "state of a class": module + b"}" + text + b"K\x01sb.",
        "slots of a class": module + b"N}" + text + b"K\x01s\x86b.",
        "state of a function": G("torch.nn.functional", "relu").encode()
        + b"}"
        + text
        + b"K\x01sb.",
        "call of a function": G("torch.nn.functional", "relu").encode() + b"K\x01\x85R.",
        "call of a class": G("torch.nn.modules.linear", "Linear").encode() + b"J\xff\xff\xff\x7f"
        b"J\xff\xff\xff\x7f\x86R.",
        "getattr of anything": b"cbuiltins\ngetattr\n"
        + module
        + b"X\x08\x00\x00\x00__init__\x86R.",
        "dunder of a module": b"cbuiltins\ngetattr\n"
        + module
        + b")\x81X\x09\x00\x00\x00__class__\x86R.",
        "fill a module": module + b")\x81K\x00K\x01s.",
        "huge text": b"X\xff\xff\xff\x7fabc.",
        "huge bytes": b"\x8e" + struct.pack("<Q", 2**60) + b"abc.",
        "huge number": b"\x8b\xff\xff\xff\x7fabc.",
        "negative length": b"\x8b\xff\xff\xff\xffabc.",
        "extension": b"\x82\x01.",
        "empty stack": b"R.",
        "no end": b"K\x01",
        "out of band": b"\x97.",
    }


def calls() -> dict[str, bytes]:
    made = {
        "os.system": Call(os.system, f"touch {MARK}"),
        "eval": Call(eval, f"open({MARK!r}, 'w')"),
        "exec": Call(exec, f"open({MARK!r}, 'w')"),
        "open": Call(open, MARK, "w"),
        "subprocess": Call(subprocess.run, ["touch", MARK]),
        "getattr": Call(getattr, "", "join"),
        "import": Call(__import__, "os"),
        "bytearray": Call(bytearray, 10**13),
        "bytes": Call(bytes, 10**13),
        "list of a range": Call(list, range(10**12)),
        "set of a range": Call(set, range(10**12)),
        "deque of a range": Call(collections.deque, range(10**12)),
    }
    return {name: pickle.dumps(call, 2) for name, call in made.items()}


HOSTILE = {**hand_made(), **calls()}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pickles(name: str) -> None:
    for weights_only in (True, False):
        with pytest.raises(REFUSALS):
            torch.load(io.BytesIO(archive(HOSTILE[name])), weights_only=weights_only)
    assert not os.path.exists(MARK)


def test_huge_claims_that_nothing_is_made_of() -> None:
    assert torch.load(io.BytesIO(archive(b"]r\xff\xff\xff\x7f."))) == []  # a memo's index
    frame = b"\x80\x04\x95" + struct.pack("<Q", 2**60) + b"N."
    assert torch.load(io.BytesIO(archive(frame))) is None


def tensor_pickle(count: Any, offset: Any, size: Any, stride: Any) -> bytes:
    """A float tensor over storage 0 that claims to have `count` elements."""

    class Pickler(pickle._Pickler):
        def persistent_id(self, obj: Any) -> Any:
            return ("storage", FLOAT, "0", "cpu", count) if obj is STORAGE else None

        def save(self, obj: Any, save_persistent_id: bool = True) -> None:
            if obj is FLOAT:
                return self.write(obj.encode())
            return super().save(obj, save_persistent_id)

    STORAGE, FLOAT = object(), "ctorch\nFloatStorage\n"
    REBUILD = "ctorch._utils\n_rebuild_tensor_v2\n"
    file = io.BytesIO()
    pickler = Pickler(file, 2)
    file.write(b"\x80\x02" + REBUILD.encode())
    pickler.save((STORAGE, offset, size, stride, False, OrderedDict()))
    file.write(b"R.")
    return file.getvalue()


def test_the_hand_made_tensor_is_right() -> None:
    data = archive(tensor_pickle(3, 1, (2,), (1,)), _0=struct.pack("<3f", 1, 2, 3))
    assert torch.load(io.BytesIO(data)).tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    "claims",
    [
        (3, 0, (4,), (1,)),
        (3, 2, (2,), (1,)),
        (3, -1, (2,), (1,)),
        (3, 0, (-1,), (1,)),
        (3, 0, (2,), (-1,)),
        (3, 0, (2, 2), (1,)),
        (3, 0, (2,), (2**62,)),
        (3, 0, (2**62,), (1,)),
        (3, 0, (2**40, 2**40), (0, 0)),
        (3, 0, (1,) * 100, (1,) * 100),
        (3, 0, ("a",), (1,)),
        (3, 0, 5, 5),
        (3, 0, (2.0,), (1,)),
        (4, 0, (1,), (1,)),
        (2, 0, (1,), (1,)),
        (-3, 0, (1,), (1,)),
        (2**62, 0, (1,), (1,)),
        ("3", 0, (1,), (1,)),
    ],
)
def test_tensors_that_lie(claims: tuple) -> None:
    data = archive(tensor_pickle(*claims), _0=bytes(12))
    with pytest.raises(REFUSALS):
        torch.load(io.BytesIO(data))


def test_odd_archives() -> None:
    good = tensor_pickle(3, 0, (3,), (1,))
    for data in (
        archive(good),  # the storage's member is missing
        archive(good, zipfile.ZIP_DEFLATED, _0=bytes(12)),
        archive(good, _0=bytes(11)),
        b"PK\x03\x04",
        b"PK\x05\x06" + bytes(18),
        b"",
        b"hello",
        pickle.dumps({"a": 1}),
    ):
        with pytest.raises(REFUSALS):
            torch.load(io.BytesIO(data))


def test_a_member_that_is_there_twice() -> None:
    file = io.BytesIO(archive(tensor_pickle(3, 0, (3,), (1,)), _0=bytes(12)))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(file, "a") as made:
        made.writestr("archive/data/0", bytes(400))
    with pytest.raises(RuntimeError):
        torch.load(io.BytesIO(file.getvalue()))


def test_a_small_compressed_file_cannot_fill_the_memory() -> None:
    data = archive(tensor_pickle(10**8, 0, (1,), (1,)), zipfile.ZIP_DEFLATED, _0=bytes(4 * 10**7))
    with pytest.raises(RuntimeError, match="compressed"):
        torch.load(io.BytesIO(data))


# ---- full disks --------------------------------------------------------------------------------


class FullDisk(io.BytesIO):
    def write(self, data: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_file_object() -> None:
    with pytest.raises(OSError, match="No space left"):
        torch.save(SAMPLE, FullDisk())


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(SAMPLE, path)
    before = path.read_bytes()
    script = (
        "import resource, signal, sys, loxley as torch\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n    torch.save(torch.zeros(100_000), sys.argv[1])\n"
        "except (OSError, RuntimeError):\n    print('refused')\n"
    )
    run = [sys.executable, "-c", script, str(path)]
    out = subprocess.run(run, capture_output=True, text=True, check=True)
    assert out.stdout == "refused\n"
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["model.pt"]


def test_what_cannot_be_pickled_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(SAMPLE, path)
    before = path.read_bytes()
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        torch.save({"x": torch.ones(3), "f": lambda: 0}, path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["model.pt"]
