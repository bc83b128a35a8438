"""The BG/NBD model of repeat purchases: buy at a constant rate, drop out after a purchase.

A customer buys at Poisson rate lambda and after each purchase is gone for good with probability p;
lambda ~ gamma(r, alpha), p ~ beta(a, b) over customers (Fader, Hardie and Lee 2005, *Marketing
Science* 24, 275-284). Time is in weeks and starts with the first purchase.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, digamma, expit, gammaln, hyp2f1

NORMAL_97_5 = 1.959964
START = (0.5, 5.0, 1.0, 2.0)
LOG_BOUNDS = (-9.0, 12.0)


@dataclass(frozen=True)
class BgNbd:
    """Fitted parameters.

    Attributes
    ----------
    r, alpha : float
        Shape, and scale in weeks, of the gamma distribution of purchase rates; mean r / alpha.
    a, b : float
        Parameters of the beta distribution of drop-out probabilities; mean a / (a + b).
    log_likelihood : float
        At the maximum, with the constant of equation 6 of the paper.
    covariance : numpy.ndarray
        Of the logarithms of r, alpha, a, b, float64, shape (4, 4); NaN where flat.
    n_customers : int
        Customers.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    covariance: np.ndarray
    n_customers: int

    def interval(self, name: str) -> tuple[float, float, float]:
        """Value and Wald 95 % interval of a parameter.

        Parameters
        ----------
        name : str
            r, alpha, a, b, mean_rate or mean_dropout.

        Returns
        -------
        tuple of float
            Value, low, high: exp(log +- 1.96 SE), for mean_dropout on the logit.
        """
        logs = np.log([self.r, self.alpha, self.a, self.b])
        weights = {
            "r": (1, 0, 0, 0),
            "alpha": (0, 1, 0, 0),
            "a": (0, 0, 1, 0),
            "b": (0, 0, 0, 1),
            "mean_rate": (1, -1, 0, 0),
            "mean_dropout": (0, 0, 1, -1),  # log a - log b is the logit of a / (a + b)
        }[name]
        weight = np.array(weights, dtype=np.float64)
        centre = weight @ logs
        half = NORMAL_97_5 * np.sqrt(weight @ self.covariance @ weight)
        back = expit if name == "mean_dropout" else np.exp
        low, value, high = back(np.array([centre - half, centre, centre + half]))
        return float(value), float(low), float(high)

    def expected(self, weeks: np.ndarray) -> np.ndarray:
        """Expected repeat purchases of a customer by some time after the first.

        Parameters
        ----------
        weeks : numpy.ndarray
            Time since the first purchase, weeks, not negative, any shape.

        Returns
        -------
        numpy.ndarray
            E X(t) of the paper's equation 9, same shape.
        """
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        t = np.asarray(weeks, dtype=np.float64)
        series = hyp2f1(r, b, a + b - 1.0, t / (alpha + t))
        return (a + b - 1.0) / (a - 1.0) * (1.0 - (alpha / (alpha + t)) ** r * series)


def fit_bgnbd(repeats: np.ndarray, recency: np.ndarray, observed: np.ndarray) -> BgNbd:
    """Maximum likelihood estimate.

    Parameters
    ----------
    repeats : numpy.ndarray
        Repeat purchases of each customer, shape (n,).
    recency, observed : numpy.ndarray
        Weeks from the first purchase to the last, and to the end of observation, shape (n,).

    Returns
    -------
    BgNbd
        The estimate, found by L-BFGS-B in logarithms with exact first derivatives.
    """
    rows, weights = np.unique(np.stack([repeats, recency, observed]), axis=1, return_counts=True)
    x, last, total = rows

    def cost(logs: np.ndarray) -> tuple[float, np.ndarray]:
        values, slopes = log_likelihoods(np.exp(logs), x, last, total)
        return -float(weights @ values), -(slopes @ weights) * np.exp(logs)

    found = minimize(
        cost,
        np.log(START),
        jac=True,
        method="L-BFGS-B",
        bounds=[LOG_BOUNDS] * 4,
        options={"ftol": 1e-13, "gtol": 1e-6, "maxiter": 500},
    )
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    covariance = _covariance(lambda logs: cost(logs)[1], found.x)
    return BgNbd(r, alpha, a, b, -float(found.fun), covariance, len(repeats))


def log_likelihoods(
    parameters: np.ndarray, x: np.ndarray, last: np.ndarray, total: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Log likelihood of each customer and its derivatives.

    Equation 6 of the paper: gamma(r + x) alpha^r / gamma(r) x B(a, b + x) / B(a, b) x
    [(alpha + T)^-(r + x) + a / (b + x - 1) (alpha + t_x)^-(r + x) if x > 0].

    Parameters
    ----------
    parameters : numpy.ndarray
        r, alpha, a, b, each above 0.
    x, last, total : numpy.ndarray
        Repeat purchases, t_x and T in weeks, shape (n,).

    Returns
    -------
    tuple of numpy.ndarray
        Log likelihoods, shape (n,), and derivatives by r, alpha, a, b, shape (4, n).
    """
    r, alpha, a, b = parameters
    again = x > 0
    rest = b + np.where(again, x, 1.0) - 1.0
    alive = -(r + x) * np.log(alpha + total)
    gone = np.where(again, np.log(a / rest) - (r + x) * np.log(alpha + last), -np.inf)
    both = np.logaddexp(alive, gone)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    value = value + betaln(a, b + x) - betaln(a, b) + both
    left = np.exp(gone - both)  # probability of having dropped out
    by_r = digamma(r + x) - digamma(r) + np.log(alpha)
    by_r = by_r - (1.0 - left) * np.log(alpha + total) - left * np.log(alpha + last)
    by_alpha = r / alpha - (r + x) * ((1.0 - left) / (alpha + total) + left / (alpha + last))
    shared = digamma(a + b) - digamma(a + b + x)
    by_a = shared + left / a
    by_b = shared + digamma(b + x) - digamma(b) - left / rest
    return value, np.stack([by_r, by_alpha, by_a, by_b])


def _covariance(gradient, logs: np.ndarray) -> np.ndarray:
    """Inverse of the observed information, from central differences of the gradient."""
    step = 1e-4
    shifts = step * np.eye(len(logs))
    information = np.stack(
        [(gradient(logs + shift) - gradient(logs - shift)) / (2 * step) for shift in shifts]
    )
    information = (information + information.T) / 2
    if np.linalg.eigvalsh(information).min() <= 1e-8 * np.abs(information).max():
        return np.full((len(logs), len(logs)), np.nan)
    return np.linalg.inv(information)
