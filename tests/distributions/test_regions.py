"""Constraints and transforms: every bijection leads into its region and back, with its Jacobian."""

from __future__ import annotations

from typing import Any

import pytest

import loxley as torch

D = torch.distributions
C = D.constraints

REGIONS = [
    (C.real, (3,)),
    (C.positive, (3,)),
    (C.nonnegative, (3,)),
    (C.greater_than(2.0), (3,)),
    (C.less_than(2.0), (3,)),
    (C.unit_interval, (3,)),
    (C.interval(-1.0, 2.0), (3,)),
    (C.half_open_interval(-1.0, 2.0), (3,)),
    (C.simplex, (4,)),
    (C.corr_cholesky, (6,)),
    (C.independent(C.positive, 1), (3,)),
    (C.cat([C.positive, C.unit_interval], dim=-1, lengths=[1, 2]), (3,)),
    (C.stack([C.positive, C.unit_interval], dim=-1), (2,)),
    (C.lower_cholesky, (3, 3)),
    (C.positive_definite, (3, 3)),
]


@pytest.mark.parametrize("region, shape", REGIONS, ids=lambda x: repr(x)[:30])
def test_unconstrained_numbers_lead_into_the_region(region: Any, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    x = torch.randn(5, *shape, dtype=torch.float64)
    for registry in (D.biject_to, D.transform_to):
        if registry is D.biject_to and len(shape) == 2:
            continue  # several numbers lead to one matrix
        t = registry(region)
        y = t(x)
        assert region.check(y).all()
        assert y.shape == t.forward_shape(x.shape) and x.shape == t.inverse_shape(y.shape)
        torch.testing.assert_close(t(t.inv(y)), y)
        if t.bijective:
            torch.testing.assert_close(t.inv(y), x)


BIJECTIONS = [
    (D.ExpTransform(), 1),
    (D.PowerTransform(torch.tensor(2.5)), 1),
    (D.SigmoidTransform(), 1),
    (D.SoftplusTransform(), 1),
    (D.TanhTransform(), 1),
    (D.AffineTransform(1.0, -3.0), 1),
    (D.StickBreakingTransform(), 3),
    (D.CorrCholeskyTransform(), 6),
    (D.ComposeTransform([D.AffineTransform(0.0, 2.0), D.StickBreakingTransform()]), 3),
]


@pytest.mark.parametrize("t, n", BIJECTIONS, ids=lambda x: repr(x)[:20])
def test_jacobians(t: Any, n: int) -> None:
    torch.manual_seed(1)
    x = torch.rand(n, dtype=torch.float64) + 0.1
    jacobian = torch.autograd.functional.jacobian(lambda v: free(t(v), n), x)
    told = t.log_abs_det_jacobian(x, t(x)).sum()
    torch.testing.assert_close(torch.linalg.slogdet(jacobian)[1], told)


def free(y: Any, n: int) -> Any:
    """The coordinates of a point that the others follow from."""
    if y.ndim == 2:
        return D.utils.tril_matrix_to_vec(y, diag=-1)
    return y[:n]


def test_regions_are_shown() -> None:
    assert repr(C.interval(0, 1)) == "Interval(lower_bound=0, upper_bound=1)"
    assert repr(C.real_vector) == "IndependentConstraint(Real(), 1)"
    assert repr(D.biject_to(C.positive).inv).startswith("ComposeTransform(\n    _InverseTransform(")


def test_programs_register_regions() -> None:
    class Even(C.Constraint):
        def check(self, value: Any) -> Any:
            return value % 2 == 0

    with pytest.raises(NotImplementedError, match="Cannot transform Even constraints"):
        D.biject_to(Even())

    @D.biject_to.register(Even)
    def _even(constraint: Any) -> Any:
        return D.AffineTransform(0, 2)

    assert D.biject_to(Even())(torch.tensor(3)) == 6
    del D.biject_to._registry[Even]


def test_parameters_are_checked() -> None:
    with pytest.raises(ValueError, match="Expected parameter scale .* GreaterThan"):
        D.Normal(0.0, -1.0)
    with pytest.raises(ValueError, match="within the support"):
        D.Exponential(1.0).log_prob(torch.tensor(-1.0))
    assert D.Normal(0.0, -1.0, validate_args=False).scale == -1
