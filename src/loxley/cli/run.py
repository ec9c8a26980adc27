"""`python -m loxley script.py`: what `python` does, with `torch` bound to loxley.

`bind_torch` puts a finder first on sys.meta_path that answers for `torch` and its submodules with
loxley's own modules, the same objects: `torch.nn is loxley.nn`.  What loxley does not have is not
found, with Python's usual ModuleNotFoundError.  Processes that `multiprocessing` spawns get the
same through the folder `as_torch`, which travels to them in sys.path.
"""

from __future__ import annotations

import importlib.util
import io
import os
import runpy
import sys
import types
import zipfile
from collections.abc import Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType, SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any

from .. import origin

if TYPE_CHECKING:
    from importlib.metadata import Distribution, DistributionFinder

_OURS = __name__.partition(".")[0]
_SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "as_torch")

# Rooms of our own house that PyTorch has no module for.
_PRIVATE = frozenset(
    {"cli", "config", "determinism", "devices", "dtypes", "errors", "extras", "io", "ir"}
    | {"layouts", "models", "numerics", "numeric_limits", "ops", "runtime", "shapes", "tensor"}
    | {"capture", "collector", "compiling", "device_modules", "late", "streams", "threads"}
)

USAGE = """\
usage: python -m loxley SCRIPT [ARGUMENT ...]
       python -m loxley -m MODULE [ARGUMENT ...]
       python -m loxley -c CODE [ARGUMENT ...]
       python -m loxley -              (a program from standard input)

Runs a Python program as `python` does, with `torch` and its submodules bound to loxley:
an unmodified PyTorch program computes with loxley, whether PyTorch is installed or not.

The main job is the command `loxley`: see `loxley --help`.
"""


class _BoundLoader(Loader):
    """Loads `torch.X` by handing out the module that loxley already has."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.spec = getattr(module, "__spec__", None)

    def create_module(self, spec: ModuleSpec) -> Any:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just written the spec of `torch.X` into our module.
        module.__spec__ = self.spec


class TorchFinder(MetaPathFinder):
    """Answers for `torch` and every submodule of it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "torch" and not name.startswith("torch."):
            return None
        if name.split(".")[1:2] and name.split(".")[1] in _PRIVATE:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        module = _our_module(_OURS + name.removeprefix("torch"))
        if module is None:
            return None
        is_package = hasattr(module, "__path__")
        origin = getattr(module, "__file__", None)
        return ModuleSpec(name, _BoundLoader(module), origin=origin, is_package=is_package)

    def find_distributions(
        self, context: DistributionFinder.Context | None = None
    ) -> Iterable[Distribution]:
        """Called by importlib.metadata, which is loaded only then."""
        if context is None or context.name != "torch":
            return []
        described = importlib.import_module(".distribution", __package__)
        return [described.TorchDistribution(sys.modules[_OURS].__version__)]


def _our_module(name: str) -> Any:
    """A module of loxley by its full name, also one that is an attribute only; None without."""
    parent_name, _, last = name.rpartition(".")
    if not parent_name:
        return importlib.import_module(name)
    parent = _our_module(parent_name)
    if parent is None:
        return None
    if hasattr(parent, "__path__") and importlib.util.find_spec(name) is not None:
        return importlib.import_module(name)
    attribute = getattr(parent, last, None)
    # `torch.backends.cudnn` and its like are plain namespaces with us.
    return attribute if isinstance(attribute, (ModuleType, SimpleNamespace)) else None


def bind_torch() -> None:
    """Makes `import torch` give loxley in this process, and in those it spawns."""
    if not any(isinstance(finder, TorchFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, TorchFinder())
    if _SHIM not in sys.path:
        sys.path.insert(1, _SHIM)
    ours = sys.modules[_OURS]
    ours.Tensor.__module__ = ours.Size.__module__ = "torch"  # as `print(type(x))` shows them
    ours.__name__ = origin.root = "torch"


def main(arguments: list[str] | None = None) -> int:
    """What `python -m loxley` and `loxley run` do with their arguments; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, end="")
        return 0
    first, rest = arguments[0], arguments[1:]
    if first in ("-m", "-c") and not rest:
        print(f"Argument expected for the {first} option", file=sys.stderr)
        return 2
    if first[:2] in ("-m", "-c"):  # also -mMODULE and -cCODE, as Python has it
        rest = rest if first[2:] else rest[1:]
        value = first[2:] or arguments[1]
        return _run_module(value, rest) if first[1] == "m" else _run_code(value, rest)
    if first.startswith("-") and first != "-":
        print(f"unknown option {first}\n{USAGE}", end="", file=sys.stderr)
        return 2
    return _run_script(first, rest)


def _prepare(name: str, rest: list[str], folder: str) -> None:
    """sys.argv and sys.path as Python has them when it starts the program."""
    sys.argv[:] = [name, *rest]
    if not sys.flags.safe_path:
        sys.path[0] = folder
    bind_torch()
    sys.excepthook = _show_exception


def _show_exception(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Python's own report, without the frames that lie below the program's first one."""
    own = {__file__, os.path.join(os.path.dirname(os.path.dirname(__file__)), "__main__.py")}
    rest = trace
    while rest is not None:
        file = rest.tb_frame.f_code.co_filename
        if file not in own and "runpy" not in os.path.basename(file):
            break
        rest = rest.tb_next
    # A SyntaxError of the program itself has no frame of its own: Python shows none either.
    shown = rest if rest is not None or isinstance(error, SyntaxError) else trace
    sys.__excepthook__(kind, error.with_traceback(shown), shown)


def _execute(code: types.CodeType, file: str | None) -> None:
    """Runs a program's code as the module `__main__`."""
    module = ModuleType("__main__")
    module.__dict__["__builtins__"] = __builtins__
    if file is not None:
        module.__file__ = file
        module.__loader__ = SourceFileLoader("__main__", file)
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def _run_script(path: str, rest: list[str]) -> int:
    if path == "-":
        _prepare("-", rest, "")
        _execute(compile(sys.stdin.read(), "<stdin>", "exec", dont_inherit=True), None)
        return 0
    absolute = os.path.abspath(path)
    if os.path.isdir(path) or (os.path.isfile(path) and zipfile.is_zipfile(path)):
        _prepare(path, rest, absolute)
        runpy.run_path(path, run_name="__main__")
        return 0
    try:
        with io.open_code(absolute) as file:
            source = file.read()
    except OSError as error:
        print(
            f"loxley: can't open file {absolute!r}: [Errno {error.errno}] {error.strerror}",
            file=sys.stderr,
        )
        return 2
    _prepare(path, rest, os.path.dirname(os.path.realpath(path)))
    _execute(compile(source, absolute, "exec", dont_inherit=True), absolute)
    return 0


def _run_module(name: str, rest: list[str]) -> int:
    _prepare("-m", rest, os.getcwd())
    try:
        found = importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        found = False
    if not found:
        print(f"loxley: No module named {name}", file=sys.stderr)
        return 1
    if name.startswith("torch."):  # as `python -m torch.distributed.run`
        name = _OURS + name.removeprefix("torch")
    runpy.run_module(name, run_name="__main__", alter_sys=True)
    return 0


def _run_code(code: str, rest: list[str]) -> int:
    _prepare("-c", rest, "")
    _execute(compile(code, "<string>", "exec", dont_inherit=True), None)
    return 0
