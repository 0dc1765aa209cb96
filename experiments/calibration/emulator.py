"""A cheap stand-in for the simulation, and what it rules out.

Each pattern is emulated by a Gaussian process: a linear function of the parameters and a smooth departure
from it, with a length scale for each parameter.  What a point's own luck adds is known from its replications.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

Array = NDArray[np.float64]

CUT = 3.0
LINEAR = 10.0  # prior variance of constant and slopes, in variances of the pattern over the points
LEAST_LUCK = 1e-5  # in the same unit: keeps the moments invertible
STEPS = 40


def _linear(u: Array) -> Array:
    return np.hstack([np.ones((len(u), 1)), u])


def _smooth(a: Array, b: Array, rates: Array) -> Array:
    """Return exp(−½ Σ rate · (a − b)²) for every pair of points."""
    x, y = a * np.sqrt(rates), b * np.sqrt(rates)
    far = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)[None, :] - 2.0 * x @ y.T
    return np.asarray(np.exp(-0.5 * np.maximum(far, 0.0)))


@dataclass(frozen=True)
class Emulator:
    """One pattern as a function of the parameters.

    Attributes
    ----------
    points
        Where it is known.
    level, scale
        Mean and standard deviation of the pattern there; the rest is in this unit.
    strength, rates
        Variance of the smooth departure, and one over the square of its length scale in each direction.
    inverse, weights
        Inverse moments of the points, and that times what was seen there.
    residual, noise
        Mean squared error of points left out, and the part of it that is luck (both in the pattern's unit).
    """

    points: Array
    level: float
    scale: float
    strength: float
    rates: Array
    inverse: Array
    weights: Array
    residual: float
    noise: float

    def __call__(self, u: Array) -> tuple[Array, Array]:
        """Return the pattern at points `u`, and the variance of that value as the expectation over luck."""
        own = _linear(u)
        k = LINEAR * own @ _linear(self.points).T + self.strength * _smooth(u, self.points, self.rates)
        prior = LINEAR * (own**2).sum(axis=1) + self.strength
        variance = prior - ((k @ self.inverse) * k).sum(axis=1)
        return self.level + self.scale * (k @ self.weights), self.scale**2 * np.maximum(variance, 0.0)


def fit(u: Array, y: Array, noise: float) -> Emulator:
    """Return the emulator of values `y` at points `u` whose luck has the variance `noise`.

    Strength, length scales and a further noise (what the form cannot follow) are those most likely, given a
    prior that holds every parameter to be irrelevant unless the points say otherwise.
    """
    level, scale = float(y.mean()), float(y.std()) or 1.0
    z, count, dimensions = (y - level) / scale, len(u), u.shape[1]
    luck = max(noise / scale**2, LEAST_LUCK)
    squares = [(u[:, None, k] - u[None, :, k]) ** 2 for k in range(dimensions)]
    line = LINEAR * _linear(u) @ _linear(u).T

    def moments(t: Array) -> tuple[Array, Array]:
        smooth = np.exp(t[0]) * _smooth(u, u, np.exp(t[1:-1]))
        return smooth + line + (luck + np.exp(t[-1])) * np.eye(count), smooth

    def unlikely(t: Array) -> tuple[float, Array]:
        """Return minus the log posterior, and its slope."""
        whole, smooth = moments(t)
        try:
            lower = np.linalg.cholesky(whole)
        except np.linalg.LinAlgError:
            return 1e10, np.zeros_like(t)
        inverse = linalg.cho_solve((lower, True), np.eye(count))
        weights = inverse @ z
        outer = np.outer(weights, weights) - inverse
        pull = outer * smooth
        slope = np.empty_like(t)
        slope[0] = -0.5 * pull.sum()
        slope[1:-1] = [
            0.25 * (pull * square).sum() * np.exp(x) for square, x in zip(squares, t[1:-1], strict=True)
        ]
        slope[1:-1] += (t[1:-1] + 2.0) / 4.0
        slope[-1] = -0.5 * np.trace(outer) * np.exp(t[-1])
        value = 0.5 * z @ weights + np.log(np.diag(lower)).sum() + ((t[1:-1] + 2.0) ** 2).sum() / 8.0
        return float(value), slope

    start = np.concatenate([[-1.0], np.full(dimensions, -2.5), [-5.0]])
    bounds = [(-6.0, 4.0), *[(-9.0, 2.0)] * dimensions, (-9.0, 1.0)]
    t = optimize.minimize(
        unlikely, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS}
    ).x
    inverse = np.linalg.inv(moments(t)[0])
    weights = inverse @ z
    residual = float(np.mean((weights / np.diag(inverse)) ** 2)) * scale**2
    strength, rates = float(np.exp(t[0])), np.exp(t[1:-1])
    return Emulator(u, level, scale, strength, rates, inverse, weights, residual, noise)


@dataclass(frozen=True)
class Target:
    """A pattern's emulator with its published range, both on the scale on which it is emulated."""

    emulator: Emulator
    low: float
    high: float

    def implausibility(self, u: Array) -> Array:
        """Return the signed distance from the middle of the range; ±3 is an end of it.

        A range counts as six standard deviations of what was published; the emulator's own error adds to it.
        """
        value, variance = self.emulator(u)
        published = (self.high - self.low) / (2.0 * CUT)
        return (value - (self.low + self.high) / 2.0) / np.sqrt(published**2 + variance)


def worst(targets: list[Target], u: Array, limit: Array | None = None) -> Array:
    """Return the largest implausibility of each point.

    A point that is found to be beyond its `limit` is not looked at further.
    """
    found = np.zeros(len(u))
    for target in targets:
        open_ = np.ones(len(u), dtype=bool) if limit is None else found < limit
        if open_.any():
            found[open_] = np.maximum(found[open_], np.abs(target.implausibility(u[open_])))
    return found


def walk(
    worst_at: Callable[[Array, Array], Array], start: Array, sweeps: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return points spread evenly over the region in which `worst_at` is below the cut, and their values.

    `worst_at` is given points, and how much worse than which it need not look.

    Each walker draws one coordinate anew at a time, and stays where it is if that is ruled out.  Walkers that
    start outside may only come nearer, until they are in; those that are not half-way go on from where others
    are.
    """
    u = start.copy()
    now = worst_at(u, np.full(len(u), np.inf))
    for sweep in range(sweeps):
        inside = np.flatnonzero(now < CUT)
        if sweep == sweeps // 2 and len(inside):
            lost = np.flatnonzero(now >= CUT)
            instead = rng.choice(inside, len(lost))
            u[lost], now[lost] = u[instead], now[instead]
        for k in rng.permutation(u.shape[1]):
            tried = u.copy()
            tried[:, k] = rng.uniform(-1.0, 1.0, len(u))
            limit = np.maximum(CUT, now)
            then = worst_at(tried, limit)
            moves = then < limit
            u[moves], now[moves] = tried[moves], then[moves]
    return u, now


def nearest(targets: list[Target], shipped: Array, starts: Array, ease: float = 1.5) -> Array:
    """Return the point that serves the patterns best with the least change from `shipped`.

    Within the middle half of a range (`ease` of the 3) nothing more is gained, and what the emulator does not
    know counts as distance, so that the search does not run to where nothing is known.  Moving a parameter
    from the middle of its range to an end costs as much as a unit of implausibility.
    """

    away = 3.0  # from zero, where a relative step would be none; wide steps, as variances are rounded

    def residuals(x: Array) -> Array:
        u, far = x - away, []
        for t in targets:
            value, variance = t.emulator(u[None, :])
            published = (t.high - t.low) / (2.0 * CUT)
            distance = abs(value[0] - (t.low + t.high) / 2.0) + np.sqrt(variance[0])
            far.append(max(distance / published - ease, 0.0))
        return np.concatenate([far, u - shipped])

    found = [
        optimize.least_squares(
            residuals,
            np.clip(start, -0.999, 0.999) + away,
            bounds=(away - 1.0, away + 1.0),
            diff_step=1e-3,
            max_nfev=60,
        )
        for start in np.vstack([shipped[None, :], starts])
    ]
    return np.asarray(min(found, key=lambda f: f.cost).x) - away


def narrowing(accepted: Array) -> tuple[Array, Array, Array]:
    """Return, by parameter, the spread left (ratio of standard deviations to the prior's), and the 5 and 95 %
    points of the accepted values."""
    prior = 2.0 / np.sqrt(12.0)
    low, high = np.quantile(accepted, [0.05, 0.95], axis=0)
    return accepted.std(axis=0) / prior, low, high
