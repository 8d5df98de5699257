"""Golden values of the revision statistics, in exact fractions, from the formulas alone: no package, no matrices.

    python tests/vintages/golden/make_golden.py > tests/vintages/golden/revisions.csv

Newey–West with Bartlett weights, no small-sample correction; two coefficients (or one mean), solved by hand.
"""

import csv
import sys
from fractions import Fraction
from math import erfc, exp, sqrt

#: First and final month-on-month changes of 12 months, in percent; made up, with drift and noise.
FIRST = ["0.4", "-0.2", "1.1", "0.7", "-0.9", "0.3", "0.0", "1.6", "-1.2", "0.5", "0.8", "-0.4"]
FINAL = ["0.5", "-0.1", "1.0", "1.0", "-0.8", "0.1", "0.2", "1.9", "-1.3", "0.8", "0.7", "-0.1"]
LAGS = 2


def weight(lag):
    return 1 - Fraction(lag, LAGS + 1)


def long_run(scores_a, scores_b):
    """Sum of Bartlett-weighted autocovariances (not divided by n) of two score series."""
    n, total = len(scores_a), Fraction(0)
    for s in range(n):
        for t in range(n):
            if abs(s - t) <= LAGS:
                total += weight(abs(s - t)) * scores_a[s] * scores_b[t]
    return total


def regression(y, x):
    n = len(y)
    mx, my = sum(x) / n, sum(y) / n
    sxx = sum((v - mx) ** 2 for v in x)
    beta = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sxx
    alpha = my - beta * mx
    e = [b - alpha - beta * a for a, b in zip(x, y, strict=True)]
    s0, s1, s2 = Fraction(n), sum(x), sum(v * v for v in x)
    det = s0 * s2 - s1 * s1
    i00, i01, i11 = s2 / det, -s1 / det, s0 / det
    u, w = e, [a * b for a, b in zip(x, e, strict=True)]
    m00, m01, m11 = long_run(u, u), long_run(u, w), long_run(w, w)
    # V = (X'X)^-1 M (X'X)^-1, element by element
    a00, a01 = i00 * m00 + i01 * m01, i00 * m01 + i01 * m11
    a10, a11 = i01 * m00 + i11 * m01, i01 * m01 + i11 * m11
    v00, v01, v11 = a00 * i00 + a01 * i01, a00 * i01 + a01 * i11, a10 * i01 + a11 * i11
    wald = (alpha * alpha * v11 - 2 * alpha * beta * v01 + beta * beta * v00) / (v00 * v11 - v01 * v01)
    r2 = 1 - sum(v * v for v in e) / sum((v - my) ** 2 for v in y)
    # chi-squared with two degrees of freedom
    return alpha, beta, sqrt(v00), sqrt(v11), wald, exp(-float(wald) / 2), r2


def main():
    first, final = ([Fraction(v) for v in side] for side in (FIRST, FINAL))
    revision = [b - a for a, b in zip(first, final, strict=True)]
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["what", "value"])
    for name, on in (("news", first), ("noise", final)):
        words = ("alpha", "beta", "se_alpha", "se_beta", "wald", "p", "r2")
        for word, value in zip(words, regression(revision, on), strict=True):
            out.writerow([f"{name}.{word}", repr(float(value))])
    n = len(revision)
    mean = sum(revision) / n
    centred = [v - mean for v in revision]
    t = float(mean) / (sqrt(long_run(centred, centred)) / n)
    plain = float(mean) / sqrt(float(sum(v * v for v in centred) / (n - 1) / n))
    rows = {"mean": mean, "mean_absolute": sum(map(abs, revision)) / n}
    rows |= {"std": sqrt(sum(v * v for v in centred) / (n - 1)), "t": t, "p": erfc(abs(t) / sqrt(2)), "t_plain": plain}
    for word, value in rows.items():
        out.writerow([f"mean.{word}", repr(float(value))])


if __name__ == "__main__":
    main()
