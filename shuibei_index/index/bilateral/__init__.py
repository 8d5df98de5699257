"""Bilateral price indices: month 0 against month 1, from plain arrays, one value for every group.

Arguments are keyword-only, because months swapped give the reciprocal (or near it) and pass every other check. All
formulas are variants of one primitive, a mean of price relatives with a rule for the weights (`variants`), or
combinations of few of them.
"""

from shuibei_index.index.bilateral.baskets import (
    bialek,
    drobisch,
    fisher,
    geary_khamis,
    harmonic_laspeyres_paasche,
    laspeyres,
    lowe,
    marshall_edgeworth,
    martini,
    paasche,
    walsh,
)
from shuibei_index.index.bilateral.implicit import banerjee, cswdb, davies, lehr, stuvel, unit_value
from shuibei_index.index.bilateral.shares import (
    geo_laspeyres,
    geo_paasche,
    geo_walsh,
    geo_young,
    harmonic_laspeyres,
    harmonic_young,
    montgomery_vartia,
    palgrave,
    rao,
    sato_vartia,
    theil,
    tornqvist,
    unnamed,
    young,
)
from shuibei_index.index.bilateral.substitution import ag_mean, geo_ag_mean, lloyd_moulton, quadratic_mean
from shuibei_index.index.bilateral.unweighted import bmw, carli, cswd, dutot, harmonic, hybrid_cswd, jevons

__all__ = [
    "ag_mean",
    "banerjee",
    "bialek",
    "bmw",
    "carli",
    "cswd",
    "cswdb",
    "davies",
    "drobisch",
    "dutot",
    "fisher",
    "geary_khamis",
    "geo_ag_mean",
    "geo_laspeyres",
    "geo_paasche",
    "geo_walsh",
    "geo_young",
    "harmonic",
    "harmonic_laspeyres",
    "harmonic_laspeyres_paasche",
    "harmonic_young",
    "hybrid_cswd",
    "jevons",
    "laspeyres",
    "lehr",
    "lloyd_moulton",
    "lowe",
    "marshall_edgeworth",
    "martini",
    "montgomery_vartia",
    "paasche",
    "palgrave",
    "quadratic_mean",
    "rao",
    "sato_vartia",
    "stuvel",
    "theil",
    "tornqvist",
    "unit_value",
    "unnamed",
    "walsh",
    "young",
]
