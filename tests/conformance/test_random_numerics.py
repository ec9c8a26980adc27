"""The random streams of `loxley.numerics` against PyTorch's, value by value and state by state."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import ml_dtypes  # noqa: E402

from loxley.numerics import random as draws  # noqa: E402
from loxley.numerics import random_distributions as distributions  # noqa: E402
from loxley.numerics.mersenne import MersenneTwister  # noqa: E402
from loxley.numerics.random_choice import multinomial  # noqa: E402
from loxley.numerics.random_normal import normal, paired  # noqa: E402

SIZES = (0, 1, 2, 15, 16, 17, 31, 32, 33, 100, 623, 625, 1000, 70000)
FLOATS = ("float32", "float64", "float16", "bfloat16")
INTEGERS = ("bool", "uint8", "int8", "int16", "int32", "int64")


def numpy_type(name: str) -> np.dtype:
    return np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)


def to_numpy(tensor) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()


class Pair:
    """A PyTorch generator and ours, from one seed."""

    def __init__(self, seed: int) -> None:
        self.theirs = torch.Generator()
        self.theirs.manual_seed(seed)
        self.ours = MersenneTwister(seed)

    def check(self, ours: np.ndarray, theirs, exact: bool = True) -> None:
        theirs = to_numpy(theirs)
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        if exact:
            np.testing.assert_array_equal(ours, theirs)
        else:
            wide = np.float64 if ours.dtype.kind not in "c" else np.complex128
            tolerance = {2: 1e-2, 4: 1e-6, 8: 1e-13, 16: 1e-13}[ours.dtype.itemsize]
            np.testing.assert_allclose(
                ours.astype(wide), theirs.astype(wide), rtol=tolerance, atol=1e-300
            )
        self.check_state(exact)

    def check_state(self, exact: bool = True) -> None:
        ours, theirs = self.ours.get_state(), self.theirs.get_state().numpy()
        if exact:
            np.testing.assert_array_equal(ours, theirs)
        else:  # the kept normal may differ in its last digit
            np.testing.assert_array_equal(ours[:5016], theirs[:5016])
            np.testing.assert_array_equal(ours[5040:], theirs[5040:])
            np.testing.assert_allclose(
                ours[5024:5032].view(float), theirs[5024:5032].view(float), rtol=1e-13
            )


@pytest.mark.parametrize("seed", [0, 1, -1, 2**31, 2**32 + 5, 2**63, 2**64 - 1, -(2**63), 123])
def test_seeds(seed):
    pair = Pair(seed)
    assert pair.ours.initial_seed == pair.theirs.initial_seed()
    pair.check_state()
    pair.check(draws.uniform(pair.ours, (5,), np.float32), torch.rand(5, generator=pair.theirs))


def test_states_travel_both_ways():
    pair = Pair(7)
    for size in (1, 623, 3, 1000, 621, 5000):
        draws.uniform(pair.ours, (size,), np.float32)
        normal(pair.ours, (3,), np.float32)
        pair.theirs.set_state(torch.from_numpy(pair.ours.get_state()))
        pair.check(
            normal(pair.ours, (7,), np.float64),
            torch.randn(7, generator=pair.theirs, dtype=torch.float64),
        )
        torch.randn(size, generator=pair.theirs)
        pair.ours.set_state(pair.theirs.get_state().numpy())
        clone = pair.ours.copy()
        theirs = torch.randint(0, 2**40, (900,), generator=pair.theirs)
        pair.check(draws.integers(pair.ours, (900,), np.int64, 0, 2**40), theirs)
        np.testing.assert_array_equal(
            draws.integers(clone, (900,), np.int64, 0, 2**40), theirs.numpy()
        )


@pytest.mark.parametrize("bad", ["zeros", "left", "unseeded", "short"])
def test_bad_states(bad):
    state = MersenneTwister(1).get_state()
    if bad == "short":
        state = state[:-1]
    elif bad == "zeros":
        state[:] = 0
    elif bad == "left":
        state[8:12] = np.array([700], np.int32).view(np.uint8)
    else:
        state[12] = 0
    with pytest.raises(RuntimeError) as theirs:
        torch.Generator().set_state(torch.from_numpy(state))
    with pytest.raises(RuntimeError) as ours:
        MersenneTwister(1).set_state(state)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize(
    "low,high",
    [(0.0, 1.0), (-1.0, 1.0), (-0.3, 0.7), (0.1, 0.2), (1000.0, 1000.5), (-2.0, 5.0), (1e-30, 3.0),
     (0.0, 0.0), (-0.05773502691896258, 0.05773502691896258), (3.0, 3.001)],
)  # fmt: skip
def test_uniform(name, low, high):
    pair = Pair(3)
    for size in SIZES:
        theirs = torch.empty(size, dtype=getattr(torch, name)).uniform_(
            low, high, generator=pair.theirs
        )
        pair.check(draws.uniform(pair.ours, (size,), numpy_type(name), low, high), theirs)


@pytest.mark.parametrize("name", ["complex64", "complex128"])
def test_complex(name):
    pair = Pair(4)
    for size in (0, 1, 3, 7, 8, 9, 33, 1000):
        dtype = getattr(torch, name)
        theirs = torch.rand(size, dtype=dtype, generator=pair.theirs)
        pair.check(draws.uniform(pair.ours, (size,), np.dtype(name)), theirs)
        theirs = torch.randn(size, dtype=dtype, generator=pair.theirs)
        pair.check(normal(pair.ours, (size,), np.dtype(name)), theirs, exact=False)


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize(
    "mean,std", [(0.0, 1.0), (0.0, 0.02), (0.3, 1.7), (-1e3, 1e-3), (5.0, 0.0)]
)
def test_normal(name, mean, std):
    pair = Pair(5)
    for size in SIZES:
        theirs = torch.empty(size, dtype=getattr(torch, name)).normal_(
            mean, std, generator=pair.theirs
        )
        ours = normal(pair.ours, (size,), numpy_type(name), mean, std)
        if name == "float64" and mean:  # sums that cancel: absolute error
            np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-12)
            pair.check_state(exact=False)
        else:
            pair.check(ours, theirs, exact=name != "float64")


@pytest.mark.parametrize("name", FLOATS)
def test_normal_in_tensors_that_are_not_contiguous(name):
    pair = Pair(6)
    for rows, columns in [(2, 3), (5, 7), (40, 50)]:
        theirs = torch.empty(columns, rows, dtype=getattr(torch, name)).t()
        theirs.normal_(generator=pair.theirs)
        order = draws.fill_order(theirs.shape, theirs.stride())
        assert order == [1, 0]
        ours = normal(pair.ours, (columns, rows), numpy_type(name), contiguous=False)
        pair.check(ours.T, theirs, exact=False)


@pytest.mark.parametrize(
    "shape,axes",
    [
        ((2, 3, 4), (2, 0, 1)),
        ((2, 3, 4, 5), (0, 3, 1, 2)),
        ((1, 3, 1), (2, 1, 0)),
        ((3, 1, 3), (1, 2, 0)),
    ],
)
def test_fill_order(shape, axes):
    theirs = torch.zeros(shape).permute(axes)
    theirs.uniform_(generator=torch.Generator().manual_seed(1))
    order = draws.fill_order(theirs.shape, theirs.stride())
    ours = draws.uniform(MersenneTwister(1), [theirs.shape[axis] for axis in order], np.float32)
    np.testing.assert_array_equal(ours.transpose(np.argsort(order)), theirs.numpy())


@pytest.mark.parametrize(
    "low,high",
    [(0, 1), (0, 2), (-5, 100), (0, 2**28 - 1), (0, 2**28), (7, 2**32), (-(2**40), 2**45),
     (-(2**63), 2**63 - 1), (0, 2**63 - 1)],
)  # fmt: skip
def test_randint(low, high):
    pair = Pair(8)
    for size in SIZES:
        theirs = torch.randint(low, high, (size,), generator=pair.theirs)
        pair.check(draws.integers(pair.ours, (size,), np.int64, low, high - low), theirs)


@pytest.mark.filterwarnings("ignore:.*out of bounds")
@pytest.mark.parametrize("name", FLOATS + INTEGERS)
def test_randint_dtypes(name):
    pair = Pair(9)
    bounds = [(0, 2), (0, 1), (-3, 100), (-100, 127), (3, 30000), (-70000, 70000), (1, 2**33 + 1)]
    for low, high in bounds:
        dtype = getattr(torch, name)
        try:
            theirs = torch.randint(low, high, (1000,), dtype=dtype, generator=pair.theirs)
        except RuntimeError:  # out of this type's bounds
            continue
        low, high = draws.integer_bounds(numpy_type(name), low, high)
        pair.check(draws.integers(pair.ours, (1000,), numpy_type(name), low, high - low), theirs)


@pytest.mark.parametrize("name", FLOATS + INTEGERS)
def test_random_without_bounds(name):
    pair = Pair(10)
    for size in (1, 33, 1000):
        theirs = torch.empty(size, dtype=getattr(torch, name)).random_(generator=pair.theirs)
        pair.check(draws.random_integers(pair.ours, (size,), numpy_type(name)), theirs)


@pytest.mark.parametrize("name", ["float32", "float64", "bfloat16", "int64"])
def test_random_over_all_64_bits(name):
    pair = Pair(10)
    dtype = getattr(torch, name)
    theirs = torch.empty(100, dtype=dtype).random_(-(2**63), None, generator=pair.theirs)
    pair.check(draws.integers(pair.ours, (100,), numpy_type(name), 0, 2**64), theirs)


@pytest.mark.parametrize("n", SIZES + (999, 1001, 1002, 300000))
def test_randperm(n):
    pair = Pair(11)
    for _ in range(2):
        pair.check(draws.permutation(pair.ours, n), torch.randperm(n, generator=pair.theirs))


def test_randperm_for_very_large_n(monkeypatch):
    # PyTorch's method from 2**32 / 20 on, in its own words, at a size that fits here
    gen, reference = MersenneTwister(3), MersenneTwister(3)
    monkeypatch.setattr(draws, "LARGE_PERMUTATION", 10)
    n, expected = 30000, []
    for i, word in enumerate(reference.take64(n).tolist()):
        z = word % (i + 1)
        expected.append(i)
        expected[i], expected[z] = expected[z], i
    assert draws.permutation(gen, n).tolist() == expected


@pytest.mark.parametrize("name", FLOATS + INTEGERS)
@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.7, 1.0, 1e-9])
def test_bernoulli(name, p):
    pair = Pair(12)
    for size in SIZES:
        theirs = torch.empty(size, dtype=getattr(torch, name)).bernoulli_(p, generator=pair.theirs)
        pair.check(draws.bernoulli(pair.ours, (size,), numpy_type(name), p), theirs)


@pytest.mark.parametrize("name", FLOATS)
def test_bernoulli_of_tensors(name):
    pair = Pair(13)
    for size in SIZES:
        p = torch.rand(size, dtype=getattr(torch, name))
        theirs = torch.bernoulli(p, generator=pair.theirs)
        pair.check(draws.bernoulli_each(pair.ours, to_numpy(p), numpy_type(name)), theirs)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_masks(p):
    x = torch.ones(70, 50)
    torch.manual_seed(14)
    theirs = torch.nn.functional.dropout(x, p)
    mask = draws.bernoulli(MersenneTwister(14), x.shape, np.float32, 1 - p)
    np.testing.assert_allclose(mask / (1 - p), theirs.numpy(), rtol=1e-6)
    torch.manual_seed(14)
    theirs = torch.nn.functional.dropout2d(torch.ones(7, 5, 2, 2), p)
    mask = draws.bernoulli(MersenneTwister(14), (7, 5, 1, 1), np.float32, 1 - p)
    np.testing.assert_array_equal(mask[..., 0, 0] != 0, theirs.numpy()[..., 0, 0] != 0)
    torch.manual_seed(14)
    theirs = torch.nn.functional.alpha_dropout(x, p, training=True)
    mask = draws.bernoulli(MersenneTwister(14), x.shape, np.float32, 1 - p)
    np.testing.assert_array_equal(mask != 0, theirs.numpy() == theirs.numpy().max())


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_rrelu(name):
    x = torch.linspace(-3, 3, 101, dtype=getattr(torch, name))
    torch.manual_seed(15)
    theirs = torch.nn.functional.rrelu(x, 0.1, 0.3, training=True)
    gen = MersenneTwister(15)
    noise = draws.leaky_slopes(gen, x.numpy(), 0.1, 0.3)
    np.testing.assert_array_equal(x.numpy() * noise, theirs.numpy())
    np.testing.assert_array_equal(gen.get_state(), torch.get_rng_state().numpy())


@pytest.mark.parametrize("name", FLOATS)
def test_transformed(name):
    pair = Pair(16)
    dtype, ours = getattr(torch, name), numpy_type(name)
    for size in SIZES:

        def theirs(method, *arguments, size=size):
            tensor = torch.empty(size, dtype=dtype)
            return getattr(tensor, method)(*arguments, generator=pair.theirs)

        gen, shape = pair.ours, (size,)
        pair.check(
            distributions.exponential(gen, shape, ours, 1.7), theirs("exponential_", 1.7), False
        )
        pair.check(
            distributions.log_normal(gen, shape, ours, 0.5, 0.8),
            theirs("log_normal_", 0.5, 0.8),
            False,
        )
        pair.check(distributions.geometric(gen, shape, ours, 0.3), theirs("geometric_", 0.3))
        cauchy = theirs("cauchy_", 0.0, 2.0)
        pair.check(distributions.cauchy(gen, shape, ours, 0.0, 2.0), cauchy, False)


@pytest.mark.parametrize("name", FLOATS)
def test_poisson(name):
    pair = Pair(17)
    rates = torch.tensor(
        [0, 0.1, 1, 3.5, 9.9, 10, 11, 100, 1234.5] * 40, dtype=getattr(torch, name)
    )
    for _ in range(3):
        pair.check(
            distributions.poisson(pair.ours, to_numpy(rates)),
            torch.poisson(rates, generator=pair.theirs),
        )


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_binomial(name):
    pair = Pair(18)
    dtype = getattr(torch, name)
    prob = torch.linspace(0, 1, 41, dtype=dtype)
    for count in (0, 1, 7, 30, 100, 2500, 1e5):
        count = torch.full((30, 41), count, dtype=dtype)
        pair.check(
            distributions.binomial(pair.ours, count.numpy(), prob.expand(30, 41).numpy()),
            torch.binomial(count, prob.expand(30, 41), generator=pair.theirs),
        )


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_gamma_and_dirichlet(name):
    pair = Pair(19)
    alpha = torch.tensor([0, 0.01, 0.3, 1, 1.5, 4, 50, 1e4] * 30, dtype=getattr(torch, name))
    for _ in range(3):
        pair.check(
            distributions.standard_gamma(pair.ours, alpha.numpy()),
            torch._standard_gamma(alpha, generator=pair.theirs),
            exact=False,
        )
        rows = alpha.reshape(30, 8) + 0.1
        pair.check(
            distributions.dirichlet(pair.ours, rows.numpy()),
            torch._sample_dirichlet(rows, generator=pair.theirs),
            exact=False,
        )


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("replacement", [False, True])
def test_multinomial(name, replacement):
    pair = Pair(20)
    # Halves are coarse enough for ties, whose order nobody promises: few categories, and weights
    # (not those that happen to follow the tests before) for which there are none.
    torch.manual_seed(1)
    categories = 1000 if name in ("float32", "float64") else 8
    weights = torch.rand(13, categories, dtype=getattr(torch, name))
    for rows in (weights, weights[0]):
        for samples in (1, 2, 5, 8):
            theirs = torch.multinomial(rows, samples, replacement, generator=pair.theirs)
            pair.check(multinomial(pair.ours, to_numpy(rows), samples, replacement), theirs)
    theirs = torch.multinomial(weights[0], 2000, True, generator=pair.theirs)
    pair.check(multinomial(pair.ours, to_numpy(weights[0]), 2000, True), theirs)


def test_sequences_of_calls():
    chooser = np.random.default_rng(21)
    for seed in range(30):
        pair = Pair(seed)
        for _ in range(25):
            size, call = int(chooser.choice(SIZES[:-1])), int(chooser.integers(8))
            gen, theirs = pair.ours, pair.theirs
            if call == 0:
                np.testing.assert_array_equal(
                    draws.uniform(gen, (size,), np.float32), torch.rand(size, generator=theirs)
                )
            elif call == 1:
                ours = normal(gen, (size,), np.float32)
                pair.check(ours, torch.randn(size, generator=theirs), exact=False)
            elif call == 2:
                np.testing.assert_array_equal(
                    draws.permutation(gen, size), torch.randperm(size, generator=theirs)
                )
            elif call == 3:
                reference = torch.randint(9, (size,), generator=theirs)
                pair.check(draws.integers(gen, (size,), np.int64, 0, 9), reference, exact=False)
            elif call == 4:
                reference = torch.empty(size, dtype=torch.float64).log_normal_(generator=theirs)
                pair.check(distributions.log_normal(gen, (size,), np.float64), reference, False)
            elif call == 5:
                reference = torch.poisson(torch.full((size,), 2.5), generator=theirs)
                ours = distributions.poisson(gen, np.full(size, 2.5, np.float32))
                pair.check(ours, reference, exact=False)
            elif call == 6:
                reference = torch._standard_gamma(torch.full((size,), 0.7), generator=theirs)
                ours = distributions.standard_gamma(gen, np.full(size, 0.7, np.float32))
                pair.check(ours, reference, exact=False)
            else:
                gen.skip(size)
                torch.rand(size, generator=theirs)
            pair.check_state(exact=False)


def test_kept_normal_is_shared_by_all_scalar_draws():
    pair = Pair(22)
    torch_values = [torch.randn((), generator=pair.theirs).item() for _ in range(5)]
    ours = [float(np.float32(paired(pair.ours, 1, 0.0, 1.0)[0])) for _ in range(5)]
    assert ours == torch_values
    pair.check_state()
