"""The Django admin speaks Chinese: names of apps, of kinds of rows, of columns and fields."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten, label_for_field
from django.db.models import Model
from django.test import Client, RequestFactory
from django.utils import translation

from civic.accounts.models import User
from tests.cast import Cast

CHINESE = re.compile("[\u4e00-\u9fff]")
NOT_CHINESE_EITHER = {"ID"}
SITE = admin.site


def test_every_app_and_every_kind_of_row_has_a_chinese_name() -> None:
    with translation.override("zh-hans"):
        names = {
            str(name)
            for model in SITE._registry
            for name in (
                model._meta.app_config.verbose_name,
                model._meta.verbose_name,
                model._meta.verbose_name_plural,
            )
        }
    assert [name for name in sorted(names) if not CHINESE.search(name) or name.endswith("s")] == []


@pytest.mark.django_db
def test_every_column_and_field_has_a_chinese_label() -> None:
    request: Any = RequestFactory().get("/admin/")
    request.user = User.objects.create_superuser("root", "three wise red pandas")
    wrong = set()
    with translation.override("zh-hans"):
        for model, page in SITE._registry.items():
            shown = [*page.get_list_display(request), *flatten(page.get_fields(request))]
            form = page.get_form(request, change=True)
            for name in shown:
                typed = form.base_fields.get(name)
                label = str(typed.label if typed else label_for_field(name, model, page))
                if label and label.upper() not in NOT_CHINESE_EITHER and not CHINESE.search(label):
                    wrong.add(f"{model._meta.label}.{name}: {label}")
    assert sorted(wrong) == []


def name_of(row: Model) -> str:
    with translation.override("zh-hans"):
        return str(row)


@pytest.mark.django_db
def test_rows_and_pages_say_nothing_in_english(cast: Cast) -> None:
    """What stands for a row on its page, in the trail and in the list of what was done lately."""
    cast.closed()
    for model in SITE._registry:
        row = model._default_manager.first()
        assert row is None or " object (" not in name_of(row), model._meta.label
    client = Client()
    client.force_login(User.objects.create_superuser("root", "three wise red pandas", language="zh-hans"))
    index = client.get("/admin/").content.decode()
    for word in ("Model name", "Add link", "Authenticators", "Timers", "Evidence", "Worktime"):
        assert word not in index
    assert "暂无" in index  # Django's own word for nothing done lately means that nothing can be chosen
    refused = client.post("/admin/requests_app/timelimit/add/", {}).content.decode()
    assert "<title>错误：" in refused
