"""Optimizers: what PyTorch 2.13.0 gives after six steps, one operator per parameter, errors."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import loxley as torch
from loxley.ir.graph import Pending
from loxley.optim.swa_utils import SWALR, AveragedModel, get_ema_multi_avg_fn, update_bn
from loxley.runtime import counters

STEPS = [
    ("SGD", {}, [1.0, -1.928716, 0.517732, 2.98803]),
    (
        "SGD",
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        [0.99782, -1.736992, 0.562903, 2.949596],
    ),
    ("Adam", {"lr": 0.1}, [1.0, -1.403064, 1.047432, 2.405132]),
    ("Adam", {"lr": 0.1, "amsgrad": True}, [1.0, -1.403064, 1.047432, 2.405132]),
    ("AdamW", {"lr": 0.1}, [0.961461, -1.392658, 1.043718, 2.388866]),
    ("Adamax", {"lr": 0.1}, [1.0, -1.425636, 0.951985, 2.438861]),
    ("NAdam", {"lr": 0.1}, [1.0, -1.531135, 0.885844, 2.537958]),
    ("RAdam", {"lr": 0.1}, [1.0, 1.760393, 1.222829, 2.102285]),
    ("Adagrad", {"lr": 0.1}, [1.0, -1.644509, 0.803508, 2.648997]),
    ("Adadelta", {}, [1.0, -1.980188, 0.519642, 2.980206]),
    ("RMSprop", {"centered": True, "momentum": 0.5}, [1.0, -1.373074, 0.976986, 2.385141]),
    ("Rprop", {}, [1.0, -1.900701, 0.599299, 2.900701]),
    ("ASGD", {"t0": 2}, [0.999994, -1.348265, 0.655062, 2.882943]),
    ("Adafactor", {"lr": 0.1}, [1.0, -1.337849, 1.140271, 2.525436]),
    ("Muon", {"lr": 0.1}, [1.011985, -1.45904, 0.954172, 2.767572]),
]


def quadratic(p):
    return ((p - 1) ** 2 * torch.tensor([[1.0, 2.0], [3.0, 0.5]])).sum()


def train(name, options, steps=6):
    p = torch.tensor([[1.0, -2.0], [0.5, 3.0]]).requires_grad_()
    optimizer = getattr(torch.optim, name)([p], **options)
    for _ in range(steps):
        optimizer.zero_grad()
        quadratic(p).backward()
        optimizer.step()
    return p, optimizer


@pytest.mark.parametrize("name,options,expected", STEPS)
def test_steps(name, options, expected):
    p, _ = train(name, options)
    tolerance = 1e-3 if name == "Muon" else 2e-6
    np.testing.assert_allclose(p.detach().flatten().tolist(), expected, atol=tolerance)


@pytest.mark.parametrize("name,options,expected", STEPS)
def test_one_operator_per_parameter_written_in_place(name, options, expected):
    params = [torch.ones(3, 3).requires_grad_() for _ in range(4)]
    optimizer = getattr(torch.optim, name)(params, **options)
    for step in range(2):
        for p in params:
            p.grad = torch.ones(3, 3)
        nodes, donated = Pending.nodes, counters.donated
        optimizer.step()
        if step:
            assert Pending.nodes - nodes <= 2 * len(params)  # the update, and the gradient
            assert counters.donated - donated >= len(params)


def test_a_falling_rate_is_the_same_operator():
    p = torch.ones(3).requires_grad_()
    optimizer = torch.optim.SGD([p], lr=1.0)
    for rate in (1.0, 0.5, 0.25):
        optimizer.param_groups[0]["lr"] = rate
        p.grad = torch.ones(3)
        optimizer.step()
    assert p.tolist() == [-0.75] * 3


def test_values_taken_before_a_step_stay():
    p = torch.ones(3).requires_grad_()
    optimizer = torch.optim.SGD([p], lr=1.0, momentum=0.5)
    seen = []
    for _ in range(3):
        p.grad = torch.ones(3)
        seen.append((p.detach().clone(), p * 1))
        optimizer.step()
    assert [(a.tolist()[0], b.tolist()[0]) for a, b in seen] == [
        (1.0, 1.0),
        (0.0, 0.0),
        (-1.5, -1.5),
    ]


@pytest.mark.parametrize("name", ["SGD", "Adam", "NAdam", "ASGD", "LBFGS"])
def test_state_survives(name):
    p = torch.tensor([3.0, -1.0]).requires_grad_()
    make = getattr(torch.optim, name)
    optimizer = make([p], **({"momentum": 0.9} if name == "SGD" else {}))

    def closure():
        optimizer.zero_grad()
        loss = (p**4).sum()
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)
    other = pickle.loads(pickle.dumps(optimizer))
    q = other.param_groups[0]["params"][0]
    assert q.tolist() == p.tolist()
    fresh = make([p])
    fresh.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert str(fresh.state_dict()) == str(optimizer.state_dict())


def test_lbfgs_finds_the_minimum():
    p = torch.tensor([-1.5, 2.0], dtype=torch.float64).requires_grad_()
    optimizer = torch.optim.LBFGS([p], max_iter=100, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = 100 * (p[1] - p[0] ** 2) ** 2 + (1 - p[0]) ** 2
        loss.backward()
        return loss

    optimizer.step(closure)
    np.testing.assert_allclose(p.tolist(), [1.0, 1.0], atol=1e-4)


@pytest.mark.parametrize(
    "make,error,message",
    [
        (lambda p: torch.optim.SGD(p), TypeError, "should be an iterable of Tensors or dicts"),
        (lambda p: torch.optim.SGD([]), ValueError, "optimizer got an empty parameter list"),
        (lambda p: torch.optim.SGD([1]), TypeError, "can only optimize Tensors"),
        (lambda p: torch.optim.SGD([p * 2]), ValueError, "can't optimize a non-leaf Tensor"),
        (lambda p: torch.optim.SGD([p], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda p: torch.optim.Adam([p], betas=(1, 0)), ValueError, "Invalid beta parameter"),
        (lambda p: torch.optim.Muon([p]), ValueError, "Muon only supports 2D parameters"),
        (
            lambda p: torch.optim.Adam([p], fused=True, foreach=True),
            RuntimeError,
            "cannot be `True` together",
        ),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make(torch.ones(2, requires_grad=True))


def test_printing():
    optimizer = torch.optim.SGD([torch.ones(1)], lr=0.5)
    assert repr(optimizer) == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n"
        "    fused: None\n    lr: 0.5\n    maximize: False\n    momentum: 0\n    nesterov: False\n"
        "    weight_decay: 0\n)"
    )


# -------------------------------------------------------------------------- schedules, averages


def rates(make, steps):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    scheduler = make(optimizer)
    got = [scheduler.get_last_lr()[0]]
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
        got.append(scheduler.get_last_lr()[0])
    return got


def test_schedules():
    s = torch.optim.lr_scheduler
    assert rates(lambda o: s.StepLR(o, 2), 4) == [
        0.1,
        0.1,
        0.010000000000000002,
        0.010000000000000002,
        0.0010000000000000002,
    ]
    assert rates(lambda o: s.CosineAnnealingLR(o, 4), 4) == [
        0.1,
        0.08535533905932738,
        0.05,
        0.014644660940672627,
        0.0,
    ]
    assert rates(lambda o: SWALR(o, 0.05, anneal_epochs=4), 5) == [
        0.1,
        0.09267766952966369,
        0.075,
        0.057322330470336316,
        0.05,
        0.05,
    ]


def test_warning_of_the_order():
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    with pytest.warns(UserWarning, match="Detected call of `lr_scheduler.step\\(\\)` before"):
        scheduler.step()


def test_averaged_model():
    model = torch.nn.Linear(2, 1, bias=False)
    mean = AveragedModel(model)
    moving = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.5))
    for value in (1.0, 2.0, 6.0):
        with torch.no_grad():
            model.weight.fill_(value)
        mean.update_parameters(model)
        moving.update_parameters(model)
    assert mean.module.weight.tolist() == [[3.0, 3.0]]
    assert moving.module.weight.tolist() == [[3.75, 3.75]]
    assert mean.n_averaged.item() == 3
    assert list(mean.state_dict()) == ["n_averaged", "module.weight"]
    assert mean(torch.ones(1, 2)).item() == 6.0


def test_update_bn():
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(1)).eval()
    batches = [torch.tensor([[1.0], [3.0]]), torch.tensor([[5.0], [7.0]])]
    update_bn(batches, model)
    assert model[0].running_mean.item() == 4.0
    assert model[0].running_var.item() == 2.0
    assert model[0].momentum == 0.1 and not model.training
