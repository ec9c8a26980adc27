"""Computes the coefficient tables of `loxley.numerics`' special functions with mpmath.

In: nothing.  Out: `src/loxley/numerics/special_tables.py`, rewritten.

    python tools/special_tables.py && git diff --stat

Each table is the Chebyshev series of a smooth companion of the function: what remains after its
logarithms, square roots, exponentials and zeros are taken out.  The map from the argument to
t in [-1, 1] stands in the table's comment and is repeated where the table is used.  The two tables
of monomials (`ERF_FLOAT32`, `NORMAL_FLOAT32`) are weighted minimax fits for single precision.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from textwrap import wrap

import numpy as np
from mpmath import mp, mpf

TARGET = Path(__file__).parents[1] / "src" / "loxley" / "numerics" / "special_tables.py"
_INDENT = {"initial_indent": "    ", "subsequent_indent": "    ", "break_on_hyphens": False}
HEADER = '''"""Coefficients of the special functions: written by tools/special_tables.py.

Chebyshev series in t, lowest order first, for `series.chebyshev`; the comment above each table
gives what it expands and how t comes from the argument.
"""

from __future__ import annotations

# fmt: off
'''


def chebyshev_series(function: Callable, points: int = 80, relative: float = 1e-17) -> list[float]:
    """The Chebyshev coefficients of `function` of t, cut where they no longer count."""
    angles = [mp.pi * (k + mpf(1) / 2) / points for k in range(points)]
    values = [function(mp.cos(angle)) for angle in angles]
    series = [
        2 * mp.fsum(v * mp.cos(j * a) for v, a in zip(values, angles)) / points
        for j in range(points)
    ]
    series[0] /= 2
    limit = relative * max(abs(v) for v in values)
    last = max(j for j in range(points) if abs(series[j]) > limit)
    if last > points * 3 // 4:
        raise ValueError(f"{function}: the series has not converged after {points} terms")
    return [float(c) for c in series[: last + 1]]


def weighted_fit(target: np.ndarray, weight: np.ndarray, squares: np.ndarray, degree: int) -> list:
    """Monomials in x**2 that minimize max |weight * error| (Lawson's reweighted least squares)."""
    top = squares[-1]
    basis = np.polynomial.chebyshev.chebvander(2 * squares / top - 1, degree)
    importance, best, best_error = np.ones_like(target), None, np.inf
    for _ in range(300):
        w = weight * np.sqrt(importance)
        series = np.linalg.lstsq(basis * w[:, None], target * w, rcond=1e-15)[0]
        error = np.abs((basis @ series - target) * weight)
        if error.max() < best_error:
            best, best_error = series, error.max()
        importance *= error / error.max() + 1e-3
        importance /= importance.sum()
    polynomial = np.polynomial.Polynomial(np.polynomial.chebyshev.cheb2poly(best))
    return polynomial(np.polynomial.Polynomial([-1, 2 / top])).coef.tolist()


def erf_float32() -> list[float]:
    x = np.linspace(0, 4.05, 1201)[1:]
    erf = [mp.erf(v) for v in x]
    target = np.array([float(mp.atanh(e) / v - 1) for e, v in zip(erf, x)])
    weight = np.array([float((1 - e * e) * v / e) for e, v in zip(erf, x)])
    return weighted_fit(target, weight, x * x, 9)


def normal_float32() -> list[float]:
    x = np.linspace(0, 9, 1801)[1:]
    below = [mp.ncdf(-v) for v in x]
    target = np.array([float(mp.log((1 - b) / b) / (2 * v)) for b, v in zip(below, x)])
    weight = np.array([float(2 * b * (1 - b) * v) for b, v in zip(below, x)])
    return weighted_fit(target, weight, x * x, 6)


def temme_series(terms: int = 32) -> list[float]:
    """Taylor series of eta / mu, eta**2 / 2 = mu - log(1 + mu), from mu mu' = eta (1 + mu)."""
    a = [Fraction(0), Fraction(1)]
    for n in range(2, terms + 2):
        inner = sum(a[i] * a[n + 1 - i] * (n + 1 - i) for i in range(2, n))
        a.append((a[n - 1] - inner) / (n + 1))
    inverse: list[Fraction] = []
    for n in range(terms):
        rest = sum(inverse[k] * a[n - k + 1] for k in range(n))
        inverse.append((1 if n == 0 else 0) - rest)
    return [float(c) for c in inverse]


def loggamma_ratio(x: mpf) -> mpf:
    if abs(x - 1) < mpf(10) ** -15 or abs(x - 2) < mpf(10) ** -15:
        x += mpf(10) ** -14
    return mp.loggamma(x).real / ((x - 1) * (x - 2))


def hankel(order: int, x: mpf) -> mp.mpc:
    """P + iQ of DLMF 10.18: sqrt(pi x / 2) H1_order(x) exp(-i (x - order pi / 2 - pi / 4))."""
    phase = x - order * mp.pi / 2 - mp.pi / 4
    value = mp.besselj(order, x) + 1j * mp.bessely(order, x)
    return mp.sqrt(mp.pi * x / 2) * value * mp.expj(-phase)


def y_regular(order: int, x: mpf) -> mpf:
    """What remains of Y0, or of Y1 / x, without the logarithm and the pole."""
    singular = 2 / mp.pi * mp.log(x) * mp.besselj(order, x)
    if order == 0:
        return mp.bessely(0, x) - singular
    return (mp.bessely(1, x) - singular + 2 / (mp.pi * x)) / x


def k_regular(order: int, x: mpf) -> mpf:
    """What remains of K0, or of K1 / x, without the logarithm and the pole."""
    if order == 0:
        return mp.besselk(0, x) + mp.log(x / 2) * mp.besseli(0, x)
    return (mp.besselk(1, x) - mp.log(x / 2) * mp.besseli(1, x) - 1 / x) / x


def airy_positive(zeta: mpf) -> mpf:
    x = (3 * zeta / 2) ** (mpf(2) / 3)
    return 2 * mp.sqrt(mp.pi) * x ** mpf("0.25") * mp.exp(zeta) * mp.airyai(x)


def airy_wave(zeta: mpf) -> mp.mpc:
    """P + iQ with Ai(-x) = (P cos + Q sin)(zeta - pi/4) x**-0.25 / sqrt(pi), and Bi alike."""
    x = (3 * zeta / 2) ** (mpf(2) / 3)
    scale = mp.sqrt(mp.pi) * x ** mpf("0.25")
    wave = (mp.airyai(-x) + 1j * mp.airybi(-x)) * scale
    value = wave * mp.expj(zeta - mp.pi / 4)
    return mp.mpc(value.real, value.imag)


def decaying(t: mpf, edge: mpf) -> mpf:
    """x in [edge, infinity) for t = 2 edge / x - 1."""
    return 2 * edge / (t + 1)


def squared(t: mpf, edge: mpf) -> mpf:
    """x in [0, edge] for t = 2 (x / edge)**2 - 1."""
    return edge * mp.sqrt((t + 1) / 2)


def bessel_tables() -> dict[str, tuple[str, list[float]]]:
    e8, e2 = mpf(8), mpf(2)
    tables: dict[str, tuple[str, list[float]]] = {}
    for n in (0, 1):
        over, power = ("", 0) if n == 0 else (" / x", 1)
        tables[f"I{n}_SMALL"] = (
            f"exp(-x) I{n}(x){over}, 0 <= x <= 8, t = x / 4 - 1",
            chebyshev_series(
                lambda t, n=n, p=power: (
                    mp.exp(-4 * (t + 1)) * mp.besseli(n, 4 * (t + 1)) / (4 * (t + 1)) ** p
                )
            ),
        )
        tables[f"I{n}_LARGE"] = (
            f"sqrt(x) exp(-x) I{n}(x), x >= 8, t = 16 / x - 1",
            chebyshev_series(
                lambda t, n=n: (
                    mp.sqrt(decaying(t, e8))
                    * mp.exp(-decaying(t, e8))
                    * mp.besseli(n, decaying(t, e8))
                )
            ),
        )
        tables[f"K{n}_SMALL"] = (
            f"(K{n}(x) + (-1)^{n} log(x / 2) I{n}(x){'' if n == 0 else ' - 1 / x'}){over}, "
            "0 < x <= 2, t = x^2 / 2 - 1",
            chebyshev_series(lambda t, n=n: k_regular(n, squared(t, e2))),
        )
        tables[f"K{n}_LARGE"] = (
            f"sqrt(x) exp(x) K{n}(x), x >= 2, t = 4 / x - 1",
            chebyshev_series(
                lambda t, n=n: (
                    mp.sqrt(decaying(t, e2))
                    * mp.exp(decaying(t, e2))
                    * mp.besselk(n, decaying(t, e2))
                )
            ),
        )
        tables[f"J{n}_SMALL"] = (
            f"J{n}(x){over}, 0 <= x <= 8, t = x^2 / 32 - 1",
            chebyshev_series(
                lambda t, n=n, p=power: mp.besselj(n, squared(t, e8)) / squared(t, e8) ** p
            ),
        )
        tables[f"Y{n}_SMALL"] = (
            f"(Y{n}(x) - 2 / pi log(x) J{n}(x){'' if n == 0 else ' + 2 / (pi x)'}){over}, "
            "0 < x <= 8, t = x^2 / 32 - 1",
            chebyshev_series(lambda t, n=n: y_regular(n, squared(t, e8))),
        )
        tables[f"HANKEL{n}_P"] = (
            f"P of sqrt(pi x / 2) (J{n} + i Y{n}) = (P + i Q) exp(i phase), x >= 8, "
            "t = 128 / x^2 - 1",
            chebyshev_series(lambda t, n=n: hankel(n, 8 / mp.sqrt((t + 1) / 2)).real),
        )
        tables[f"HANKEL{n}_Q"] = (
            "x Q of the same",
            chebyshev_series(
                lambda t, n=n: hankel(n, 8 / mp.sqrt((t + 1) / 2)).imag * 8 / mp.sqrt((t + 1) / 2)
            ),
        )
    return tables


def airy_tables() -> dict[str, tuple[str, list[float]]]:
    above = mpf(2) / 3 * mpf(2) ** mpf("1.5")
    below = mpf(2) / 3 * mpf(5) ** mpf("1.5")
    zeta = "zeta = 2/3 |x|^1.5"
    return {
        "AIRY_MIDDLE": (
            "Ai(x), -5 <= x <= 2, t = (2 x + 3) / 7",
            chebyshev_series(lambda t: mp.airyai((7 * t - 3) / 2)),
        ),
        "AIRY_LARGE": (
            f"2 sqrt(pi) x^0.25 exp(zeta) Ai(x), x >= 2, {zeta}, t = 2 zeta(2) / zeta - 1",
            chebyshev_series(lambda t: airy_positive(decaying(t, above))),
        ),
        "AIRY_WAVE_P": (
            f"P of sqrt(pi) |x|^0.25 Ai(x) = P cos(zeta - pi/4) + Q sin(zeta - pi/4), x <= -5, "
            f"{zeta}, t = 2 (zeta(-5) / zeta)^2 - 1",
            chebyshev_series(lambda t: airy_wave(below / mp.sqrt((t + 1) / 2)).real),
        ),
        "AIRY_WAVE_Q": (
            "zeta Q of the same",
            chebyshev_series(
                lambda t: (
                    airy_wave(below / mp.sqrt((t + 1) / 2)).imag * below / mp.sqrt((t + 1) / 2)
                )
            ),
        ),
    }


def all_tables() -> dict[str, tuple[str, list[float]]]:
    tables = {
        "ERF_SMALL": (
            "erf(x) / x, |x| <= 1, t = 2 x^2 - 1",
            chebyshev_series(lambda t: mp.erf(squared(t, 1)) / squared(t, 1)),
        ),
        "ERFCX": (
            "(1 + 2 x) erfcx(x), x >= 0, t = (x - 3.75) / (x + 3.75)",
            chebyshev_series(
                lambda t: (lambda x: (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x))(
                    mpf("3.75") * (1 + t) / (1 - t)
                ),
                points=120,
            ),
        ),
        "ERF_FLOAT32": (
            "atanh(erf(x)) / x - 1 in powers of x^2: relative error of erf 1e-8",
            erf_float32(),
        ),
        "NORMAL_FLOAT32": (
            "logit(Phi(x)) / (2 x) in powers of x^2: absolute error of Phi 3e-8",
            normal_float32(),
        ),
        "LGAMMA": (
            "log Gamma(x) / ((x - 1) (x - 2)), 0.5 <= x <= 2.5, t = x - 1.5",
            chebyshev_series(lambda t: loggamma_ratio(t + mpf("1.5"))),
        ),
        "TEMME": (
            "Taylor series of eta / mu in eta, where eta^2 / 2 = mu - log(1 + mu)",
            temme_series(),
        ),
    }
    return tables | bessel_tables() | airy_tables()


def written(tables: dict[str, tuple[str, list[float]]]) -> str:
    parts = [HEADER]
    for name, (meaning, numbers) in tables.items():
        comment = wrap(meaning, 98, initial_indent="# ", subsequent_indent="# ")
        body = wrap(", ".join(map(repr, numbers)) + ",", 100, **_INDENT)
        parts.append("\n".join([*comment, f"{name} = (", *body, ")\n"]))
    return "".join(parts)


if __name__ == "__main__":
    mp.dps = 50
    TARGET.write_text(written(all_tables()))
