"""The invented city 禾溪市: names of its areas, roads and estates. No such place exists; any likeness is
chance.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A named area; `below` are its parts, `grids` how many grids a community is divided into."""

    name: str
    name_en: str
    below: tuple[Place, ...] = ()
    grids: int = 0


def _community(name: str, name_en: str, grids: int) -> Place:
    return Place(f"{name}社区", f"{name_en} Community", (), grids)


CITY = Place(
    "禾溪市",
    "Hexi",
    (
        Place(
            "青禾区",
            "Qinghe District",
            (
                Place(
                    "文化路街道",
                    "Wenhua Road Subdistrict",
                    (
                        _community("锦苑", "Jinyuan", 4),
                        _community("荷花里", "Hehuali", 4),
                        _community("书院", "Shuyuan", 5),
                        _community("槐荫", "Huaiyin", 4),
                    ),
                ),
                Place(
                    "青禾街道",
                    "Qinghe Subdistrict",
                    (
                        _community("麦香", "Maixiang", 4),
                        _community("向阳", "Xiangyang", 3),
                        _community("南禾", "Nanhe", 4),
                    ),
                ),
                Place(
                    "望湖街道",
                    "Wanghu Subdistrict",
                    (
                        _community("望湖", "Wanghu", 4),
                        _community("柳岸", "Liu'an", 5),
                        _community("春风里", "Chunfengli", 3),
                        _community("临湖", "Linhu", 4),
                    ),
                ),
            ),
        ),
        Place(
            "柳溪区",
            "Liuxi District",
            (
                Place(
                    "柳溪街道",
                    "Liuxi Subdistrict",
                    (
                        _community("溪畔", "Xipan", 4),
                        _community("梧桐", "Wutong", 4),
                        _community("听涛", "Tingtao", 5),
                    ),
                ),
                Place(
                    "春江街道",
                    "Chunjiang Subdistrict",
                    (
                        _community("春江", "Chunjiang", 3),
                        _community("渡口", "Dukou", 4),
                        _community("桃园", "Taoyuan", 4),
                        _community("清泉", "Qingquan", 5),
                    ),
                ),
                Place(
                    "石桥镇",
                    "Shiqiao Town",
                    (
                        _community("石桥", "Shiqiao", 4),
                        _community("古街", "Gujie", 3),
                        _community("竹园", "Zhuyuan", 4),
                    ),
                ),
            ),
        ),
    ),
)

GRID_NUMBERS = ("第一网格", "第二网格", "第三网格", "第四网格", "第五网格")
