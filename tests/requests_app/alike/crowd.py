"""Many open requests at once, written by SQL: copies of one, with words, places and times of their own."""

import random
from collections.abc import Sequence

from django.db import connection

from requests_app.models import Category, ServiceRequest
from tests.cast import SOUTH, WEST

WISHES = ["电梯坏了", "路灯不亮", "下水道堵了", "垃圾没人收", "楼道太黑", "水管漏水", "暖气不热", "噪音太大"]
SAID = [
    "已经好几天了，老人下不了楼，请尽快派人来看看。",
    "昨天晚上发现的，孩子差点摔倒，希望有人来修。",
    "打过电话没有人来，邻居们都很着急。",
    "每到下雨天就更严重，实在没有办法了。",
    "家里只有两位老人，自己弄不了，想请志愿者帮帮忙。",
]
COPIED = {
    "code": "'N-' || n",
    "title": "(%(titles)s::text[])[n]",
    "text": "(%(texts)s::text[])[n]",
    "lat": "(%(lats)s::float8[])[n]",
    "lon": "(%(lons)s::float8[])[n]",
    "category_id": "(%(kinds)s::bigint[])[n]",
    "placed_at": "row.placed_at - (%(days)s::int[])[n] * interval '1 day'",
}


def write(pattern: ServiceRequest, count: int, *, seed: int = 7, texts: Sequence[str] | None = None) -> None:
    """Writes `count` copies of `pattern` over some ten kilometres and fifty days, in every kind of help."""
    dice = random.Random(seed)
    kinds = list(Category.objects.filter(retired_at=None).values_list("pk", flat=True))
    said = [f"{dice.randint(1, 60)} 号楼{dice.choice(WISHES)}，{dice.choice(SAID)}" for _ in range(count)]
    given = {
        "titles": [f"{dice.choice(WISHES)}{dice.randint(1, 30)}" for _ in range(count)],
        "texts": said if texts is None else [dice.choice(texts) for _ in range(count)],
        "lats": [SOUTH + dice.uniform(0, 0.09) for _ in range(count)],
        "lons": [WEST + dice.uniform(0, 0.11) for _ in range(count)],
        "kinds": [dice.choice(kinds) for _ in range(count)],
        "days": [dice.randint(0, 50) for _ in range(count)],
    }
    table = ServiceRequest._meta.db_table
    fields = [field.column for field in ServiceRequest._meta.concrete_fields if not field.primary_key]
    values = [COPIED.get(name, f'row."{name}"') for name in fields]
    columns = ", ".join(f'"{name}"' for name in fields)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what was written before is looked at now
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} FROM {table} row,"
            f" generate_series(1, %(count)s) n WHERE row.id = %(id)s",
            {**given, "count": count, "id": pattern.pk},
        )
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"ANALYZE {table}")
