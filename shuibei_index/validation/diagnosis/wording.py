"""The suspicion in a message, brought into line with the diagnosis beside it: one record, one story."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuibei_index.rules import RulesAt

#: Between readings that fit about as well.
BETWEEN = " | "
_SUSPECT_EN = r"; looks like [×÷](\(1 \+ VAT rate\)|weight in grams|[0-9.]+) \([^()]*\)"
_SUSPECT_ZH = r"；疑似 [×÷](?:\(1\+增值税率\)|克重|[0-9.]+)（[^（）]*）"
_VAT = r"(1 + VAT rate)"
#: Which diagnoses say what a factor says. The factors not named here are those of weights in qian and liang.
_SAYS = {
    _VAT: {"tax_basis"},
    "weight in grams": {"price_as_amount", "total_as_price"},
    "100": {"carat_unit", "amount_in_fen"},
    "1000": {"weight_unit"},
    "10000": {"amount_unit"},
}
_UNITS = {"weight_unit"}
#: Factors no reading is tried for in both directions: with no diagnosis they are all there is to say.
_OPEN = ("weight in grams", "100", "1000", "10000")
#: Checks of the amount: every reading a factor stands for has been tried on the line.
_TRIED = ("identity", "price_bounds", "price_to_metal")


def diagnosis_names(diagnosis: str, rules: RulesAt) -> tuple[str, str]:
    """Return what a diagnosis is called in Chinese and English, several joined by " | ".

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> diagnosis_names("tax_basis", Rules.load().at("2025-06"))
    ('含税与不含税混淆', 'tax included or not')
    """
    words = {entry["name"]: (entry["zh"], entry["en"]) for entry in rules["diagnosis_readings"]}
    pairs = [words.get(name, (name, name)) for name in diagnosis.split(BETWEEN)] if diagnosis else [("", "")]
    return BETWEEN.join(zh for zh, _ in pairs), BETWEEN.join(en for _, en in pairs)


def reworded(findings: pd.DataFrame, diagnosed: pd.Series, rules: RulesAt) -> pd.DataFrame:
    """Return findings whose messages name no other mistake than their diagnosis.

    Parameters
    ----------
    findings : DataFrame
        With `rule`, `diagnosis`, `message_zh`, `message_en`.
    diagnosed : Series of bool
        Whether the readings of the record were compared: what was tried and is not among the diagnoses is not said.
    rules : RulesAt
        For the names of the diagnoses.
    """
    factor = findings["message_en"].str.extract(_SUSPECT_EN, expand=False)
    doubted = factor.notna() & diagnosed
    if not doubted.any():
        return findings
    changed = findings.copy()
    told = findings.loc[doubted, ["rule", "diagnosis"]].assign(factor=factor[doubted])
    # few texts, many findings: each combination is worded once
    for key, part in told.groupby(["rule", "diagnosis", "factor"], sort=True):
        rule, diagnosis, times = (str(word) for word in np.atleast_1d(np.array(key, dtype=object)))
        rows = part.index
        if _agree(rule, diagnosis, times):
            continue
        zh, en = "", ""
        if diagnosis:
            # the same mistake with two corrections is one name
            several = BETWEEN.join(dict.fromkeys(diagnosis.split(BETWEEN)))
            names_zh, names_en = diagnosis_names(several, rules)
            zh = "；疑似" + names_zh.replace(BETWEEN, "，或")
            en = "; looks like: " + names_en.replace(BETWEEN, "; or ")
        for column, pattern, text in (("message_zh", _SUSPECT_ZH, zh), ("message_en", _SUSPECT_EN, en)):
            changed.loc[rows, column] = findings.loc[rows, column].str.replace(pattern, text, regex=True)
    return changed


def _agree(rule: str, diagnosis: str, factor: str) -> bool:
    if not diagnosis:
        return rule not in _TRIED or factor in _OPEN
    return bool(_SAYS.get(factor, _UNITS) & set(diagnosis.split(BETWEEN)))
