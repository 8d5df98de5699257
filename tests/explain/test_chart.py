"""The waterfall: steps add up, the picture is the same everywhere, every character has a shape."""

from __future__ import annotations

import pytest

from shuibei_index.errors import UsageError
from shuibei_index.explain import explain, wording
from shuibei_index.explain.chart import steps
from shuibei_index.release.typeface import missing
from tests.explain.market import every_effect


@pytest.fixture(scope="module")
def found():  # type: ignore[no-untyped-def]
    return explain(every_effect(), None, "00", measure="yoy")


def test_steps_add_up_to_the_published_change(found) -> None:  # type: ignore[no-untyped-def]
    rows = steps(found, "zh")
    assert sum(points for _, points in rows) == pytest.approx(found.facts["published_pct"], abs=1e-9)
    assert [name for name, _ in rows][:2] == ["料价", "工费"]
    assert "权重 2023-12" in dict(rows)


def test_a_component_is_drawn_by_what_became_of_the_products(found) -> None:  # type: ignore[no-untyped-def]
    making = explain(every_effect(), None, "00", measure="yoy", component="making")
    assert [name for name, _ in steps(making, "en")][:3] == ["prices", "entry", "exit"]


def test_bars_of_the_picture_are_the_steps(found) -> None:  # type: ignore[no-untyped-def]
    axes = found.plot("zh")
    widths = [bar.get_width() for bar in axes.patches]
    assert widths[:-1] == pytest.approx([points for _, points in steps(found, "zh")])
    assert widths[-1] == found.facts["published_pct"]
    starts = [bar.get_x() for bar in axes.patches]
    # each begins where the one before ended
    assert starts[1:-1] == pytest.approx([x + w for x, w in zip(starts[:-2], widths[:-2], strict=True)])


def test_same_bytes_and_no_missing_shapes(found, tmp_path) -> None:  # type: ignore[no-untyped-def]
    for lang in ("zh", "en"):
        assert found.chart(lang) == found.chart(lang)
        assert "<text" not in found.chart(lang)
    words = [
        *wording.CAUSES.values(),
        *wording.SHORT.values(),
        *wording.COMPONENTS.values(),
        *wording.MEASURES.values(),
    ]
    assert missing("".join(zh + en for zh, en in words) + "发布修约后个百分点变动的构成") == []
    assert found.write_chart(tmp_path / "w.png").read_bytes()[:4] == b"\x89PNG"
    assert found.write_chart(tmp_path / "w.svg", "en").read_text(encoding="utf-8").startswith("<?xml")
    with pytest.raises(UsageError, match=r"\.svg or \.png"):
        found.write_chart(tmp_path / "w.pdf")
