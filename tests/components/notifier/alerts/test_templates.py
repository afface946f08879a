"""Templates can do no harm: they end, they stay small, they reach nothing but their values."""

import pytest

from components.notifier.alerts.templates import LONGEST_TEXT, MOST_STEPS, Template, TemplateError

VALUES = {"a": "x", "labels": {"b": "1", "a": "2"}, "many": list(range(1000)), "long": "y" * 4000}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ a }}: {% for k, v in labels|dictsort %}{{ k }}={{ v }} {% endfor %}", "x: a=2 b=1 "),
        ("{% if a == 'x' %}yes{% else %}no{% endif %}", "yes"),
        ("{{ labels.c is defined }} {{ labels.c|default('none') }}", "False none"),
        ("{% for k in labels|list if k != 'a' %}{{ loop.index }}{{ k }}{% endfor %}", "1b"),
        ("{{ [1, 2, 3]|join('-') }} {{ a ~ '!' }} {{ 3.14159|round(2) }}", "1-2-3 x! 3.14"),
        ("{{ a|replace('x', 'yy')|upper }} {{ '<&>' }}", "YY <&>"),
    ],
)
def test_what_they_are_for(source: str, text: str) -> None:
    assert Template(source).render(VALUES) == text


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in many %}{% for b in many %}{% for c in many %}{% endfor %}{% endfor %}{% endfor %}",
        "{% set s = long %}" + "{% set s = s ~ s %}" * 60 + "{{ s|length }}",
        "{% set s = long %}" + "{% set s = s + s %}" * 60 + "{{ s|length }}",
        "{% set s = long %}" + "{% set s = s|replace('y', 'yyyyyyyyyy') %}" * 20,
        "{{ many|join(long) }}",
        "{{ labels.nothing }}",
        "{{ nothing }}",
        "{% for x in nothing %}{% endfor %}",
        "{{ ''.__class__ }}",
        "{{ labels.__init__ }}",
        "{{ 1 / 0 }}",
    ],
)
def test_what_ends_with_an_error(source: str) -> None:
    """Steps, sizes, undefined names, Python's insides: known when it is rendered."""
    template = Template(source)
    with pytest.raises(TemplateError):
        template.render(VALUES)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10000000000 }}",
        "{{ 10 ** 10000000000 }}",
        "{{ '%10000000000d' % 1 }}",
        "{{ range(10) }}",
        "{{ a.upper() }}",
        "{{ a|center(10000000000) }}",
        "{{ [a, a] }}",
        "{{ (a, a) }}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'x' %}",
        "{% import 'x' as x %}",
        "{% extends 'x' %}",
        "{% for x in many recursive %}{% endfor %}",
        "{% if %}",
        "{{ _budget }}",
        "{{" + "(" * 5000,
        "x" * 30000,
    ],
)
def test_what_is_not_even_compiled(source: str) -> None:
    """Whatever has no bound of its own: the configuration is refused."""
    with pytest.raises(TemplateError):
        Template(source)


def test_the_text_is_cut() -> None:
    """A long text is no mistake."""
    text = Template("{% for n in many %}{{ long }}{% endfor %}").render(VALUES)
    assert len(text) == LONGEST_TEXT
    assert text.endswith("…")


def test_each_rendering_has_its_own_budget() -> None:
    """Steps are counted anew each time."""
    template = Template("{% for n in many %}{% for m in few %}{% endfor %}{% endfor %}ok")
    few = list(range(MOST_STEPS // 1000 - 2))
    assert [template.render({**VALUES, "few": few}) for _ in range(3)] == ["ok"] * 3
