"""`torch.compile` and `torch.compiler` beside PyTorch's (whose backend is "eager" here)."""

from __future__ import annotations

import inspect

import pytest

import loxley

torch = pytest.importorskip("torch")
LIBRARIES = (torch, loxley)


def _outcome(function, lib):
    try:
        return function(lib)
    except Exception as error:
        kinds = [k.__name__ for k in type(error).__mro__ if k.__name__ != "TorchDynamoException"]
        return kinds[0], str(error).splitlines()[0][:60]


CALLS = {
    "mode": lambda t: t.compile(abs, mode="fast"),
    "mode and options": lambda t: t.compile(abs, mode="default", options={}),
    "backend": lambda t: t.compile(abs, backend="fast"),
    "nothing to call": lambda t: t.compile(3),
    "dynamic": lambda t: t.compile(abs, dynamic="yes"),
    "disabled": lambda t: t.compile(abs, disable=True) is abs,
    "other backend's mode": lambda t: callable(t.compile(_add, backend="eager", mode="fast")),
    "backends": lambda t: t.compiler.list_backends(),
    "outside": lambda t: (t.compiler.is_compiling(), t.compiler.is_exporting()),
}


def _add(x):
    return x + 1


@pytest.mark.parametrize("name", CALLS)
def test_what_compile_accepts(name):
    theirs, ours = (_outcome(CALLS[name], lib) for lib in LIBRARIES)
    assert theirs == ours


@pytest.mark.parametrize(
    "path",
    "compile compiler.disable compiler.is_compiling compiler.reset compiler.set_stance "
    "_dynamo.OptimizedModule.__init__ _dynamo.allow_in_graph compiler.list_backends".split(),
)
def test_signatures(path):
    found = []
    for lib in LIBRARIES:
        thing = lib
        for part in path.split("."):
            thing = getattr(thing, part)
        parameters = inspect.signature(thing).parameters.values()
        found.append([(p.name, p.kind, repr(p.default)) for p in parameters])
    assert found[0] == found[1]


def _functions(t):
    outside = []

    @t.compile(backend="eager")
    def decorated(x, n=2):
        """Adds."""
        return x + n if t.compiler.is_compiling() else x

    @t.compile(backend="eager")
    def aliases(x):
        y = x.t()
        return y, x[0], x.view(-1), y.detach()

    x = t.arange(6.0).reshape(2, 3)
    for _ in range(3):
        outside.append(decorated(x).tolist())
        outside.append(decorated(x, n=3).tolist())
        made = aliases(x)
        outside.append([(r.stride(), r.storage_offset(), r._base is x, r.shape) for r in made])
        x.add_(1)
        outside.append([r.tolist() for r in made])
    return [decorated.__name__, decorated.__doc__, type(decorated).__name__, *outside]


def _modules(t):
    t.manual_seed(0)
    module = t.nn.Sequential(t.nn.Linear(3, 4), t.nn.BatchNorm1d(4), t.nn.ReLU())
    compiled = t.compile(module, backend="eager")
    found = [repr(compiled), list(compiled.state_dict()), compiled._orig_mod is module]
    found += [[n for n, _ in compiled.named_parameters()], len(list(compiled.modules()))]
    compiled.eval()
    found.append((module.training, compiled.training))
    module.train()
    found.append((module.training, compiled.training))
    compiled.extra = 3
    found.append((module.extra, hasattr(compiled, "nothing")))
    del compiled.extra
    found.append(hasattr(module, "extra"))
    found.append(isinstance(compiled, t._dynamo.OptimizedModule))
    found.append(t._dynamo.eval_frame.OptimizedModule is t._dynamo.OptimizedModule)
    compiled.load_state_dict(compiled.state_dict())
    for _ in range(3):
        out = compiled(t.ones(2, 3))
        out.sum().backward()
        found.append((out.requires_grad, out.grad_fn.name(), out.shape))
    found.append(int(module[1].num_batches_tracked))
    return found


def _training(t):
    t.manual_seed(0)
    model = t.nn.Sequential(t.nn.Linear(5, 8), t.nn.GELU(), t.nn.Linear(8, 3))
    optimizer = t.optim.AdamW(model.parameters(), lr=0.01)
    schedule = t.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)

    @t.compile(backend="eager")
    def step(x, y):
        optimizer.zero_grad()
        loss = t.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    losses = []
    for _ in range(8):
        losses.append(step(t.randn(4, 5), t.randint(0, 3, (4,))).item())
        schedule.step()
    return [round(loss, 4) for loss in losses]


@pytest.mark.parametrize("program", [_functions, _modules, _training])
def test_what_compiled_things_return(program):
    theirs, ours = program(torch), program(loxley)
    assert theirs == ours
