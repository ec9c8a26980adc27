# ruff: noqa: E501
"""The parameter sets with which distributions, transforms and divergences are compared.

Each case is an expression over `D` (torch.distributions), `C` (its constraints), `t` (torch) and
`T`, which makes a tensor of the dtype under test.
"""

from __future__ import annotations

DISTRIBUTIONS = """
D.Normal(T([0., 1., -2.]), T([1., 2., .5]))
D.Normal(0., T([[2.], [3.]]))
D.Bernoulli(T([.1, .5, .9]))
D.Bernoulli(logits=T([-1., 0., 3.]))
D.Geometric(T([.1, .5, .9]))
D.Geometric(logits=T([-1., 0., 3.]))
D.Binomial(T([5., 20., 100.]), T([.1, .5, .7]))
D.Binomial(10, logits=T([-1., 0., 3.]))
D.NegativeBinomial(T([5., 2., 10.]), T([.1, .5, .7]))
D.NegativeBinomial(3, logits=T([-1., 0., 1.]))
D.Categorical(T([[.1, .2, .7], [.3, .3, .4]]))
D.Categorical(logits=T([1., 2., -1.]))
D.OneHotCategorical(T([[.1, .2, .7], [.3, .3, .4]]))
D.OneHotCategorical(logits=T([.1, .2, .7]))
D.OneHotCategoricalStraightThrough(T([[.1, .2, .7], [.3, .3, .4]]))
D.Multinomial(5, T([[.1, .2, .7], [.3, .3, .4]]))
D.Multinomial(12, logits=T([.1, .2, .7]))
D.Poisson(T([.5, 3., 20.]))
D.Poisson(T(0.))
D.Exponential(T([.5, 3., 20.]))
D.Gamma(T([.5, 3., 20.]), T([1., 2., .1]))
D.Chi2(T([.5, 3., 20.]))
D.Dirichlet(T([[.5, 3., 2.], [1., 1., 5.]]))
D.Dirichlet(T([.5, .3, .2]))
D.Beta(T([.5, 3., 20.]), T([1., 2., .7]))
D.Beta(T(2.), 3.)
D.Cauchy(T([0., 1.]), T([1., 2.]))
D.Laplace(T([0., 1.]), T([1., 2.]))
D.Uniform(T([0., 1.]), T([1., 3.]))
D.StudentT(T([.5, 1.5, 5.]), T([0., 1., 2.]), T([1., 2., 3.]))
D.FisherSnedecor(T([1., 3., 5.]), T([3., 5., 9.]))
D.LogNormal(T([0., 1.]), T([1., .5]))
D.LogisticNormal(T([0., 1., .3]), T([1., .5, .2]))
D.LogisticNormal(T(0.), T(1.))
D.HalfNormal(T([1., .5]))
D.HalfCauchy(T([1., .5]))
D.InverseGamma(T([.7, 1.5, 3., 20.]), T([1., 1., 2., .1]))
D.Pareto(T([1., 2.]), T([.5, 3.]))
D.Weibull(T([1., 2.]), T([.5, 3.]))
D.Gumbel(T([1., 2.]), T([.5, 3.]))
D.Kumaraswamy(T([1., 2.]), T([.5, .3]))
D.VonMises(T([0., 1., 2.]), T([.5, 3., 5.]))
D.RelaxedBernoulli(T(.7), T([.1, .5, .9]))
D.RelaxedBernoulli(T(.7), logits=T([.1, .5, .9]))
D.RelaxedOneHotCategorical(T(.7), T([.1, .5, .9]))
D.RelaxedOneHotCategorical(T(.7), logits=T([.1, .5, .9]))
D.ContinuousBernoulli(T([.1, .5, .9]))
D.ContinuousBernoulli(logits=T([-1., 0., 3.]))
D.GeneralizedPareto(T([0., 1., 2.]), T([1., 2., 1.]), T([.3, .6, -.4]))
D.MultivariateNormal(T([0., 1.]), T([[2., .5], [.5, 1.]]))
D.MultivariateNormal(T([[0., 1.], [2., 3.]]), precision_matrix=T([[2., .5], [.5, 1.]]))
D.MultivariateNormal(T([0., 1.]), scale_tril=T([[[2., 0.], [.5, 1.]], [[1., 0.], [-3., 2.]]]))
D.LowRankMultivariateNormal(T([0., 1., 2.]), T([[1.], [.5], [.2]]), T([1., 2., .5]))
D.LowRankMultivariateNormal(T([[0., 1.], [1., 2.]]), T([[1., 2.], [.5, 3.]]), T([1., 2.]))
D.MixtureSameFamily(D.Categorical(T([.3, .7])), D.Normal(T([0., 4.]), T([1., 2.])))
D.MixtureSameFamily(D.Categorical(T([.3, .7])), D.Independent(D.Normal(T([[0., 4.], [1., 2.]]), 1.), 1))
D.MixtureSameFamily(D.Categorical(T([[.3, .7], [.5, .5]])), D.Normal(T([[0., 4.], [1., 2.]]), 1.))
D.Independent(D.Normal(T([[0., 4.], [1., 2.]]), T([1., 2.])), 1)
D.Independent(D.Bernoulli(T([[.1, .4], [.3, .2]])), 2)
D.LKJCholesky(3, T([.5, 1., 3.]))
D.LKJCholesky(2, T(.8))
D.Wishart(T([3.5, 5.]), T([[2., .5], [.5, 1.]]))
D.Wishart(T(4.), precision_matrix=T([[2., .5], [.5, 1.]]))
D.Wishart(T(4.), scale_tril=T([[2., 0.], [.5, 1.]]))
D.TransformedDistribution(D.Normal(T([0., 1.]), 1.), [D.AffineTransform(1., -2.), D.SigmoidTransform()])
D.TransformedDistribution(D.Uniform(T([0., 0.]), 1.), [D.SigmoidTransform().inv, D.AffineTransform(T([1., 2.]), 3.)])
D.TransformedDistribution(D.Normal(T([[0., 1.], [2., 0.]]), 1.), D.StickBreakingTransform())
D.TransformedDistribution(D.Normal(T([0., 1., 2., 3., 4., 5.]), 1.), D.ReshapeTransform((6,), (2, 3)))
""".strip().split("\n")

# Where PyTorch approximates what is exact here, and how far off it is.
LOOSE = {
    ("VonMises", "log_prob"): 1e-6,
    ("VonMises", "log_prob elsewhere"): 1e-6,
    ("VonMises", "variance"): 1e-4,
    ("VonMises", "stddev"): 1e-4,
    # single precision within
    ("Multinomial", "entropy"): 1e-6,
    ("Multinomial", "perplexity"): 1e-6,
}
# PyTorch's gradients of gamma variates are rational approximations.
APPROXIMATED = "Gamma Chi2 Dirichlet Beta StudentT FisherSnedecor InverseGamma Wishart".split()
# PyTorch 2.13.0 gives NaN for every parameter.
WRONG_THERE = {("Kumaraswamy", "mode")}

# Parameter sets of each class for divergences.
DIVERGENT = {
    "Bernoulli": ["D.Bernoulli(T([.1, .5, .9]))", "D.Bernoulli(T([0., 1., .3]))"],
    "Beta": ["D.Beta(T([.5, 3., 20.]), T([1., 2., .7]))", "D.Beta(T([2., 1., 3.]), T(1.5))"],
    "Binomial": ["D.Binomial(20, T([.1, .5, .9]))", "D.Binomial(T([20., 7., 20.]), T(.3))"],
    "Categorical": ["D.Categorical(T([[.1, .2, .7], [.3, .3, .4]]))", "D.Categorical(T([1., 2., 0.]))"],
    "Cauchy": ["D.Cauchy(T([0., 1.]), T(2.))", "D.Cauchy(T(.5), T([1., 3.]))"],
    "ContinuousBernoulli": [
        "D.ContinuousBernoulli(T([.1, .5, .9]))",
        "D.ContinuousBernoulli(logits=T([-1., .3, 3.]))",
    ],
    "Dirichlet": ["D.Dirichlet(T([[.5, 3., 2.], [1., 1., 5.]]))", "D.Dirichlet(T([1., 2., .3]))"],
    "Exponential": ["D.Exponential(T([.5, 3., 20.]))", "D.Exponential(T(1.5))"],
    "ExponentialFamily": ["D.Normal(T([0., 1., 2.]), 2.)", "D.Normal(T(.3), T([1., 2., 3.]))"],
    "Gamma": ["D.Gamma(T([.5, 3., 20.]), T([1., 2., .1]))", "D.Gamma(T(2.), T([3., 1., 2.]))"],
    "Geometric": ["D.Geometric(T([.1, .5, .9]))", "D.Geometric(logits=T(.3))"],
    "Gumbel": ["D.Gumbel(T([1., 2., 0.]), T([.5, 3., 1.]))", "D.Gumbel(T(.3), T(2.))"],
    "HalfNormal": ["D.HalfNormal(T([1., .5]))", "D.HalfNormal(T(2.))"],
    "Independent": [
        "D.Independent(D.Normal(T([[0., 4.], [1., 2.]]), 2.), 1)",
        "D.Independent(D.Normal(T([[1., 4.], [0., 2.]]), 3.), 1)",
    ],
    "Laplace": ["D.Laplace(T([0., 1., -2.]), T([1., 2., .5]))", "D.Laplace(T(.2), T(1.3))"],
    "LowRankMultivariateNormal": [
        "D.LowRankMultivariateNormal(T([0., 1., 2.]), T([[1.], [.5], [.2]]), T([1., 2., .5]))",
        "D.LowRankMultivariateNormal(T([[1., 1., 0.], [0., 3., 1.]]), T([[1., 2.], [.5, 3.], [1., 1.]]), T(1.).expand(3))",
    ],
    "MultivariateNormal": [
        "D.MultivariateNormal(T([0., 1., 2.]), T([[2., .5, 0.], [.5, 1., .1], [0., .1, 3.]]))",
        "D.MultivariateNormal(T([[1., 1., 2.], [0., 2., 0.]]), scale_tril=T([[2., 0., 0.], [.5, 1., 0.], [1., .1, 3.]]))",
    ],
    "Normal": ["D.Normal(T([0., 1., -2.]), T([1., 2., .5]))", "D.Normal(T(.3), T(1.5))"],
    "OneHotCategorical": ["D.OneHotCategorical(T([.1, .2, .7]))", "D.OneHotCategorical(T([1., 2., 1.]))"],
    "Pareto": ["D.Pareto(T([1., 2., 1.]), T([.5, 3., 1.5]))", "D.Pareto(T(.4), T(2.5))"],
    "Poisson": ["D.Poisson(T([.5, 3., 20.]))", "D.Poisson(T([0., 1.5, 0.]))"],
    "TransformedDistribution": ["D.LogNormal(T([0., 1.]), T([1., .5]))", "D.LogNormal(T(.2), T(1.))"],
    "Uniform": ["D.Uniform(T([.1, .2, 0.]), T([.5, .7, 1.]))", "D.Uniform(T([-1., 0., .1]), T([3., .9, 1.]))"],
}  # fmt: skip

TRANSFORMS = """
D.ExpTransform() | T([-1., 0., 2.])
D.PowerTransform(T(2.5)) | T([.5, 1., 2.])
D.PowerTransform(T([-1., 2.])) | T([[.5], [2.]])
D.SigmoidTransform() | T([-30., -1., 0., 2.])
D.SoftplusTransform() | T([-1., 0., 2.])
D.TanhTransform() | T([-1., 0., 2.])
D.AbsTransform() | T([-1., 0., 2.])
D.AffineTransform(1., -2.) | T([-1., 0., 2.])
D.AffineTransform(T([1., 2.]), T([3., -1.])) | T([[-1.], [0.], [2.]])
D.AffineTransform(T([1., 2.]), T([3., -1.]), event_dim=1) | T([[-1., 0.], [2., 1.]])
D.AffineTransform(0., 3., event_dim=2) | T([[-1., 0.], [2., 1.]])
D.CumulativeDistributionTransform(D.Normal(T(.5), T(2.))) | T([-1., 0., 2.])
D.SoftmaxTransform() | T([[-1., 0., 2.], [1., 1., 0.]])
D.StickBreakingTransform() | T([[-1., 0., 2.], [1., 1., 0.]])
D.CorrCholeskyTransform() | T([[-1., 0., 2.], [1., .3, 0.]])
D.CorrCholeskyTransform() | T([-1., 0., .2, 1., .3, .1])
D.LowerCholeskyTransform() | T([[-1., 0.], [2., 1.]])
D.PositiveDefiniteTransform() | T([[-1., 0.], [2., 1.]])
D.ReshapeTransform((2, 2), (4,)) | T([[[-1., 0.], [2., 1.]]])
D.IndependentTransform(D.ExpTransform(), 1) | T([[-1., 0.], [2., 1.]])
D.ComposeTransform([D.AffineTransform(0., 2.), D.ExpTransform()]) | T([-1., 0., 2.])
D.ComposeTransform([D.ExpTransform(), D.StickBreakingTransform()]) | T([[-1., 0., 2.]])
D.ComposeTransform([D.StickBreakingTransform(), D.IndependentTransform(D.ExpTransform(), 1)]) | T([[-1., 0., 2.]])
D.ComposeTransform([]) | T([-1., 0., 2.])
D.CatTransform([D.ExpTransform(), D.AffineTransform(0., 1.)], dim=-1, lengths=[1, 2]) | T([[-1., 0., 2.]])
D.CatTransform([D.ExpTransform(), D.TanhTransform()]) | T([-1., 0.])
D.StackTransform([D.ExpTransform(), D.AffineTransform(0., 3.)], dim=0) | T([[-1., 0., 2.], [1., 2., 3.]])
D.StackTransform([D.ExpTransform(), D.SigmoidTransform()], dim=-1) | T([[-1., 0.], [1., 2.]])
D.biject_to(C.positive) | T([-1., 0., 2.])
D.biject_to(C.less_than(2.)) | T([-1., 0., 2.])
D.biject_to(C.interval(-1., T(3.))) | T([-1., 0., 2.])
D.biject_to(C.simplex) | T([-1., 0., 2.])
D.biject_to(C.corr_cholesky) | T([-1., 0., 2.])
D.biject_to(C.independent(C.positive, 1)) | T([-1., 0., 2.])
D.biject_to(C.cat([C.positive, C.real], dim=-1, lengths=[2, 1])) | T([-1., 0., 2.])
D.biject_to(C.stack([C.positive, C.unit_interval])) | T([[-1.], [2.]])
D.transform_to(C.simplex) | T([-1., 0., 2.])
D.transform_to(C.positive_definite) | T([[-1., 0.], [2., 1.]])
D.transform_to(C.lower_cholesky) | T([[-1., 0.], [2., 1.]])
D.transform_to(C.cat([C.positive, C.real], dim=-1, lengths=[2, 1])) | T([-1., 0., 2.])
""".strip().split("\n")

CHECKS = """
C.boolean | T([0., 1., .5])
C.one_hot | T([[0., 1.], [1., 1.], [.5, .5]])
C.nonnegative_integer | T([0., -1., 3., 1.5])
C.positive_integer | T([0., -1., 3., 1.5])
C.integer_interval(0, 3) | T([0., -1., 4., 1.5])
C._IntegerLessThan(3) | T([0., 4., 1.5])
C.real | T([0., float('nan'), float('inf')])
C.real_vector | T([[0., float('nan')], [1., 2.]])
C.positive | T([0., 1., -1.])
C.nonnegative | T([0., 1., -1.])
C.greater_than(1.) | T([0., 1., 2.])
C.greater_than_eq(1.) | T([0., 1., 2.])
C.less_than(1.) | T([0., 1., 2.])
C.interval(0., 1.) | T([0., 1., 2.])
C.half_open_interval(0., 1.) | T([0., 1., 2.])
C.unit_interval | T([0., 1., 2.])
C.simplex | T([[.5, .5], [.5, .6], [-.5, 1.5]])
C.multinomial(3) | T([[1., 2.], [3., 2.], [-1., 2.]])
C.lower_triangular | T([[[1., 0.], [2., 0.]], [[1., 2.], [0., 1.]]])
C.lower_cholesky | T([[[1., 0.], [2., 0.]], [[1., 0.], [2., 1.]]])
C.corr_cholesky | T([[[1., 0.], [.6, .8]], [[1., 0.], [2., 1.]]])
C.square | T([[[1., 0.], [.6, .8]]])
C.square | T([[[1., 0., 1.], [.6, .8, 1.]]])
C.symmetric | T([[[1., 2.], [2., .8]], [[1., 0.], [2., 1.]]])
C.positive_semidefinite | T([[[1., 1.], [1., 1.]], [[1., 2.], [2., 1.]]])
C.positive_definite | T([[[2., 1.], [1., 1.]], [[1., 2.], [2., 1.]]])
C.positive_definite | T([[[2., 1.], [0., 1.]]])
C.independent(C.positive, 1) | T([[1., 2.], [0., 1.]])
C.independent(C.positive, 3) | T([[1., 2.], [0., 1.]])
C.cat([C.positive, C.real], dim=-1, lengths=[1, 1]) | T([[1., 2.], [0., 1.]])
C.stack([C.positive, C.real], dim=0) | T([[1., -2.], [0., 1.]])
C.stack([C.positive, C.simplex], dim=-2) | T([[1., -2.], [.4, .6]])
C.MixtureSameFamilyConstraint(C.interval(T([0., 1.]), T([1., 2.]))) | T([.5, 1.])
C.dependent | T([1.])
""".strip().split("\n")

TOLD = """
D.Normal(t.tensor([1., float('nan')]), 1.)
D.Normal(0., -1.)
D.Normal('a', 1)
D.Normal(0., 1.).log_prob(2)
D.Normal(0., 1.).cdf(2.)
D.Normal(t.zeros(3), 1.).log_prob(t.zeros(2))
D.Normal(t.zeros(3), 1.).expand((2,))
D.Normal(0., 1.).sample(3)
D.Normal(0., 1.).enumerate_support()
D.Normal(0, t.ones(3, dtype=t.float64))
D.Normal(0, 1).loc.dtype
D.Exponential(1.).log_prob(t.tensor(-1.))
D.Bernoulli()
D.Bernoulli(0.5, 0.2)
D.Bernoulli(0.5).log_prob(t.tensor(.3))
D.Bernoulli(.1).rsample()
D.Bernoulli(0.3).perplexity()
D.Bernoulli(0.5)._natural_params
D.Categorical()
D.Categorical(t.tensor(.3))
D.Categorical(logits=t.tensor(.3))
D.Categorical(t.tensor([-1., 2.]))
D.Categorical(logits=t.tensor([float('nan'), 2.]))
D.Categorical(t.ones(3)).log_prob(t.tensor(3))
D.Categorical(t.ones(3)).support
D.Dirichlet(t.tensor(.3))
D.Dirichlet(t.ones(3)).log_prob(t.ones(2))
D.Dirichlet(t.ones(3)).log_prob(t.ones(3))
D.Dirichlet(t.ones(2)).cdf(t.ones(2) / 2)
D.MultivariateNormal(t.zeros(2))
D.MultivariateNormal(t.tensor(0.), t.eye(2))
D.MultivariateNormal(t.zeros(2), t.zeros(2))
D.MultivariateNormal(t.zeros(2), scale_tril=t.zeros(2))
D.MultivariateNormal(t.zeros(2), precision_matrix=t.zeros(2))
D.MultivariateNormal(t.zeros(2), t.zeros(2, 2))
D.MultivariateNormal(t.zeros(2), t.eye(2)).log_prob(t.zeros(3))
D.LowRankMultivariateNormal(t.zeros(2), t.zeros(2), t.zeros(2))
D.LowRankMultivariateNormal(t.tensor(0.), t.zeros(2), t.zeros(2))
D.LowRankMultivariateNormal(t.zeros(2), t.zeros(3, 2), t.ones(2))
D.LowRankMultivariateNormal(t.zeros(2), t.zeros(2, 2), t.ones(3))
D.LowRankMultivariateNormal(t.zeros(3, 2), t.zeros(2, 2), t.ones(4, 2))
D.Uniform(1., 0.)
D.Uniform(1., 1., validate_args=False)
D.Uniform(0., 1.).log_prob(t.tensor(2.))
D.Uniform(0., 1.).arg_constraints
D.Multinomial(t.ones(2), t.ones(3))
D.Multinomial(2.5, t.ones(3))
D.Multinomial(2, t.ones(3)).log_prob(t.ones(3))
D.Multinomial(2, t.ones(3)).support
D.Binomial(-1, t.ones(3))
D.Binomial(2)
D.Binomial(2, .1, .2)
D.Binomial(t.tensor([2, 3]), t.tensor([.1, .2])).enumerate_support()
D.Binomial(t.tensor([2, 3]), t.tensor([.1, .2])).entropy()
D.Binomial(t.tensor(3.), probs=t.tensor([.2, .3])).log_prob(t.tensor([4., 1.]))
D.Binomial(2, t.ones(3)).mode
D.Geometric()
D.Geometric(0.)
D.Geometric(t.tensor([0., .2]), validate_args=False)
D.NegativeBinomial(2)
D.NegativeBinomial(-1, .3)
D.ContinuousBernoulli()
D.ContinuousBernoulli(1.5)
D.ContinuousBernoulli(1.5, validate_args=True)
D.ContinuousBernoulli(.5, lims=(.6, .7))
D.RelaxedBernoulli(t.tensor(1.))
D.RelaxedBernoulli(t.tensor(1.), 1.3)
D.RelaxedBernoulli(t.tensor(1.), .3).base_dist
D.RelaxedOneHotCategorical(t.tensor(1.))
D.RelaxedOneHotCategorical(t.tensor(1.), t.ones(3)).base_dist
D.OneHotCategorical()
D.OneHotCategorical(t.ones(3)).log_prob(t.ones(3))
D.LKJCholesky(1)
D.LKJCholesky(3, -1.)
D.LKJCholesky(3).log_prob(t.eye(2))
D.LKJCholesky(3).mean
D.Wishart(t.tensor(1.), t.eye(2))
D.Wishart(3., t.eye(2), t.eye(2))
D.Wishart(t.tensor(3.), t.ones(2))
D.Wishart(t.tensor(0.5), t.eye(2), validate_args=False)
D.Wishart(3., t.eye(2)).arg_constraints
D.Wishart(t.tensor(3.), t.eye(2)).log_prob(t.zeros(2, 2))
D.MixtureSameFamily(1, 2)
D.MixtureSameFamily(D.Categorical(t.ones(2)), 2)
D.MixtureSameFamily(D.Categorical(t.ones(2)), D.Normal(0., 1.))
D.MixtureSameFamily(D.Categorical(t.ones(2)), D.Normal(t.zeros(3), 1.))
D.MixtureSameFamily(D.Categorical(t.ones(5, 2)), D.Normal(t.zeros(3, 2), 1.))
D.MixtureSameFamily(D.Categorical(t.ones(2)), D.Uniform(t.zeros(2), t.tensor([1., 2.]))).support
D.Independent(D.Normal(0., 1.), 1)
D.Independent(D.Normal(t.zeros(3), 1.), 2)
D.Independent(D.Normal(t.zeros(3), 1.), 1).cdf(t.zeros(3))
D.Independent(D.Bernoulli(t.ones(3)), 1).enumerate_support()
D.TransformedDistribution(D.Normal(0., 1.), 3)
D.TransformedDistribution(D.Normal(0., 1.), [3])
D.TransformedDistribution(D.Normal(0., 1.), D.SoftmaxTransform())
D.TransformedDistribution(D.Normal(t.zeros(2), 1.), D.LowerCholeskyTransform())
D.TransformedDistribution(D.Normal(t.zeros(2), 1.), D.StickBreakingTransform()).base_dist
D.TransformedDistribution(D.Normal(t.zeros(2), 1.), D.AffineTransform(t.zeros(3, 2), 1.)).base_dist
D.TransformedDistribution(D.Normal(t.zeros(2), 1.), D.AbsTransform()).log_prob(t.ones(2))
D.TransformedDistribution(D.Normal(t.zeros(2), 1.), D.AbsTransform()).cdf(t.ones(2))
D.TransformedDistribution(D.Normal(t.zeros(2), 1.), D.ExpTransform()).mean
D.TransformedDistribution(D.Normal(t.zeros(2), 1.), []).support
D.kl_divergence(D.Normal(0., 1.), D.Poisson(1.))
D.kl_divergence(D.VonMises(t.tensor(1.), 1.), D.Normal(0., 1.))
D.kl_divergence(D.Binomial(2, t.tensor(.5)), D.Binomial(3, t.tensor(.5)))
D.kl_divergence(*(D.MultivariateNormal(t.zeros(n), t.eye(n)) for n in (2, 3)))
D.kl_divergence(*(D.LowRankMultivariateNormal(t.zeros(n), t.ones(n, 1), t.ones(n)) for n in (2, 3)))
D.kl_divergence(D.LogNormal(0., 1.), D.HalfNormal(1.))
D.register_kl(3, D.Normal)
D.VonMises(t.tensor(1.), 1.).entropy()
D.VonMises(t.tensor(1.), t.tensor(-1.))
D.Cauchy(0., 1.).mean
D.Distribution(validate_args=False).batch_shape
D.Distribution(validate_args=False).mean
D.Distribution(validate_args=False).expand((2,))
D.Distribution.set_default_validate_args(3)
D.Gamma(1., 0.)
D.Chi2(-1.)
D.LogNormal(0., -1.)
D.HalfNormal(-1.)
D.HalfNormal(1.).log_prob(t.tensor(-1.))
D.HalfCauchy(-1.)
D.Gumbel(0., -1.)
D.Gumbel(0., 1.).transforms
D.Weibull(0., 1.)
D.Weibull(1., 2.).transforms
D.Pareto(1., 0.)
D.Pareto(1., 2.).support
D.Kumaraswamy(0., 1.)
D.InverseGamma(0., 1.)
D.LogisticNormal(t.zeros(2), -t.ones(2))
D.StudentT(-1.)
D.FisherSnedecor(-1., 2.)
D.Poisson(2.).log_prob(t.tensor(1.5))
D.Beta(1., 1.).log_prob(t.tensor(2.))
D.Beta(1, 2)
D.GeneralizedPareto(0., 1., .1).support
D.GeneralizedPareto(0., 1., -.1).support
C.dependent_property(is_discrete=True)
C.dependent.is_discrete
C.dependent.event_dim
C.dependent(is_discrete=False, event_dim=1).event_dim
C.Constraint().check(3)
C.cat([C.real], lengths=[1, 2])
C.cat([C.real, C.positive], lengths=[1, 2])
C.cat([3])
C.stack([C.real, C.positive])
C.stack([C.real, C.positive], dim=-1).event_dim
C.independent(C.real, -1)
C.independent(C.real, 1.5)
C.independent(3, 1)
C.MixtureSameFamilyConstraint(3)
C.MixtureSameFamilyConstraint(C.positive)
C.interval(t.zeros(2), t.ones(2))
C.is_dependent(C.dependent)
D.Uniform.support
D.identity_transform
D.ExpTransform().inv
D.ExpTransform().inv.inv
D.ExpTransform(cache_size=3)
D.AffineTransform(t.zeros(2), 1.).sign
D.AffineTransform(0., t.tensor([-1., 1])).sign
D.AffineTransform(0., 1., event_dim=1).domain
D.AffineTransform(t.zeros(2), 1.) == D.AffineTransform(t.zeros(2), t.ones(2))
D.AffineTransform(t.zeros(3), 1.).forward_shape(t.Size([2, 1]))
D.ComposeTransform([D.ExpTransform(), D.AffineTransform(0, 1)])
D.ComposeTransform([D.ExpTransform(), D.AffineTransform(0, 1)]).inv
D.ComposeTransform([D.ExpTransform(), D.AffineTransform(0, -1)]).sign
D.ComposeTransform([D.ExpTransform(), D.StickBreakingTransform()]).domain
D.ComposeTransform([D.StickBreakingTransform(), D.ExpTransform()]).codomain
D.ComposeTransform([D.SoftmaxTransform()]).sign
D.IndependentTransform(D.ExpTransform(), 1)
D.IndependentTransform(D.ExpTransform(), 1)(t.tensor(1.))
D.ReshapeTransform((2, 3), (5,))
D.ReshapeTransform((2, 3), (6,)).forward_shape(t.Size([2, 4]))
D.ReshapeTransform((2, 3), (6,)).forward_shape(t.Size([2]))
D.ReshapeTransform((2, 3), (6,)).domain
D.CatTransform([3])
D.CatTransform([D.ExpTransform()], lengths=[2])(t.ones(3))
D.StackTransform([D.ExpTransform()])(t.ones(3))
D.StackTransform([D.ExpTransform()], dim=3)(t.ones(3))
D.CatTransform([D.ExpTransform()], dim=3)(t.ones(3))
C.cat([C.real], dim=3).check(t.ones(3))
C.stack([C.real], dim=3).check(t.ones(3))
hash(D.ExpTransform())
D.GeneralizedPareto(0., 1., t.tensor([.5, 1., 2.])).mean
D.GeneralizedPareto(0., 1., t.tensor([.5, 1., 2.])).variance
D.MixtureSameFamily(D.Categorical(t.ones(2)), D.Normal(t.ones(2, 2), 1.)).sample()
D.Transform()(3)
D.Transform().inv(3)
D.Transform().sign
D.Transform().with_cache(1)
D.SoftmaxTransform().log_abs_det_jacobian(t.ones(2), t.ones(2))
D.StickBreakingTransform().forward_shape(t.Size([]))
D.StickBreakingTransform().forward_shape(t.Size([3]))
D.StickBreakingTransform().inverse_shape(t.Size([3, 4]))
D.CorrCholeskyTransform().forward_shape(t.Size([3]))
D.CorrCholeskyTransform().forward_shape(t.Size([4]))
D.CorrCholeskyTransform().inverse_shape(t.Size([4]))
D.CorrCholeskyTransform().inverse_shape(t.Size([4, 3]))
D.CorrCholeskyTransform().inverse_shape(t.Size([4, 4]))
D.biject_to(3)
D.biject_to(C.symmetric)
D.biject_to(C.boolean)
D.biject_to(C.interval(0, 1))
D.biject_to(C.interval(0, 2))
D.biject_to(C.real_vector)
D.transform_to(C.positive_semidefinite)
D.transform_to.register(3, 4)
D.utils.broadcast_all(1, 'a')
D.utils.broadcast_all(1, 2.)
D.utils.broadcast_all(t.tensor([1, 2]), 2.)
D.utils.broadcast_all(1., True)
D.utils.vec_to_tril_matrix(t.arange(6.))
D.utils.vec_to_tril_matrix(t.arange(5.))
D.utils.vec_to_tril_matrix(t.arange(3.), -1)
D.utils.vec_to_tril_matrix(t.arange(8.), 1)
D.utils.tril_matrix_to_vec(t.arange(9.).view(3, 3))
D.utils.tril_matrix_to_vec(t.arange(9.).view(3, 3), 1)
D.utils.tril_matrix_to_vec(t.ones(3, 3), -1)
D.utils.tril_matrix_to_vec(t.ones(3, 3), 5)
D.utils.clamp_probs(t.tensor([0., 1.]))
D.utils.probs_to_logits(t.tensor([0., .25, 1.]))
D.utils.probs_to_logits(t.tensor([0., .25, 1.]), is_binary=True)
D.utils.logits_to_probs(t.tensor([0., .25, 1.]), is_binary=True)
D.utils.logits_to_probs(t.tensor([0., .25, 1.]))
D.utils._sum_rightmost(t.ones(2, 3, 4), 2)
D.Bernoulli.logits.__doc__
D.__all__
C.__all__
D.transforms.__all__
D.kl.__all__
D.utils.__all__
""".strip().split("\n")
