"""Yes or no by replication: whether a share is below what was asked, and whether a change loses more than it gains.

Assumes independent replications, and for the second question the same draws on both sides.
"""

from __future__ import annotations

from scipy import special


def below_p_value(successes: int, n: int, probability: float) -> float:
    """p-value of the exact one-sided binomial test that the probability is at least so much.

    Parameters
    ----------
    successes, n
        0 <= successes <= n.
    probability
        In (0, 1); small p-values say that the true one is lower.

    Returns
    -------
    P(X <= successes) for X binomial with n and `probability`; 1 without replications.
    """
    return float(special.bdtr(successes, n, probability)) if n else 1.0


def at_least_bound(successes: int, n: int, confidence: float = 0.99) -> float:
    """Lower bound of a probability, one-sided and exact (Clopper and Pearson 1934)."""
    return 0.0 if successes == 0 else float(special.betaincinv(successes, n - successes + 1, 1 - confidence))


def mcnemar_p_value(lost: int, gained: int) -> float:
    """p-value of McNemar's exact one-sided test that a change loses no more than it gains.

    Parameters
    ----------
    lost, gained
        Replications that succeeded only without the change, and only with it.

    Returns
    -------
    P(X >= lost) for X binomial with lost + gained and 1/2; 1 where nothing changed.

    References
    ----------
    McNemar (1947), Note on the sampling error of the difference between correlated proportions, Psychometrika 12(2)
    """
    both = lost + gained
    return 1.0 if both == 0 or lost == 0 else float(special.bdtrc(lost - 1, both, 0.5))
