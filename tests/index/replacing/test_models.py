"""Models of charges and stones: the truth of a log-linear market is found, and what cannot be told is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuibei_index import months
from shuibei_index.index.replacing import (
    CharacteristicsModel,
    apply_replacements,
    characteristics,
    factors_of,
    fit_model,
)
from shuibei_index.index.replacing.links import method_of
from shuibei_index.rules import Rules
from tests.index.components.market import Deal, panel_of
from tests.index.replacing.test_panel import compiled

RULES = Rules.load()
AT = RULES.at("2024-12")
#: Elasticity of the charge per gram to the grams of a piece.
SLOPE = -0.4


def records(noise: float = 0.0, items: int = 8, firms: int = 5, number: int = 6, stones: bool = False) -> pd.DataFrame:
    """Return records of a class: charge = level of firm and month × grams^SLOPE × noise; stones by carat and colour."""
    draws = np.random.default_rng(7)
    firm, item, month = (x.ravel() for x in np.meshgrid(range(firms), range(items), range(number), indexing="ij"))
    n = len(firm)
    grams = np.exp(draws.uniform(np.log(3), np.log(40), (firms, items)))[firm, item]
    level = 20 * np.exp(draws.normal(0, 0.4, firms))[firm] * 1.05**month
    charge = level * (grams / 10) ** SLOPE * np.exp(noise * draws.normal(size=n))
    carat, colour = np.round(0.2 + grams / 40, 2), np.array(list("DEFGH"))[(firm + item) % 5]
    worth = 8000 * 1.02**month * carat**1.6 * 0.9 ** ((firm + item) % 5)
    return pd.DataFrame(
        {
            "enterprise_id": [f"E{f:03d}" for f in firm],
            "item_id": [f"I{i:02d}" for i in item],
            "period": [months.shift("2024-01", int(t)) for t in month],
            "pieces": 10,
            "net_mg": np.rint(10 * grams * 1e6) / 1e3,
            "pure_ug": np.rint(10 * grams * 1e6),
            "making_fen": np.rint(1e3 * charge * grams),
            "stone_fen": np.rint(1e3 * worth) if stones else 0,
            "charge_basis": "per_gram",
            "stone_carat": 10 * carat if stones else np.nan,
            "stone_colour": colour if stones else None,
        }
    )


def item(**values: float) -> pd.Series:
    """Return one item's characteristics."""
    names = ("log_grams", "log_fineness", "by_piece", "log_carat", "colour", "clarity", "cut")
    return pd.Series({name: values.get(name, np.nan) for name in names})


def gold(grams: float) -> pd.Series:
    """Return the characteristics of a piece of fine gold charged by the gram."""
    return item(log_grams=np.log(grams), log_fineness=0.0, by_piece=0.0)


def test_the_slope_of_a_log_linear_market_is_found() -> None:
    model = fit_model(characteristics(records()), "charge", AT)
    assert (model.en, model.names, model.n_items) == ("", ("log_grams",), 40)
    assert model.r_squared == pytest.approx(1.0, abs=1e-6)
    assert model.ratio(gold(10.0), gold(8.0)) == pytest.approx(0.8**SLOPE, rel=1e-4)
    # with 5 % of noise and a few absurd charges the norm keeps the slope
    noisy = records(noise=0.05)
    noisy.loc[::37, "making_fen"] *= 6
    model = fit_model(characteristics(noisy), "charge", AT)
    assert model.en == "" and model.ratio(gold(10.0), gold(8.0)) == pytest.approx(0.8**SLOPE, rel=0.01)


def test_stones_by_carat_and_colour() -> None:
    model = fit_model(characteristics(records(stones=True)), "stone", AT)
    assert model.names == ("log_carat", "colour")
    ratio = model.ratio(item(log_carat=np.log(0.5), colour=1.0), item(log_carat=np.log(0.8), colour=3.0))
    assert ratio == pytest.approx(1.6**0.6 * 0.81, rel=1e-3)


def refusal(model: CharacteristicsModel) -> str:
    """Return why a model is refused, after a look at both languages."""
    assert bool(model.zh) == bool(model.en)
    assert np.isnan(model.ratio(gold(10.0), gold(8.0)))
    return model.en


def test_what_a_model_must_not_say() -> None:
    assert "fewer than" in refusal(fit_model(characteristics(records(items=3)), "charge", AT))
    assert "below" in refusal(fit_model(characteristics(records(noise=1.5)), "charge", AT))
    alike = records()
    alike[["net_mg", "pure_ug"]] = [100_000.0, 1e8]
    assert "do not differ" in refusal(fit_model(characteristics(alike), "charge", AT))
    assert "fewer than" in refusal(fit_model(characteristics(records()), "stone", AT))
    model = fit_model(characteristics(records()), "charge", AT)
    # outside the range seen, or different in what the class never showed
    assert np.isnan(model.ratio(gold(10.0), gold(400.0)))
    other = gold(8.0)
    other["log_fineness"] = np.log(0.75)
    assert np.isnan(model.ratio(gold(10.0), other))


@pytest.mark.parametrize("basis", ["per_gram", "per_piece"])
def test_the_factor_is_what_the_content_has_not_taken_out(basis: str) -> None:
    deals = []
    for row in records(number=8).to_dict("records"):
        grams = row["net_mg"] / 1e4
        charge = row["making_fen"] / row["net_mg"] * 10 * (grams if basis == "per_piece" else 1.0)
        deals.append(
            Deal(row["period"], row["item_id"], "0302", 500, charge, grams, unit="piece", basis=basis,
                 firm=row["enterprise_id"], pieces=10)
        )  # fmt: skip
    level = 20 * 1.05**6
    deals += [
        Deal("2024-07", "O", "0302", 500, 30 * (10 if basis == "per_piece" else 1), 10.0, unit="piece", basis=basis)
    ]
    deals += [
        Deal("2024-08", "N", "0302", 500, level * (8 if basis == "per_piece" else 1), 8.0, unit="piece", basis=basis)
    ]
    read = frame(deals)
    panel = panel_of(deals)
    link = {"enterprise_id": "E001", "class_code": "0302", "item_id": "O", "by_item_id": "N"}
    found = factors_of(panel, link, "hedonic", np.nan, lambda code, wanted: read[read["period"].isin(wanted)], RULES)
    assert found.method == "hedonic" and "41 items" in found.en and "41 个规格品" in found.zh
    # by the gram the grams are taken out already; by the piece nothing is: 8 g cost 0.8^(1 + SLOPE) of 10 g
    wanted = 0.8**SLOPE if basis == "per_gram" else 0.8 ** (1 + SLOPE)
    assert found.charge == pytest.approx(wanted, rel=2e-3)
    own = read[read["enterprise_id"] == "E001"]
    few = factors_of(panel, link, "hedonic", np.nan, lambda code, wanted: own, RULES)
    assert few.method == "class_mean" and few.charge == 1.0 and "class_mean instead" in few.en and "类均值" in few.zh


def test_the_index_by_the_model_is_the_truth_of_a_log_linear_market() -> None:
    # charges rise by 5 % a month; necklace I00 of E001 goes on as N with 60 % of its grams, at the charge of such a one
    deals = []
    for row in records(number=10).to_dict("records"):
        grams = row["net_mg"] / 1e4
        charge = row["making_fen"] / row["net_mg"] * 10
        changed = (row["enterprise_id"], row["item_id"]) == ("E001", "I00") and row["period"] >= "2024-08"
        item_id = "N" if changed else row["item_id"]
        charge, grams = (charge * 0.6**SLOPE, grams * 0.6) if changed else (charge, grams)
        deals.append(
            Deal(row["period"], item_id, "0302", 500, charge, grams, unit="piece", firm=row["enterprise_id"], pieces=10)
        )
    others = [
        Deal(m, i, c, 500, 20) for m in sorted({d.period for d in deals}) for i, c in (("G", "0101"), ("K", "0102"))
    ]
    read, panel = frame(deals), panel_of(deals + others)
    link = {"enterprise_id": "E001", "class_code": "0302", "item_id": "I00", "by_item_id": "N"}
    made = factors_of(panel, link, "hedonic", np.nan, lambda code, wanted: read[read["period"].isin(wanted)], RULES)
    assert made.charge == pytest.approx(0.6**SLOPE, rel=1e-3)
    off = {}
    for method, factor in (("hedonic", made.charge), ("direct", 1.0)):
        row = {**link, "method": method, "charge_factor": factor, "stone_factor": 1.0}
        series = compiled(apply_replacements(panel, pd.DataFrame([row])))
        making = series.component_index["making"][:, series.codes.index("0302")]
        off[method] = float(np.abs(making / making[0] / 1.05 ** np.arange(10) - 1).max())
    # nothing but charges moved, each by 5 %
    assert off["hedonic"] < 1e-4
    assert off["direct"] > 10 * off["hedonic"]


def frame(rows: list[Deal]) -> pd.DataFrame:
    """Return deals as the accepted records a model reads."""
    grams = np.array([d.grams * d.pieces for d in rows])
    by = np.array([d.grams * d.pieces if d.basis == "per_gram" else d.pieces for d in rows])
    return pd.DataFrame(
        {
            "enterprise_id": [d.firm for d in rows],
            "item_id": [d.item for d in rows],
            "period": [d.period for d in rows],
            "pieces": [d.pieces for d in rows],
            "net_mg": 1e3 * grams,
            "pure_ug": 1e6 * grams,
            "making_fen": np.rint(100 * np.array([d.charge for d in rows]) * by),
            "stone_fen": 0,
            "charge_basis": [d.basis for d in rows],
            "stone_carat": np.nan,
        }
    )


def test_the_method_by_rule_is_that_of_the_longest_code() -> None:
    assert method_of("010101", AT) == "class_mean"
    named = RULES.at("2024-12")
    entry = named.entries["replacement_method"]
    for by_class, wanted in (
        ({"01": "direct", "0101": "hedonic", "other": "overlap"}, "hedonic"),
        ({"02": "direct"}, ""),
    ):
        other = type(entry)(**{**vars(entry), "value": by_class})
        at = type(named)(named.month, {**named.entries, "replacement_method": other}, named.digest)
        if wanted:
            assert method_of("010101", at) == wanted and method_of("0302", at) == "overlap"
        else:
            with pytest.raises(ValueError, match="replacement_method names"):
                method_of("010101", at)
