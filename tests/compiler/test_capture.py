"""Captured calls do what plain ones do, to the last bit, whatever changes between the calls."""

from __future__ import annotations

import copy
import functools
import gc
import math

import pytest

import loxley as torch
from loxley import compiler, nn
from loxley.config import config
from loxley.ir.graph import Pending
from loxley.nn import functional as F
from loxley.runtime.counters import counters


@pytest.fixture(autouse=True)
def _compiled(monkeypatch):
    """Plans are compiled at first sight, so that plain and captured runs agree in every bit."""
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)
    torch.manual_seed(0)


def same(a, b):
    """Whether two results agree in bits, types, layouts and flags."""
    if isinstance(a, torch.Tensor):
        if (a.dtype, a.shape, a.stride(), a.requires_grad) != (
            *(b.dtype, b.shape, b.stride(), b.requires_grad),
        ):
            return False
        return a.detach().clone().numpy().tobytes() == b.detach().clone().numpy().tobytes()
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and (a == b or a != a and b != b)


def state(model, optimizer=None):
    """All tensors that a step may change."""
    made = [*model.parameters(), *model.buffers()]
    made += [p.grad for p in model.parameters() if p.grad is not None]
    if optimizer is not None:
        for p in model.parameters():
            made += [t for _, t in sorted(optimizer.state.get(p, {}).items())]
    made = [t.detach().clone() if isinstance(t, torch.Tensor) else t for t in made]
    return [*made, torch.get_rng_state(), [p._version for p in model.parameters()]]


def frozen(result):
    """A copy of a result that later calls don't change."""
    if isinstance(result, torch.Tensor):
        return result.clone() if result.grad_fn is None else result
    if isinstance(result, (list, tuple)):
        made = map(frozen, result)
        return type(result)(*made) if hasattr(result, "_fields") else type(result)(made)
    return {k: frozen(v) for k, v in result.items()} if isinstance(result, dict) else result


def compare(make, batches, replays=None, between=None):
    """Runs `make() -> (step, model, optimizer)` plainly and captured; all has to be the same."""
    found = []
    for captured in (False, True):
        torch.manual_seed(0)
        step, model, optimizer = make()
        call = torch.compile(step) if captured else step
        torch.manual_seed(7)
        before, results = counters.replays, []
        for i, batch in enumerate(batches()):
            if between is not None:
                between(i, model, optimizer)
            results.append(frozen(call(*batch)))
        if model is not None:
            results.append(state(model, optimizer))
        found.append(results)
    assert same(*found)
    if replays is not None:
        assert counters.replays - before == replays, call._loxley_compiled.reasons


def mlp():
    return nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 4))


def batches(sizes=(5,) * 6):
    torch.manual_seed(3)
    return [(torch.randn(n, 10), torch.randint(0, 4, (n,))) for n in sizes]


def training(make_model, make_optimizer, zero=None):
    def make():
        model = make_model()
        optimizer = make_optimizer(model.parameters())

        def step(x, y):
            optimizer.zero_grad() if zero is None else optimizer.zero_grad(set_to_none=zero)
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return loss.item()

        return step, model, optimizer

    return make


optim = torch.optim
OPTIMIZERS = {
    "sgd": (lambda p: optim.SGD(p, lr=0.1), 4),
    "momentum": (lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True), 4),
    "decay": (lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.1, weight_decay=0.1), 4),
    "adam": (lambda p: optim.Adam(p, weight_decay=0.1), 4),
    "amsgrad": (lambda p: optim.Adam(p, amsgrad=True), 4),
    "adamw": (lambda p: optim.AdamW(p), 4),
    "rmsprop": (lambda p: optim.RMSprop(p, momentum=0.5, centered=True), 4),
    "adagrad": (lambda p: optim.Adagrad(p, lr_decay=0.1), 4),
    "adamax": (lambda p: optim.Adamax(p), 4),
    "nadam": (lambda p: optim.NAdam(p), None),
    "radam": (lambda p: optim.RAdam(p), None),
    "adadelta": (lambda p: optim.Adadelta(p), None),
    "asgd": (lambda p: optim.ASGD(p), None),
    "rprop": (lambda p: optim.Rprop(p), None),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_of_training_is_captured_whole(name):
    optimizer, replays = OPTIMIZERS[name]
    compare(training(mlp, optimizer), batches, replays)


def test_gradients_filled_with_zeros():
    compare(training(mlp, lambda p: optim.SGD(p, lr=0.1), zero=False), batches, 4)


def test_one_native_call_runs_a_step():
    step, _, _ = training(mlp, lambda p: optim.SGD(p, lr=0.1))()
    call = torch.compile(step)
    data = batches()
    for batch in data:
        call(*batch)
    counters.reset()
    nodes = counters.nodes
    call(*data[0])
    assert (counters.replays, counters.plans, counters.misses, counters.plain) == (1, 1, 0, 0)
    assert counters.nodes == nodes  # nothing was recorded
    assert counters.donated == 4  # parameters were written in place


def test_changing_shapes():
    compare(training(mlp, optim.AdamW), lambda: batches((5, 3, 5, 3, 2, 5, 2, 3, 5)), 5)


def test_batch_norm_and_dropout():
    def model():
        return nn.Sequential(
            nn.Linear(10, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 4)
        )

    compare(training(model, optim.Adam), batches, 4)


class Net(nn.Module):
    """Convolutions with a batch norm, a buffer and a branch on an attribute."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)])
        self.norm = nn.BatchNorm2d(4)
        self.head = nn.Linear(4, 4)
        self.register_buffer("seen", torch.zeros(()))
        self.scale, self.names = 1.0, ["a", "b"]

    def forward(self, x):
        x = x.view(len(x), 1, 2, 5)
        for i, block in enumerate(self.blocks):
            x = F.relu(block(x))
            if i == 0 and self.training:
                x = self.norm(x)
        self.seen += 1
        return self.head(x.mean((2, 3))) * self.scale + len(self.names)


def test_convolutions_buffers_and_loops():
    compare(training(Net, optim.AdamW), batches, 4)


class Language(nn.Module):
    """An LSTM over an embedding."""

    def __init__(self):
        super().__init__()
        self.emb, self.rnn, self.head = nn.Embedding(20, 8), nn.LSTM(8, 8, 2), nn.Linear(8, 20)

    def forward(self, x):
        out, _ = self.rnn(self.emb(x))
        return self.head(out).view(-1, 20)


def test_an_lstm():
    def data():
        torch.manual_seed(3)
        return [(torch.randint(0, 20, (7, 3)), torch.randint(0, 20, (21,))) for _ in range(6)]

    compare(training(Language, lambda p: optim.SGD(p, lr=0.1)), data, 4)


class Attention(nn.Module):
    """One block of a transformer, in several of the usual ways to write it."""

    def __init__(self, width=8, heads=2):
        super().__init__()
        self.heads = heads
        self.tok, self.pos = nn.Embedding(20, width), nn.Embedding(6, width)
        self.norm, self.qkv = nn.LayerNorm(width), nn.Linear(width, 3 * width)
        self.layer = nn.TransformerEncoderLayer(width, heads, 16, batch_first=True)
        self.head = nn.Linear(width, 20, bias=False)
        self.head.weight = self.tok.weight

    def forward(self, x):
        h = self.tok(x) + self.pos(torch.arange(x.shape[1]))
        b, t, c = h.shape
        q, k, v = self.qkv(self.norm(h)).split(c, dim=2)
        q, k, v = (z.view(b, t, self.heads, c // self.heads).transpose(1, 2) for z in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        h = h + y.transpose(1, 2).contiguous().view(b, t, c)
        return self.head(self.layer(h)).view(-1, 20)


def _tokens():
    torch.manual_seed(3)
    return [(torch.randint(0, 20, (2, 6)), torch.randint(0, 20, (12,))) for _ in range(6)]


def test_attention_with_tied_weights_and_dropout():
    compare(training(Attention, optim.AdamW), _tokens, 4)


def test_autocast_and_clipping():
    def make():
        model = Attention()
        optimizer = optim.AdamW(model.parameters())

        def step(x, y):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = F.cross_entropy(model(x), y)
            loss.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            return loss.item(), float(norm)

        return step, model, optimizer

    compare(make, _tokens, 4)


def test_forward_and_backward_alone():
    """The loss that comes back has used up its history."""

    def make():
        model = mlp()

        def step(x, y):
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            return loss

        return step, model, None

    compare(make, batches, 4)
    step, model, _ = make()
    call = torch.compile(step)
    losses = [call(*batch) for batch in batches()]
    assert losses[-1].grad_fn.name() == step(*batches()[0]).grad_fn.name()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        losses[-1].backward()


# ------------------------------------------------------------------ what changes between calls


def _changes(change, replays=None, make_model=Net, make_optimizer=optim.AdamW, count=10):
    def between(i, model, optimizer):
        if i == 5:
            change(model, optimizer)

    compare(training(make_model, make_optimizer), lambda: batches((5,) * count), replays, between)


def _load(model, optimizer):
    saved = {k: v.clone() for k, v in model.state_dict().items()}
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    model.load_state_dict({k: v * 2 for k, v in saved.items()})


def _ones():
    """Computed already: a capture computes pending arguments first, a plain plan takes them in."""
    ones = torch.ones(4, 4)
    ones.sum().item()
    assert ones.tolist()[0][0] == 1.0
    return ones


def _replace(model, optimizer):
    model.head.weight = nn.Parameter(_ones())


def _hook(model, optimizer):
    model.head.register_forward_hook(lambda module, args, out: out * 2)


def _grad_hook(model, optimizer):
    model.head.weight.register_hook(lambda g: g * 2)


def _accumulate_hook(model, optimizer):
    def hook(p):
        p.grad.mul_(3)

    model.head.weight.register_post_accumulate_grad_hook(hook)


def _step_hook(model, optimizer):
    def hook(opt, args, kwargs):
        for p in opt.param_groups[0]["params"]:
            p.data.mul_(1.5)

    optimizer.register_step_post_hook(hook)


def _export(model, optimizer):
    model.kept = model.head.weight.detach().numpy()
    model.kept *= 2


CHANGES = {
    "training": lambda m, o: m.eval(),
    "attribute": lambda m, o: setattr(m, "scale", 2.0),
    "zero": lambda m, o: setattr(m, "scale", -0.0),
    "list": lambda m, o: m.names.append("c"),
    "submodule": lambda m, o: m.blocks.append(nn.Conv2d(4, 4, 1)),
    "requires_grad": lambda m, o: m.head.weight.requires_grad_(False),
    "no gradient": lambda m, o: setattr(m.norm.weight, "grad", None),
    "data": lambda m, o: setattr(m.head.weight, "data", _ones()),
    "written": lambda m, o: m.head.weight.data.mul_(2),
    "replaced": _replace,
    "loaded": _load,
    "hook": _hook,
    "gradient's hook": _grad_hook,
    "accumulating hook": _accumulate_hook,
    "step's hook": _step_hook,
    "forward": lambda m, o: setattr(m, "forward", lambda x: Net.forward(m, x) * 2),
    "handed out": _export,
    "option": lambda m, o: o.param_groups[0].update(weight_decay=0.3),
    "learning rate": lambda m, o: o.param_groups[0].update(lr=0.3),
    "group": lambda m, o: o.add_param_group({"params": [nn.Parameter(torch.ones(2))]}),
    "state": lambda m, o: o.state[m.head.weight]["step"].add_(5),
    "forgotten state": lambda m, o: o.state.clear(),
    "dtype": lambda m, o: None,
    "threads": lambda m, o: torch.set_num_threads(1),
    "seed": lambda m, o: torch.manual_seed(11),
    "parameter dropped": lambda m, o: m.register_parameter("extra", nn.Parameter(torch.ones(3))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_between_calls_is_noticed(name):
    threads = torch.get_num_threads()
    try:
        _changes(CHANGES[name])
    finally:
        torch.set_num_threads(threads)


def test_a_learning_rate_is_no_reason_to_capture_again():
    def between(i, model, optimizer):
        optimizer.param_groups[0]["lr"] = 0.1 / (i + 1)

    for make_optimizer in (lambda p: optim.SGD(p, lr=0.1, momentum=0.9), optim.AdamW):
        compare(training(mlp, make_optimizer), lambda: batches((5,) * 12), 10, between)


SCALE = 1.0


def test_globals_and_closures():
    global SCALE

    def make():
        factor = [2.0]
        offset = 1.0

        def step(x, y):
            return x * SCALE * factor[0] + offset * len(factor)

        def change(i):
            nonlocal offset
            global SCALE
            SCALE = 1.0 if i < 3 else 3.0
            if i == 6:
                factor[0] = 5.0
            if i == 8:
                offset = 7.0
            if i == 10:
                factor.append(1)

        step.change = change
        return step

    found = []
    for captured in (False, True):
        step = make()
        call = torch.compile(step) if captured else step
        before, results = counters.replays, []
        for i, batch in enumerate(batches((5,) * 12)):
            step.change(i)
            results.append(call(*batch))
        found.append(results)
    SCALE = 1.0
    assert same(*found)
    assert counters.replays - before == 12 - 5


def test_python_arguments_are_part_of_the_signature():
    @torch.compile
    def f(x, n, mode="a", *, flag=False):
        y = x * n if mode == "a" else x + n
        return -y if flag else y

    x = torch.ones(3)
    for _ in range(3):
        assert f(x, 2).tolist() == [2.0] * 3
        assert f(x, 3).tolist() == [3.0] * 3
        assert f(x, 3.0).tolist() == [3.0] * 3
        assert f(x, 2, "b").tolist() == [3.0] * 3
        assert f(x, 2, mode="b", flag=True).tolist() == [-3.0] * 3
        assert f(x, True).tolist() == [1.0] * 3
    assert len(f._loxley_compiled.captures) == 6


def test_integers_and_floats_are_told_apart():
    f = torch.compile(lambda x, n: x * n)
    x = torch.ones(2, dtype=torch.int64)
    assert [f(x, n).dtype for n in (1, 1.0, True, 1)] == [
        *(torch.int64, torch.float32, torch.int64, torch.int64)
    ]


# ------------------------------------------------------------------ effects and aliases


def test_writing_to_arguments_and_aliases():
    def make():
        total = torch.zeros(10)

        def step(x, y):
            total.add_(x.sum(0))
            x.mul_(2)
            x[0] = 1.0
            x[:, 1:3] += total[1:3]
            y += 1
            return total.sum().item(), x * total, x, x[1:], total.view(2, 5)

        return step, None, None

    compare(make, batches, 5)


def test_results_alias_as_they_do_plainly():
    f = torch.compile(lambda x: (x, x.t(), (h := x * 2), h.view(-1), h.detach(), x.data))
    for _ in range(3):
        x = torch.ones(2, 3)
        same_, turned, h, flat, detached, data = f(x)
        assert same_ is x and turned._base is x
        h.add_(1)
        assert flat.tolist() == [3.0] * 6 and detached.tolist() == h.tolist()
        x.add_(5)
        assert turned.tolist() == [[6.0] * 2] * 3 and data.tolist() == x.tolist()
        assert flat._base is h and h._version == flat._version


def test_arguments_that_share_memory():
    @torch.compile
    def f(a, b):
        a.add_(1)
        return a * b

    for _ in range(3):
        x, y = torch.ones(4), torch.ones(4)
        assert f(x, y).tolist() == [2.0] * 4
        z = torch.ones(4)
        assert f(z, z).tolist() == [4.0] * 4
        w = torch.ones(8)
        plain = torch.ones(8)
        plain[:4].add_(1)
        assert f(w[:4], w[2:6]).tolist() == (plain[:4] * plain[2:6]).tolist()


def test_somebody_else_holds_what_is_overwritten():
    model = nn.Linear(3, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.5)

    @torch.compile
    def step(x):
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()

    x = torch.ones(2, 3)
    for _ in range(4):
        step(x)
        before = model.weight.detach().clone()
        kept = model.weight.detach() * 1  # pending: it reads the value that is overwritten next
        grad = model.weight.grad
        held = grad.tolist()
        step(x)
        assert kept.tolist() == before.tolist() and grad.tolist() == held
        assert model.weight.tolist() == (before - 0.5 * grad).tolist()


def test_random_numbers_go_on():
    def make():
        def step(x, y):
            return torch.randn(3) + torch.rand(3), F.dropout(x, 0.5), torch.randperm(4)

        return step, mlp(), None

    compare(make, batches, 5)


def test_a_generator_that_is_given():
    def draws(wrap):
        g = torch.Generator()
        g.manual_seed(5)
        call = wrap(lambda x: x + torch.rand(3, generator=g))
        return [call(torch.zeros(3)).tolist() for _ in range(4)]

    assert draws(torch.compile) == draws(lambda f: f)


def test_pending_arguments():
    f = torch.compile(lambda x: x * 2 + 1)
    for _ in range(3):
        x = torch.ones(3) + 1
        assert f(f(x)).tolist() == [11.0] * 3


def test_indices_are_checked_in_every_call():
    table = nn.Embedding(5, 2)
    f = torch.compile(lambda i: table(i).sum().item())
    good = torch.tensor([0, 4])
    for _ in range(3):
        f(good)
        f(torch.tensor([1, 2]))
    with pytest.raises(IndexError, match="index out of range in self"):
        f(torch.tensor([0, 5]))
    g = torch.compile(lambda x, y: F.cross_entropy(x, y))
    x = torch.zeros(2, 3)
    for _ in range(3):
        g(x, torch.tensor([0, 2]))
    with pytest.raises(IndexError, match="Target 3 is out of bounds"):
        g(x, torch.tensor([0, 3]))
    assert g(x, torch.tensor([0, -100])).item() == pytest.approx(math.log(3))


def test_an_index_written_in_place_is_checked_again():
    table = nn.Embedding(5, 2)
    f = torch.compile(lambda i: table(i))
    index = torch.tensor([0, 4])
    for _ in range(3):
        f(index)
    index[0] = 7
    with pytest.raises(IndexError):
        f(index)


# ------------------------------------------------------------------ histories


def _outside(make_model, make_optimizer, data, step, replays):
    """As `compare`, of a compiled module whose loss and backward pass are outside."""
    found = []
    for wrap in (lambda m: m, torch.compile):
        torch.manual_seed(0)
        model = make_model()
        optimizer = make_optimizer(model.parameters())
        call = wrap(model)
        torch.manual_seed(7)
        before = counters.replays
        found.append([frozen(step(call, optimizer, *batch)) for batch in data()])
        found[-1].append(state(model, optimizer))
    assert same(*found)
    assert counters.replays - before == replays, call._captured.reasons


def _usual(model, optimizer, x, y):
    optimizer.zero_grad()
    out = model(x)
    loss = F.cross_entropy(out, y)
    loss.backward()
    optimizer.step()
    return loss.item(), out.grad_fn.name(), out._version


@pytest.mark.parametrize("make", [mlp, Net, Attention, Language])
def test_a_backward_pass_outside(make):
    def language():
        torch.manual_seed(3)
        return [(torch.randint(0, 20, (7, 3)), torch.randint(0, 20, (21,))) for _ in range(6)]

    data = {Attention: _tokens, Language: language}.get(make, batches)
    _outside(make, optim.AdamW, data, _usual, 5)


def test_second_derivatives_outside():
    def step(model, optimizer, x, y):
        optimizer.zero_grad()
        x.requires_grad_()
        loss = F.cross_entropy(model(x), y)
        (grad,) = torch.autograd.grad(loss, x, create_graph=True)
        (loss + grad.pow(2).sum()).backward()
        optimizer.step()
        return loss.item(), x.grad

    def smooth():
        return nn.Sequential(nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 4))

    _outside(smooth, optim.AdamW, batches, step, 5)


def test_in_the_middle_of_a_history():
    torch.manual_seed(1)
    before, after = nn.Linear(10, 10), nn.Linear(4, 4)

    def step(model, optimizer, x, y):
        optimizer.zero_grad()
        before.zero_grad()
        a, b = before(x).split(5, 1)
        hidden = torch.cat([b, a * 2], 1)
        seen = []
        hidden.register_hook(lambda g: seen.append(g.sum().item()))
        out = model(hidden)
        out.register_hook(lambda g: g * 0.5)
        F.cross_entropy(after(out), y).backward()
        optimizer.step()
        return seen, before.weight.grad

    _outside(mlp, optim.AdamW, batches, step, 5)


def test_what_is_saved_must_not_be_overwritten():
    f = torch.compile(lambda x: x.exp())
    x = torch.ones(3, requires_grad=True)
    for _ in range(3):
        y = f(x)
        y.sum().backward()
        z = f(x)
        z.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            z.sum().backward()


def test_two_backward_passes():
    f = torch.compile(lambda x: (x * x).sum())
    x = torch.ones(3, requires_grad=True)
    for _ in range(3):
        x.grad = None
        y = f(x)
        y.backward(retain_graph=True)
        y.backward()
        assert x.grad.tolist() == [4.0] * 3
        with pytest.raises(RuntimeError, match="second time"):
            y.backward()


# ------------------------------------------------------------------ what is not captured


def _plain(function, *args, count=4):
    call = torch.compile(function)
    results = [call(*args) for _ in range(count)]
    assert not call._loxley_compiled.captures
    return results, call._loxley_compiled.reasons


def test_branches_on_values_run_plainly():
    def f(x):
        if x.sum() * 2 > 0:
            return x + 1
        return x - 1

    call = torch.compile(f)
    for sign in (1, -1, 1, -1):
        assert call(sign * torch.ones(2)).tolist() == f(sign * torch.ones(2)).tolist()
    assert "looked at" in call._loxley_compiled.reasons[0]


def test_side_effects_happen_in_every_call(capsys):
    seen = []

    class Counter:
        n = 0

    counter = Counter()

    def appends(x):
        seen.append(x.shape[0])
        return x + 1

    def counts(x):
        counter.n += 1
        return x + counter.n

    def prints(x):
        print("called")
        return x + 1

    def stores(x):
        stored["x"] = x
        return x + 1

    stored = {}
    x = torch.ones(2)
    _plain(appends, x)
    results, reasons = _plain(counts, x)
    _plain(prints, x)
    _plain(stores, x)
    assert seen == [2] * 4 and counter.n == 4 and results[-1].tolist() == [5.0] * 2
    assert capsys.readouterr().out == "called\n" * 4 and stored["x"] is x
    assert "n of a Counter is changed" in reasons[0] and "test_capture.py" in reasons[0]


def test_exceptions_come_through_with_the_users_line():
    def f(x, y):
        z = x + 1
        return z @ y

    call = torch.compile(f)
    for _ in range(3):
        with pytest.raises(RuntimeError) as caught:
            call(torch.ones(2, 3), torch.ones(2, 3))
        lines = [entry.lineno for entry in caught.traceback if entry.name == "f"]
        assert f.__code__.co_firstlineno + 1 in [line - 0 for line in lines]
    good = torch.ones(3, 2)
    for _ in range(3):
        assert call(torch.ones(2, 3), good).shape == (2, 2)


def test_looking_at_numbers_inside_runs_plainly():
    def f(x):
        return x / x.max().item()

    results, reasons = _plain(f, torch.tensor([1.0, 2.0]))
    assert results[-1].tolist() == [0.5, 1.0] and "looked at" in reasons[0]


def test_numpy_and_handed_out_memory_run_plainly():
    x = torch.ones(3)
    results, _ = _plain(lambda x: x.numpy().sum(), x)
    assert results == [3.0] * 4
    array = x.numpy()
    f = torch.compile(lambda t: t * 2)
    for i in range(4):
        array[0] = i
        assert f(x).tolist() == [2.0 * i, 2.0, 2.0]
    del array


def test_fullgraph_is_an_error_where_nothing_is_captured():
    f = torch.compile(lambda x: print() or x, fullgraph=True)
    with pytest.raises(RuntimeError, match="fullgraph=True: a call of print"):
        f(torch.ones(1))


def test_too_many_signatures_run_plainly():
    f = torch.compile(lambda x: x * 2)
    for n in range(1, 12):
        assert f(torch.ones(n)).tolist() == [2.0] * n
    captured = f._loxley_compiled
    assert len(captured.captures) == 8 and captured.given_up
    before = counters.replays
    f(torch.ones(8))
    assert counters.replays == before + 1
    torch.compiler.reset()
    assert not captured.captures and not captured.given_up


def test_without_source_a_function_runs_plainly():
    space = {}
    exec("def f(x):\n    return x + 1", space)
    results, reasons = _plain(space["f"], torch.ones(1))
    assert results[-1].item() == 2.0 and "source" in reasons[0]


# ------------------------------------------------------------------ programs


def test_methods_classes_and_helpers():
    class Config:
        def __init__(self):
            self.width, self.names = 3, {"a": 1.0, "b": 2.0}

        @property
        def double(self):
            return self.width * 2

        def scaled(self, x, by=2):
            return x * self.double * by

    config_ = Config()

    def helper(x, *, bias=0.0, **more):
        return sum((x * v for v in more.values()), x * bias)

    def f(x):
        parts = [config_.scaled(x), *(x + i for i in range(2))]
        parts.append(helper(x, bias=1.0, **config_.names))
        first, *rest = parts
        total = functools.reduce(lambda a, b: a + b, rest, first)
        named = {f"n{i}": p for i, p in enumerate(parts)}
        if "n3" in named and not isinstance(total, list) and len(rest) > 2:
            total = total - named["n3"]
        while total.dim() < 2:
            total = total[None]
        return total, {k: v.sum() for k, v in named.items()}

    call = torch.compile(f)
    for i in range(6):
        x = torch.full((3,), float(i))
        if i == 4:
            config_.width = 5
            config_.names["c"] = 4.0
        assert same(call(x), f(x))
    assert len(call._loxley_compiled.captures) == 2, call._loxley_compiled.reasons


def test_compiled_methods_and_nested_compiled_functions():
    class Model:
        def __init__(self, scale):
            self.scale = scale

        @torch.compile
        def run(self, x):
            return inner(x) * self.scale

    inner = torch.compile(lambda x: x + 1)
    a, b = Model(2), Model(3)
    for _ in range(3):
        assert a.run(torch.ones(1)).item() == 4.0 and b.run(torch.ones(1)).item() == 6.0
    assert counters.replays > 0


def test_is_compiling():
    f = torch.compile(lambda x: x + 1 if torch.compiler.is_compiling() else x)
    assert [f(torch.zeros(1)).item() for _ in range(3)] == [1.0] * 3
    assert not torch.compiler.is_compiling()


def test_disabled_functions_run_as_python():
    calls = []

    @torch.compiler.disable
    def outside(x):
        calls.append(torch.compiler.is_compiling())
        return x + 1

    f = torch.compile(lambda x: outside(x) * 2)
    assert [f(torch.ones(1)).item() for _ in range(4)] == [4.0] * 4
    assert calls == [False] * 4


def test_stances():
    f = torch.compile(lambda x: x + 1)
    for _ in range(3):
        f(torch.ones(1))
    before = counters.replays
    with torch.compiler.set_stance("force_eager"):
        f(torch.ones(1))
    assert counters.replays == before
    f(torch.ones(1))
    assert counters.replays == before + 1


def test_grad_modes_are_part_of_the_signature():
    model = mlp()
    call = torch.compile(model)
    x = torch.randn(2, 10)
    for _ in range(3):
        with torch.no_grad():
            assert not call(x).requires_grad
        with torch.inference_mode():
            assert call(x).is_inference()
        assert call(x).requires_grad


def test_optimized_modules():
    model = Net()
    call = torch.compile(model)
    assert type(call) is torch._dynamo.OptimizedModule and call._orig_mod is model
    assert list(call.state_dict()) == ["_orig_mod." + k for k in model.state_dict()]
    call.scale = 3.0
    assert model.scale == 3.0 and call.training
    call.eval()
    assert not model.training and not call.training
    with torch.no_grad():
        for _ in range(3):
            x = torch.randn(2, 10)
            assert same(call(x), model(x))
    twin = copy.deepcopy(call)
    assert twin._orig_mod is not model and type(twin) is type(call)
    twin(torch.randn(2, 10))


def test_what_cannot_be_compiled_runs_plainly(monkeypatch):
    monkeypatch.setattr(config, "compile_strict", False)
    monkeypatch.setattr(compiler, "compile_plan", lambda *_: 1 / 0, raising=False)
    monkeypatch.setattr(config, "compile", "auto")
    f = torch.compile(lambda x: (x * 2).sum().item())
    f(torch.ones(2))
    with pytest.warns(RuntimeWarning, match="goes on running plainly: ZeroDivisionError"):
        assert f(torch.ones(2)) == 4.0
    assert f(torch.ones(2)) == 4.0


def test_captures_while_plans_are_interpreted_at_first(monkeypatch):
    monkeypatch.setattr(config, "compile", "auto")
    torch.manual_seed(0)
    model, twin = Language(), Language()
    twin.load_state_dict(model.state_dict())
    call = torch.compile(model)
    for _ in range(6):
        x, y = torch.randint(0, 20, (7, 3)), torch.randint(0, 20, (21,))
        for one, net in ((call, model), (twin, twin)):
            net.zero_grad()
            F.cross_entropy(one(x), y).backward()
        pairs = zip(model.parameters(), twin.parameters())
        assert all(torch.allclose(p.grad, q.grad, atol=1e-6) for p, q in pairs)


def test_a_module_that_compiles_itself():
    model = mlp()
    model.compile()
    with torch.no_grad():
        x = torch.randn(2, 10)
        wanted = model.forward(x)
        before = counters.replays
        assert all(same(model(x), wanted) for _ in range(3))
        assert counters.replays == before + 2
        model.register_forward_hook(lambda module, args, out: out * 2)
        assert same(model(x), wanted * 2) and same(model(x), wanted * 2)
    copy.deepcopy(model)


def test_any_and_all_of_what_is_outside():
    lists = [[], []]
    f = torch.compile(lambda x: x + any(one for one in lists) + all(len(one) for one in lists))
    for change in (None, lists[1].append, lists[0].append, None):
        if change is not None:
            change(1)
        for _ in range(2):
            wanted = any(lists) + all(map(len, lists))
            assert f(torch.zeros(1)).item() == wanted
    assert f._loxley_compiled.captures


def test_nothing_of_an_observed_call_stays():
    """What is only needed in between is not kept until somebody collects garbage."""
    f = torch.compile(lambda x: (x * 2).exp().sum())
    gc.collect()
    gc.disable()
    try:
        counters.reset()
        f(torch.ones(1000))
        torch.ones(1).add(1).item()
        alive = [v for r in Pending.refs if (v := r()) is not None]
        assert len(alive) <= 1
    finally:
        gc.enable()
