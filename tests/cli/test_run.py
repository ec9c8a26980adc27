"""`python -m loxley`: everything as under `python`, with torch bound to loxley."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.command import environment


def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loxley", *map(str, arguments)]
    settings = {"env": environment(), "capture_output": True, "text": True, "timeout": 120}
    return subprocess.run(command, **(settings | options))  # type: ignore[call-overload]


def script(folder: Path, source: str, name: str = "script.py") -> Path:
    path = folder / name
    path.write_text(source)
    return path


def output(*arguments: str | Path, **options: object) -> str:
    done = run(*arguments, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_imports_give_our_modules(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        "import loxley\n"
        "import torch, torch.nn as nn, torch.nn.functional as F\n"
        "from torch.utils.data import DataLoader\n"
        "print(torch is loxley, torch.nn is loxley.nn, F is loxley.nn.functional)\n"
        "print(nn.__spec__.name, DataLoader is loxley.utils.data.DataLoader)\n",
    )
    assert output(path) == "True True True\nloxley.nn True\n"


def test_namespaces_that_are_no_files_can_be_imported() -> None:
    code = "import torch.backends.cudnn as cudnn; cudnn.benchmark = True; print(cudnn.benchmark)"
    assert output("-c", code) == "True\n"


def test_find_spec_and_version() -> None:
    code = (
        "import importlib.util as u, importlib.metadata as m\n"
        "print(u.find_spec('torch') is not None, u.find_spec('torch.nn') is not None)\n"
        "print(u.find_spec('torch.nope'))\n"
        "import torch; print(torch.__version__ == m.version('torch'))"
    )
    assert output("-c", code) == "True True\nNone\nTrue\n"


def test_what_does_not_exist_is_named() -> None:
    for name in ("torch.nope", "torch.nn.nope", "torch.cli"):
        done = run("-c", f"import {name}")
        assert done.returncode == 1
        assert done.stderr.endswith(f"ModuleNotFoundError: No module named '{name}'\n")


def test_the_program_sees_what_python_shows_it(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        "import sys\n"
        "print(sys.argv, __name__, __file__, sys.path[0], __spec__, sys.modules['__main__'].sys)",
    )
    arguments = (path, "-x", "--help", "a b")
    assert output(*arguments) == _python(*arguments)


def _python(*arguments: str | Path, **options: object) -> str:
    command = [sys.executable, *map(str, arguments)]
    settings = {"env": environment(), "capture_output": True, "text": True}
    return subprocess.run(command, **(settings | options)).stdout  # type: ignore[call-overload]


def test_modules_and_code_see_it_too(tmp_path: Path) -> None:
    script(tmp_path, "import sys; print(sys.argv, __name__, sys.path[0], __spec__.name)", "mod.py")
    for arguments in (
        ("-m", "mod", "-c", "x"),
        ("-mmod", "y"),
        ("-c", "import sys; print(sys.argv, __name__, sys.path[0])", "-m", "z"),
    ):
        assert output(*arguments, cwd=tmp_path) == _python(*arguments, cwd=tmp_path)


def test_a_program_from_standard_input() -> None:
    assert output("-", "a", input="import sys; print(sys.argv)") == "['-', 'a']\n"


def test_a_folder_with_a_main(tmp_path: Path) -> None:
    script(tmp_path, "import torch; print(__name__, torch.__name__)", "__main__.py")
    assert output(tmp_path) == "__main__ torch\n"


def test_tracebacks_are_pythons(tmp_path: Path) -> None:
    for source in (
        "def f():\n    raise ValueError('x')\n\nf()\n",
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e\n",
        "print(1\n",
        "import nope\n",
        "raise SystemExit(3)\n",
        "raise SystemExit('words')\n",
    ):
        path = script(tmp_path, source)
        ours = run(path)
        theirs = subprocess.run([sys.executable, str(path)], capture_output=True, text=True)
        assert (ours.returncode, ours.stderr) == (theirs.returncode, theirs.stderr)


def test_wrong_use(tmp_path: Path) -> None:
    missing = run(tmp_path / "no.py")
    assert missing.returncode == 2 and "can't open file" in missing.stderr
    assert run("-m").returncode == 2
    assert run("--nonsense").returncode == 2
    module = run("-m", "no_such_module")
    assert module.returncode == 1 and "No module named no_such_module" in module.stderr


def test_without_arguments_it_explains_itself() -> None:
    assert output().startswith("usage: python -m loxley")


def test_processes_that_it_spawns_have_torch_too(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        "import multiprocessing, torch\n"
        "def work(queue):\n"
        "    import torch.autograd\n"
        "    queue.put(torch.nn.__name__)\n"
        "if __name__ == '__main__':\n"
        "    for method in ('spawn', 'fork'):\n"
        "        context = multiprocessing.get_context(method)\n"
        "        queue = context.Queue()\n"
        "        process = context.Process(target=work, args=(queue,))\n"
        "        process.start()\n"
        "        print(method, queue.get())\n"
        "        process.join()\n",
    )
    assert output(path) == "spawn loxley.nn\nfork loxley.nn\n"


def test_classes_are_shown_under_the_names_that_programs_know() -> None:
    source = (
        "import pickle, torch, torch.functional\n"
        "x = torch.ones(2)\n"
        "print(type(x), type(x.shape), type(torch.nn.Parameter(x)))\n"
        "print(pickle.loads(pickle.dumps((x, x.shape, torch.Tensor))))\n"
        "print(f'{torch.tensor(1.5):.2f}', torch.functional.einsum is torch.einsum)\n"
    )
    assert output("-c", source) == (
        "<class 'torch.Tensor'> <class 'torch.Size'> <class 'torch.nn.parameter.Parameter'>\n"
        "(tensor([1., 1.]), torch.Size([2]), <class 'torch.Tensor'>)\n"
        "1.50 True\n"
    )
