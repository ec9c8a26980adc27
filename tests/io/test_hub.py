"""`torch.hub`: local folders, cached repositories, and addresses of files on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import loxley as torch

HUBCONF = '''
dependencies = ["numpy"]
from layers import width

def linear(n, bias=True):
    """A linear layer."""
    import torch
    return n * width, bias

def _hidden():
    pass

constant = 3
'''


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "torch", torch)
    return tmp_path / "cache" / "hub"


def repository(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "hubconf.py").write_text(HUBCONF)
    (folder / "layers.py").write_text("width = 2\n")
    return folder


def test_folder_of_the_cache(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert torch.hub.get_dir() == str(home)
    monkeypatch.delenv("TORCH_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert torch.hub.get_dir() == "/xdg/torch/hub"
    torch.hub.set_dir("/elsewhere")
    assert torch.hub.get_dir() == "/elsewhere"


def test_local_entry_points(home: Path, tmp_path: Path) -> None:
    folder = repository(tmp_path / "project")
    before = sys.path[:]
    assert torch.hub.load(folder, "linear", 3, bias=False, source="local") == (6, False)
    assert sys.path == before
    with pytest.raises(RuntimeError, match="Cannot find callable constant in hubconf"):
        torch.hub.load(folder, "constant", source="local")
    with pytest.raises(ValueError, match='Unknown source: "svn"'):
        torch.hub.load(folder, "linear", source="svn")
    (folder / "hubconf.py").write_text("dependencies = ['nosuchpackage']\n")
    with pytest.raises(RuntimeError, match="Missing dependencies: nosuchpackage"):
        torch.hub.load(folder, "linear", source="local")


def test_cached_repository(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    repository(home / "pytorch_layers_v1")
    assert torch.hub.list("pytorch/layers:v1") == ["linear"]
    assert torch.hub.help("pytorch/layers:v1", "linear") == "A linear layer."
    assert torch.hub.load("pytorch/layers:v1", "linear", 1) == (2, True)
    assert "Using cache found in" in capfd.readouterr().err
    assert (home / "trusted_list").exists() is False


def test_untrusted_repositories_are_asked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(home / "someone_layers_v1")
    monkeypatch.setattr("builtins.input", lambda text: "n")
    with pytest.raises(Exception, match="Untrusted repository"):
        torch.hub.load("someone/layers:v1", "linear", 1)
    assert torch.hub.load("someone/layers:v1", "linear", 1, trust_repo=True) == (2, True)
    assert torch.hub.load("someone/layers:v1", "linear", 2) == (4, True)


def test_weights_come_from_the_cache(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "w-123abc.pth"
    torch.save({"a": torch.ones(2)}, source)
    url = source.as_uri()
    with pytest.raises(RuntimeError, match=r'invalid hash value \(expected "123abc", got'):
        torch.hub.load_state_dict_from_url(url, check_hash=True, progress=False)
    assert list((home / "checkpoints").iterdir()) == []
    capfd.readouterr()
    assert torch.hub.load_state_dict_from_url(url, progress=False)["a"].tolist() == [1.0, 1.0]
    source.unlink()
    assert torch.hub.load_state_dict_from_url(url)["a"].tolist() == [1.0, 1.0]
    target = home / "checkpoints" / source.name
    assert capfd.readouterr().out == f'Downloading: "{url}" to {target}\n'
