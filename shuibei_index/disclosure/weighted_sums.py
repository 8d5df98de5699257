"""Weighted sums: what everybody can work out of withheld cells, however many of them, and what one firm has of it.

A sum of withheld cells with weights w is determined if no way in which they may move together changes it. Two
respondents f and g dominate it if what the others have of it is less than (1 − k)/k of what f and g have; g, who knows
his own, comes nearer to f than p % if it is less than p of what f has. A cell with a weight below 0 is in doubt as a
whole, but for what g has there. Both are linear in w: for each pair the least doubt over all w is a linear programme.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shuibei_index.disclosure.attack import SLACK
from shuibei_index.disclosure.primary import largest_of
from shuibei_index.disclosure.programme import least
from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Weights smaller than this, with the largest 1, and amounts, with the largest `LARGEST`, are rounding of the solver.
NOUGHT = 1e-6
#: The largest amount in a programme: what the solver takes for 0 is then some 1e-11 of it.
LARGEST = 1e4
#: Questions put into one programme.
AT_ONCE = 256


@dataclass(frozen=True)
class Question:
    """What a sum is asked for, by cell: what it tells of, what is in doubt with a weight above 0 and with one below.

    The sum tells too much if what is in doubt is less than `limit` times what it tells of.
    """

    told: Floats
    above: Floats
    below: Floats
    limit: float

    @property
    def is_open(self) -> bool:
        """Whether some cell by itself tells too much: a sum is safe if each of its cells is."""
        return bool((self.above < self.limit * self.told).any())


def dominated(own: Floats, other: Floats, total: Floats, limit: float) -> Question:
    """Return what is asked of two respondents together by one who knows neither."""
    return Question(own + other, np.maximum(total - own - other, 0.0), total, limit)


def known(own: Floats, other: Floats, total: Floats, limit: float) -> Question:
    """Return what the second respondent asks of the first."""
    return Question(own, np.maximum(total - own - other, 0.0), total - other, limit)


def telling_sums(relations: Floats, ends: Bools, held: list[Floats], rules: RulesAt) -> list[Floats | None]:
    """Return for each month the weights of a determined sum that tells too much, shape (n,); None = there is none.

    Parameters
    ----------
    relations : ndarray, shape (R, h)
        Sums that bind the withheld cells.
    ends : ndarray of bool, shape (h,)
        The n cells nothing else is a part of.
    held : list of ndarray, shape (F, n)
        What each respondent has of these in each month.
    rules : RulesAt

    Notes
    -----
    Most pairs are safe because a looser question is: one in which each cell may have its own two of some respondents.
    Sets of respondents are halved until one is left; then he is put together with each other one. Two respondents
    alone are always told by the p % rule; thresholds of more than three, and dominance of other numbers than two, are
    no matter of pairs and not judged here.
    """
    whole = [_scaled(one) for one in held]
    solver = _Solver(relations, ends)
    suspects = _known(whole, solver, float(rules["disclosure_p_percent"]) / 100.0)
    if largest_of(rules) == 2:
        suspects += _dominated(whole, solver, 1.0 / float(rules["disclosure_dominance"]["share"]) - 1.0)
    result: list[Floats | None] = [None] * len(held)
    for month, question in suspects:
        if result[month] is None:
            result[month] = solver.weights(question)
    return result


def _dominated(whole: list[Floats], solver: _Solver, limit: float) -> list[tuple[int, Question]]:
    """Return month and question of the pairs that may dominate a sum."""
    sets = [(t, np.arange(len(one))) for t, one in enumerate(whole) if one.size]
    alone: list[tuple[int, int]] = []
    while sets:
        asked = [(t, dominated(*_best(whole[t], some), whole[t].sum(axis=0), limit)) for t, some in sets]
        left = [sets[q] for q in solver.suspicious(asked)]
        alone += [(t, int(some[0])) for t, some in left if len(some) == 1]
        sets = [(t, half) for t, some in left if len(some) > 1 for half in np.array_split(some, 2)]
    pairs = [(t, whole[t][f], other) for t, f in alone for other in whole[t][f + 1 :]]
    asked = [(t, dominated(own, other, whole[t].sum(axis=0), limit)) for t, own, other in pairs]
    return [asked[q] for q in solver.suspicious(asked)]


def _known(whole: list[Floats], solver: _Solver, limit: float) -> list[tuple[int, Question]]:
    """Return month and question of the pairs of which one may know the other."""
    each = [(t, f) for t, one in enumerate(whole) for f in range(len(one))]
    asked = [(t, known(*_best(whole[t], np.array([f])), whole[t].sum(axis=0), limit)) for t, f in each]
    left = [each[q] for q in solver.suspicious(asked)]
    pairs = [(t, whole[t][f], other) for t, f in left for g, other in enumerate(whole[t]) if g != f]
    asked = [(t, known(own, other, whole[t].sum(axis=0), limit)) for t, own, other in pairs]
    return [asked[q] for q in solver.suspicious(asked)]


def _scaled(held: Floats) -> Floats:
    """Return the respondents that have something, and one that has nothing, with the largest amount the same."""
    held = held[held.any(axis=1)]
    return np.vstack([held * (LARGEST / held.max()), np.zeros(held.shape[1])]) if held.size else held


def _best(held: Floats, some: Ints) -> tuple[Floats, Floats]:
    """Return by cell the most one of some respondents has, and the most any other has."""
    first = some[held[some].argmax(axis=0)]
    columns = np.arange(held.shape[1])
    others = held.copy()
    others[first, columns] = 0.0
    return held[first, columns], others.max(axis=0)


class _Solver:
    """Asks questions of sums that are determined by some relations."""

    def __init__(self, relations: Floats, ends: Bools) -> None:
        self.relations = sparse.csc_array(relations)
        self.ends = np.flatnonzero(ends)

    def suspicious(self, questions: list[tuple[int, Question]]) -> list[int]:
        """Return the positions of the questions, each with its month, for which a sum may tell too much.

        Notes
        -----
        By duality there is none if the withheld cells can move, all sums kept, each down by no more than `below` and up
        by no more than `above` less `limit` times `told`, which is below 0 where a cell by itself tells too much. What
        is missing to that is made least, for many questions in one programme.
        """
        asked = [q for q, (_, one) in enumerate(questions) if one.is_open]
        result: list[int] = []
        for start in range(0, len(asked), AT_ONCE):
            some = asked[start : start + AT_ONCE]
            missing = self._missing([questions[q][1] for q in some])
            result += [q for q, much in zip(some, missing.tolist(), strict=True) if much > NOUGHT]
        return result

    def _missing(self, questions: list[Question]) -> Floats:
        K, h = len(questions), self.relations.shape[1]
        high = np.full((K, h), np.inf)
        low = np.full((K, h), -np.inf)
        high[:, self.ends] = [one.above - one.limit * (1.0 - SLACK) * one.told for one in questions]
        low[:, self.ends] = [-one.below for one in questions]
        block, column = np.nonzero(high < 0.0)
        more = sparse.csr_array(
            (np.ones(len(block)), (block * h + column, np.arange(len(block)))), shape=(K * h, len(block))
        )
        moves = sparse.kron(sparse.eye_array(K), self.relations, format="csr")
        cost = np.concatenate([np.zeros(K * h), np.ones(len(block))])
        found = least(
            cost,
            sparse.csr_array(sparse.hstack([moves, moves @ more])),
            np.concatenate([low.ravel(), np.zeros(len(block))]),
            np.concatenate([high.ravel(), -high[block, column]]),
        )
        if found is None:
            # the solver gave up: each of them is looked at by itself
            return np.ones(K)
        return np.bincount(block, weights=found[K * h :], minlength=K).astype(float)

    def weights(self, one: Question) -> Floats | None:
        """Return the weights, the largest 1, of the sum with the least doubt if that is too little."""
        n, R = len(self.ends), self.relations.shape[0]
        # w = above − below = what a combination of the relations leaves of the cells at the ends, nothing of the others
        split = sparse.csc_array((np.ones(n), (self.ends, np.arange(n))), shape=(self.relations.shape[1], n))
        told = sparse.csr_array(one.told[np.newaxis])
        rows: Any = [[self.relations.T, -split, split, None], [None, told, None, -np.ones((1, 1))]]
        largest = float(one.told.max())
        low = np.concatenate([np.full(R, -np.inf), np.zeros(2 * n), [largest]])
        high = np.concatenate([np.full(R + 2 * n, np.inf), [largest]])
        cost = np.concatenate([np.zeros(R), one.above, one.below, [0.0]])
        found = least(cost, sparse.csr_array(sparse.block_array(rows)), low, high)
        if found is None or not cost @ found < one.limit * (1.0 - SLACK) * largest:
            return None
        weights = found[R : R + n] - found[R + n : R + 2 * n]
        weights /= np.abs(weights).max()
        return np.where(np.abs(weights) < NOUGHT, 0.0, weights)
