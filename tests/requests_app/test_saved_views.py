"""Views of the queue under a name: kept, shared, chosen, deleted; and never what somebody searched for."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.lib.errors import NotAllowed, ValidationFailed
from insight.privacy import deletion
from requests_app.actions import saved_views as actions
from requests_app.forms.desk.saved_views import kept_query
from requests_app.models import SavedView
from requests_app.queries.saved_views import views_for
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def keep(client: Client, user: User, query: str = "?tab=open&urgency=urgent", **typed: Any) -> HttpResponse:
    """Keeps a view as the form in the queue's head does."""
    client.force_login(user)
    return client.post(reverse("desk:keep_view"), {"name": "急件", "query": query, **typed})


def names(user: User) -> list[str]:
    """Returns the names of the views `user` can choose."""
    return [view.name for view in views_for(User.objects.get(pk=user.pk))]


def test_the_present_filters_are_kept_and_chosen_from_the_queue(cast: Cast, client: Client) -> None:
    answer = keep(client, cast.dispatcher)
    assert answer.headers["Location"] == reverse("desk:queue") + "?tab=open&urgency=urgent"
    html = client.get(reverse("desk:queue")).content.decode()
    assert 'href="/desk/?tab=open&amp;urgency=urgent"' in html
    assert "急件" in html
    assert "急件" not in client.get(reverse("desk:queue_fragment")).content.decode()  # polls stay small


def test_the_same_name_again_replaces_the_filters(cast: Cast, client: Client) -> None:
    keep(client, cast.dispatcher)
    keep(client, cast.dispatcher, "?tab=triage")
    assert list(SavedView.objects.values_list("name", "query")) == [("急件", "tab=triage")]


def test_a_view_of_ones_own_is_for_oneself_alone(cast: Cast, client: Client) -> None:
    keep(client, cast.colleague)
    assert names(cast.colleague) == ["急件"]
    assert names(cast.dispatcher) == []


def test_a_shared_view_reaches_the_desks_of_the_area_and_below(cast: Cast, client: Client) -> None:
    keep(client, cast.colleague, area=cast.district.pk)
    assert names(cast.dispatcher) == ["急件"]  # of a community of the district
    assert names(cast.auditor) == ["急件"]
    assert names(cast.outsider) == []
    keep(client, cast.dispatcher, name="本社区", area=cast.community.pk)
    assert names(cast.colleague) == ["急件"]
    client.force_login(cast.dispatcher)
    html = client.get(reverse("desk:queue")).content.decode()
    shared = SavedView.objects.get(name="急件")
    assert cast.colleague.name in html
    assert reverse("desk:drop_view", args=[shared.pk]) not in html


def test_nobody_shares_with_an_area_they_have_no_say_in(cast: Cast, client: Client) -> None:
    keep(client, cast.dispatcher, area=cast.district.pk)
    assert SavedView.objects.count() == 0
    with pytest.raises(NotAllowed):
        actions.keep(cast.dispatcher, name="x", query="", area_id=cast.district.pk)


def test_only_ones_own_views_are_deleted(cast: Cast, client: Client) -> None:
    keep(client, cast.colleague, area=cast.district.pk)
    address = reverse("desk:drop_view", args=[SavedView.objects.get().pk])
    client.force_login(cast.dispatcher)
    assert client.post(address).status_code == 404
    client.force_login(cast.colleague)
    assert client.post(address, {"query": "tab=new"}).headers["Location"] == "/desk/?tab=new"
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize(
    ("shown", "kept"),
    [
        ("?tab=open&q=13800000001&after=5-7", "tab=open"),
        ("?category=errand&area=7&evil=1", "category=errand&area=7"),
        ("?tab=nonsense&area=x", ""),
        ("?q=%E9%99%88%E6%A1%82%E5%85%B0", ""),
    ],
)
def test_neither_a_search_nor_anything_unknown_is_kept(shown: str, kept: str) -> None:
    assert kept_query(shown) == kept


def test_a_name_is_needed_and_there_is_an_end_to_views(cast: Cast, client: Client) -> None:
    assert keep(client, cast.dispatcher, name="  ").status_code == 302
    assert SavedView.objects.count() == 0
    for n in range(actions.MOST):
        actions.keep(cast.dispatcher, name=f"视图{n}", query="")
    with pytest.raises(ValidationFailed):
        actions.keep(cast.dispatcher, name="再来一个", query="")
    assert actions.keep(cast.dispatcher, name="视图0", query="tab=new").query == "tab=new"
    keep(client, cast.dispatcher, name="再来一个")
    assert SavedView.objects.count() == actions.MOST


def test_a_role_that_ended_takes_the_shared_views_along(cast: Cast, client: Client) -> None:
    keep(client, cast.colleague, area=cast.district.pk)
    other = cast.staff("郑新", "+8613800000062", Role.AUDITOR, cast.street)
    assert names(other) == ["急件"]
    other.memberships.all().delete()
    assert names(other) == []


def test_views_go_with_the_account_of_their_owner(cast: Cast) -> None:
    actions.keep(cast.colleague, name="急件", query="", area_id=cast.district.pk)
    cast.colleague.memberships.all().delete()
    leaving = User.objects.get(pk=cast.colleague.pk)
    asked = deletion.ask(leaving)
    with time_machine.travel(asked.due_at):
        assert deletion.carry_out(asked.pk)
    assert SavedView.objects.count() == 0


def test_twenty_views_cost_the_queue_as_many_queries_as_one(cast: Cast, client: Client) -> None:
    keep(client, cast.dispatcher)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(reverse("desk:queue")).status_code == 200
        return len(counted)

    queries()
    before = queries()
    for n in range(20):
        actions.keep(cast.dispatcher, name=f"视图{n}", query="", area_id=cast.community.pk)
    assert queries() == before
