"""The influence of peers among physicians as a table, sentences and plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from shequn.experiments.validate.physicians import PeerInfluence

PEER_COLUMNS = (
    "exposure to adopters", "baseline", "p with, without", "q [95 %]", "ln L with, without",
    "ratio", "p-value", "AIC gain",
)  # fmt: skip
BASELINE_WORDS = {
    "constant": "one hazard",
    "trend": "a trend",
    "period": "each month",
    "city_period": "each town, month",
}
DIRECTION_WORDS = {"named": "named", "either": "named or naming"}


def peer_cells(found: PeerInfluence) -> list[list[str]]:
    """Rows of the table of fits: `PEER_COLUMNS`.

    Parameters
    ----------
    found : PeerInfluence
        The fits.

    Returns
    -------
    list of list of str
        One row for each fit with peers, the same fit without peers beside it. p is the baseline
        hazard of the first month; the ratio is twice the difference of the log likelihoods; the
        p-value is of q = 0 against q > 0; AIC gain is above 0 where peers earn their parameter.
    """
    return [
        [
            f"{row['exposure']} of {DIRECTION_WORDS[row['direction']]}",
            BASELINE_WORDS[row["baseline"]],
            f"{row['outside']:.3f}, {row['outside_alone']:.3f}",
            f"{row['q']:.4f} [{row['low']:.4f}, {row['high']:.4f}]",
            f"{row['log_likelihood']:.2f}, {row['log_likelihood_alone']:.2f}",
            f"{row['likelihood_ratio']:.2f}",
            f"{row['p_value']:.3f}",
            f"{row['aic_gain']:+.2f}",
        ]
        for row in found.fits.to_dict("records")
    ]


def peer_summary(found: PeerInfluence) -> list[str]:
    """What the physicians' data can tell of peers and what not, in two sentences.

    Parameters
    ----------
    found : PeerInfluence
        The fits.

    Returns
    -------
    list of str
        Two sentences; every number and judgement in them comes from the fits.
    """
    fits = found.fits.to_dict("records")
    above = sum(fit["low"] > 0.0 for fit in fits)
    earned = [fit["baseline"] for fit in fits if fit["aic_gain"] > 0.0]
    told = "can be told" if above == len(fits) else "are hard to tell"
    first = (
        f"Physicians: peers {told} from none; the 95 % interval of q leaves out 0 in {above} of "
        f"{len(fits)} fits, and peers earn their parameter (AIC) in {len(earned)}"
    )
    if earned:
        words = " or ".join(BASELINE_WORDS[name] for name in dict.fromkeys(earned))
        first += f", with {words} as baseline"
    fine = [fit for fit in fits if fit["baseline"] == "city_period"]
    most = max(fit["q"] for fit in fine)
    not_ruled_out = max(fit["high"] for fit in fine if fit["exposure"] == "effort")
    finest = "With a hazard of its own for each town and month"
    if any(fit["low"] > 0.0 for fit in fine):
        second = f"{finest}, q is still up to {most:.3f} a month"
    else:
        second = (
            f"{finest}, q is at most {most:.3f} a month: what looks like influence may "
            f"be common timing; an influence of up to {not_ruled_out:.2f} a month (effort) "
            "is not ruled out either"
        )
    return [f"{first}.", f"{second}."]


def peers_as_plain(
    found: PeerInfluence | None, curves: pd.DataFrame | None
) -> dict[str, Any] | None:
    """All tables of the physicians' network as plain values for JSON.

    Parameters
    ----------
    found : PeerInfluence or None
        The fits.
    curves : pandas.DataFrame or None
        Of `shequn.experiments.validate.physicians.peer_curves`.

    Returns
    -------
    dict or None
        fits, towns, resampled, curves (lists of rows), with_peers (p, q), without_peers (p); None
        when nothing was fitted.
    """
    if found is None:
        return None
    return {
        "fits": found.fits.to_dict("records"),
        "towns": found.towns.to_dict("records"),
        "resampled": found.resampled.to_dict("records"),
        "with_peers": list(found.with_peers),
        "without_peers": found.without_peers,
        "curves": [] if curves is None else curves.to_dict("records"),
    }
