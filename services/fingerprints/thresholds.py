"""The figures by which prints are taken and matched, with what was measured of them.

Kept apart so that who only states them need not load what compares prints.
"""

from typing import Final

# Different fingers scored at most 0.027 in 5,760 pairs of FVC2002 (DB1 and DB3, sets B) and 0.042 in 9,900 pairs of
# synthetic images: fewer than 1 in 1,900 reach the threshold (95 % confidence). Among many thousands of fingers a
# stranger may well score more.
LIKELY_SAME_FINGER: Final = 0.05

# A score counts twelve pairs of minutiae, and courts of many countries ask for as many. LEADER found fewer in 1 of the
# 160 impressions of these sets.
LEAST_MINUTIAE: Final = 12
