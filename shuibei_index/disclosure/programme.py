"""Programme: the one place that calls the solver (HiGHS, through SciPy)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

Floats = npt.NDArray[np.float64]


def least(
    cost: Floats,
    balance: sparse.csr_array,
    low: Floats,
    high: Floats,
    *,
    whole: npt.NDArray[np.int64] | None = None,
    gate: sparse.csr_array | None = None,
    nodes: int = 0,
) -> Floats | None:
    """Return x of least cost·x with balance @ x = 0, gate @ x ≤ 0, low ≤ x ≤ high; None = there is none.

    Parameters
    ----------
    cost, low, high : ndarray, shape (n,)
    balance, gate : sparse array, shape (R, n)
    whole : ndarray, shape (n,), optional
        1 = the variable is a whole number.
    nodes : int
        Most branch-and-bound nodes, 0 = no limit; None is returned if they do not do.
    """
    constraints = [LinearConstraint(balance, 0.0, 0.0)] if balance.shape[0] else []
    if gate is not None:
        constraints.append(LinearConstraint(gate, -np.inf, 0.0))
    options: Any = {"node_limit": nodes, "mip_rel_gap": 1e-6} if nodes else {}
    found: Any = milp(cost, integrality=whole, bounds=Bounds(low, high), constraints=constraints, options=options)
    return None if found.status != 0 or found.x is None else np.asarray(found.x, dtype=float)
