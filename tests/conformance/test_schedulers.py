"""Learning-rate schedules beside PyTorch: the same rates, states, warnings and errors."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402
import loxley.optim  # noqa: E402

BOTH = (torch, loxley)


class Halver:
    """A callable object with state of its own."""

    def __init__(self) -> None:
        self.base = 0.5

    def __call__(self, epoch):
        return self.base**epoch


SCHEDULES = {
    "lambda": lambda s, o: s.LambdaLR(o, [lambda e: 0.95**e, Halver()]),
    "multiplicative": lambda s, o: s.MultiplicativeLR(o, lambda e: 0.95),
    "step": lambda s, o: s.StepLR(o, 3, gamma=0.3),
    "multistep": lambda s, o: s.MultiStepLR(o, [2, 5, 5, 9]),
    "constant": lambda s, o: s.ConstantLR(o, factor=0.4, total_iters=4),
    "linear": lambda s, o: s.LinearLR(o, 0.25, 0.9, total_iters=7),
    "exponential": lambda s, o: s.ExponentialLR(o, 0.87),
    "polynomial": lambda s, o: s.PolynomialLR(o, 9, power=1.7),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, 6, eta_min=0.001),
    "restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, T_mult=2, eta_min=1e-4),
    "restarts_1": lambda s, o: s.CosineAnnealingWarmRestarts(o, 4),
    "cyclic": lambda s, o: s.CyclicLR(o, 0.01, [0.1, 0.2], 3, 5),
    "cyclic_2": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 4, mode="triangular2"),
    "cyclic_exp": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=0.97),
    "cyclic_own": lambda s, o: s.CyclicLR(
        o, 0.01, 0.1, 4, scale_fn=lambda x: 0.9**x, scale_mode="iterations", cycle_momentum=False
    ),
    "onecycle": lambda s, o: s.OneCycleLR(o, [0.1, 0.3], total_steps=30),
    "onecycle_linear": lambda s, o: s.OneCycleLR(
        o, 0.1, epochs=5, steps_per_epoch=6, anneal_strategy="linear", pct_start=0.4
    ),
    "onecycle_three": lambda s, o: s.OneCycleLR(o, 0.1, total_steps=31, three_phase=True),
    "sequential": lambda s, o: s.SequentialLR(
        o,
        [s.LinearLR(o, 0.1, total_iters=4), s.CosineAnnealingLR(o, 6), s.ExponentialLR(o, 0.9)],
        [4, 11],
    ),
    "chained": lambda s, o: s.ChainedScheduler(
        [s.ConstantLR(o, factor=0.1, total_iters=2), s.ExponentialLR(o, 0.9)], optimizer=o
    ),
    "sequential_of_chained": lambda s, o: s.SequentialLR(
        o,
        [
            s.ChainedScheduler([s.ConstantLR(o, total_iters=3), s.ExponentialLR(o, 0.9)]),
            s.StepLR(o, 2),
        ],
        [5],
    ),
}


def make_optimizer(m, kind="SGD"):
    params = [m.nn.Parameter(m.ones(2)) for _ in range(2)]
    groups = [{"params": [params[0]], "lr": 0.1}, {"params": [params[1]], "lr": 0.03}]
    if kind == "SGD":
        return m.optim.SGD(groups, momentum=0.9)
    return m.optim.Adam(groups)


def snapshot(optimizer, scheduler):
    keys = ("lr", "initial_lr", "momentum", "betas", "max_lr", "min_lr")
    groups = [{k: g[k] for k in keys if k in g} for g in optimizer.param_groups]
    return (
        groups,
        scheduler.get_last_lr(),
        scheduler.last_epoch if hasattr(scheduler, "last_epoch") else None,
    )


def plain(state):
    """A state dict without what can't be compared (functions)."""
    return {
        k: [plain(s) for s in v] if k == "_schedulers" else v
        for k, v in state.items()
        if not callable(v) and k != "lr_lambdas"
    }


def run(m, make, steps, kind):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        optimizer = make_optimizer(m, kind)
        scheduler = make(m.optim.lr_scheduler, optimizer)
        trace = [snapshot(optimizer, scheduler)]
        for _ in range(steps):
            optimizer.step()
            scheduler.step()
            trace.append(snapshot(optimizer, scheduler))
    return trace, plain(scheduler.state_dict()), [str(w.message) for w in caught]


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_and_states(name, kind):
    expected, ours = (run(m, SCHEDULES[name], 29, kind) for m in BOTH)
    assert ours == expected
    assert list(ours[1]) == list(expected[1])


RESUMABLE = {
    "step": lambda s, o, e: s.StepLR(o, 3, last_epoch=e),
    "multistep": lambda s, o, e: s.MultiStepLR(o, [2, 3, 4], last_epoch=e),
    "constant": lambda s, o, e: s.ConstantLR(o, last_epoch=e),
    "linear": lambda s, o, e: s.LinearLR(o, last_epoch=e),
    "exponential": lambda s, o, e: s.ExponentialLR(o, 0.9, last_epoch=e),
    "polynomial": lambda s, o, e: s.PolynomialLR(o, 5, last_epoch=e),
    "cosine": lambda s, o, e: s.CosineAnnealingLR(o, 5, last_epoch=e),
    "lambda": lambda s, o, e: s.LambdaLR(o, lambda x: 0.9**x, last_epoch=e),
    "multiplicative": lambda s, o, e: s.MultiplicativeLR(o, lambda x: 0.9**x, last_epoch=e),
    "restarts": lambda s, o, e: s.CosineAnnealingWarmRestarts(o, 2, T_mult=2, last_epoch=e),
    "cyclic": lambda s, o, e: s.CyclicLR(o, 0.01, 0.1, 3, last_epoch=e),
    "onecycle": lambda s, o, e: s.OneCycleLR(o, 0.1, 12, last_epoch=e),
}


def resume(m, make, epoch):
    optimizer = make_optimizer(m)
    for group in optimizer.param_groups:
        group.update(initial_lr=1.0, max_lr=1.0, min_lr=0.001, max_momentum=0.95)
        group["base_momentum"] = 0.8
    scheduler = make(m.optim.lr_scheduler, optimizer, epoch)
    trace = [scheduler.get_last_lr()]
    for _ in range(6):
        optimizer.step()
        scheduler.step()
        trace.append(scheduler.get_last_lr())
    return trace


@pytest.mark.parametrize("epoch", [0, 1, 2, 5])
@pytest.mark.parametrize("name", RESUMABLE)
def test_resumed(name, epoch):
    expected, ours = (resume(m, RESUMABLE[name], epoch) for m in BOTH)
    assert ours == expected


@pytest.mark.parametrize("name", RESUMABLE)
def test_given_epochs(name):
    def go(m):
        optimizer = make_optimizer(m)
        scheduler = RESUMABLE[name](m.optim.lr_scheduler, optimizer, -1)
        trace = []
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for epoch in (3, 1, 8, None, None):
                optimizer.step()
                scheduler.step(epoch)
                trace.append(scheduler.get_last_lr())
        return trace, [(w.category, str(w.message)) for w in caught]

    expected, ours = (go(m) for m in BOTH)
    assert ours == expected


def test_restarts_with_fractions():
    def go(m):
        optimizer = make_optimizer(m)
        scheduler = m.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 2, T_mult=3)
        trace = []
        for i in range(40):
            scheduler.step(i / 4)
            trace.append((scheduler.get_last_lr(), scheduler.T_cur, scheduler.T_i))
        return trace

    expected, ours = (go(m) for m in BOTH)
    assert ours == expected


PLATEAU = [
    {},
    {"patience": 1, "factor": 0.5, "cooldown": 2},
    {"mode": "max", "patience": 0, "threshold": 0.1, "threshold_mode": "abs"},
    {"patience": 1, "min_lr": [0.05, 0.001], "eps": 1e-3},
]


@pytest.mark.parametrize("options", PLATEAU)
def test_plateau(options):
    values = [1.0, 0.9, 0.95, 0.96, 0.9, 0.91, 0.3, 0.4, 0.5, 0.6, 0.7, 0.7, 0.7, 0.7, 0.2, 0.3]

    def go(m):
        optimizer = make_optimizer(m)
        scheduler = m.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        trace = []
        for value in values * 2:
            scheduler.step(m.tensor(value))
            trace.append((scheduler.get_last_lr(), scheduler.in_cooldown, scheduler.best))
        return trace, scheduler.state_dict()

    expected, ours = (go(m) for m in BOTH)
    assert ours == expected


def test_tensor_rate():
    def go(m):
        p = m.nn.Parameter(m.ones(2))
        optimizer = m.optim.SGD([p], lr=m.tensor(0.5))
        held = optimizer.param_groups[0]["lr"]
        scheduler = m.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        for _ in range(3):
            optimizer.step()
            scheduler.step()
        assert optimizer.param_groups[0]["lr"] is held
        return held.item(), [lr.item() for lr in scheduler.get_last_lr()]

    expected, ours = (go(m) for m in BOTH)
    assert ours == expected


@pytest.mark.parametrize("name", SCHEDULES)
def test_loaded_state_goes_on(name):
    def go(m):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            optimizer = make_optimizer(m)
            scheduler = SCHEDULES[name](m.optim.lr_scheduler, optimizer)
            for _ in range(7):
                optimizer.step()
                scheduler.step()
            other = make_optimizer(m)
            loaded = SCHEDULES[name](m.optim.lr_scheduler, other)
            other.load_state_dict(optimizer.state_dict())
            loaded.load_state_dict(scheduler.state_dict())
            trace = []
            for _ in range(7):
                loaded.step()
                trace.append(snapshot(other, loaded))
        return trace

    expected, ours = (go(m) for m in BOTH)
    assert ours == expected


def outcome(action):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            action()
            error = None
        except Exception as raised:
            error = (type(raised), str(raised).replace("loxley", "torch"))
    return error, [(w.category, str(w.message)) for w in caught]


ERRORS = {
    "no optimizer": lambda m, s, o: s.StepLR(3, 1),
    "order": lambda m, s, o: s.StepLR(o, 1).step(),
    "get_lr": lambda m, s, o: s.StepLR(o, 1).get_lr(),
    "not resumable": lambda m, s, o: s.StepLR(o, 1, last_epoch=3),
    "lambdas": lambda m, s, o: s.LambdaLR(o, [lambda e: 1] * 3),
    "lambda type": lambda m, s, o: s.MultiplicativeLR(o, [1, 2]),
    "constant": lambda m, s, o: s.ConstantLR(o, factor=2),
    "linear start": lambda m, s, o: s.LinearLR(o, start_factor=0),
    "linear end": lambda m, s, o: s.LinearLR(o, end_factor=2),
    "empty": lambda m, s, o: s.SequentialLR(o, [], []),
    "milestones": lambda m, s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [1]),
    "plateau in sequence": lambda m, s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
    "chain empty": lambda m, s, o: s.ChainedScheduler([]),
    "chain plateau": lambda m, s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
    "plateau factor": lambda m, s, o: s.ReduceLROnPlateau(o, factor=1.0),
    "plateau mode": lambda m, s, o: s.ReduceLROnPlateau(o, mode="x"),
    "plateau threshold": lambda m, s, o: s.ReduceLROnPlateau(o, threshold_mode="x"),
    "plateau lrs": lambda m, s, o: s.ReduceLROnPlateau(o, min_lr=[1, 2, 3]),
    "cyclic mode": lambda m, s, o: s.CyclicLR(o, 0.1, 0.2, mode="x"),
    "cyclic lrs": lambda m, s, o: s.CyclicLR(o, [0.1] * 3, 0.2),
    "cyclic momentum": lambda m, s, o: s.CyclicLR(
        m.optim.Adagrad(o.param_groups[0]["params"]), 0.1, 0.2
    ),
    "T_0": lambda m, s, o: s.CosineAnnealingWarmRestarts(o, 0),
    "T_mult": lambda m, s, o: s.CosineAnnealingWarmRestarts(o, 1, 0),
    "eta_min": lambda m, s, o: s.CosineAnnealingWarmRestarts(o, 1, 1, "a"),
    "negative epoch": lambda m, s, o: s.CosineAnnealingWarmRestarts(o, 1).step(-1),
    "pct": lambda m, s, o: s.OneCycleLR(o, 0.1, 10, pct_start=2.0),
    "anneal": lambda m, s, o: s.OneCycleLR(o, 0.1, 10, anneal_strategy="x"),
    "total": lambda m, s, o: s.OneCycleLR(o, 0.1, 0),
    "no total": lambda m, s, o: s.OneCycleLR(o, 0.1),
    "epochs": lambda m, s, o: s.OneCycleLR(o, 0.1, epochs=0, steps_per_epoch=1),
    "steps": lambda m, s, o: s.OneCycleLR(o, 0.1, epochs=1, steps_per_epoch=0),
    "too far": lambda m, s, o: [sc.step() for sc in [s.OneCycleLR(o, 0.1, 10)] for _ in range(12)],
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_and_warnings(name):
    expected, ours = (
        outcome(lambda m=m: ERRORS[name](m, m.optim.lr_scheduler, make_optimizer(m))) for m in BOTH
    )
    assert ours == expected
