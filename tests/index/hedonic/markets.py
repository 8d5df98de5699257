"""Small markets of stones for the tests: seeded, with a known movement of prices."""

import numpy as np
import pandas as pd

from shuibei_index import months

COLOURS, CLARITIES, CUTS = ("D", "E", "F", "G", "H"), ("VVS1", "VS1", "VS2", "SI1"), ("EX", "VG", "G")


def stones(T=6, n=80, seed=1, noise=0.0, shift=0.0, firms=8):
    """Sales of loose stones, ever larger if `shift` is above 0, and the true levels (T,)."""
    rng = np.random.default_rng(seed)
    truth = np.exp(np.concatenate([[0.0], rng.normal(0, 0.03, T - 1).cumsum()]))
    t = np.repeat(np.arange(T), n)
    carat = np.clip(np.exp(rng.normal(-0.7, 0.5, T * n) + shift * t), 0.1, 5)
    grade = [rng.integers(0, len(scale), T * n) for scale in (COLOURS, CLARITIES, CUTS)]
    log = 9 + 1.7 * np.log(carat) - 0.07 * grade[0] - 0.11 * grade[1] - 0.05 * grade[2]
    log += np.where(carat >= 0.5, 0.06, 0.0) + np.where(carat >= 1.0, 0.12, 0.0)
    quantity = rng.integers(1, 6, T * n)
    price = np.exp(log + noise * rng.standard_normal(T * n)) * truth[t]
    names = months.between("2024-01", months.label(months.ordinal("2024-01") + T - 1))
    table = pd.DataFrame(
        {
            "enterprise_id": [f"F{k}" for k in rng.integers(0, firms, T * n)],
            "period": np.array(names, dtype=object)[t],
            "stone_carat": carat,
            "stone_colour": np.array(COLOURS, dtype=object)[grade[0]],
            "stone_clarity": np.array(CLARITIES, dtype=object)[grade[1]],
            "stone_cut": np.array(CUTS, dtype=object)[grade[2]],
            "price": price,
            "quantity": quantity.astype(float),
        }
    )
    return table, truth


def dense(table, design):
    """Month dummies and characteristics side by side, log prices, month codes: what the package never builds."""
    names, month = np.unique(table["period"], return_inverse=True)
    dummies = (month[:, None] == np.arange(len(names))).astype(float)
    return np.column_stack([dummies, design.matrix]), np.log(table["price"].to_numpy()), month
