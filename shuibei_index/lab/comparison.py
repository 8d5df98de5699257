"""The result of a comparison of methods: levels, errors and drift of every method in every class."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.lab.measures import DRIFTS, ERRORS

if TYPE_CHECKING:
    from shuibei_index.lab.material import Floats

#: The primary target first; others follow by name.
_ORDER = ("superlative", "truth", "transitive", "same_formula")
#: Errors smaller than this (percent) are rounding: methods that differ by less count as equally good.
_ROUNDING = 1e-8


@dataclass(frozen=True, repr=False)
class MethodComparison:
    """Levels of M methods in G classes over T months, and how far they are from the truth.

    Parameters
    ----------
    months : tuple of str
    classes : DataFrame
        class_code, name_zh, name_en, unit of the G classes.
    methods : DataFrame
        family, formula, extension, method (the name: formula and extension) of the M methods.
    log_levels : ndarray, shape (M, T, G)
        The class's first month = 0; NaN where a method has no value.
    log_targets : dict of str to ndarray, shape (T, G)
    log_reference : ndarray, shape (T, G)
        GEKS-Törnqvist over the whole range of the same data.
    measures : dict of str to ndarray, shape (M, G)
        See `lab.measures.measured`.
    base_months : int
    sample, stress : str

    Notes
    -----
    Errors are 100 · ln(index / true index), both set equal in the mean of the first `base_months` months: bias =
    mean, rmse = root mean square, max = largest absolute, end = last month; mom_rmse = root mean square error of the
    monthly change. Drift: identity = level after the first month's prices and quantities were appended once more
    (0 without chain drift); transitive = last level less that of the transitive index of the same data; distance =
    root mean square distance from it.

    The superlative target is a chained Törnqvist of the whole market: with sample="market" and neither stress nor
    weight drift that formula has no error by definition, and says nothing for it. The target same_formula favours the
    formula of the rules in the same way, transitive the multilateral ones. Compare on a panel, over several seeds,
    and look at the identity test, which has no favourite.
    """

    months: tuple[str, ...]
    classes: pd.DataFrame
    methods: pd.DataFrame
    log_levels: Floats
    log_targets: dict[str, Floats]
    log_reference: Floats
    measures: dict[str, Floats]
    base_months: int
    sample: str = ""
    stress: str = ""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.log_levels, self.log_reference, *self.log_targets.values(), *self.measures.values()):
            array.setflags(write=False)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets, the primary one first; empty without truth."""
        return tuple(sorted(self.log_targets, key=lambda t: (_ORDER.index(t) if t in _ORDER else len(_ORDER), t)))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per class, method and target; columns in percent end in _pct.

        Without a truth there is one row per class and method, with an empty target and no errors.
        """
        M, G = len(self.methods), len(self.classes)
        parts = []
        for target in self.targets or ("",):
            frame = pd.concat(
                [
                    self.classes[["class_code", "unit"]].loc[np.repeat(np.arange(G), M)].reset_index(drop=True),
                    self.methods.loc[np.tile(np.arange(M), G)].reset_index(drop=True),
                ],
                axis=1,
            )
            frame["target"] = target
            of_target = {name: self.measures.get(f"{target}:{name}") for name in ("months", *ERRORS)}
            of_target["months"] = self.measures["months"] if of_target["months"] is None else of_target["months"]
            nothing = np.full((M, G), np.nan)
            for name, values in of_target.items():
                column = "months" if name == "months" else f"{name}_pct"
                frame[column] = (nothing if values is None else values).T.ravel()
            for name in DRIFTS:
                frame[f"{name}_pct"] = self.measures[name].T.ravel()
            parts.append(frame.astype({"months": "int64"}))
        return pd.concat(parts, ignore_index=True)

    @property
    def levels(self) -> pd.DataFrame:
        """Index levels, the class's first month = 100: rows periods, columns (class_code, method)."""
        M, T, G = self.log_levels.shape
        columns = pd.MultiIndex.from_product(
            [self.classes["class_code"], self.methods["method"]], names=["class_code", "method"]
        )
        values = 100.0 * np.exp(self.log_levels.transpose(1, 2, 0).reshape(T, G * M))
        return pd.DataFrame(values, index=pd.Index(self.months, name="period"), columns=columns)

    def best(self, by: str = "rmse", n: int = 3, target: str | None = None) -> pd.DataFrame:
        """Return the n best methods of each class.

        Parameters
        ----------
        by : str
            rmse, bias, max, end, mom_rmse, identity, transitive or distance: the smaller in absolute terms, the
            better; equals by the identity test, then by name. Without truth "rmse" means distance.
        n : int
        target : str, optional
            Default: the primary target.

        Returns
        -------
        DataFrame
            Rows of `to_frame` with `rank`. Methods that lack months others have are left out: their errors are taken
            over other months.

        Raises
        ------
        UsageError
            An unknown measure or target.
        """
        known = [*ERRORS, *DRIFTS]
        if by not in known:
            raise UsageError(f"unknown measure {by!r}{did_you_mean(by, known)}; there are {', '.join(known)}")
        column = "distance" if by in ERRORS and not self.targets else by
        frame = self._of_target(target)
        frame = frame[frame["months"] == frame.groupby("class_code")["months"].transform("max")]
        size = (frame[f"{column}_pct"].abs() / _ROUNDING).round() * _ROUNDING
        frame = frame.assign(size=size, drift=frame["identity_pct"].abs()).dropna(subset=["size"])
        frame = frame.sort_values(["class_code", "size", "drift", "method"], kind="stable")
        frame.insert(0, "rank", frame.groupby("class_code").cumcount() + 1)
        return frame[frame["rank"] <= n].drop(columns=["size", "drift"]).reset_index(drop=True)

    def summary(self, by: str = "unit", target: str | None = None) -> pd.DataFrame:
        """Return the mean over classes of each method's errors and drift, by pricing unit, the best first.

        Parameters
        ----------
        by : {"unit", "class_code"}
        target : str, optional
            Default: the primary target.

        Returns
        -------
        DataFrame
            `by`, method, classes, and in percent rmse, bias, abs_bias, mom_rmse, abs_identity, distance. A class in
            which a method lacks months does not count for it; methods that lack classes stand last.
        """
        if by not in ("unit", "class_code"):
            raise UsageError(f"by must be 'unit' or 'class_code', not {by!r}")
        frame = self._of_target(target)
        frame = frame[frame["months"] == frame.groupby("class_code")["months"].transform("max")]
        frame = frame.assign(
            rmse=frame["rmse_pct"], bias=frame["bias_pct"], abs_bias=frame["bias_pct"].abs(),
            mom_rmse=frame["mom_rmse_pct"], abs_identity=frame["identity_pct"].abs(), distance=frame["distance_pct"],
        )  # fmt: skip
        measures = ["rmse", "bias", "abs_bias", "mom_rmse", "abs_identity", "distance"]
        grouped = frame.groupby([by, "method"], sort=True)
        table = pd.concat([grouped["class_code"].nunique().rename("classes"), grouped[measures].mean()], axis=1)
        order = "rmse" if self.targets else "distance"
        table = table.reset_index()
        table["lacking"] = table["classes"] < table.groupby(by)["classes"].transform("max")
        table = table.sort_values([by, "lacking", order, "method"], kind="stable", ignore_index=True)
        return table.drop(columns="lacking")

    def _of_target(self, target: str | None) -> pd.DataFrame:
        frame = self.to_frame()
        if target is None:
            target = self.targets[0] if self.targets else ""
        elif target not in self.targets:
            there = ", ".join(self.targets) or "none: no truth was given"
            raise UsageError(f"no target {target!r}{did_you_mean(target, self.targets)}; there are {there}")
        return frame[frame["target"] == target].reset_index(drop=True)

    def __repr__(self) -> str:
        against = f"against {', '.join(self.targets)}" if self.targets else "without truth"
        return (
            f"MethodComparison: {len(self.methods)} methods × {len(self.classes)} classes, "
            f"{self.months[0]} to {self.months[-1]}, {against}"
        )

    def _repr_html_(self) -> str:
        head = "方法比较 " + repr(self)
        top = self.summary().groupby("unit", sort=True).head(8).round(3)
        return f"<h4>{head}</h4>" + top.to_html(index=False)

    def write(self, path: str | Path) -> Path:
        """Write all methods as .csv, a page of all methods as .html, or the picture of the first class as .png.

        Raises
        ------
        UsageError
            Another ending.
        """
        path = Path(path)
        if path.suffix == ".csv":
            path.write_text(self.to_frame().to_csv(index=False, lineterminator="\n"), encoding="utf-8")
        elif path.suffix == ".html":
            path.write_text(self._page(), encoding="utf-8")
        elif path.suffix == ".png":
            self.plot().savefig(path, dpi=120, metadata={"Software": None})
        else:
            raise UsageError(f"{path.name}: the ending says what to write; expected .csv, .html or .png")
        return path

    def _page(self) -> str:
        best, every = self.best().round(4), self.summary().round(4)
        title = "方法比较 comparison of methods"
        return (
            f'<!DOCTYPE html>\n<html lang="zh"><head><meta charset="utf-8"><title>{title}</title></head>\n'
            f"<body><h1>{title}</h1><p>{self!r}</p>\n<h2>各类最优 best of each class</h2>\n"
            f"{best.to_html(index=False)}\n<h2>按计价单位 by pricing unit, %</h2>\n{every.to_html(index=False)}\n"
            "</body></html>\n"
        )

    def plot(self, class_code: str | None = None, target: str | None = None) -> Any:
        """Draw one class: paths of some methods, their errors, and the RMSE of all; returns a matplotlib figure.

        Parameters
        ----------
        class_code : str, optional
            Default: the first.
        target : str, optional
            Default: the primary target; without truth the transitive index takes its place.
        """
        from shuibei_index.lab.charts import draw

        code = str(self.classes["class_code"].iloc[0]) if class_code is None else class_code
        codes = list(self.classes["class_code"])
        if code not in codes:
            raise UsageError(f"no class {code!r}{did_you_mean(code, codes)} in the comparison")
        self._of_target(target)
        return draw(self, codes.index(code), target or (self.targets[0] if self.targets else ""))
