"""A register of volunteers taken over as the product does it: the workbook read, previewed, everybody registered.

In a process of its own for each size, whose memory is therefore its own; the larger file may take longer, not more
memory. Goals: PERFORMANCE.md.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django

if __name__ == "__main__":
    django.setup()  # before the models below are loaded; script/bench has done so

from openpyxl import Workbook

from benchmarks import data
from civic.accounts.enums import Role
from civic.accounts.models import Membership
from civic.areas.models import Area
from civic.imports import actions as imports
from civic.lib.id_number import check_character
from volunteers.imports.register import REGISTER
from volunteers.models import RegisterRow

SMALL, ROWS = 10_000, 80_000
GOAL_S = 60
MEMORY_GROWTH = 1.5  # of ten times the rows: the texts a workbook shares are kept by its reader
HEADERS = [
    "姓名",
    "出生日期",
    "身份证号",
    "手机号",
    "技能",
    "语言",
    "保险到期",
    "背景审查",
    "注册时间",
    "备注",
]


@dataclass(frozen=True)
class Taken:
    """What taking a register over took; `small_mb` is the memory of a tenth of it."""

    rows: int
    read_s: float
    added_s: float
    added: int
    memory_mb: float
    small_mb: float

    @property
    def what(self) -> str:
        return f"register of {self.rows:,} volunteers from XLSX, preview and all"

    @property
    def seconds(self) -> float:
        return self.read_s + self.added_s

    @property
    def met(self) -> bool:
        growth = self.memory_mb / self.small_mb
        return self.added == self.rows and self.seconds < GOAL_S and growth < MEMORY_GROWTH


def measure(scene: data.Scene, wanted: Callable[[str], bool]) -> list[Taken]:
    """Returns how the register was taken over, when that is wanted; its people stay behind."""
    if not wanted("register"):
        return []
    small, large = (_in_own_process(scene, rows, first) for rows, first in ((SMALL, 0), (ROWS, SMALL)))
    made = Taken(small_mb=small["memory_mb"], **large)
    sys.stderr.write(f"· {made.what}: {made.seconds:.1f} s\n")
    return [made]


def markdown(taken: list[Taken]) -> str:
    """Returns the table of registers."""
    head = (
        f"| what | seconds | read and judged | registered | goal | MB | MB for {SMALL:,} | registered |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    return head + "".join(
        f"| {each.what} | {each.seconds:.1f} | {each.read_s:.1f} | {each.added_s:.1f} | < {GOAL_S} |"
        f" {each.memory_mb:,.0f} | {each.small_mb:,.0f} | {each.added:,}{'' if each.met else ' MISSED'} |\n"
        for each in taken
    )


def _in_own_process(scene: data.Scene, rows: int, first: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "register.xlsx", rows, first)
        command = [sys.executable, "-m", "benchmarks.register", str(scene.district.pk), str(path), str(rows)]
        run = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def write(path: Path, rows: int, first: int) -> Path:
    """Writes a workbook of `rows` people, the first with number `first`; returns its path."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADERS)
    for number in range(first, first + rows):
        born = date(1950, 1, 1) + timedelta(days=number % 19_000)
        digits = f"320381{born:%Y%m%d}{number // 19_000:03d}"
        sheet.append(
            [
                f"志愿者{number}",
                born if number % 2 else f"{born:%Y年%-m月%-d日}",
                digits + check_character(digits),
                f"13{700_000_000 + number}",
                ("水电维修、开车", "护理", "会方言", "")[number % 4],
                ("普通话", "粤语", "")[number % 3],
                date(2030, 6, 30),
                "是" if number % 3 else "",
                f"{2019 + number % 6}/{1 + number % 12}/5",
                f"第 {number} 号，党员" if number % 5 else "",
            ]
        )
    book.save(path)
    return path


def take(district: int, path: Path, rows: int) -> dict[str, Any]:
    """Returns what taking the file over took, as `Taken` takes it."""
    dispatcher = Membership.objects.filter(area=district, role=Role.DISPATCHER)[0].user
    started = time.monotonic()
    with path.open("rb") as file:
        batch = imports.upload(
            REGISTER,
            actor=dispatcher,
            file_name=path.name,
            chunks=iter(lambda: file.read(1 << 20), b""),
            area=Area.objects.get(pk=district),
            enter_as="approved",
            wake=False,
        )
    REGISTER.work(batch.pk)
    read = time.monotonic()
    imports.start(REGISTER, batch, actor=dispatcher, wake=False)
    REGISTER.work(batch.pk)
    return {
        "rows": rows,
        "read_s": read - started,
        "added_s": time.monotonic() - read,
        "added": RegisterRow.objects.filter(batch=batch, state="added").count(),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(take(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
