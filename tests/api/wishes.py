"""Bodies that the tests send."""

from datetime import timedelta
from typing import Any

from civic.lib import clock
from tests.cast import SOUTH, WEST


def wish(**other: Any) -> dict[str, Any]:
    """Returns a body that can be placed as it is; `other` replaces or, with None, removes."""
    start = clock.now() + timedelta(days=1)
    body = {
        "category": "errand",
        "title": "帮忙取药",
        "description": "腿脚不便，想请人去社区医院取一次药。",
        "location": {"lat": SOUTH + 0.005, "lon": WEST + 0.005},
        "address": "荷花里 3 号楼 2 单元 502",
        "contact": {"name": "陈桂兰", "phone": "138 0000 0001"},
        "preferred_start": start.isoformat(),
        "preferred_end": (start + timedelta(hours=2)).isoformat(),
        **other,
    }
    return {name: value for name, value in body.items() if value is not None}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Returns the problem document after checking that it is one, with this status and code."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "code"} <= body.keys()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"] and body["detail"]
    return body


def is_chinese(words: str) -> bool:
    """Whether any sign is a Chinese one."""
    return any("\u4e00" <= sign <= "\u9fff" for sign in words)
