"""What the districts of the demo city bring from the system they had before: files of requests closed there.

Imported as a dispatcher imports them, with dice of their own: the stories that follow do not depend on them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from random import Random

from django.utils import timezone

from civic.areas import queries
from civic.imports import actions as imports
from civic.lib import clock, codes
from insight.demo.people import LIUXI, QINGHE, Person
from insight.demo.words import fitting, requests
from insight.demo.world import DESK_CLOSES, DESK_OPENS, World, into_hours
from requests_app import reference
from requests_app.imports.backlog import BACKLOG
from requests_app.models import ImportRow

SEED = 20260401
FILES = {"qinghe-desk": (QINGHE, "青禾区原系统工单.csv"), "liuxi-desk": (LIUXI, "柳溪区原系统工单.csv")}
HEADINGS = (
    "工单编号", "标题", "诉求内容", "受理时间", "办结时间", "办理结果",
    "联系人", "联系电话", "地址", "所属网格", "分类",
)  # fmt: skip
FURTHEST_DAYS = 120  # before the city began with this system


def take_over(world: World, count: int) -> None:
    """Imports `count` closed requests into the two districts, in the hours of the desk before the first day."""
    dice = Random(SEED)
    began = into_hours(world.start - timedelta(days=2), DESK_OPENS, DESK_CLOSES, dice)
    with clock.at(began), codes.drawn_from(dice):
        for place, (username, (code, name)) in enumerate(FILES.items()):
            wanted = count // len(FILES) + (1 if place < count % len(FILES) else 0)
            batch = imports.upload(
                BACKLOG,
                actor=world.staff[username],
                file_name=name,
                chunks=[_file(world, code, wanted, dice)],
                area=queries.tree().by_code[code],
                category=reference.category("other"),
                wake=False,
            )
            BACKLOG.work(batch.pk)
            batch.refresh_from_db()
            imports.start(BACKLOG, batch, actor=world.staff[username], wake=False)
            BACKLOG.work(batch.pk)
            came = ImportRow.objects.filter(batch=batch, state="taken").count()
            if came != wanted:
                raise RuntimeError(f"{came} of {wanted} requests of {name} were taken over")


def _file(world: World, district: str, count: int, dice: Random) -> bytes:
    written = StringIO()
    rows = csv.writer(written)
    rows.writerow(HEADINGS)
    people = [
        each for each in world.residents if each.estate.grid_code.startswith(district) and not each.username
    ]
    rows.writerows(_rows(people, district, count, dice))
    return written.getvalue().encode("utf-8-sig")


def _rows(people: list[Person], district: str, count: int, dice: Random) -> Iterator[list[str]]:
    for number, text in enumerate(dice.sample(requests(), count), start=1):
        person = dice.choice(people)
        received = clock.now() - timedelta(days=dice.uniform(20, FURTHEST_DAYS))
        closed = received + timedelta(days=dice.uniform(0.2, 12))
        answer = dice.choice(fitting("completion notes", text.category)) if dice.random() < 0.6 else ""
        yield [
            f"{district}{number:05d}",
            text.title,
            text.text,
            _written(received),
            _written(closed),
            answer,
            person.name,
            person.phone.removeprefix("+86"),
            person.address,
            person.estate.grid_code,
            text.category,
        ]


def _written(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"
