"""`torch.distributions` side by side with PyTorch: samples, densities, gradients, divergences."""

from __future__ import annotations

import importlib
import inspect
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402
from tests.conformance import distribution_cases as cases  # noqa: E402

KINDS = ("float32", "float64")
TOLERANCE = {"float32": 1e-5, "float64": 1e-8}
pytestmark = pytest.mark.filterwarnings("ignore")


def make(t: Any, expression: str, kind: str = "float32", leaves: list | None = None) -> Any:
    """The value of a case in one library; tensors that it makes are appended to `leaves`."""

    def tensor(values: Any) -> Any:
        made = t.tensor(values, dtype=getattr(t, kind), requires_grad=leaves is not None)
        if leaves is not None:
            leaves.append(made)
        return made

    names = {"t": t, "D": t.distributions, "C": t.distributions.constraints, "T": tensor}
    return eval(expression, names)


@pytest.fixture(autouse=True)
def checked_arguments() -> None:
    """`torch.compile`, in tests that ran before, turns PyTorch's checks of arguments off."""
    torch.distributions.Distribution.set_default_validate_args(True)


def attempt(call: Callable) -> Any:
    try:
        return call()
    except Exception as error:
        return error


def told(value: Any) -> str:
    """What is compared of anything but tensors: its text, or an error's type and text."""
    if isinstance(value, Exception):
        return f"{type(value).__name__}: {value}".replace("loxley.", "torch.")
    return str(value).replace("loxley.", "torch.")


def same(theirs: Any, ours: Any, tolerance: float, what: str = "") -> None:
    if isinstance(theirs, tuple) and not isinstance(theirs, torch.Size):
        assert len(theirs) == len(ours)
        for one, other in zip(theirs, ours):
            same(one, other, tolerance, what)
    elif isinstance(theirs, RuntimeError) and str(theirs) == "Double did not match Float":
        pass  # PyTorch's GeneralizedPareto knows single precision only
    elif isinstance(theirs, torch.Tensor):
        assert not isinstance(ours, Exception), f"{what}: {ours!r}"
        assert str(theirs.dtype) == str(ours.dtype), what
        assert tuple(theirs.shape) == tuple(ours.shape), what
        np.testing.assert_allclose(
            ours.detach().numpy(),
            theirs.detach().numpy(),
            rtol=tolerance,
            atol=0.1 * tolerance,
            err_msg=what,
        )
    else:
        assert told(theirs) == told(ours), what


def both(call: Callable[[Any], Any], seed: int = 3) -> tuple[Any, Any]:
    """A function of the library, under one seed in both."""
    results = []
    for t in (torch, loxley):
        t.manual_seed(seed)
        results.append(attempt(lambda t=t: call(t)))
    return results[0], results[1]


def name_of(case: str) -> str:
    return case.removeprefix("D.").split("(")[0]


def carried(t: Any, x: Any) -> Any:
    """A tensor of PyTorch's in the library t."""
    return x if t is torch else loxley.tensor(x.detach().numpy())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", cases.DISTRIBUTIONS)
def test_samples_are_the_same_and_the_streams_go_on_alike(case: str, kind: str) -> None:
    for shape in ((), (2,), (7, 3)):
        theirs, ours = both(lambda t, s=shape: (make(t, case, kind).sample(s), t.rand(3)))
        if isinstance(theirs, tuple) and name_of(case) == "LKJCholesky":
            theirs, ours = theirs[:1], ours[:1]  # 1 - sum of squares loses digits
            same(theirs, ours, 1e-3, f"sample{shape}")
        else:
            same(theirs, ours, TOLERANCE[kind], f"sample{shape}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", cases.DISTRIBUTIONS)
def test_densities_moments_and_attributes(case: str, kind: str) -> None:
    torch.manual_seed(5)
    value = make(torch, case, kind).sample((4,))
    theirs, ours = make(torch, case, kind), make(loxley, case, kind)
    unit = torch.rand((4, *theirs.batch_shape, *theirs.event_shape), dtype=getattr(torch, kind))
    calls: dict[str, Callable] = {
        "log_prob": lambda t, d: d.log_prob(carried(t, value)),
        "cdf": lambda t, d: d.cdf(carried(t, value)),
        "log_prob elsewhere": lambda t, d: d.log_prob(carried(t, value * 3 + 0.25)),
        "icdf": lambda t, d: d.icdf(carried(t, unit)),
        "enumerate_support": lambda t, d: d.enumerate_support(),
        "enumerate_support short": lambda t, d: d.enumerate_support(expand=False),
        "entropy": lambda t, d: d.entropy(),
        "perplexity": lambda t, d: d.perplexity(),
        "repr": lambda t, d: repr(d),
    }
    for attribute in (
        "mean mode variance stddev batch_shape event_shape has_rsample has_enumerate_support "
        "support arg_constraints param_shape probs logits scale_tril covariance_matrix "
        "precision_matrix _natural_params"
    ).split():
        calls[attribute] = lambda t, d, a=attribute: getattr(d, a)
    for what, call in calls.items():
        if (name_of(case), what) in cases.WRONG_THERE:
            continue
        loose = cases.LOOSE.get((name_of(case), what), 0)
        one = attempt(lambda c=call: c(torch, theirs))
        other = attempt(lambda c=call: c(loxley, ours))
        if isinstance(one, AttributeError):
            assert isinstance(other, AttributeError), what
        else:
            same(one, other, max(3 * TOLERANCE[kind], loose), what)


@pytest.mark.parametrize("case", cases.DISTRIBUTIONS)
def test_expanding_and_pickling(case: str) -> None:
    def expanded(t: Any) -> Any:
        d = make(t, case, "float64")
        wide = d.expand((4, *d.batch_shape))
        sample = wide.sample((2,))
        return repr(wide), wide.batch_shape, sample, wide.log_prob(sample), wide.has_rsample

    theirs, ours = both(expanded)
    loose = max(cases.LOOSE.get((name_of(case), "log_prob"), 0), 1e-7)
    same(theirs, ours, loose, "expand")
    d = make(loxley, case, "float64")
    again = pickle.loads(pickle.dumps(d))
    assert repr(again) == repr(d)
    loxley.manual_seed(0)
    sample = d.sample()
    loxley.manual_seed(0)
    assert (again.sample() == sample).all()


def gradients(t: Any, case: str, function: Callable[[Any], Any]) -> Any:
    """The gradients of a weighted sum of function(distribution) for all tensors of the case."""
    leaves: list = []
    result = function(make(t, case, "float64", leaves))
    weights = t.arange(1, result.numel() + 1, dtype=t.float64).view(result.shape)
    grads = t.autograd.grad((result * weights.sin()).sum(), leaves, allow_unused=True)
    return tuple(g if g is not None else "unused" for g in grads)


@pytest.mark.parametrize("case", cases.DISTRIBUTIONS)
def test_gradients_of_samples(case: str) -> None:
    if not make(torch, case).has_rsample and "RelaxedB" not in case:
        return
    theirs, ours = both(lambda t: gradients(t, case, lambda d: d.rsample((3,))))
    loose = 5e-3 if name_of(case) in cases.APPROXIMATED else 1e-7
    same(theirs, ours, loose, "rsample")


@pytest.mark.parametrize("case", cases.DISTRIBUTIONS)
def test_gradients_of_densities_and_entropies(case: str) -> None:
    torch.manual_seed(2)
    value = make(torch, case, "float64").sample((3,))
    theirs, ours = both(
        lambda t: gradients(t, case, lambda d: d.log_prob(carried(t, value))),
    )
    same(theirs, ours, 1e-4 if "VonMises" in case else 1e-7, "log_prob")
    theirs, ours = both(lambda t: gradients(t, case, lambda d: d.entropy()))
    same(theirs, ours, 1e-6, "entropy")


def registered(module: Any) -> dict[tuple[str, str], Any]:
    return {(p.__name__, q.__name__): (p, q) for p, q in module._KL_REGISTRY}


PAIRS = sorted(registered(torch.distributions.kl))


def test_every_pair_is_registered() -> None:
    assert set(registered(loxley.distributions.kl)) == set(PAIRS)


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_divergences(pair: tuple[str, str]) -> None:
    for p in cases.DIVERGENT[pair[0]]:
        for q in cases.DIVERGENT[pair[1]]:
            for kind in KINDS:
                theirs, ours = both(
                    lambda t, p=p, q=q, k=kind: t.distributions.kl_divergence(
                        make(t, p, k), make(t, q, k)
                    )
                )
                same(theirs, ours, 100 * TOLERANCE[kind], f"{p} || {q}")


@pytest.mark.parametrize("pair", [p for p in PAIRS if p[0] == p[1]], ids="-".join)
def test_gradients_of_divergences(pair: tuple[str, str]) -> None:
    p, q = cases.DIVERGENT[pair[0]]
    if pair[0] in ("Uniform", "Pareto", "Binomial", "Categorical"):
        q = p  # elsewhere infinite
    case = f"({p}, {q})"
    theirs, ours = both(lambda t: gradients(t, case, lambda d: t.distributions.kl_divergence(*d)))
    same(theirs, ours, 1e-6, case)


@pytest.mark.parametrize("case", cases.TRANSFORMS)
def test_transforms(case: str) -> None:
    expression, _, argument = case.partition(" | ")

    def transformed(t: Any) -> Any:
        transform, x = make(t, expression, "float64"), make(t, argument, "float64")
        y = transform(x)
        parts = [y, attempt(lambda: transform.inv(y))]
        parts.append(attempt(lambda: transform.log_abs_det_jacobian(x, y)))
        parts.append(attempt(lambda: transform.inv.log_abs_det_jacobian(y, x)))
        for name in ("domain", "codomain", "bijective", "sign", "event_dim"):
            parts.append(attempt(lambda n=name: getattr(transform, n)))
            parts.append(attempt(lambda n=name: getattr(transform.inv, n)))
        parts += [transform.forward_shape(x.shape), transform.inverse_shape(y.shape)]
        parts += [repr(transform), attempt(lambda: transform.with_cache(1))]
        return tuple(parts)

    theirs, ours = both(transformed)
    assert not isinstance(theirs, Exception), theirs
    same(theirs, ours, 1e-9, case)
    leaves = f"({expression}, {argument})"
    same(*both(lambda t: gradients(t, leaves, lambda pair: pair[0](pair[1]))), 1e-8, "gradient")


def test_cached_transforms_give_back_what_they_got() -> None:
    t = loxley.distributions.ExpTransform(cache_size=1)
    x = loxley.randn(3)
    y = t(x)
    assert t.inv(y) is x and t(x) is y
    assert t.inv.inv is t and pickle.loads(pickle.dumps(t))(x).shape == (3,)


@pytest.mark.parametrize("case", cases.CHECKS)
def test_constraints(case: str) -> None:
    expression, _, argument = case.partition(" | ")
    for kind in KINDS:
        theirs, ours = both(lambda t, k=kind: make(t, expression, k).check(make(t, argument, k)))
        same(theirs, ours, 0, case)
        same(*both(lambda t, k=kind: repr(make(t, expression, k))), 0, case)
        for attribute in ("is_discrete", "event_dim"):
            same(*both(lambda t, a=attribute: getattr(make(t, expression), a)), 0, attribute)


@pytest.mark.parametrize("case", cases.TOLD)
def test_what_is_told(case: str) -> None:
    same(*both(lambda t: make(t, case)), 1e-6, case)


def test_signatures() -> None:
    for name in torch.distributions.__all__:
        theirs, ours = getattr(torch.distributions, name), getattr(loxley.distributions, name)
        if not isinstance(theirs, type):
            continue
        assert parameters(theirs.__init__) == parameters(ours.__init__), name
        for method, value in vars(theirs).items():
            if inspect.isfunction(value) and not method.startswith("_"):
                assert parameters(value) == parameters(getattr(ours, method)), f"{name}.{method}"
            elif not method.startswith("_"):
                assert hasattr(ours, method), f"{name}.{method}"


def parameters(function: Callable) -> list[tuple[str, str]]:
    named = inspect.signature(function).parameters.values()
    return [(p.name, str(p.default)) for p in named]


def test_distributions_are_modules_of_the_same_names() -> None:
    for name in torch.distributions.__all__:
        thing = getattr(torch.distributions, name)
        module = getattr(thing, "__module__", "").removeprefix("torch.distributions.")
        if isinstance(thing, type) and module != "transforms":
            ours = importlib.import_module(f"loxley.distributions.{module}")
            assert getattr(ours, name) is getattr(loxley.distributions, name)


def test_warnings_are_given() -> None:
    with pytest.warns(FutureWarning, match="will be deprecated"):
        loxley.distributions.Normal(0.0, 1.0).sample_n(2)
    with pytest.warns(UserWarning, match="does not define `arg_constraints`"):
        loxley.distributions.Distribution()
    with pytest.warns(UserWarning, match="Low df values detected"):
        loxley.distributions.Wishart(loxley.tensor(1.5), loxley.eye(2))


def test_programs_define_distributions() -> None:
    def made(t: Any) -> Any:
        class Mine(t.distributions.Normal):
            def __init__(self, loc: Any) -> None:
                super().__init__(loc, 1.0)

        return attempt(lambda: Mine(t.zeros(3)).expand((2, 3)))

    same(*both(made), 0)

    def divergence(t: Any) -> Any:
        class Left(t.distributions.Normal):
            pass

        @t.distributions.register_kl(Left, t.distributions.Normal)
        def _kl(p: Any, q: Any) -> float:
            return 1.5

        normal = t.distributions.Normal(t.zeros(1), 1.0)
        left = Left(t.zeros(1), 1.0)
        kl = t.distributions.kl_divergence
        return kl(left, normal), kl(left, left), kl(normal, left)

    same(*both(divergence), 1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_random_parameters(seed: int) -> None:
    """Batches that broadcast, of random parameters over several orders of magnitude."""
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 4, rng.integers(0, 3)))

    def some(low: float, high: float) -> str:
        return f"T({np.exp(rng.uniform(low, high, shape)).tolist()})"

    def real() -> str:
        return f"T({rng.normal(0, 3, shape).tolist()})"

    def unit() -> str:
        return f"T({rng.uniform(0.01, 0.99, shape).tolist()})"

    families = {
        f"D.{name}({{0}}, {{1}})": (real, lambda: some(-3, 3))
        for name in ("Normal", "Laplace", "Cauchy", "Gumbel", "LogNormal")
    } | {
        f"D.{name}({{0}}, {{1}})": (lambda: some(-2, 4), lambda: some(-2, 4))
        for name in ("Gamma", "Beta", "Weibull", "Pareto", "InverseGamma", "FisherSnedecor")
    }
    families |= {
        f"D.{n}({{0}})": (unit,) for n in ("Bernoulli", "Geometric", "ContinuousBernoulli")
    }
    families |= {
        f"D.{n}({{0}})": (lambda: some(-3, 4),) for n in ("Exponential", "Poisson", "Chi2")
    }
    families |= {"D.Binomial(30, {0})": (unit,), "D.NegativeBinomial({0}, {1})": (
        lambda: some(-1, 3), unit), "D.StudentT({0}, {1}, {2})": (
        lambda: some(-1, 3), real, lambda: some(-2, 2))}  # fmt: skip
    for form, parts in families.items():
        case = form.format(*(part() for part in parts))
        theirs, ours = both(
            lambda t, c=case: (lambda d, s: (s, d.log_prob(s), d.mean, d.variance))(
                make(t, c, "float64"), make(t, c, "float64").sample((2,))
            ),
            seed,
        )
        same(theirs, ours, 1e-6, case)


def test_validation_is_off_where_asked() -> None:
    for t in (torch, loxley):
        t.distributions.Distribution.set_default_validate_args(False)
        try:
            assert t.distributions.Normal(0.0, -1.0).scale == -1
        finally:
            t.distributions.Distribution.set_default_validate_args(True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loxley.distributions.Distribution(validate_args=False)
