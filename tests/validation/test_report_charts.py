"""Charts and tables of a validation: what they count, that they cap, and that they speak both languages."""

import warnings

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from shuibei_index.errors import UsageError

BAD = {"amount": -1.0}
ASKED = {"amount": 9000.0}
OTHER = {"enterprise_id": "E999"}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_counts_by_rule_and_by_firm(run):
    report = run(BAD, BAD, ASKED, BAD | OTHER)
    rules, firms = report.by_rule(), report.by_enterprise()
    assert list(rules.columns) == ["note", "query", "reject"]
    assert rules.loc["amount_range"].tolist() == [0, 0, 3]
    assert rules.index[0] == "amount_range"
    assert firms.index.tolist() == ["E012", "E999"]
    assert firms.to_numpy().sum() == rules.to_numpy().sum() == len(report.findings)
    both = report.by_rule_and_enterprise()
    assert both.loc["E012", "amount_range"] == 2 and both.loc["E999", "amount_range"] == 1
    pd.testing.assert_series_equal(both.sum(axis=1), firms.sum(axis=1), check_dtype=False)


@pytest.mark.parametrize("by", ["rule", "enterprise", "both"])
def test_every_chart_has_its_characters(run, by, tmp_path):
    report = run(BAD, ASKED, {"enterprise_id": None})
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a character the typeface lacks is a warning of matplotlib
        axes = report.plot(by=by)
        axes.figure.savefig(tmp_path / "chart.png")
    assert "（4）" in axes.get_title(loc="left") or f"（{len(report.findings)}）" in axes.get_title(loc="left")
    labels = {label.get_text() for label in axes.get_yticklabels()}
    if by == "rule":
        assert {"amount_range", "identity"} <= labels
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["提示 note", "质疑 query", "退回 reject"]
    else:
        assert "（未填 not given）" in labels


def test_bars_are_stacked_by_severity(run):
    axes = run(BAD, BAD, ASKED).plot(by="enterprise")
    widths = [bar.get_width() for container in axes.containers for bar in container]
    assert sum(widths) == len(run(BAD, BAD, ASKED).findings)


def test_many_firms_are_capped_and_counted(run):
    report = run(*[BAD | {"enterprise_id": f"X{n:03d}"} for n in range(40)])
    axes = report.plot(by="enterprise")
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(labels) == 25 and labels[0] == "其他 16 others"
    total = sum(bar.get_width() for container in axes.containers for bar in container)
    assert total == len(report.findings)
    assert "10 more firms" in report._repr_html_()


def test_nothing_found_draws_an_empty_chart(run):
    axes = run({}).plot()
    assert "（0）" in axes.get_title(loc="left")
    assert run({}).plot(by="both") is not axes


def test_it_draws_into_given_axes_and_refuses_other_words(run):
    given = plt.subplots()[1]
    assert run(BAD).plot(given) is given
    with pytest.raises(UsageError, match="did you mean 'rule'"):
        run(BAD).plot(by="rules")


def test_html_lists_firms_with_most_findings_first(run):
    html = run(BAD | OTHER, BAD, ASKED, BAD)._repr_html_().partition("<h5>")[2]
    assert html.index("E012") < html.index("E999")
    assert "企业 firm" in html
    assert "退回 reject" in run(BAD)._repr_html_()
