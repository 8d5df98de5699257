"""One table names the components; bulletins, explanations and escalation clauses all read it."""

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.escalation import wording as escalation
from shuibei_index.explain import wording as explain
from shuibei_index.release import components as release


def test_every_component_has_names_in_both_languages():
    assert list(COMPONENT_NAMES) == ["total", *COMPONENTS]
    for words in COMPONENT_NAMES.values():
        assert words.zh and not words.zh.isascii() and words.en.isascii()
        assert bool(words.index_zh) == bool(words.index_en) and words.index_pair == words[2:]
    assert {name for name, words in COMPONENT_NAMES.items() if not words.index_zh} == {"unsplit"}


def test_all_three_say_the_same():
    assert {name: words.pair for name, words in COMPONENT_NAMES.items()} == explain.COMPONENTS
    assert dict(release.NAMES) == {name: explain.COMPONENTS[name] for name in COMPONENTS}
    assert set(escalation.COMPONENTS) == {"total", "metal", "making", "stone"}
    for name in ("metal", "making", "stone"):
        zh, en = escalation.COMPONENTS[name]
        assert zh == f"{explain.COMPONENTS[name][0]}指数"
        assert en.replace("-", " ").startswith(explain.COMPONENTS[name][1])
