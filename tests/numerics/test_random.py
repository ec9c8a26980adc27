"""The random streams against values and digests that PyTorch 2.13.0 gave after manual_seed(123)."""

from __future__ import annotations

import hashlib

import ml_dtypes
import numpy as np
import pytest

from loxley.numerics import random as draws
from loxley.numerics import random_distributions as distributions
from loxley.numerics.fused import fma32, fma64
from loxley.numerics.mersenne import BLOCK, CHUNK, MersenneTwister
from loxley.numerics.random_choice import multinomial
from loxley.numerics.random_normal import normal, paired

F16, BF16, F32, F64 = (np.dtype(t) for t in ("f2", ml_dtypes.bfloat16, "f4", "f8"))


@pytest.fixture
def gen() -> MersenneTwister:
    return MersenneTwister(123)


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


# The stream


def test_agrees_with_numpy_draw_by_draw(gen):
    expected = np.random.RandomState(123).randint(0, 2**32, 5000, dtype=np.uint32)
    got = [gen.take(n) for n in (0, 1, 2, 620, 1, 0, 624, 5, 1300)]
    np.testing.assert_array_equal(np.concatenate(got), expected[:2553])


def test_64_bit_draws_have_the_first_word_high(gen):
    first, second = (int(word) for word in gen.copy().take(2))
    assert int(gen.take64(1)[0]) == first << 32 | second


@pytest.mark.parametrize("used", [0, 1, 623, 624, 625, 3 * BLOCK, CHUNK + 3])
def test_copies_and_states_continue_alike(gen, used):
    gen.skip(used)
    paired(gen, 1, 0.0, 1.0)
    restored = MersenneTwister(1)
    restored.set_state(gen.get_state())
    copy = gen.copy()
    expected = gen.take(2000)
    np.testing.assert_array_equal(copy.take(2000), expected)
    np.testing.assert_array_equal(restored.take(2000), expected)
    assert copy.next_normal == restored.next_normal == gen.next_normal
    assert restored.initial_seed == 123
    np.testing.assert_array_equal(restored.get_state(), gen.get_state())


def test_copies_are_independent(gen):
    gen.take(10)
    copy = gen.copy()
    copy.take(1000)
    copy.seed(5)
    expected = MersenneTwister(123)
    expected.take(10)
    np.testing.assert_array_equal(gen.take(1000), expected.take(1000))


def test_seeding_again_starts_anew(gen):
    expected = gen.copy().take(700)
    gen.take(1000)
    paired(gen, 1, 0.0, 1.0)
    gen.seed(123)
    assert gen.next_normal is None
    np.testing.assert_array_equal(gen.take(700), expected)


@pytest.mark.parametrize(
    "seed,initial,values",
    [
        (-1, 2**64 - 1, [0.9937993884086609, 0.5713063478469849]),
        (2**40 + 7, 2**40 + 7, [0.5349225401878357, 0.19880318641662598]),
        (0, 0, [0.49625658988952637, 0.7682217955589294]),
    ],
)
def test_seeds(seed, initial, values):
    gen = MersenneTwister(seed)
    assert gen.initial_seed == initial
    assert draws.uniform(gen, (2,), F32).tolist() == values


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1])
def test_seeds_beyond_64_bits(seed):
    with pytest.raises(ValueError, match="Overflow when unpacking long long"):
        MersenneTwister(seed)


def test_state_bytes(gen):
    draws.uniform(gen, (700,), F32)
    normal(gen, (3,), F32)
    assert digest(gen.get_state()) == "89d30fc50c0595c7"


def test_bad_states(gen):
    with pytest.raises(RuntimeError, match="of size 5056 but found .* to be 10"):
        gen.set_state(np.zeros(10, np.uint8))
    with pytest.raises(RuntimeError, match="Invalid mt19937 state"):
        gen.set_state(np.zeros(5056, np.uint8))


def test_double_stream_gives_back_what_it_did_not_use(gen):
    gen.take(1)
    expected = draws.uniform_doubles(gen.copy(), 1000).tolist()
    for count in (1, 0, 310, 1, 1, 600):
        with gen.doubles() as stream:
            assert [stream() for _ in range(count)] == expected[:count]
        expected = expected[count:]


# Values


def test_uniform_values(gen):
    expected = [0.29611194133758545, 0.516562283039093, 0.2516707181930542, 0.6885567903518677]
    assert draws.uniform(gen.copy(), (4,), F32).tolist() == expected
    expected = [0.368895870664273, 0.013365949855291825, 0.5917800383018739]
    assert draws.uniform(gen, (3,), F64).tolist() == expected


@pytest.mark.parametrize(
    "size,dtype,low,high,expected",
    [
        (1000, F32, 0.0, 1.0, "009cc77c0c70101a"),
        (1000, F64, 0.0, 1.0, "4b82e8b767b7c0a6"),
        (1000, F16, 0.0, 1.0, "ff1c0777aa39cf49"),
        (1000, BF16, 0.0, 1.0, "25d9d30396f5bcbc"),
        (70000, F32, 0.0, 1.0, "86ccc9992501e77e"),
        (70000, F64, 0.0, 1.0, "8db8f31cac2c16a5"),
        (70000, F16, 0.0, 1.0, "518f2504fda7c0c2"),
        (70000, BF16, 0.0, 1.0, "dd10b23a0349f6b0"),
        (70000, F32, -0.3, 0.7, "a3ce9b7a0cda4a27"),
        (70000, F32, -2.0, 5.0, "0e66ccb64130eded"),
        (70000, F64, 0.1, 0.2, "b6748934d73486aa"),
    ],
)
def test_uniform_digests(gen, size, dtype, low, high, expected):
    assert digest(draws.uniform(gen, (size,), dtype, low, high)) == expected


def test_integers(gen):
    assert draws.integers(gen, (8,), np.int64, 0, 100).tolist() == [82, 89, 2, 10, 80, 42, 86, 57]
    assert digest(draws.integers(gen, (70000,), np.int64, 0, 2**40)) == "2c67dbcf25c44426"
    assert digest(draws.integers(gen, (70000,), np.int32, -5, 12)) == "f98aa4ca56a91d5e"


def test_permutations(gen):
    assert draws.permutation(gen, 10).tolist() == [2, 0, 8, 1, 3, 7, 4, 9, 5, 6]
    assert digest(draws.permutation(gen, 1000)) == "acdda06b5fd41d14"
    assert digest(draws.permutation(gen, 70000)) == "b7fbd234321b63b5"


@pytest.mark.parametrize("n", [1001, 1002, 4096, 20000])
def test_swaps_at_once_are_swaps_one_by_one(n):
    chooser = np.random.default_rng(n)
    targets = chooser.integers(np.arange(n), n)
    targets[: n // 2] = np.maximum(targets[: n // 2], n - 20)  # many meet
    expected = list(range(n))
    for here, there in enumerate(targets.tolist()):
        expected[here], expected[there] = expected[there], expected[here]
    assert draws._apply_swaps(targets).tolist() == expected


def test_permutation_of_very_many(gen, monkeypatch):
    monkeypatch.setattr(draws, "LARGE_PERMUTATION", 10)
    reference, expected = gen.copy(), []
    for i, word in enumerate(reference.take64(30000).tolist()):
        expected.append(i)
        z = word % (i + 1)
        expected[i], expected[z] = expected[z], i
    assert draws.permutation(gen, 30000).tolist() == expected


def test_bernoulli(gen):
    values = draws.bernoulli(gen, (12,), F32, 0.7)
    assert values.dtype == F32 and values.tolist() == [1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1]
    assert digest(draws.bernoulli(gen, (70000,), np.bool_, 0.3)) == "bb3291420c09ea49"


def test_bernoulli_each_wants_probabilities(gen):
    for p in (1.5, -0.1, np.nan):
        with pytest.raises(RuntimeError, match="p_in >= 0"):
            draws.bernoulli_each(gen, np.array([0.5, p], np.float32), F32)


def test_normal_below_16_values_keeps_the_second_of_a_pair(gen):
    expected = [-0.11146711558103561, 0.12036294490098953, -0.3696345090866089]
    assert normal(gen, (3,), F32).tolist() == expected
    expected = [-0.2404179722070694, -1.1969243288040161, 0.20926935970783234, -0.9723550081253052]
    assert normal(gen, (4,), F32).tolist() == expected


@pytest.mark.parametrize(
    "size,dtype,expected",
    [
        (16, F32, "6f6b8fc1ecfb5280"),
        (16, F16, "7071e4d367d16837"),
        (16, BF16, "17d24f428d41f5a4"),
        (33, F32, "03ba12433e8e40a3"),
        (33, F16, "c2c753a5c6ccd136"),
        (33, BF16, "1ceaadc53b64df2b"),
        (70000, F32, "fec56dccd1146ce4"),
        (70000, F16, "b98496bf50f47c6c"),
        (70000, BF16, "0a2f10ad18628ccd"),
    ],
)
def test_normal_blocks_of_16(gen, size, dtype, expected):
    assert digest(normal(gen, (size,), dtype)) == expected


def test_normal_in_float64(gen):
    expected = [-1.1131899891860184, 0.954244852808496, 0.7112651202756335]
    np.testing.assert_allclose(normal(gen, (17,), F64)[-3:], expected, rtol=1e-14)


def test_by_inversion(gen):
    def check(values, expected):
        np.testing.assert_allclose(values, np.array(expected, np.float32), rtol=1e-6)

    expected = [0.30685627460479736, 0.008970718830823898, 0.5972993969917297, 0.06481015682220459]
    check(distributions.exponential(gen.copy(), (4,), F32, 1.5), expected)
    expected = [-0.43686312437057495, -23.80098533630371, 0.29660096764564514, -3.338449239730835]
    check(distributions.cauchy(gen.copy(), (4,), F32), expected)
    expected = [2.1750807762145996, 3.458122730255127, 1.2978785037994385, 1.6806221008300781]
    check(distributions.log_normal(gen.copy(), (4,), F32), expected)
    check(distributions.geometric(gen, (8,), F32, 0.2), [5, 20, 3, 11, 4, 3, 3, 3])


def test_by_rejection(gen):
    rates = np.array([0.5, 3, 9, 20, 500], np.float32)
    assert distributions.poisson(gen.copy(), rates).tolist() == [0, 0, 9, 15, 478]
    count, prob = np.array([5, 30, 100, 1000], np.float32), np.array([0.5, 0.1, 0.4, 0.9], "f4")
    assert distributions.binomial(gen.copy(), count, prob).tolist() == [1, 2, 40, 899]
    alpha = np.array([0.1, 0.5, 2, 30], np.float32)
    expected = [0.026342332363128662, 0.35962846875190735, 0.7001451849937439, 25.741254806518555]
    np.testing.assert_allclose(distributions.standard_gamma(gen.copy(), alpha), expected, 1e-6)
    expected = [0.0009819200495257974, 0.013405281119048595, 0.026098165661096573, 0.95951461791992]
    np.testing.assert_allclose(distributions.dirichlet(gen, alpha), expected, 1e-6)


def test_poisson_refuses_negative_rates(gen):
    with pytest.raises(RuntimeError, match="invalid Poisson rate"):
        distributions.poisson(gen, np.array([-1.0]))


def test_multinomial(gen):
    weights = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    assert multinomial(gen, weights, 3, False).tolist() == [1, 3, 2]
    assert multinomial(gen, weights, 8, True).tolist() == [2, 2, 3, 2, 3, 0, 3, 0]
    assert multinomial(gen, weights, 1, False).tolist() == [2]


@pytest.mark.parametrize(
    "weights,replacement,message",
    [
        ([-1.0, 2.0], False, "element < 0"),
        ([1.0, np.nan], False, "probability tensor contains"),
        ([0.0, 0.0], False, "sum of probabilities <= 0"),
        ([-1.0, 2.0], True, "probability entry < 0"),
        ([1.0, np.inf], True, "probability entry = infinity or NaN"),
        ([0.0, 0.0], True, "sum of probabilities <= 0"),
    ],
)
def test_multinomial_refuses_bad_weights(gen, weights, replacement, message):
    with pytest.raises(RuntimeError, match=message):
        multinomial(gen, np.array(weights, np.float32), 2, replacement)


@pytest.mark.parametrize(
    "shape,strides,expected",
    [
        ((2, 3), (3, 1), [0, 1]),
        ((2, 3), (1, 2), [1, 0]),
        ((2, 3, 4, 5), (60, 1, 15, 3), [0, 2, 3, 1]),
        ((), (), []),
    ],
)
def test_fill_order(shape, strides, expected):
    assert draws.fill_order(shape, strides) == expected


def test_fused_multiply_add():
    # (1 + 2**-30)**2 - 1 in float64, and a float32 sum whose tie only the last bit breaks
    assert fma64(np.float64(1 + 2**-30), 1 + 2**-30, -1.0) == 2**-29 + 2**-60
    a = np.array([1 + 2**-23], np.float32)
    assert fma32(a, np.float32(2**-25), np.float32(1 + 2**-23)) == np.float32(1 + 2**-23)
    c = np.float32(1 - 2**-24)
    assert fma32(np.array([2**-12], np.float32), np.float32(2**-13), c) == np.float32(1)
