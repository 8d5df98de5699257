"""Scorecard (反馈单): what a firm gets back for reporting: its own figures against its class, and no peer's.

Only classes with enough other firms are compared (`disclosure`); every figure that depends on others is rounded, and
differences are taken between rounded figures. A class that may not be compared leaves no trace of the others on the
card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from tqdm import tqdm

from shuibei_index.explain.published import published_in
from shuibei_index.pipeline.withholding import released_pattern, withheld_classes
from shuibei_index.response.basis import Basis, basis_of
from shuibei_index.response.card_page import write_page
from shuibei_index.response.disclosure import may_compare, others_middle, rounded
from shuibei_index.response.firms import ACCEPTED, file_stem
from shuibei_index.response.own_prices import charges_per_gram, own_links, own_path, turnover_of, window
from shuibei_index.store import Store
from shuibei_index.teamfiles import write_bytes, write_table
from shuibei_index.validation.batch import clean
from shuibei_index.validation.gates import active
from shuibei_index.validation.response import LATE

if TYPE_CHECKING:
    from shuibei_index.response.status import MonthStatus
    from shuibei_index.rules import RulesAt
    from shuibei_index.workspace import Workspace

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
CARD_COLUMNS: tuple[str, ...] = (
    "class_code", "name_zh", "name_en", "items", "own_change", "class_change", "own_charge", "others_charge",
    "compared", "charge_compared", "withheld",
)  # fmt: skip


@dataclass(frozen=True)
class Scorecard:
    """One firm's card of one month.

    Attributes
    ----------
    firm, name, month, index_zh, index_en : str
    classes : DataFrame
        `CARD_COLUMNS`, the classes the firm sells most in first. Changes are month on month in percent; charges in CNY
        per gram; `compared` = class_change may be shown; `withheld` = it is not, since no release publishes it.
    months : tuple of str
        The window.
    paths : dict
        "class_code", "own" and "class" (None = not compared) of the chart: the firm's largest class with a path.
    quality : dict
        state, received, deadline, read, accepted, held, rejected, open_queries, note, query, reject.
    reported : tuple of str
        For each month of the window: yes, no, or out (not in the panel).
    others : int
        Least number of other firms, as the card says.
    """

    firm: str
    name: str
    month: str
    index_zh: str
    index_en: str
    classes: pd.DataFrame
    months: tuple[str, ...]
    paths: tuple[str, Floats, Floats | None] | None
    quality: dict[str, str | int]
    reported: tuple[str, ...]
    others: int

    @property
    def file_stem(self) -> str:
        """Name of the file: the firm's code, or a digest of it where it could not be a file name."""
        return file_stem(self.firm)


class _Material:
    """What all cards of a month draw on, worked out once for all firms."""

    def __init__(
        self, basis: Basis, accepted: pa.Table, month: str, rules: RulesAt, before: pd.DataFrame | None = None
    ) -> None:
        self.rules, self.month = rules, month
        self.months = window(month, rules)
        self.links = own_links(basis.panel, [m for m in self.months if m in basis.panel.months])
        self.turnover = turnover_of(basis.panel, self.months)
        series = basis.again(basis.panel)
        self.index = series.levels_frame().reindex(self.months)
        # a card must not tell what the release keeps: two firms with a card each would put the parts together
        self.kept = withheld_classes(series, basis.frozen, before).reindex(index=self.months, fill_value=True)
        self.names = series.names.set_index("class_code")
        self.present, self.moving = self._allowed(self.turnover), self._allowed(self.links)
        charges = charges_per_gram(accepted)
        level = charges.pivot(index="enterprise_id", columns="class_code", values="charge")  # noqa: PD010 - unique keys
        others = others_middle(level.to_numpy(dtype=float), int(rules["scorecard_other_firms"]))
        grams = charges.pivot(index="enterprise_id", columns="class_code", values="grams")  # noqa: PD010
        grams = grams.fillna(0.0)
        others = np.where(may_compare(grams.to_numpy(dtype=float), rules), others, np.nan)
        self.charge, self.others = level, pd.DataFrame(others, index=level.index, columns=level.columns)

    def _allowed(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return enterprise_id × (class_code, period): whether enough others stand behind the values of a table."""
        value = table.pivot(index="enterprise_id", columns=["class_code", "period"], values="value")  # noqa: PD010
        # who sold, but nothing it had sold the month before, looks at the movement of the others like anyone
        value = value.reindex(sorted(set(self.turnover["enterprise_id"]))).fillna(0.0)
        safe = may_compare(value.to_numpy(dtype=float), self.rules)
        return pd.DataFrame(safe, index=value.index, columns=value.columns)

    def compared(self, firm: str, code: str) -> tuple[Bools, Bools]:
        """Tell for each month of the window whether the firm may see its class, and the change to that month.

        A change is moved by the items priced in both months alone: the firms that have such are the ones to count.
        """
        there, moved = self.enough(firm, code)
        there = there & ~self.withheld(code)
        moved[1:] &= there[1:] & there[:-1]
        return there, moved

    def enough(self, firm: str, code: str) -> tuple[Bools, Bools]:
        """Tell the same by the number and size of the other firms alone."""
        there, moved = (
            np.array([(code, m) in safe.columns and bool(safe.loc[firm, (code, m)]) for m in self.months], dtype=bool)
            for safe in (self.present, self.moving)
        )
        moved[1:] &= there[1:] & there[:-1]
        return there, moved

    def withheld(self, code: str) -> Bools:
        """Tell for each month of the window whether no release publishes the class, shape (months,)."""
        if code not in self.kept.columns:
            return np.ones(len(self.months), dtype=bool)
        return self.kept[code].to_numpy(dtype=bool)

    def classes(self, firm: str) -> pd.DataFrame:
        """Return a firm's rows of the card."""
        sold = self.turnover[(self.turnover["enterprise_id"] == firm) & (self.turnover["period"] == self.month)]
        sold = sold.sort_values(["value", "class_code"], ascending=[False, True], kind="stable")
        links = self.links[(self.links["enterprise_id"] == firm) & (self.links["period"] == self.month)]
        links = links.set_index("class_code")
        codes = sold["class_code"].tolist()
        change = 100.0 * (self.index.iloc[-1] / self.index.iloc[-2] - 1.0)
        compared = np.array([self.compared(firm, code)[1][-1] for code in codes], dtype=bool)
        own_charge = self.charge.reindex(index=[firm], columns=codes).to_numpy(dtype=float)[0]
        others = self.others.reindex(index=[firm], columns=codes).to_numpy(dtype=float)[0]
        frame = pd.DataFrame(
            {
                "class_code": codes,
                "name_zh": self.names["name_zh"].reindex(codes).to_numpy(),
                "name_en": self.names["name_en"].reindex(codes).to_numpy(),
                "items": links["items"].reindex(codes).fillna(0).astype("int64").to_numpy(),
                "own_change": rounded(
                    100.0 * (links["link"].reindex(codes).to_numpy(dtype=float) - 1.0), "rate", self.rules
                ),
                "class_change": np.where(
                    compared, rounded(change.reindex(codes).to_numpy(dtype=float), "rate", self.rules), np.nan
                ),
                "own_charge": rounded(own_charge, "charge", self.rules),
                "others_charge": rounded(np.where(np.isnan(own_charge), np.nan, others), "charge", self.rules),
            }
        )
        frame["compared"] = frame["class_change"].notna()
        frame["charge_compared"] = frame["others_charge"].notna()
        # where too few others stand behind a class nothing on the card depends on them, not even this
        frame["withheld"] = [bool(self.enough(firm, c)[1][-1] and self.withheld(c)[-2:].any()) for c in codes]
        return frame[list(CARD_COLUMNS)]

    def paths(self, firm: str, codes: list[str]) -> tuple[str, Floats, Floats | None] | None:
        """Return the chart of a firm: its class compared over the most months, else its largest with a path."""
        own = self.links[self.links["enterprise_id"] == firm]
        alone, best, longest = None, None, 0
        for code in codes:
            path = own_path(own[own["class_code"] == code].set_index("period")["link"], self.months)
            if np.isnan(path).all():
                continue
            begin = int(np.flatnonzero(~np.isnan(path))[0])
            there, moved = self.compared(firm, code)
            # the line starts at a month that is safe, and every change after it is
            unsafe = np.flatnonzero(~moved[1:])
            start = max(begin, int(unsafe[-1]) + 1 if unsafe.size else 0)
            if there[start] and len(self.months) - 1 - start > longest:
                longest = len(self.months) - 1 - start
                level = self.index[code].to_numpy(dtype=float)
                shown = np.where(np.arange(len(path)) >= start, 100.0 * level / level[start], np.nan)
                mine = np.where(np.arange(len(path)) >= start, 100.0 * path / path[start], np.nan)
                best = (code, rounded(mine, "index", self.rules), rounded(shown, "index", self.rules))
            alone = alone or (code, rounded(path, "index", self.rules), None)
        return best or alone


def scorecards(workspace: Workspace, status: MonthStatus) -> Iterator[Scorecard]:
    """Yield the card of every firm with accepted records in a month, by code.

    Parameters
    ----------
    workspace : Workspace
    status : MonthStatus
        As `month_status` gives it.
    """
    month, rules = status.month, workspace.rules().at(status.month)
    with Store.open(workspace.store) as store:
        state = store.month(month)
        basis, _ = basis_of(workspace, store, month)
        if state is None or basis is None or basis.month != month:
            return
        made = list(dict.fromkeys(r.release for r in store.releases()))
        before = published_in(workspace.releases, made[-1][:7]) if made else None
        accepted, found = store.objects.get_table(state.accepted), store.objects.get_table(state.findings).to_pandas()
    material = _Material(basis, accepted, month, rules, released_pattern(before))
    panel = workspace.panel()
    inside = {m: {*active(panel, m)} for m in material.months}
    firms = status.firms[status.firms["state"].isin([ACCEPTED, LATE])]
    graded = pd.crosstab(found["enterprise_id"].map(clean), found["severity"])
    sold = material.turnover.groupby("enterprise_id")["period"].agg(set).to_dict()
    for row in firms.to_dict("records"):
        firm = row["enterprise_id"]
        classes = material.classes(firm)
        grades = graded.reindex([firm], fill_value=0).iloc[0]
        quality: dict[str, str | int] = {
            "state": row["state"],
            "received": row["first_received"],
            "deadline": status.due.isoformat(),
            **{name: int(row[name]) for name in ("read", "accepted", "held", "rejected", "open_queries")},
            **{name: int(grades.get(name, 0)) for name in ("note", "query", "reject")},
        }
        had = sold.get(firm, set())
        reported = tuple(
            "yes" if m in had else "no" if firm in inside[m] and m in basis.panel.months else "out"
            for m in material.months
        )
        yield Scorecard(
            firm, row["name"], month, workspace.settings.name_zh, workspace.settings.name_en, classes,
            tuple(material.months), material.paths(firm, classes["class_code"].tolist()), quality, reported,
            int(rules["scorecard_other_firms"]),
        )  # fmt: skip


def write_scorecards(workspace: Workspace, status: MonthStatus, out: str | Path | None = None) -> pd.DataFrame:
    """Write the scorecards of a month as .html, readable by their owner only.

    Parameters
    ----------
    workspace : Workspace
    status : MonthStatus
    out
        A folder. Default: work/<month>/scorecards.

    Returns
    -------
    DataFrame
        enterprise_id, classes, compared (classes compared), page: one row per card.
    """
    folder = Path(out) if out is not None else workspace.work(status.month) / "scorecards"
    rows = []
    cards = scorecards(workspace, status)
    for card in tqdm(cards, desc="反馈单 scorecards", unit=" cards", leave=False, disable=None):
        path = write_bytes(folder, f"{card.file_stem}.html", write_page(card).encode())
        shown = int((card.classes["compared"] | card.classes["charge_compared"]).sum())
        rows.append((card.firm, len(card.classes), shown, str(path)))
    frame = pd.DataFrame(rows, columns=["enterprise_id", "classes", "compared", "page"])
    write_table(folder, "scorecards.csv", frame.drop(columns="page"))
    return frame
