"""The tree in memory: what lies above and below, and how it notices changes."""

from __future__ import annotations

import threading
import timeit
from time import process_time
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import translation

from civic.areas import actions, queries, scope
from civic.areas.models import Area, AreaGeneration, AreaLevel

pytestmark = pytest.mark.django_db


def test_levels_run_from_city_to_grid() -> None:
    assert [level.value for level in AreaLevel] == ["city", "district", "street", "community", "grid"]
    assert [level.depth for level in AreaLevel] == [1, 2, 3, 4, 5]
    assert AreaLevel.CITY.child is AreaLevel.DISTRICT
    assert AreaLevel.GRID.child is None


def test_scope_of_a_grid_names_all_five_levels(land: Any) -> None:
    assert scope.of(land.grid) == (
        land.city.pk,
        land.east.pk,
        land.street.pk,
        land.community.pk,
        land.grid.pk,
    )


def test_scope_of_a_street_is_empty_below_it(land: Any) -> None:
    found = scope.of(land.street.pk)
    assert found.street_id == land.street.pk
    assert (found.community_id, found.grid_id) == (None, None)


def test_scope_of_nothing_is_nowhere() -> None:
    assert scope.of(None) == (None, None, None, None, None)


def test_scope_of_an_unknown_area_is_an_error(land: Any) -> None:
    with pytest.raises(KeyError):
        scope.of(land.grid.pk + 10_000)


def test_ancestors_children_and_subtree(land: Any) -> None:
    tree = queries.tree()
    assert tree.ancestors(land.community.pk) == (land.city, land.east, land.street)
    assert tree.lineage(land.city.pk) == (land.city,)
    assert tree.parent(land.city.pk) is None
    assert tree.parent(land.grid.pk) == land.community
    assert tree.children(land.community.pk) == (land.grid, land.next_grid)
    assert tree.children(land.grid.pk) == ()
    assert set(tree.subtree_ids(land.street.pk)) == {
        land.street.pk,
        land.community.pk,
        land.undrawn.pk,
        land.grid.pk,
        land.next_grid.pk,
    }
    assert tree.subtree_ids(0) == ()


def test_areas_of_a_level_come_in_the_order_of_their_codes(land: Any) -> None:
    tree = queries.tree()
    assert tree.at_level(AreaLevel.DISTRICT) == (land.east, land.west)
    assert tree.at_level(AreaLevel.GRID, within=land.west.pk) == ()


def test_an_area_below_a_closed_one_is_not_in_use(land: Any) -> None:
    actions.change_area(land.street, is_active=False)
    tree = queries.tree()
    assert not tree.in_use(land.grid.pk)
    assert tree.in_use(land.east.pk)
    assert not tree.in_use(0)


def test_lookups_by_code_id_and_the_city(land: Any) -> None:
    assert queries.by_code(land.grid.code) == land.grid
    assert queries.by_code("0") is None
    assert queries.by_id(land.grid.pk) == land.grid
    assert queries.by_id(0) is None
    assert queries.city() == land.city


def test_without_areas_there_is_no_city() -> None:
    assert queries.city() is None


def test_names_follow_the_readers_language(land: Any) -> None:
    with translation.override("en"):
        assert str(land.city) == "Qinghe"
        assert land.grid.label == "第一网格"
    with translation.override("zh-hans"):
        assert land.city.label == "青禾市"
        assert queries.path_label(land.community.pk, below=AreaLevel.DISTRICT) == "文化路街道 · 锦苑社区"
        assert queries.path_label(land.city.pk) == "青禾市"
        assert queries.path_label(0) == ""


def test_a_change_made_here_is_seen_at_once(land: Any) -> None:
    assert queries.tree().by_id[land.grid.pk].name == "第一网格"
    actions.change_area(land.grid, name="东一网格")
    assert queries.tree().by_id[land.grid.pk].name == "东一网格"


def test_a_change_made_elsewhere_is_seen_after_the_recheck_time(
    land: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert queries.tree().by_id[land.grid.pk].name == "第一网格"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE areas_area SET name = '别处改的' WHERE id = %s", [land.grid.pk])
    assert queries.tree().by_id[land.grid.pk].name == "第一网格"
    monkeypatch.setattr(queries, "RECHECK_SECONDS", 0)
    assert queries.tree().by_id[land.grid.pk].name == "别处改的"


def test_a_row_made_elsewhere_a_moment_ago_has_a_scope(land: Any) -> None:
    queries.tree()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO areas_area (path, depth, numchild, code, name, name_en, level, desk_phone,"
            " is_active) VALUES (%s, 5, 0, '990102001001009', '新网格', '', 'grid', '', true) RETURNING id",
            [land.community.path + "0009"],
        )
        new_id = cursor.fetchone()[0]
    assert scope.of(new_id).community_id == land.community.pk


def test_unchanged_areas_are_not_read_again(
    land: Any, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    kept = queries.tree()
    with django_assert_num_queries(0):
        queries.tree()
    monkeypatch.setattr(queries, "RECHECK_SECONDS", 0)
    with django_assert_num_queries(1):
        assert queries.tree() is kept


def test_a_change_that_is_rolled_back_leaves_no_picture_behind(land: Any) -> None:
    before = queries.tree().token
    with transaction.atomic():
        actions.change_area(land.grid, name="不算数")
        assert queries.tree().by_id[land.grid.pk].name == "不算数"
        transaction.set_rollback(True)
    queries.forget()
    assert queries.tree().by_id[land.grid.pk].name == "第一网格"
    assert queries.tree().token == before


def test_the_token_changes_with_every_kind_of_write(land: Any) -> None:
    tokens = {AreaGeneration.objects.get().token}
    for statement in (
        "UPDATE areas_area SET name = 'x' WHERE level = 'grid'",
        "DELETE FROM areas_area WHERE level = 'grid'",
    ):
        with connection.cursor() as cursor:
            cursor.execute(statement)
        tokens.add(AreaGeneration.objects.get().token)
    assert len(tokens) == 3
    assert str(AreaGeneration.objects.get()) in {str(token) for token in tokens}


@pytest.mark.parametrize(
    "change",
    [
        {"level": "street"},
        {"depth": 4},
        {"level": "village"},
        {"centre_lat": 91.0},
        {"centre_lon": None},
    ],
    ids=str,
)
def test_the_database_refuses_an_impossible_area(land: Any, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Area.objects.filter(pk=land.grid.pk).update(**change)


def test_the_database_refuses_a_second_city(land: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Area.objects.add_root({"code": "990200", "name": "另一座城", "level": "city"})


def test_scope_is_a_matter_of_microseconds(land: Any) -> None:
    scope.of(land.grid.pk)
    seconds = (
        min(timeit.repeat(lambda: scope.of(land.grid.pk), number=1000, repeat=5, timer=process_time)) / 1000
    )
    assert seconds < 5e-6


@pytest.mark.django_db(transaction=True)
def test_many_threads_see_one_whole_tree_while_areas_change(land: Any) -> None:
    wrong: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                queries.forget()
                tree = queries.tree()
                assert tree.by_id[land.grid.pk].name == tree.by_id[land.next_grid.pk].name
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    Area.objects.filter(level="grid").update(name="0")
    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(30):
        Area.objects.filter(level="grid").update(name=str(number))
    stop.set()
    for reader in readers:
        reader.join(timeout=20)
    assert not wrong
    queries.forget()
    assert queries.tree().by_id[land.grid.pk].name == "29"
