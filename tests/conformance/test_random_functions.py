"""Random functions and methods, generators and states, side by side with PyTorch."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402

DRAWS = [
    "{t}.rand(5)",
    "{t}.rand(2, 3)",
    "{t}.rand((2, 3), dtype={t}.float64)",
    "{t}.rand(size=(4,), dtype={t}.float16)",
    "{t}.rand({t}.Size([40]), dtype={t}.bfloat16)",
    "{t}.rand(())",
    "{t}.rand(0)",
    "{t}.rand(70000)",
    "{t}.rand(3, dtype={t}.complex64)",
    "{t}.randn(3)",
    "{t}.randn(4, 5)",
    "{t}.randn(17, dtype={t}.float64)",
    "{t}.randn(33, dtype={t}.complex128)",
    "{t}.randint(10, (7,))",
    "{t}.randint(-5, 10, (7,))",
    "{t}.randint(low=3, high=2**40, size=(7,))",
    "{t}.randint(3, 9, size=(2, 2))",
    "{t}.randint(high=9, size=[2])",
    "{t}.randint(0, 2, (9,), dtype={t}.bool)",
    "{t}.randint(5, (9,), dtype={t}.float32)",
    "{t}.randint({t}.tensor(1), {t}.tensor(9), (9,))",
    "{t}.randperm(10)",
    "{t}.randperm(3000)",
    "{t}.randperm(10, dtype={t}.float32)",
    "{t}.rand_like({t}.zeros(2, 3))",
    "{t}.rand_like({t}.zeros(2, 3).transpose(0, 1))",
    "{t}.randn_like({t}.zeros(20, 3).transpose(0, 1))",
    "{t}.randn_like({t}.zeros(20, 3).transpose(0, 1), dtype={t}.float64)",
    "{t}.randint_like({t}.zeros(2, 3), 5)",
    "{t}.randint_like({t}.zeros(2, 3), 2, 5, dtype={t}.int64)",
    "{t}.randint_like({t}.zeros(2, 3).transpose(0, 1), low=2, high=50)",
    "{t}.normal(0.5, 2.0, (20,))",
    "{t}.normal(mean=0.5, std=2.0, size=(2, 2), dtype={t}.float64)",
    "{t}.normal({t}.arange(20.0), {t}.arange(1.0, 21.0))",
    "{t}.normal({t}.arange(3.0), 0.5)",
    "{t}.normal({t}.arange(3.0))",
    "{t}.normal(2.0, {t}.arange(1.0, 4.0))",
    "{t}.normal({t}.zeros(3), {t}.ones(2, 1))",
    "{t}.bernoulli({t}.rand(20))",
    "{t}.bernoulli({t}.rand(4, 5).transpose(0, 1))",
    "{t}.bernoulli({t}.rand(20, dtype={t}.float64))",
    "{t}.bernoulli({t}.zeros(20), 0.3)",
    "{t}.multinomial({t}.rand(6), 3)",
    "{t}.multinomial({t}.rand(5, 6), 9, replacement=True)",
    "{t}.multinomial({t}.rand(5, 6), 1)",
    "{t}.multinomial({t}.rand(6, 5).transpose(0, 1), 4)",
    "{t}.rand(5, 6).multinomial(2)",
    "{t}.poisson({t}.rand(20) * 30)",
    "{t}.binomial({t}.ones(2, 3) * 20, {t}.rand(3))",
    "{t}._standard_gamma({t}.rand(20) * 3)",
    "{t}._sample_dirichlet({t}.rand(4, 5) * 3)",
    "{t}.zeros(20).uniform_()",
    "{t}.zeros(20).uniform_(-2, 5)",
    "{t}.zeros(20).uniform_(**{{'from': 1, 'to': 3}})",
    "{t}.zeros(4, 5).transpose(0, 1).uniform_()",
    "{t}.zeros(4, 5).transpose(0, 1).normal_(1, 2)",
    "{t}.zeros(4, 6)[:, ::2].normal_()",
    "{t}.zeros(4, 6)[1:3].normal_()",
    "{t}.zeros(20).normal_(mean=3, std=0.5)",
    "{t}.zeros(20).random_()",
    "{t}.zeros(20).random_(5)",
    "{t}.zeros(20).random_(-5, 5)",
    "{t}.zeros(20).random_(3, None)",
    "{t}.zeros(20, dtype={t}.int64).random_(-2**63, None)",
    "{t}.zeros(20, dtype={t}.uint8).random_()",
    "{t}.zeros(20).bernoulli_()",
    "{t}.zeros(4, 5).transpose(0, 1).bernoulli_(0.2)",
    "{t}.zeros(4, 5).transpose(0, 1).bernoulli_({t}.rand(4))",
    "{t}.zeros(20, dtype={t}.int32).bernoulli_({t}.tensor(0.4))",
    "{t}.zeros(20).exponential_(2)",
    "{t}.zeros(20).cauchy_(1, 2)",
    "{t}.zeros(20).log_normal_(0.5, 0.25)",
    "{t}.zeros(20).geometric_(0.3)",
    "{t}.rand(3, out={t}.zeros(3))",
    "{t}.randn(3, out={t}.zeros(0, dtype={t}.float64))",
    "{t}.randint(9, (3,), out={t}.zeros(0))",
    "{t}.randperm(9, out={t}.zeros(0, dtype={t}.int32))",
    "{t}.normal({t}.zeros(3), 1.0, out={t}.zeros(3))",
    "{t}.bernoulli({t}.rand(3), out={t}.zeros(3))",
    "{t}.multinomial({t}.rand(3), 2, out={t}.zeros(0, dtype={t}.int64))",
]
ERRORS = [
    "{t}.rand()",
    "{t}.rand(2.5)",
    "{t}.rand('a')",
    "{t}.rand([2, 'a'])",
    "{t}.rand(2, -1)",
    "{t}.rand(2, dtype={t}.int64)",
    "{t}.rand(2, dtype={t}.float64, out={t}.zeros(2))",
    "{t}.rand(2, generator=3)",
    "{t}.rand(2, names=None)",
    "{t}.rand(2, device='cuda')",
    "{t}.randn(2, dtype={t}.bool)",
    "{t}.randint(5)",
    "{t}.randint(5, 3)",
    "{t}.randint(3, 3, (2,))",
    "{t}.randint(1, 5.5, (3,))",
    "{t}.randint(True, (3,))",
    "{t}.randint(2**63, (3,))",
    "{t}.randint(5, (3,), requires_grad=True)",
    "{t}.randint(0, 3, (4,), dtype={t}.bool)",
    "{t}.randint(0, 257, (4,), dtype={t}.uint8)",
    "{t}.randint(-129, 3, (4,), dtype={t}.int8)",
    "{t}.randint(0, 70000, (4,), dtype={t}.float16)",
    "{t}.randint(0, 3, (4,), dtype={t}.complex64)",
    "{t}.randperm(-1)",
    "{t}.randperm(5.0)",
    "{t}.randperm(300, dtype={t}.uint8)",
    "{t}.randperm(129, dtype={t}.int8)",
    "{t}.randperm(3000, dtype={t}.float16)",
    "{t}.randperm(3, dtype={t}.bool)",
    "{t}.randperm(3, dtype={t}.int32, out={t}.zeros(0))",
    "{t}.randn_like(3)",
    "{t}.normal(0.0, 1.0)",
    "{t}.normal({t}.zeros(3), {t}.tensor([1.0, -1, 1]))",
    "{t}.normal({t}.zeros(3), -1.0)",
    "{t}.normal({t}.zeros(3), {t}.ones(2))",
    "{t}.normal({t}.zeros(3, dtype={t}.int64), 1.0)",
    "{t}.bernoulli({t}.tensor([0.1, 2]))",
    "{t}.bernoulli({t}.tensor([1, 0]))",
    "{t}.multinomial({t}.ones(3), 0)",
    "{t}.multinomial({t}.ones(3), 4)",
    "{t}.multinomial({t}.ones(3), 2.0)",
    "{t}.multinomial({t}.zeros(3), 1)",
    "{t}.multinomial({t}.tensor([-1.0, 2]), 1)",
    "{t}.multinomial({t}.tensor([-1.0, 2]), 2, True)",
    "{t}.multinomial({t}.tensor([1, 2]), 1)",
    "{t}.multinomial({t}.ones(1, 1, 1), 1)",
    "{t}.multinomial({t}.ones(3), 2, out={t}.zeros(0))",
    "{t}.poisson({t}.tensor([-1.0]))",
    "{t}.poisson({t}.tensor([1]))",
    "{t}.binomial({t}.tensor([1]), {t}.tensor([0.5]))",
    "{t}.binomial({t}.tensor([1.0]), {t}.tensor([0.5], dtype={t}.float64))",
    "{t}.zeros(3).uniform_(2, 1)",
    "{t}.zeros(3).uniform_(0, 1e39)",
    "{t}.zeros(3).uniform_(-3e38, 3e38)",
    "{t}.zeros(3).uniform_('a')",
    "{t}.zeros(3).uniform_(from_=1)",
    "{t}.zeros(3, dtype={t}.int64).uniform_()",
    "{t}.zeros(3).normal_(0, -1)",
    "{t}.zeros(3, dtype={t}.int64).normal_()",
    "{t}.zeros(3).random_(3, 1)",
    "{t}.zeros(3).random_(0)",
    "{t}.zeros(3, dtype={t}.complex64).random_()",
    "{t}.zeros(3, dtype={t}.uint8).random_(-2**63, None)",
    "{t}.zeros(3).bernoulli_(1.5)",
    "{t}.zeros(3).bernoulli_({t}.tensor([0.1, 2, 0.3]))",
    "{t}.zeros(3).bernoulli_({t}.tensor([1, 0, 1]))",
    "{t}.zeros(3).bernoulli_({t}.ones(2))",
    "{t}.zeros(3).exponential_(0)",
    "{t}.zeros(3, dtype={t}.int64).exponential_()",
    "{t}.zeros(3).cauchy_(0, 0)",
    "{t}.zeros(3, dtype={t}.int64).cauchy_()",
    "{t}.zeros(3).log_normal_(0, 0)",
    "{t}.zeros(3, dtype={t}.int64).log_normal_()",
    "{t}.zeros(3).geometric_(1)",
    "{t}.zeros(3, dtype={t}.bool).geometric_(0.5)",
    "{t}.zeros(1).expand(3).normal_()",
    "{t}.zeros(3, requires_grad=True).normal_()",
    "{t}.manual_seed(2**64)",
    "{t}.manual_seed('a')",
    "{t}.Generator().manual_seed(1.5)",
    "{t}.Generator().get_offset()",
    "{t}.Generator().set_state({t}.zeros(3))",
    "{t}.Generator().set_state(3)",
    "{t}.set_rng_state({t}.get_rng_state()[:-1])",
]  # fmt: skip
# Errors whose message is PyTorch's list of overloads, which ours shortens.
OVERLOADS = ("received an invalid combination", "Overflow when unpacking", "is not a dtype")
GRADS = [
    "(x * 1).normal_()",
    "(x * 1).uniform_()",
    "(x * 1).random_()",
    "(x * 1).random_(5)",
    "(x * 1).random_(1, 5)",
    "(x * 1).bernoulli_(0.5)",
    "(x * 1).bernoulli_({t}.ones(3))",
    "(x * 1).exponential_()",
    "(x * 1).cauchy_()",
    "(x * 1).log_normal_()",
    "(x * 1).geometric_(0.5)",
    "{t}.bernoulli(x)",
    "{t}.poisson(x)",
    "{t}.normal(x, 1.0)",
    "{t}.normal(x, {t}.ones(3))",
    "{t}.normal(1.0, x)",
]


def run(code: str, framework, **names):
    return eval(code.format(t="t"), {"t": framework, **names})


def same(ours, theirs) -> None:
    theirs = theirs.detach()
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert tuple(ours.stride()) == tuple(theirs.stride()) if hasattr(ours, "stride") else True
    assert str(ours.dtype) == str(theirs.dtype)
    wide = torch.complex128 if theirs.is_complex() else torch.float64
    theirs = theirs.to(wide).numpy()
    np.testing.assert_allclose(ours.detach()._array().astype(theirs.dtype), theirs, rtol=1e-6)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(41)
    loxley.manual_seed(41)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("code", DRAWS)
def test_values(code):
    for _ in range(2):
        same(run(code, loxley), run(code, torch))
    same(loxley.rand(3), torch.rand(3))


@pytest.mark.filterwarnings("ignore")
def test_sequences_of_draws():
    chooser = np.random.default_rng(1)
    for code in chooser.choice(DRAWS, 300):
        same(run(code, loxley), run(code, torch))


@pytest.mark.filterwarnings("ignore")
def test_draws_are_in_the_order_of_the_calls():
    ours = [run(code, loxley) for code in DRAWS]  # all pending
    theirs = [run(code, torch) for code in DRAWS]
    for mine, one in list(zip(ours, theirs))[::-1]:  # looked at backwards
        same(mine, one)


@pytest.mark.parametrize("code", ERRORS)
def test_errors(code):
    before = loxley.get_rng_state()._array().tobytes()
    with pytest.raises(Exception) as theirs:  # noqa: B017, PT011 - whatever PyTorch raises
        run(code, torch)
    with pytest.raises(theirs.type) as ours:
        run(code, loxley)
    expected = str(theirs.value).split("\n")[0]
    if not any(words in expected for words in OVERLOADS):
        assert str(ours.value).split("\n")[0] == expected
    assert loxley.get_rng_state()._array().tobytes() == before


def test_warning_about_coarse_types():
    code = "{t}.randint(0, 5000, (4,), dtype={t}.float16)"
    with pytest.warns(UserWarning, match="to - 1 is out of bounds"):
        ours = run(code, loxley)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(ours, run(code, torch))


@pytest.mark.parametrize("code", GRADS)
def test_grad_nodes_and_zero_gradients(code):
    results = []
    for framework in (loxley, torch):
        x = framework.ones(3, requires_grad=True)
        y = run(code, framework, x=x)
        y.backward(framework.ones(3))
        results.append(
            (type(y.grad_fn).__name__ if framework is torch else y.grad_fn.name(), x.grad)
        )
    assert results[0][0] == results[1][0]
    same(results[0][1], results[1][1])


def test_states_travel_both_ways():
    for size in (1, 7, 700, 5000):
        loxley.randn(size), loxley.rand(size)
        torch.set_rng_state(torch.from_numpy(loxley.get_rng_state()._array().copy()))
        same(loxley.randn(3), torch.randn(3))
        torch.randn(size)
        loxley.set_rng_state(loxley.tensor(torch.get_rng_state().numpy()))
        same(loxley.randn(3), torch.randn(3))
        assert loxley.initial_seed() == torch.initial_seed() == 41


def test_generators():
    ours, theirs = loxley.Generator(), torch.Generator()
    assert ours.initial_seed() == theirs.initial_seed()
    assert repr(ours.device) == repr(theirs.device)
    for seed in (0, 5, -3, 2**63):
        assert ours.manual_seed(seed) is ours
        assert ours.initial_seed() == theirs.manual_seed(seed).initial_seed()
        same(loxley.rand(700, generator=ours), torch.rand(700, generator=theirs))
        same(loxley.randperm(9, generator=ours), torch.randperm(9, generator=theirs))
        state = ours.get_state()
        expected = loxley.randn(5, generator=ours)._array()
        for other in (
            loxley.Generator().set_state(state),
            pickle.loads(pickle.dumps(loxley.Generator().set_state(state))),
            copy.deepcopy(loxley.Generator().set_state(state)),
        ):
            np.testing.assert_array_equal(loxley.randn(5, generator=other)._array(), expected)
        clone = ours.clone_state()
        np.testing.assert_array_equal(
            loxley.rand(9, generator=clone)._array(), loxley.rand(9, generator=ours)._array()
        )
        theirs.set_state(torch.from_numpy(ours.get_state()._array().copy()))
    assert 0 <= ours.seed() < 2**53 and ours.initial_seed() != theirs.initial_seed()
    assert isinstance(loxley.seed(), int)


def test_fork_rng():
    before = loxley.rand(2)
    with loxley.random.fork_rng():
        inside = loxley.rand(2)
        loxley.manual_seed(0)
    np.testing.assert_array_equal(loxley.rand(2)._array(), inside._array())
    with loxley.random.fork_rng(enabled=False):
        loxley.manual_seed(41)
    np.testing.assert_array_equal(loxley.rand(2)._array(), before._array())
    with pytest.raises(AssertionError), loxley.random.fork_rng(devices=[0]):
        pass


def test_meta_draws_nothing():
    assert loxley.rand(3, device="meta").is_meta
    loxley.zeros(3, device="meta").normal_()
    same(loxley.rand(3), torch.rand(3))


def test_views_are_filled_in_place():
    ours, theirs = loxley.zeros(4, 6), torch.zeros(4, 6)
    for t in (ours, theirs):
        t[1:3].uniform_()
        t[:, 2].fill_(7) if hasattr(t, "fill_") else None
    same(ours, theirs)
    assert ours._version == theirs._version
