"""What is too much alike: the lines of two firms, and a file that was sent before for another month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from shuibei_index import months
from shuibei_index.validation.batch import Mask, dense
from shuibei_index.validation.facts import Facts
from shuibei_index.validation.membership import late_file
from shuibei_index.validation.repeats import Keys, equal_records

Ints = npt.NDArray[np.int64]
#: Ids of the checks of this module.
LIKENESS_CHECKS = ("lines_of_other_firm", "other_firm_named", "last_month_sent")
#: Odd numbers that spread the parts of a line over 64 bits; two lines share a key one time in 2^60.
_MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63)


@dataclass(frozen=True)
class Alike:
    """Lines that another firm has as well, and pairs of firms for the team: firm, other, month, lines, share."""

    lines: Mask
    pairs: pd.DataFrame


def lines_of_other_firms(facts: Facts, counted: Mask) -> Alike:
    """Find firms most of whose lines of a month are those of one other firm: weight, pieces, amount, time and class.

    Parameters
    ----------
    facts : Facts
    counted : ndarray of bool
        Records that are compared: neither rejected nor replaced by others.

    Notes
    -----
    Whether items are called the same does not matter. Rule `lines_of_other_firm`: share of the lines, and the least
    number of them.
    """
    none = pd.DataFrame({name: [] for name in ("firm", "other", "month", "lines", "share")})
    found = np.zeros(facts.batch.size, dtype=bool)
    firm = facts.batch.text["enterprise_id"].codes.astype(np.int64)
    usable = counted & facts.priced & (firm >= 0) & (facts.classified.month >= 0)
    if not usable.any() or np.ptp(firm[usable]) == 0:
        return Alike(found, none)
    rows = np.flatnonzero(usable)
    key, firm, month = _line_keys(facts, rows), firm[rows], facts.classified.month[rows].astype(np.int64)
    width = len(facts.classified.months) + 1
    owners, own = dense(firm * width + month)
    per_month = facts.classified.per_month
    least = per_month(lambda rules: float(rules["lines_of_other_firm"]["lines"]), np.inf)[rows]
    share = per_month(lambda rules: float(rules["lines_of_other_firm"]["share"]), np.inf)[rows]
    # each different line of a firm once: the same deal over and over says little
    order = np.lexsort((own, key))
    fresh = np.concatenate([[True], (np.diff(own[order]) != 0) | (key[order][1:] != key[order][:-1])])
    once = order[fresh]
    size = np.bincount(own[once], minlength=owners.size)
    # first by what any other firm shares: in a normal month nobody is left
    shared = once[_shared(key[once], own[once])]
    count = np.bincount(own[shared], minlength=owners.size)
    suspect = shared[count[own[shared]] >= least[shared]]
    suspect = suspect[count[own[suspect]] >= share[suspect] * size[own[suspect]]]
    if not suspect.size:
        return Alike(found, none)
    lines = pd.DataFrame({"key": key[suspect], "own": own[suspect], "least": least[suspect], "part": share[suspect]})
    ends = lines.groupby("key")["own"].agg(["min", "max"])
    lines = lines.join(ends, on="key")
    # of several firms with a line, each is paired with one other: the first, and the first with the last
    lines["other"] = np.where(lines["own"] == lines["min"], lines["max"], lines["min"])
    lines = lines[lines["own"] != lines["other"]]
    counts = lines.groupby(["own", "other"], sort=True).agg(
        lines=("key", "size"), least=("least", "first"), part=("part", "first")
    )
    counts = counts.reset_index()
    counts["share"] = counts["lines"] / size[counts["own"].to_numpy(dtype=np.int64)]
    counts = counts[(counts["lines"] >= counts["least"]) & (counts["share"] >= counts["part"])]
    told = lines.merge(counts[["own", "other"]], on=["own", "other"])[["key", "own"]]
    every = pd.DataFrame({"key": key, "own": own, "row": rows}).merge(told, on=["key", "own"])
    found[every["row"].to_numpy(dtype=np.int64)] = True
    words = np.array(facts.batch.text["enterprise_id"].words, dtype=object)
    firms = owners[counts["own"].to_numpy(dtype=np.int64)]
    pairs = pd.DataFrame(
        {
            "firm": words[firms // width],
            "other": words[owners[counts["other"].to_numpy(dtype=np.int64)] // width],
            "month": np.array([*facts.classified.months, ""], dtype=object)[firms % width],
            "lines": counts["lines"].to_numpy(),
            "share": counts["share"].to_numpy(),
        }
    )
    return Alike(found, pairs)


def _line_keys(facts: Facts, rows: Ints) -> npt.NDArray[np.uint64]:
    """Return one number for each line, from what two firms cannot share by chance."""
    time, number = facts.deal_time, facts.batch.number["pieces"]
    seconds = pc.fill_null(time.cast("timestamp[s]").cast("int64"), -1).to_numpy(zero_copy_only=False)
    parts = (
        facts.net_mg,
        facts.normalised.amount,
        np.where(number.known, number.values, -1.0).astype(np.int64),
        seconds,
        facts.classified.cell.astype(np.int64),
    )
    key = np.zeros(rows.size, dtype=np.uint64)
    for part, odd in zip(parts, _MIX, strict=True):
        key ^= np.asarray(part)[rows].astype(np.int64).view(np.uint64) * np.uint64(odd)
        key *= np.uint64(_MIX[0])
        key ^= key >> np.uint64(29)
    return key


def _shared(key: npt.NDArray[np.uint64], owner: Ints) -> Mask:
    """Tell which of the lines, sorted by key and owner, have the key of another owner's line."""
    start = np.concatenate([[True], key[1:] != key[:-1]])
    group = np.cumsum(start) - 1
    first = owner[np.flatnonzero(start)]
    last = owner[np.append(np.flatnonzero(start)[1:], key.size) - 1]
    return np.asarray(first[group] != last[group])


def sent_before(facts: Facts, keys: Keys, files: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Find files of another month's inbox in which there is nothing but what was received for an earlier month.

    Either the same bytes, or the same records: every line equal in all cells to the same line of an earlier receipt.

    Parameters
    ----------
    facts, keys
        The records and their keys in order.
    files : DataFrame or None
        Receipts as read: receipt, file, sha256, inbox_month; without them nothing is found.

    Returns
    -------
    list of dict
        receipt, file, earlier (number of the earlier receipt), sha (its digest), period, inbox, enterprise_id.
    """
    if files is None or not {"inbox_month", "sha256", "file"} <= set(files.columns) or not keys.order.size:
        return []
    batch = facts.batch
    late = late_file(facts)[keys.order]
    receipt = batch.receipt[keys.order]
    back = np.concatenate([[False], receipt[1:] != receipt[:-1]]) & keys.same_key
    again = np.flatnonzero(back & late)
    same = np.zeros(keys.order.size, dtype=bool)
    same[again] = equal_records(batch, keys.order[again], keys.order[again - 1])
    earlier = np.full(keys.order.size, -1, dtype=np.int64)
    earlier[again] = receipt[again - 1]
    frame = pd.DataFrame({"receipt": receipt[late], "same": same[late], "earlier": earlier[late]})
    whole = frame.groupby("receipt", sort=True).agg(same=("same", "all"), earlier=("earlier", "max"))
    names = ("file", "sha256", "inbox_month")
    read = dict(
        zip(files["receipt"].tolist(), zip(*(files[n].astype(str).tolist() for n in names), strict=True), strict=True)
    )
    told: list[dict[str, Any]] = []
    for number, equal, other in zip(
        whole.index.tolist(), whole["same"].tolist(), whole["earlier"].tolist(), strict=True
    ):
        name, sha, inbox = read[number]
        twins = [seq for seq, (_, digest, sent) in read.items() if seq < number and digest == sha and sent != inbox]
        before = max(twins) if twins else int(other) if equal else -1
        if before < 0 or read[before][2] == inbox:
            continue
        at = np.flatnonzero(batch.receipt == number)
        ids, period = batch.text["enterprise_id"], facts.classified.reported_month[at]
        firms = np.unique(ids.codes[at])
        told.append(
            {
                "receipt": int(number),
                "file": name,
                "earlier": before,
                "sha": read[before][1][:12],
                "period": months.label(int(period.max())),
                "inbox": inbox,
                "enterprise_id": ids.words[int(firms[0])] if firms.size == 1 and firms[0] >= 0 else "",
            }
        )
    return told
