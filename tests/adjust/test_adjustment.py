from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable

import pandas as pd
import pytest

from shuibei_index.adjust import Adjustment, seasonally_adjust
from shuibei_index.errors import UsageError

Market = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]


@pytest.fixture
def adjusted(market: Market) -> Adjustment:
    frame, _ = market(series=1, months=60)
    frame["<b>short"] = frame["S0"].where(frame.index >= "2018-06")
    return seasonally_adjust(frame)


def test_summary_puts_the_reason_where_no_verdict_is(adjusted: Adjustment) -> None:
    summary = adjusted.summary()
    assert summary["verdict_en"].iloc[0].startswith("clearly seasonal")
    assert "at least 36 are needed" in summary["verdict_en"].iloc[1]


def test_html_names_the_program_and_escapes_names(adjusted: Adjustment) -> None:
    html = adjusted._repr_html_()
    assert "X-13ARIMA-SEATS 1.1" in html
    assert "1 adjusted, 1 refused" in html
    assert "<b>short" not in html


@pytest.mark.parametrize("language", ["en", "zh"])
def test_plot_draws_what_the_tables_hold(adjusted: Adjustment, language: str) -> None:
    figure = adjusted.plot("S0", language=language)
    figure.savefig(io.BytesIO())  # a missing glyph would warn, and a warning is an error here
    upper, lower = figure.axes
    parts = adjusted.decomposition("S0")
    assert [len(line.get_xdata()) for line in upper.lines] == [60, 60, 60]
    assert list(upper.lines[1].get_ydata()) == parts["SA"].tolist()
    assert list(lower.lines[0].get_ydata()) == parts["factor"].tolist()
    labels = [text.get_text() for text in upper.get_legend().get_texts()]
    assert labels[0] == {"en": "original", "zh": "原序列"}[language]


def test_wrong_names_are_named(adjusted: Adjustment) -> None:
    with pytest.raises(UsageError, match="no series 'shortt'; did you mean '<b>short'"):
        adjusted.decomposition("shortt")
    with pytest.raises(UsageError, match="not adjusted: series '<b>short': only 7 months"):
        adjusted.plot("<b>short")
    with pytest.raises(UsageError, match="expected one of en, zh"):
        adjusted.plot("S0", language="de")


def test_package_loads_nothing_heavy_until_used() -> None:
    code = (
        "import sys, shuibei_index.adjust as a; assert 'pandas' not in sys.modules, 'early'; "
        "assert a.seasonally_adjust and 'pandas' in sys.modules; "
        "assert set(a.__all__) <= set(dir(a)); [getattr(a, n) for n in a.__all__]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
