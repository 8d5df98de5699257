"""The claims: formula × axiom, "yes" for all positive prices and quantities, "-" where a kept market violates it.

Statements of the axioms, and the measure of violation: `axioms`. Parameters where a formula has them: their defaults;
Lloyd–Moulton at σ = 0.7. The weight period of Lowe and Young stays as it is when months are swapped or chained.
"""

from __future__ import annotations

_AXIOMS = (
    *("identity", "proportionality", "units", "time_reversal"),
    *("factor_reversal", "circularity", "monotonicity", "mean_value"),
)
#                          identity proport. units    time     factor   circular monoton. mean
_TABLE = """
jevons                     yes      yes      yes      yes      -        yes      yes      yes
dutot                      yes      yes      -        yes      -        yes      yes      yes
carli                      yes      yes      yes      -        -        -        yes      yes
harmonic                   yes      yes      yes      -        -        -        yes      yes
cswd                       yes      yes      yes      yes      -        -        yes      yes
bmw                        yes      yes      yes      yes      -        -        yes      yes
hybrid_cswd                yes      yes      yes      yes      -        -        yes      yes
laspeyres                  yes      yes      yes      -        -        -        yes      yes
paasche                    yes      yes      yes      -        -        -        yes      yes
lowe                       yes      yes      yes      yes      -        yes      yes      yes
fisher                     yes      yes      yes      yes      yes      -        yes      yes
drobisch                   yes      yes      yes      -        -        -        yes      yes
harmonic_laspeyres_paasche yes      yes      yes      -        -        -        yes      yes
walsh                      yes      yes      yes      yes      -        -        yes      yes
marshall_edgeworth         yes      yes      yes      yes      -        -        yes      yes
geary_khamis               yes      yes      yes      yes      -        -        yes      yes
martini                    yes      yes      yes      yes      -        -        yes      yes
bialek                     yes      yes      yes      yes      -        -        yes      yes
tornqvist                  yes      yes      yes      yes      -        -        -        yes
geo_walsh                  yes      yes      yes      yes      -        -        -        yes
geo_laspeyres              yes      yes      yes      -        -        -        -        yes
geo_paasche                yes      yes      yes      -        -        -        -        yes
theil                      yes      yes      yes      yes      -        -        -        yes
rao                        yes      yes      yes      yes      -        -        -        yes
sato_vartia                yes      yes      yes      yes      yes      -        -        yes
montgomery_vartia          yes      -        yes      yes      yes      -        -        -
palgrave                   yes      yes      yes      -        -        -        -        yes
unnamed                    yes      yes      yes      -        -        -        -        yes
harmonic_laspeyres         yes      yes      yes      -        -        -        -        yes
young                      yes      yes      yes      -        -        -        yes      yes
geo_young                  yes      yes      yes      yes      -        yes      yes      yes
harmonic_young             yes      yes      yes      -        -        -        yes      yes
unit_value                 -        yes      -        yes      -        yes      yes      -
lehr                       yes      -        yes      yes      -        -        -        -
davies                     yes      yes      yes      yes      -        -        -        yes
banerjee                   yes      -        yes      yes      -        -        yes      yes
stuvel                     yes      -        yes      yes      yes      -        yes      yes
cswdb                      yes      yes      yes      -        -        -        yes      yes
lloyd_moulton              yes      yes      yes      -        -        -        -        yes
ag_mean                    yes      yes      yes      -        -        -        -        yes
geo_ag_mean                yes      yes      yes      -        -        -        -        yes
quadratic_mean             yes      yes      yes      yes      yes      -        yes      yes
"""

#: formula → axiom → whether it holds.
CLAIMS: dict[str, dict[str, bool]] = {
    line.split()[0]: dict(zip(_AXIOMS, (word == "yes" for word in line.split()[1:]), strict=True))
    for line in _TABLE.strip().splitlines()
}
