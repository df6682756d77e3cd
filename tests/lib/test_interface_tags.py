"""Tags of every template: icons, times, states, fields, form keys."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from civic.lib import clock
from civic.lib.icons import UnknownIcon

NOW = datetime(2026, 7, 8, 6, 20, tzinfo=UTC)


class Sample(forms.Form):
    """A form with every kind of control."""

    name = forms.CharField(label="Name", help_text="As neighbours say it")
    agree = forms.BooleanField(label="I agree")
    who = forms.ChoiceField(label="Who", choices=[("a", "Me"), ("b", "You")], widget=forms.RadioSelect)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def render(source: str, **context: object) -> str:
    """Returns a template rendered in English at NOW."""
    with clock.at(NOW), translation.override("en"):
        return Template(source).render(Context(context))


def test_an_icon_is_drawn_inline_and_hidden_from_screen_readers() -> None:
    drawn = render('{% icon "phone" "big" %}')
    assert drawn.startswith('<svg class="ti big" aria-hidden="true"')
    assert "<path" in drawn and "style=" not in drawn


def test_an_icon_with_a_label_is_read_out() -> None:
    assert 'role="img" aria-label="Call &lt;b&gt;"' in render(
        '{% icon "phone" label=words %}', words="Call <b>"
    )


@pytest.mark.parametrize("name", ["no-such-icon", "../../../package", "", "Phone"])
def test_an_unknown_icon_fails_loudly_unless_another_is_named(name: str) -> None:
    with pytest.raises(UnknownIcon):
        render("{% icon name %}", name=name)
    assert "<svg" in render('{% icon name fallback="dots" %}', name=name)


def test_times_carry_the_exact_one_for_machines_and_for_hovering() -> None:
    shown = render("{% when at %}", at=NOW)
    assert 'datetime="2026-07-08T14:20:00+08:00"' in shown
    assert 'title="2026-07-08 14:20:00 CST"' in shown
    assert ">today 14:20<" in shown
    assert render("{% when at %}{% ago at %}{% left at %}", at=None) == ""


def test_what_is_left_and_what_is_over_are_told_apart() -> None:
    assert ">1 h 14 min left<" in render("{% left at %}", at=NOW + timedelta(minutes=74))
    assert ">26 min over<" in render("{% left at %}", at=NOW - timedelta(minutes=26))
    assert ">3 min ago<" in render("{% ago at %}", at=NOW - timedelta(minutes=3))
    assert ">just now<" in render("{% ago at %}", at=NOW)


def test_a_state_has_a_tone_and_its_words_are_escaped() -> None:
    assert render('{% state_tag "accepted" words %}', words="<i>") == '<span class="tag ok">&lt;i&gt;</span>'
    assert 'class="tag gray"' in render('{% state_tag "unheard-of" "?" %}')


def test_a_field_ties_label_hint_and_error_to_its_control() -> None:
    lines = render("{% for each in form %}{% field each %}{% endfor %}", form=Sample({})).splitlines()
    shown = "".join(line.strip() for line in lines)
    assert '<label for="id_name">Name' in shown
    assert 'aria-describedby="id_name_helptext id_name_error"' in shown
    assert 'id="id_name_helptext"' in shown and 'id="id_name_error"' in shown
    assert 'aria-invalid="true"' in shown
    assert "<legend>Who" in shown
    assert shown.count('type="hidden"') == 1


def test_every_form_gets_a_key_of_its_own() -> None:
    one, two = render("{% form_key %}"), render("{% form_key %}")
    assert 'name="form_key"' in one
    assert one != two


def test_numbers_and_names_are_said_shortly() -> None:
    assert (
        render("{{ 90|in_hours }} {{ 1234|in_metres }} {{ name|initial }}", name=" 张建国")
        == "1.5 h 1.2 km 张"
    )
    assert (
        render("{{ phone|masked }} {{ phone|dialled }}", phone="+8613800005678") == "138****5678 13800005678"
    )
