"""A register like those communities keep, made here: as messy as the real ones, and nobody of theirs."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook

from civic.lib.id_number import check_character

HEADERS = [
    "序号", "志愿者姓名", "性别", "出生日期", "身份证号码", "手机号码", "所属社区", "技能特长", "语言", "保险到期",
    "背景审查", "注册时间", "监护人", "监护人电话", "备注",
]  # fmt: skip
FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何"
GIVEN = "桂兰建国秀英志强丽华春梅小军海燕文博雨桐子轩"
SKILLS = ["维修", "会开车", "照护", "", "护理、照护", "会方言/维修", "repair, driving"]
VETTED = ["是", "否", "", "√", "2025-03-01"]


def id_number(born: date, order: int) -> str:
    """Returns a right ID number of an invented person."""
    digits = f"320381{born:%Y%m%d}{order:03d}"
    return digits + check_character(digits)


def people(count: int, *, seed: int = 7, first: int = 0) -> Iterator[list[object]]:
    """Yields `count` rows that can all be added, in every way of writing dates, numbers and lists."""
    draw = random.Random(seed)
    for number in range(first, first + count):
        born = date(1950, 1, 1) + timedelta(days=draw.randrange(19_000))
        digits = f"13{100_000_000 + number * 7:09d}"
        shown = [born, f"{born:%Y/%-m/%-d}", f"{born:%Y年%-m月%-d日}", f"{born:%Y%m%d}", f"{born:%Y.%m.%d}"]
        phones = [digits, int(digits), f"+86 {digits[:3]} {digits[3:7]} {digits[7:]}", f" {digits}\t"]
        name = draw.choice(FAMILY) + "".join(draw.sample(GIVEN, 2)) + f"{number}"
        yield [
            number + 1,
            name if number % 5 else f"  {name} ",
            draw.choice("男女"),
            shown[number % 5],
            id_number(born, 1 + number % 998) if number % 3 else "",
            phones[number % 4],
            ["锦苑社区", "锦苑", "", "文化路街道锦苑社区", "锦苑社区 第一网格"][number % 5],
            draw.choice(SKILLS),
            draw.choice(["普通话", "", "普通话、粤语", "英语"]),
            date(2027, 6, 30) if number % 2 else "",
            draw.choice(VETTED),
            f"{2019 + number % 6}/{1 + number % 12}/5",
            "",
            "",
            draw.choice(["", "党员", "退休教师"]),
        ]


def look_alike(path: Path, count: int, *, empty_rows: int = 0, seed: int = 7, first: int = 0) -> Path:
    """Writes a register of `count` people to `path`, with blank rows in between and behind. Returns the path."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    sheet.append(["锦苑社区志愿者台账（2026 年）"])
    sheet.append(HEADERS)
    for at, person in enumerate(people(count, seed=seed, first=first)):
        if at % 40 == 20:
            sheet.append([None, " "])
        sheet.append(person)
    for _ in range(empty_rows):
        sheet.append([None] * len(HEADERS))
    book.save(path)
    return path
