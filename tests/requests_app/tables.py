"""A backlog file like those cities hand over, made here: as messy as the real ones, and no row of theirs."""

import random
from datetime import datetime, timedelta
from pathlib import Path

from openpyxl import Workbook

HEADERS = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "反对数", "点赞数"]
THINGS = ["路灯", "井盖", "垃圾桶", "电梯", "水管", "健身器材", "停车位", "花坛"]
PLACES = ["荷花里", "柳岸", "春风里", "锦苑", "文化路"]
FAULTS = ["坏了一个多月没人修", "半夜很吵", "被占用", "积水", "有异味", "松动有危险"]


def look_alike(path: Path, count: int, *, empty_rows: int = 0, seed: int = 7) -> Path:
    """Writes `count` messages to `path`: times as text or date, bodies wrapped in tabs, some very long, many
    that report the same problem, followed by `empty_rows` blank rows. Returns the path."""
    draw = random.Random(seed)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(HEADERS)
    start = datetime(2019, 1, 3, 8, 5, 9)
    for number in range(count):
        place, thing, fault = draw.choice(PLACES), draw.choice(THINGS), draw.choice(FAULTS)
        when = start + timedelta(hours=number * 2, minutes=draw.randrange(60))
        shown = (
            when if number % 33 == 0 else when.date() if number % 50 == 0 else f"{when:%Y/%-m/%-d %H:%M:%S}"
        )
        body = (
            f"\n\t\t\t\t\t\n\t\t\t\t\t{place}的{thing}{fault}，"
            + "请有关部门尽快处理，谢谢。" * draw.choice([1, 1, 2, 5])
        )
        if number % 400 == 7:
            body += "情况说明。" * 1400
        sheet.append(
            [
                188000 + number * 3,
                f"A{number:08d}",
                f"反映{place}{thing}{fault}的问题",
                shown,
                body,
                0,
                draw.randrange(9),
            ]
        )
    for _ in range(empty_rows):
        sheet.append([None] * len(HEADERS))
    book.save(path)
    return path
