"""A small generated look-alike of a labelled sheet: what residents write, by category, the same every time."""

from itertools import product
from pathlib import Path

from openpyxl import Workbook

ENDS = ["，谢谢", "，麻烦了", "，越快越好", "。家里只有老人", "。我腿脚不便"]
STARTS = ["您好，", "请问能不能", "我想", "家里"]
CORES = {
    "medical": ["陪我去医院看病", "去医院取化验单", "带老人做体检"],
    "repair": ["水龙头漏水要修", "灯泡坏了换一个", "门锁打不开"],
    "errand": ["去菜场买菜", "帮忙交电费", "取一个快递"],
}


def rows() -> list[tuple[str, str, str]]:
    """Returns 180 rows of (title, text, category code)."""
    return [
        (core[:4], start + core + end, code)
        for code, cores in CORES.items()
        for start, core, end in product(STARTS, cores, ENDS)
    ]


def sheet(folder: Path, labels: dict[str, str] | None = None) -> Path:
    """Writes the rows as a workbook with the columns 主题, 详情, 分类 and returns its path."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["主题", "详情", "分类"])
    for title, text, code in rows():
        page.append([title, text, (labels or {}).get(code, code)])
    path = folder / "labelled.xlsx"
    book.save(path)
    return path
