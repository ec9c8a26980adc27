"""`torch.hub`: models from a folder or repository with a `hubconf.py`, weights from an address.

Repositories and weights that lie in the cache are taken from there; the rest is fetched with
urllib. Comes in: names, addresses, folders; goes out: what the repository's entry points return,
or what a weight file holds. Loading a model runs the repository's own code, as in PyTorch.

Source: https://docs.pytorch.org/docs/stable/hub.html
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
import uuid
import warnings
import zipfile
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlparse
from urllib.request import Request, urlopen

from .io.serialization import load as _load_file

try:
    from tqdm import tqdm
except ImportError:

    class tqdm:  # type: ignore[no-redef]
        """The bytes so far on standard error, where the package tqdm is not there to draw a bar."""

        def __init__(self, total: int | None = None, disable: bool = False, **options: Any) -> None:
            """`options` say how tqdm would draw."""
            self.total, self.disable, self.n = total, disable, 0

        def update(self, n: int) -> None:
            """Count `n` more bytes."""
            self.n += n
            if not self.disable:
                sys.stderr.write(
                    f"\r{self.n} bytes"
                    if self.total is None
                    else f"\r{100 * self.n / self.total:.1f}%"
                )

        def close(self) -> None:
            """End the line."""
            if not self.disable:
                sys.stderr.write("\n")

        def __enter__(self) -> tqdm:
            return self

        def __exit__(self, *error: object) -> None:
            self.close()


ENV_GITHUB_TOKEN = "GITHUB_TOKEN"
ENV_TORCH_HOME = "TORCH_HOME"
ENV_XDG_CACHE_HOME = "XDG_CACHE_HOME"
DEFAULT_CACHE_DIR = "~/.cache"
HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")  # weights-<start of their SHA256>.pth
MODULE_HUBCONF = "hubconf.py"
READ_DATA_CHUNK = 128 * 1024
VAR_DEPENDENCY = "dependencies"
_TRUSTED_REPO_OWNERS = ("facebookresearch", "facebookincubator", "pytorch", "fairinternal")
_TRUSTED_LIST = "trusted_list"
_hub_dir: str | None = None


def _get_torch_home() -> str:
    cache = os.getenv(ENV_XDG_CACHE_HOME, DEFAULT_CACHE_DIR)
    return os.path.expanduser(os.getenv(ENV_TORCH_HOME, os.path.join(cache, "torch")))


def get_dir() -> str:
    """The folder of repositories and weights. Source: torch.hub.get_dir."""
    if _hub_dir is not None:
        return _hub_dir
    return os.path.join(_get_torch_home(), "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Make `d` the folder of repositories and weights. Source: torch.hub.set_dir."""
    global _hub_dir
    _hub_dir = os.path.expanduser(d)


def download_url_to_file(
    url: str, dst: str, hash_prefix: str | None = None, progress: bool = True
) -> None:
    """Fetch `url` into the file `dst`, which appears only when whole.

    RuntimeError where its SHA256 does not start with `hash_prefix`.
    Source: torch.hub.download_url_to_file.
    """
    partial = f"{os.path.expanduser(dst)}.{uuid.uuid4().hex}.partial"
    digest = hashlib.sha256()
    try:
        with urlopen(Request(url, headers={"User-Agent": "torch.hub"})) as source:
            length = source.headers.get("Content-Length")
            bar = tqdm(
                total=None if length is None else int(length),
                disable=not progress,
                unit="B",
                unit_scale=True,
                unit_divisor=1024,
            )
            with open(partial, "wb") as target, bar:
                while chunk := source.read(READ_DATA_CHUNK):
                    target.write(chunk)
                    digest.update(chunk)
                    bar.update(len(chunk))
        found = digest.hexdigest()
        if hash_prefix is not None and found[: len(hash_prefix)] != hash_prefix:
            raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "{found}")')
        shutil.move(partial, os.path.expanduser(dst))
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def load_state_dict_from_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = False,
) -> dict[str, Any]:
    """What the weight file at `url` holds; the file is kept in `model_dir`, and taken from there.

    `check_hash` compares the digest that the file's name tells. Source:
    torch.hub.load_state_dict_from_url.
    """
    folder = os.path.join(get_dir(), "checkpoints") if model_dir is None else model_dir
    os.makedirs(folder, exist_ok=True)
    name = file_name if file_name is not None else os.path.basename(urlparse(url).path)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        print(f'Downloading: "{url}" to {path}')
        known = HASH_REGEX.search(name) if check_hash else None
        download_url_to_file(url, path, known.group(1) if known else None, progress=progress)
    return _load_file(path, map_location=map_location, weights_only=weights_only)


def load(
    repo_or_dir: str | os.PathLike[str],
    model: str,
    *args: Any,
    source: str = "github",
    trust_repo: bool | str | None = "check",
    force_reload: bool = False,
    verbose: bool = True,
    skip_validation: bool = False,
    **kwargs: Any,
) -> Any:
    """What the entry point `model` of a `hubconf.py` returns for the other arguments.

    `source="local"` takes the folder `repo_or_dir`, `"github"` the repository "owner/name[:ref]".
    Errors: ValueError for another source, RuntimeError for a missing entry point or dependency.
    Source: torch.hub.load.
    """
    source = source.lower()
    if source not in ("github", "local"):
        raise ValueError(f'Unknown source: "{source}". Allowed values: "github" | "local".')
    folder = os.fspath(repo_or_dir)
    if source == "github":
        folder = _repository(folder, force_reload, trust_repo, "load", verbose, skip_validation)
    with _on_path(folder):
        return _entry_point(_hubconf(folder), model)(*args, **kwargs)


def list(
    github: str,
    force_reload: bool = False,
    skip_validation: bool = False,
    trust_repo: bool | str | None = "check",
    verbose: bool = True,
) -> Any:
    """The names of a repository's entry points. Source: torch.hub.list."""
    folder = _repository(github, force_reload, trust_repo, "list", verbose, skip_validation)
    with _on_path(folder):
        members = vars(_hubconf(folder)).items()
    return [name for name, member in members if callable(member) and name[0] != "_"]


def help(
    github: str,
    model: str,
    force_reload: bool = False,
    skip_validation: bool = False,
    trust_repo: bool | str | None = "check",
) -> str | None:
    """The docstring of an entry point. Source: torch.hub.help."""
    folder = _repository(github, force_reload, trust_repo, "help", True, skip_validation)
    with _on_path(folder):
        return _entry_point(_hubconf(folder), model).__doc__


@contextlib.contextmanager
def _on_path(folder: str) -> Iterator[None]:
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _hubconf(folder: str) -> ModuleType:
    path = os.path.join(folder, MODULE_HUBCONF)
    spec = importlib.util.spec_from_file_location(MODULE_HUBCONF, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _entry_point(hubconf: ModuleType, model: Any) -> Callable[..., Any]:
    if not isinstance(model, str):
        raise ValueError("Invalid input: model should be a string of function name")
    wanted = getattr(hubconf, VAR_DEPENDENCY, None) or ()
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if missing:
        raise RuntimeError(f"Missing dependencies: {', '.join(missing)}")
    function = getattr(hubconf, model, None)
    if function is None or not callable(function):
        raise RuntimeError(f"Cannot find callable {model} in hubconf")
    return function


def _parse_repo_info(github: str) -> tuple[str, str, str]:
    """Owner, name and branch or tag of "owner/name[:ref]"; asked for where no ref is given."""
    repository, _, ref = github.partition(":")
    owner, name = repository.split("/")
    return owner, name, ref or _default_branch(owner, name)


def _default_branch(owner: str, name: str) -> str:
    try:
        with urlopen(f"https://github.com/{owner}/{name}/tree/main/"):
            return "main"
    except HTTPError as error:
        if error.code == 404:
            return "master"
        raise
    except URLError as error:
        for branch in ("main", "master"):
            if os.path.exists(f"{get_dir()}/{owner}_{name}_{branch}"):
                return branch
        raise RuntimeError(
            "It looks like there is no internet connection and the repo could not be found in "
            f"the cache ({get_dir()})"
        ) from error


def _repository(
    github: str,
    force_reload: bool,
    trust_repo: bool | str | None,
    calling: str,
    verbose: bool,
    skip_validation: bool,
) -> str:
    """The cache's folder of a repository, which is fetched where it is not there."""
    home = get_dir()
    os.makedirs(home, exist_ok=True)
    owner, name, ref = _parse_repo_info(github)
    folder = os.path.join(home, "_".join([owner, name, ref.replace("/", "_")]))
    _check_trust(folder, owner, name, trust_repo, calling)
    if os.path.exists(folder) and not force_reload:
        if verbose:
            sys.stderr.write(f"Using cache found in {folder}\n")
        return folder
    if not skip_validation:
        _refuse_commits_of_forks(owner, name, ref)
    _fetch_archive(f"https://github.com/{owner}/{name}/zipball/{ref}", folder, verbose)
    return folder


def _check_trust(
    folder: str, owner: str, name: str, trust_repo: bool | str | None, calling: str
) -> None:
    """Ask, warn or pass, by `trust_repo`; whom one has trusted stands in a list in the cache."""
    path = os.path.join(get_dir(), _TRUSTED_LIST)
    lines: Any = []
    if os.path.exists(path):
        with open(path) as file:
            lines = file.read().split("\n")
    entry = f"{owner}_{name}"
    trusted = entry in lines or owner in _TRUSTED_REPO_OWNERS
    if trust_repo is None:
        if not (trusted or os.path.exists(folder)):
            _warn_untrusted(name, calling)
        return
    if (trust_repo is False) or (trust_repo == "check" and not trusted):
        _ask(owner, name)
    if not trusted:
        with open(path, "a") as file:
            file.write(entry + "\n")


def _warn_untrusted(name: str, calling: str) -> None:
    warnings.warn(
        f"You are about to download and run code from an untrusted repository ({name}). To "
        f"silence this, pass trust_repo=True to {calling}(), or trust_repo='check' to be asked.",
        stacklevel=5,
    )


def _ask(owner: str, name: str) -> None:
    answer = input(
        f"The repository {owner}_{name} does not belong to the list of trusted repositories and "
        "as such cannot be downloaded. Do you trust this repository and wish to add it to the "
        "trusted list of repositories (y/N)?"
    )
    if answer.lower() in ("y", "yes"):
        return
    if answer.lower() in ("n", "no", ""):
        raise Exception("Untrusted repository.")
    raise ValueError(f"Unrecognized response {answer}.")


def _read_json(url: str) -> Any:
    headers = {"Accept": "application/vnd.github.v3+json"}
    token = os.environ.get(ENV_GITHUB_TOKEN)
    if token is not None:
        headers["Authorization"] = f"token {token}"
    with urlopen(Request(url, headers=headers)) as answer:
        return json.loads(answer.read().decode())


def _refuse_commits_of_forks(owner: str, name: str, ref: str) -> None:
    """ValueError unless `ref` is a branch, tag or commit of the repository itself."""
    for kind in ("branches", "tags"):
        for page in range(1, 1_000_000):
            url = f"https://api.github.com/repos/{owner}/{name}/{kind}?per_page=100&page={page}"
            found = _read_json(url)
            if not found:
                break
            if any(ref == each["name"] or ref == each["commit"]["sha"] for each in found):
                return
    raise ValueError(
        f"Cannot find {ref} in https://github.com/{owner}/{name}. If it's a commit from a forked "
        "repo, please call hub.load() with forked repo directly."
    )


def _fetch_archive(url: str, folder: str, verbose: bool) -> None:
    with tempfile.TemporaryDirectory(dir=get_dir()) as scratch:
        archive = os.path.join(scratch, "archive.zip")
        if verbose:
            sys.stdout.write(f'Downloading: "{url}" to {archive}\n')
        download_url_to_file(url, archive, progress=False)
        with zipfile.ZipFile(archive) as bundle:
            top = bundle.namelist()[0].split("/")[0]
            bundle.extractall(scratch)  # never writes outside it
        if os.path.exists(folder):
            shutil.rmtree(folder)
        try:
            shutil.move(os.path.join(scratch, top), folder)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise  # else another process was first
