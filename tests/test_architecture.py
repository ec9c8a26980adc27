"""The house keeps its plan: imports point down, nothing is hidden, the table is whole."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import loxley.nn
import loxley.optim  # noqa: F401 - with nn, defines every operator
from loxley.ir.graph import TABLE
from loxley.tensor import PUBLIC, rare

rare.load_all()
ROOT = Path(__file__).parents[1] / "src" / "loxley"

# From the lowest floor to the highest; a module imports from its own floor and from lower ones.
FLOORS = [
    ["config", "errors", "dtypes", "devices", "layouts", "shapes", "version", "extras", "futures"]
    + ["origin", "collector", "late"]
    + ["classes", "narrow_types", "streams"],
    ["numeric_limits", "determinism", "threads", "_prims_common"],
    ["ir", "numerics"],
    ["ops"],
    ["batching"],
    ["compiler"],
    ["runtime"],
    ["tensor"],
    ["autograd", "random", "special", "fft", "linalg", "masked", "signal", "sparse", "types"]
    + ["functional", "onnx", "quasirandom", "storage"],
    ["nn"],
    ["_VF"],
    ["amp", "backends", "optim", "mps", "mtia", "xpu", "accelerator", "capture"],
    ["_C", "_tensor", "_tensor_str", "ao", "fx", "numa", "overrides", "profiler"],
    ["compiling", "_dynamo", "__config__"],
    ["distributions"],
    ["utils", "io", "cpu", "cuda", "func", "aten", "testing", "hub", "multiprocessing"]
    + ["distributed", "_utils", "library", "jit"],
    ["device_modules"],
    ["models"],
    ["cli", "__init__", "__main__"],
]
FLOOR = {name: i for i, names in enumerate(FLOORS) for name in names}

# Optional packages: the only imports that may stand inside a function.
OPTIONAL = {"tokenizers", "safetensors", "tqdm", "matplotlib", "pip"}


def _modules() -> dict[str, ast.Module]:
    made = {}
    for path in sorted(ROOT.rglob("*.py")):
        if "as_torch" in path.parts:
            continue
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        made[name] = ast.parse(path.read_text())
    return made


MODULES = _modules()


def _is_package(module: str) -> bool:
    return (ROOT.parent / Path(*module.split(".")) / "__init__.py").exists()


def _imported(module: str, tree: ast.AST, top_level: bool) -> set[str]:
    """The modules of the package that a module imports, by full name."""
    made: set[str] = set()
    nodes = list(tree.body) if top_level else list(ast.walk(tree))
    for node in tree.body if top_level else ():
        nodes += node.body if isinstance(node, ast.With) else []
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = module.split(".")
            base = base[: len(base) - node.level + (1 if _is_package(module) else 0)]
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                deeper = f"{source}.{alias.name}"
                made.add(deeper if deeper in MODULES else source)
    return made


def _floor(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    here = _floor(module)
    assert here in FLOOR, f"{module}: say on which floor {here} is"
    for other in _imported(module, MODULES[module], top_level=False):
        there = _floor(other)
        if there != here:
            assert FLOOR[there] <= FLOOR[here], f"{module} imports {other}, which lies above it"


@pytest.mark.parametrize("module", MODULES)
def test_no_imports_inside_functions(module: str) -> None:
    for node in ast.walk(MODULES[module]):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for inner in ast.walk(node):
                if isinstance(inner, ast.ImportFrom):
                    assert (inner.module or "").split(".")[0] in OPTIONAL, f"line {inner.lineno}"
                if isinstance(inner, ast.Import):
                    for alias in inner.names:
                        assert alias.name.split(".")[0] in OPTIONAL, f"line {inner.lineno}"


def test_late_loading_stands_in_few_places() -> None:
    """Modules that a package loads when asked for (PEP 562), optional packages, the bound torch."""
    users = set()
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("import_module", "__import__"):
                users.add(module)
    places = {"loxley.late", "loxley.extras", "loxley.cli.run"}
    places |= {"loxley.nn.parallel.distributed"}
    assert users <= places


def test_no_import_cycles() -> None:
    graph = {m: _imported(m, tree, top_level=True) & set(MODULES) for m, tree in MODULES.items()}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            pytest.fail("import cycle: " + " -> ".join([*path[path.index(module) :], module]))
        if module in done:
            return
        for other in sorted(graph[module] - {module}):
            visit(other, (*path, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def test_the_package_never_imports_torch() -> None:
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            assert not any(n.split(".")[0] in ("torch", "scipy") for n in names), module


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_table_is_whole(name: str) -> None:
    op = TABLE[name]
    assert callable(op.rule) and callable(op.eval)
    if op.donate:
        assert op.eval_into is not None, f"{name} donates but has no eval_into"
    one_for_all = not isinstance(op.formulas, tuple)
    if not (one_for_all or op.variadic):
        assert len(op.formulas) <= op.arity
    for formula in (op.formulas,) if one_for_all else op.formulas:
        assert formula is None or formula.arguments is not None  # names what there is


# What `import loxley` must not bring along: slow to load, or seldom asked for.
LATE = (
    "argparse dataclasses decimal email importlib.metadata json llvmlite matplotlib "
    "multiprocessing multiprocessing.pool numpy.fft numpy.random pathlib random safetensors "
    "tempfile tokenizers tqdm urllib zipfile loxley.amp loxley.cli loxley.compiling loxley.io "
    "loxley.models loxley.nn loxley.optim loxley.testing loxley.utils"
).split()
# What it brings along of Python's own besides NumPy's: this list may only shrink.
STANDARD = "__future__ bisect cmath copy fnmatch gc glob heapq mmap threading traceback".split()
MODULES_AT_ONCE = 162  # of our own; this number too


def _loaded(program: str, besides: str = "numpy, ml_dtypes") -> set[str]:
    """The modules that a program has brought along over NumPy's own."""
    check = f"import sys, {besides}; known = {{*sys.modules}}; {program}"
    check += "; print(*{*sys.modules} - known)"
    out = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    return set(out.stdout.split())


def test_importing_loads_what_every_program_needs_and_nothing_else() -> None:
    loaded = _loaded("import loxley")
    assert not loaded & set(LATE)
    assert len([name for name in loaded if name.startswith("loxley")]) <= MODULES_AT_ONCE


def test_importing_loads_little_of_the_standard_library() -> None:
    loaded = _loaded("import loxley", ", ".join(["numpy, ml_dtypes", *STANDARD]))
    assert all(name.startswith("loxley") for name in loaded), "load it late, or do without"


def test_rare_families_bring_what_their_table_says() -> None:
    program = """
from loxley.tensor import PUBLIC, Tensor, rare
places = {n for n in rare.METHODS if isinstance(vars(Tensor)[n], rare.Rare)}
functions, methods = {*dict.keys(PUBLIC)}, {*vars(Tensor)}
assert places == {*rare.METHODS}, "loaded at once"
rare.load_all()
assert {*dict.keys(PUBLIC)} - functions == {*rare.FUNCTIONS}, "functions"
assert {*vars(Tensor)} == methods, "methods that have no place"
assert not [n for n in places if isinstance(vars(Tensor)[n], rare.Rare)], "places left"
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_rare_names_load_their_family_alone() -> None:
    loaded = _loaded("import loxley; loxley.eye(2).det()")
    assert "loxley.tensor.linear_solvers" in loaded and "loxley.tensor.histograms" not in loaded


def test_a_method_of_the_programs_own_stays() -> None:
    program = """
import loxley as torch
torch.Tensor.det = lambda self: "mine"
assert torch.eye(2).det() == "mine"
assert torch.det(torch.eye(2)).item() == 1 and torch.eye(2).det() == "mine"
class Own(torch.Tensor):
    def median(self):
        return "own"
    def mode(self):
        return super().mode()
one = torch.ones(3).as_subclass(Own)
assert one.median() == "own" and super(Own, one).median().item() == 1
assert one.mode().values.item() == 1
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_starting_a_program_loads_little_more() -> None:
    assert not _loaded("import loxley.cli.run") & {"argparse", "email", "importlib.metadata"}


def test_late_names_are_the_same_objects_as_in_their_modules() -> None:
    for name in dir(loxley):
        assert getattr(loxley, name) is not None or name == "newaxis" or name.startswith("__")
    assert loxley.save is loxley.serialization.save
    assert loxley.selu is loxley.nn.functional.selu
    with pytest.raises(AttributeError, match="module 'torch' has no attribute 'nothing'"):
        _ = loxley.nothing


def test_every_public_function_is_offered() -> None:
    assert not set(PUBLIC) - set(dir(loxley)), "say in loxley/__init__.py which module brings it"


def test_checkers_are_told_of_every_late_module() -> None:
    told = next(n for n in MODULES["loxley"].body if isinstance(n, ast.If))
    names = {alias.name for node in told.body for alias in node.names}
    assert names == set(loxley._MODULES)
