"""Optimizers beside PyTorch's: parameters and state after some steps, options, errors, files."""

from __future__ import annotations

import copy
import inspect
import pickle
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402
import loxley.optim  # noqa: E402

BOTH = (torch, loxley)
RULES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True}),
    ("Adam", {"betas": (0.3, 0.8), "eps": 1e-3}),
    ("Adam", {"decoupled_weight_decay": True}),
    ("AdamW", {}),
    ("AdamW", {"amsgrad": True}),
    ("Adamax", {}),
    ("NAdam", {}),
    ("NAdam", {"decoupled_weight_decay": True, "momentum_decay": 0.01}),
    ("RAdam", {}),
    ("RAdam", {"decoupled_weight_decay": True}),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 0.2}),
    ("Adadelta", {}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.5}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("Rprop", {}),
    ("ASGD", {}),
    ("ASGD", {"t0": 3, "lambd": 0.1}),
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.5, "d": 2.0, "eps": (1e-6, 1e-2)}),
    ("Muon", {}),
    ("Muon", {"nesterov": False, "adjust_lr_fn": "match_rms_adamw"}),
]
EXTRAS = [{}, {"weight_decay": 0.1}, {"maximize": True}, {"lr": 0.3}]
TOLERANCE = {"float32": 6e-7, "float64": 1e-14, "bfloat16": 2e-2, "float16": 5e-3}
# Muon steps by matrices that are rounded to bfloat16 whatever the parameters are; centered RMSprop
# divides by the root of a difference that nearly cancels.
LOOSER = {"Muon": {"float32": 1e-4, "float64": 1e-4, "bfloat16": 0.5, "float16": 2e-2}}
CENTERED = 10


def cases():
    for name, options in RULES:
        accepted = inspect.signature(getattr(torch.optim, name)).parameters
        for extra in EXTRAS:
            if all(key in accepted for key in extra):
                yield name, {**options, **extra}


def parameters(m, dtype, rng, shapes):
    made = []
    for shape in shapes:
        values = rng.standard_normal(shape)
        if dtype.startswith("complex"):
            values = values + 1j * rng.standard_normal(shape)
        made.append(m.tensor(values.tolist(), dtype=getattr(m, dtype)).requires_grad_())
    return made


def set_gradients(m, params, rng):
    for p in params:
        values = rng.standard_normal(tuple(p.shape)).astype(np.float32)
        if p.dtype.is_complex:
            values = values + 1j * rng.standard_normal(tuple(p.shape)).astype(np.float32)
        p.grad = m.tensor(values.tolist(), dtype=p.dtype)


def train(m, name, options, dtype="float32", steps=8, shapes=((7, 5), (3,), ())):
    rng = np.random.default_rng(0)
    params = parameters(m, dtype, rng, shapes)
    optimizer = getattr(m.optim, name)(params, **options)
    for _ in range(steps):
        set_gradients(m, params, rng)
        optimizer.step()
    return params, optimizer


def array(t):
    wide = t.detach()
    if not wide.dtype.is_complex:
        wide = wide.double()
    return wide.numpy()


def check_close(ours, theirs, tolerance):
    ours, theirs = array(ours), array(theirs)
    assert ours.shape == theirs.shape
    finite = np.isfinite(theirs)
    np.testing.assert_array_equal(ours[~finite], theirs[~finite])
    ours, theirs = ours[finite], theirs[finite]
    scale = max(1.0, np.abs(theirs).max(initial=0))
    assert np.abs(ours - theirs).max(initial=0) / scale <= tolerance


def check_state(ours, theirs, tolerance):
    ours, theirs = ours.state_dict(), theirs.state_dict()
    assert ours["state"].keys() == theirs["state"].keys()
    for number, state in theirs["state"].items():
        assert list(ours["state"][number]) == list(state)
        for key, value in state.items():
            if isinstance(value, torch.Tensor):
                assert str(ours["state"][number][key].dtype) == str(value.dtype)
                check_close(ours["state"][number][key], value, tolerance)
    for mine, group in zip(ours["param_groups"], theirs["param_groups"]):
        assert list(mine) == list(group)
        assert mine == group


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
@pytest.mark.parametrize("name,options", list(cases()))
def test_rule(name, options, dtype):
    tolerance = TOLERANCE[dtype]
    shapes = ((7, 5), (4, 9)) if name == "Muon" else ((7, 5), (3,), ())
    if name == "Adafactor":
        tolerance *= 2
    if options.get("centered"):
        tolerance *= CENTERED
    tolerance = LOOSER.get(name, {}).get(dtype, tolerance)
    (p, a), (q, b) = (train(m, name, options, dtype, shapes=shapes) for m in BOTH)
    check_state(b, a, 30 * tolerance)
    for theirs, ours in zip(p, q):
        check_close(ours, theirs, tolerance)


@pytest.mark.parametrize("name,options", [c for c in cases() if c[0] not in ("Muon", "Adafactor")])
def test_complex(name, options):
    (p, a), (q, b) = (train(m, name, options, "complex64") for m in BOTH)
    check_state(b, a, 1e-5)
    for theirs, ours in zip(p, q):
        check_close(ours, theirs, 6e-7)


def test_many_blocks_and_layouts():
    """Parameters of several blocks, gradients that lie otherwise in memory, parameters as views."""

    def go(m):
        rng = np.random.default_rng(1)
        big = m.tensor(rng.standard_normal((300, 400)).astype("f4")).requires_grad_()
        base = m.tensor(rng.standard_normal((4, 6)).astype("f4"))
        part = base[:, 1:4].detach().requires_grad_()
        optimizer = m.optim.AdamW([big, part], lr=0.1)
        for _ in range(3):
            big.grad = m.tensor(rng.standard_normal((400, 300)).astype("f4")).t()
            part.grad = m.tensor(rng.standard_normal((4, 3)).astype("f4"))
            optimizer.step()
        return big, base

    for theirs, ours in zip(*(go(m) for m in BOTH)):
        check_close(ours, theirs, 1e-6)


def test_outside_holders_see_the_step():
    """Memory that NumPy shares is written in place; values taken before stay."""

    def go(m):
        memory = np.ones(3, np.float32)
        p = m.from_numpy(memory).requires_grad_()
        before = p.detach().clone()
        optimizer = m.optim.SGD([p], lr=0.5, momentum=0.9)
        for _ in range(2):
            p.grad = m.ones(3)
            optimizer.step()
        return memory.tolist(), before.tolist(), p._version > 0

    assert go(loxley) == go(torch)


GROUPED = [("SGD", {"momentum": 0.9}), ("Adam", {}), ("RMSprop", {})]


@pytest.mark.parametrize("name,options", GROUPED)
def test_groups(name, options):
    def go(m):
        rng = np.random.default_rng(2)
        params = parameters(m, "float32", rng, ((3,), (2, 2), (4,)))
        named = [("a", params[0]), ("b", params[1])]
        optimizer = getattr(m.optim, name)(
            [{"params": named[:1], "lr": 0.1}, {"params": named[1:], "weight_decay": 0.1}],
            lr=0.01,
            **options,
        )
        optimizer.add_param_group({"params": [("c", params[2])], "lr": 0.5})
        for _ in range(4):
            set_gradients(m, params, rng)
            params[1].grad = None
            optimizer.step()
        return params, optimizer

    (p, a), (q, b) = (go(m) for m in BOTH)
    check_state(b, a, 1e-6)
    for theirs, ours in zip(p, q):
        check_close(ours, theirs, 3e-7)


LOADED = [("SGD", {"momentum": 0.9}), ("Adam", {"amsgrad": True}), ("NAdam", {}), ("ASGD", {})]


@pytest.mark.parametrize("name,options", LOADED)
@pytest.mark.parametrize("via", ["dict", "pickle", "deepcopy"])
def test_saved_and_loaded(name, options, via):
    def go(m):
        rng = np.random.default_rng(3)
        params = parameters(m, "float32", rng, ((3,), (2, 2)))
        optimizer = getattr(m.optim, name)(params, **options)
        for _ in range(3):
            set_gradients(m, params, rng)
            optimizer.step()
        if via == "dict":
            fresh = getattr(m.optim, name)(params, lr=0.7)
            fresh.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        elif via == "pickle":
            fresh = pickle.loads(pickle.dumps(optimizer))
        else:
            fresh = copy.deepcopy(optimizer)
        params = [p for g in fresh.param_groups for p in g["params"]]
        for _ in range(3):
            set_gradients(m, params, rng)
            fresh.step()
        return params, fresh

    (p, a), (q, b) = (go(m) for m in BOTH)
    check_state(b, a, 1e-6)
    for theirs, ours in zip(p, q):
        check_close(ours, theirs, 1e-6)


def test_loading_casts_to_the_parameters():
    def go(m):
        p = m.ones(2).requires_grad_()
        p.grad = m.ones(2)
        source = m.optim.Adam([p])
        source.step()
        q = m.ones(2, dtype=m.float64).requires_grad_()
        target = m.optim.Adam([q])
        target.load_state_dict(source.state_dict())
        return {k: str(v.dtype) for k, v in target.state[q].items()}

    assert go(loxley) == go(torch)


DIFFERENTIABLE = [
    (n, o)
    for n, o in RULES
    # Rprop's steps do not depend on the gradient's size; amsgrad overwrites what PyTorch saved.
    if "differentiable" in inspect.signature(getattr(torch.optim, n)).parameters
    and n != "Rprop"
    and not o.get("amsgrad")
]


@pytest.mark.parametrize("name,options", DIFFERENTIABLE)
def test_differentiable(name, options):
    """The gradient of a loss after a step with regard to the start and to the gradient."""

    def go(m):
        rng = np.random.default_rng(4)
        start = m.tensor(rng.standard_normal(5), dtype=m.float64).requires_grad_()
        grad = m.tensor(rng.standard_normal(5), dtype=m.float64).requires_grad_()
        p = start.clone()
        optimizer = getattr(m.optim, name)([p], differentiable=True, weight_decay=0.1, **options)
        p.grad = grad
        optimizer.step()
        (p * p).sum().backward()
        return start.grad, grad.grad

    for theirs, ours in zip(*(go(m) for m in BOTH)):
        if theirs is None:  # the first gradient enters SGD's momentum detached
            assert ours is None
            continue
        check_close(ours, theirs, 1e-7)  # PyTorch counts steps and their powers in float32


def test_differentiable_rate():
    def go(m):
        rate = m.tensor(0.1, dtype=m.float64, requires_grad=True)
        start = m.ones(3, dtype=m.float64).requires_grad_()
        p = start.clone()
        optimizer = m.optim.SGD([p], lr=rate, differentiable=True)
        p.grad = m.tensor([1.0, 2.0, 3.0], dtype=m.float64)
        optimizer.step()
        p.pow(2).sum().backward()
        return rate.grad, start.grad

    for theirs, ours in zip(*(go(m) for m in BOTH)):
        check_close(ours, theirs, 1e-12)


# -------------------------------------------------------------------------- L-BFGS


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lr": 0.5, "max_iter": 4, "history_size": 2},
        {"line_search_fn": "strong_wolfe"},
        {"line_search_fn": "strong_wolfe", "lr": 3.0, "max_iter": 5, "history_size": 3},
        {"max_eval": 3},
    ],
)
def test_lbfgs(options):
    def go(m):
        x = m.tensor([-1.5, 2.0], dtype=m.float64).requires_grad_()
        y = m.tensor([[0.3]], dtype=m.float64).requires_grad_()
        optimizer = m.optim.LBFGS([x, y], **{"lr": 0.01, **options})
        losses = []

        def closure():
            optimizer.zero_grad()
            loss = 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2 + (y**4).sum() + y.sum() ** 2
            loss.backward()
            losses.append(loss.item())
            return loss

        for _ in range(3):
            losses.append(optimizer.step(closure).item())
        state = optimizer.state_dict()["state"][0]
        kept = {k: v for k, v in state.items() if isinstance(v, int)}
        return losses, x.tolist() + y.tolist()[0], list(state), kept

    theirs, ours = (go(m) for m in BOTH)
    assert ours[2:] == theirs[2:]
    assert len(ours[0]) == len(theirs[0])
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-9)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-9)


# -------------------------------------------------------------------------- options and errors


def outcome(action):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = action()
        except Exception as error:
            result = (type(error).__name__, str(error).replace("loxley", "torch"))
    return result, [(w.category.__name__, str(w.message)) for w in caught]


def both(action):
    theirs, ours = (outcome(lambda m=m: action(m)) for m in BOTH)
    assert ours == theirs
    return ours


ALL = sorted({name for name, _ in RULES} | {"LBFGS", "SparseAdam"})
BAD = [
    {"lr": -1},
    {"eps": -1.0},
    {"betas": (1.0, 0.9)},
    {"betas": (0.9, 1.0)},
    {"weight_decay": -1},
    {"rho": 2},
    {"alpha": -1},
    {"momentum": -1},
    {"etas": (1, 2)},
    {"momentum_decay": -1},
    {"lr_decay": -1},
    {"initial_accumulator_value": -1},
    {"foreach": True, "fused": True},
    {"fused": True, "differentiable": True},
    {"nesterov": True},
    {"beta2_decay": 1.0},
    {"d": 0.5},
    {"ns_steps": 100},
    {"adjust_lr_fn": "x"},
    {"capturable": True},
    {"foreach": True},
    {"foreach": True, "differentiable": True},
    {"fused": True},
    {"wrong": 1},
    {"line_search_fn": "x"},
]


@pytest.mark.parametrize("name", ALL)
def test_options(name):
    accepted = inspect.signature(getattr(torch.optim, name)).parameters
    for options in BAD:
        if not all(key in accepted or key == "wrong" for key in options):
            continue

        def action(m, options=options):
            p = m.ones(2, 2).requires_grad_()
            p.grad = m.ones(2, 2)
            optimizer = getattr(m.optim, name)([p], **options)
            optimizer.step(*([lambda: (p * p).sum()] if name == "LBFGS" else []))

        both(action)


@pytest.mark.parametrize("name", ALL)
def test_tensor_rates(name):
    for rate in ([1.0, 2.0], -0.1, 0.1):
        for options in ({}, {"foreach": True}):
            if (
                "foreach" in options
                and "foreach" not in inspect.signature(getattr(torch.optim, name)).parameters
            ):
                continue

            def action(m, rate=rate, options=options):
                p = m.ones(2, 2).requires_grad_()
                optimizer = getattr(m.optim, name)([p], lr=m.tensor(rate), **options)
                return repr(optimizer)

            both(action)


@pytest.mark.parametrize("name", ALL)
def test_signature_and_printing(name):
    ours, theirs = (getattr(m.optim, name) for m in reversed(BOTH))
    mine, other = inspect.signature(ours).parameters, inspect.signature(theirs).parameters
    assert [(p.name, p.default, p.kind) for p in mine.values()] == [
        (p.name, p.default, p.kind) for p in other.values()
    ]
    both(lambda m: repr(getattr(m.optim, name)([m.ones(2, 2)])))
    both(lambda m: getattr(m.optim, name)([m.ones(2, 2)]).defaults)


WRONG = {
    "tensor": lambda m: m.optim.SGD(m.ones(1)),
    "empty": lambda m: m.optim.SGD([]),
    "number": lambda m: m.optim.SGD([1]),
    "set": lambda m: m.optim.SGD([{"params": {1}}]),
    "text": lambda m: m.optim.SGD("ab"),
    "group": lambda m: m.optim.SGD([m.ones(1)]).add_param_group(3),
    "non-leaf": lambda m: m.optim.SGD([m.ones(1, requires_grad=True) * 2]),
    "twice": lambda m: [m.optim.SGD([t, t]) for t in [m.ones(1)]] and None,
    "two groups": lambda m: [m.optim.SGD([{"params": [t]}, {"params": [t]}]) for t in [m.ones(1)]],
    "names": lambda m: m.optim.SGD([("a", m.ones(1)), m.ones(1)]),
    "no names": lambda m: m.optim.SGD([("a", m.ones(1))]).add_param_group({"params": [m.ones(1)]}),
    "new names": lambda m: m.optim.SGD([m.ones(1)]).add_param_group({"params": [("a", m.ones(1))]}),
    "base": lambda m: m.optim.Optimizer([m.ones(1)], {}).step(),
    "groups": lambda m: m.optim.SGD([m.ones(1)]).load_state_dict({"state": {}, "param_groups": []}),
    "sizes": lambda m: m.optim.SGD([m.ones(1)]).load_state_dict(
        {"state": {}, "param_groups": [{"params": [0, 1]}]}
    ),
    "lbfgs": lambda m: m.optim.LBFGS([{"params": [m.ones(1)]}, {"params": [m.ones(1)]}]),
    "muon": lambda m: m.optim.Muon([m.ones(1)]),
    "sparse complex": lambda m: m.optim.SparseAdam([m.ones(1, dtype=m.complex64)]),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use(name):
    both(WRONG[name])


def test_hooks_and_closures():
    def action(m):
        events = []
        p = m.ones(2).requires_grad_()
        optimizer = m.optim.SGD([p], lr=0.1)
        optimizer.register_step_pre_hook(lambda o, a, k: events.append(("pre", len(a))))
        handle = optimizer.register_step_post_hook(lambda o, a, k: events.append("post"))
        optimizer.register_state_dict_pre_hook(lambda o: events.append("state"))
        optimizer.register_state_dict_post_hook(lambda o, s: {**s, "more": 1})
        optimizer.register_load_state_dict_pre_hook(lambda o, s: events.append("load"))
        optimizer.register_load_state_dict_pre_hook(lambda o, s: events.append("a"), prepend=True)
        optimizer.register_load_state_dict_post_hook(lambda o: events.append("loaded"))

        def closure():
            optimizer.zero_grad()
            loss = (p * p).sum()
            loss.backward()
            events.append(m.is_grad_enabled())
            return loss

        value = optimizer.step(closure).item()
        handle.remove()
        optimizer.step()
        optimizer.load_state_dict(optimizer.state_dict())
        optimizer.zero_grad(set_to_none=False)
        zeros = p.grad.tolist()
        optimizer.zero_grad()
        return events, value, p.tolist(), zeros, p.grad

    both(action)


def test_optimizers_of_ones_own():
    """A subclass written for PyTorch, with in-place tensor methods."""

    def action(m):
        class Signed(m.optim.Optimizer):
            def __init__(self, params, lr):
                super().__init__(params, dict(lr=lr))

            @m.no_grad()
            def step(self, closure=None):
                for group in self.param_groups:
                    for p in group["params"]:
                        state = self.state[p]
                        state["count"] = state.get("count", 0) + 1
                        p.add_(p.grad.sign(), alpha=-group["lr"])

        p = m.tensor([1.0, -2.0]).requires_grad_()
        optimizer = Signed([p], 0.25)
        p.grad = m.tensor([3.0, -1.0])
        optimizer.step()
        return p.tolist(), optimizer.state_dict(), repr(optimizer)

    both(action)
