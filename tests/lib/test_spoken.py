"""Times, spans and distances in words, in both languages and the local zone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from civic.lib import clock, spoken

NOW = datetime(2026, 7, 8, 6, 20, 31, tzinfo=UTC)  # Wednesday 14:20:31 in Shanghai


@pytest.mark.parametrize(
    ("hours", "english", "chinese"),
    [
        (0, "today (Wed) 14:20", "今天（周三）14:20"),
        (18, "tomorrow (Thu) 8:20", "明天（周四）8:20"),
        (-15, "yesterday (Tue) 23:20", "昨天（周二）23:20"),
        (24 * 5, "Mon 13 Jul 14:20", "7 月 13 日（周一）14:20"),
        (24 * 365, "8 Jul 2027 14:20", "2027 年 7 月 8 日 14:20"),
    ],
)
def test_a_moment_is_said_as_people_say_it(hours: int, english: str, chinese: str) -> None:
    with clock.at(NOW):
        for language, words in (("en", english), ("zh-hans", chinese)):
            with translation.override(language):
                assert spoken.moment(NOW + timedelta(hours=hours), weekday=True) == words


@pytest.mark.parametrize(
    ("length", "english", "chinese"),
    [
        (timedelta(seconds=5), "1 min", "1 分钟"),
        (timedelta(minutes=74), "1 h 14 min", "1 小时 14 分钟"),
        (timedelta(hours=-3), "3 h", "3 小时"),
        (timedelta(days=1, hours=2, minutes=59), "1 day 2 h", "1 天 2 小时"),
    ],
)
def test_a_span_has_at_most_two_units(length: timedelta, english: str, chinese: str) -> None:
    for language, words in (("en", english), ("zh-hans", chinese)):
        with translation.override(language):
            assert spoken.span(length) == words


@pytest.mark.parametrize(
    ("hours", "english", "chinese"),
    [
        (24 * 5, "Mon 13 Jul 14:20", "7 月 13 日（周一）14:20"),
        (24 * 5 + 9 + 40 / 60 - 31 / 3600, "Mon 13 Jul 24:00", "7 月 13 日（周一）24:00"),
        (9 + 40 / 60, "today (Wed) 24:00", "今天（周三）24:00"),
    ],
)
def test_a_limit_at_midnight_ends_the_last_day_that_counts(hours: float, english: str, chinese: str) -> None:
    with clock.at(NOW):
        for language, words in (("en", english), ("zh-hans", chinese)):
            with translation.override(language):
                assert spoken.limit(NOW + timedelta(hours=hours), weekday=True) == words


def test_lengths_and_distances_are_short() -> None:
    with translation.override("en"):
        assert [spoken.hours(minutes) for minutes in (45, 90, 120)] == ["45 min", "1.5 h", "2 h"]
        assert [spoken.distance(metres) for metres in (600, 1000, 1240)] == ["600 m", "1 km", "1.2 km"]


def test_the_exact_time_names_its_zone() -> None:
    assert spoken.exact(NOW) == "2026-07-08 14:20:31 CST"


def test_sentences_stand_apart_in_english_and_close_in_chinese() -> None:
    with translation.override("en"):
        assert spoken.sentences("You are far away.", "", "Say why.") == "You are far away. Say why."
    with translation.override("zh-hans"):
        assert spoken.sentences("您离得有点远。", "", "请说明原因。") == "您离得有点远。请说明原因。"


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("冯勇 接单，约定 明天（周一）8:30", "冯勇接单，约定明天（周一）8:30"),
        ("约定 3 月 8 日 8:30", "约定 3 月 8 日 8:30"),
        (
            "现在约定的是 <time datetime='x'>今天 8:30</time>。",
            "现在约定的是<time datetime='x'>今天 8:30</time>。",
        ),
        ("Ann 接单", "Ann 接单"),
        ("Agreed for tomorrow", "Agreed for tomorrow"),
    ],
)
def test_no_blank_stays_between_chinese_signs(text: str, close: str) -> None:
    assert spoken.closed_up(text) == close
