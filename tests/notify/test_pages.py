"""The inbox, the bell, and the outbox of demonstrations."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from civic.accounts.models import User
from civic.lib import clock
from civic.notify import actions, deliver, queries
from civic.notify.models import Message
from requests_app.actions import act
from tests.cast import Cast
from tests.notify.conftest import Tell

INBOX, BELL, OUTBOX, LIST = "/me/messages/", "/me/messages/bell/", "/dev/outbox/", "/dev/outbox/list/"


@pytest.fixture
def signed_in(client: Client, resident: User) -> Client:
    client.force_login(resident)
    return client


@pytest.fixture
def told(resident: User, tell: Tell) -> Message:
    """An in-app message to the resident."""
    return tell("told", user=resident, channel="in_app", subject_id=7)


def test_an_empty_inbox_says_what_will_come(signed_in: Client) -> None:
    page = signed_in.get(INBOX, headers={"accept-language": "en"}).content.decode()
    assert "还没有消息" in page


def test_the_inbox_shows_newest_first_in_the_readers_language(
    signed_in: Client, resident: User, told: Message, tell: Tell
) -> None:
    tell("newer", user=resident, channel="in_app", params={"who": "小李", "when": "5 点"})
    page = signed_in.get(INBOX).content.decode()
    assert page.index("小李 在 5 点 有消息") < page.index("小王 在 3 点 有消息")
    User.objects.filter(pk=resident.pk).update(language="en")
    assert "News of 小李 at 5 点" in signed_in.get(INBOX).content.decode()


def test_nobody_sees_or_reads_anothers_messages(
    signed_in: Client, foreigner: User, told: Message, tell: Tell
) -> None:
    theirs = tell("theirs", user=foreigner, channel="in_app", params={"who": "Ann", "when": ""})
    assert "Ann" not in signed_in.get(INBOX).content.decode()
    assert signed_in.post(f"{INBOX}{theirs.pk}/open/").status_code == 404
    signed_in.post(f"{INBOX}read/")
    theirs.refresh_from_db()
    assert theirs.read_at is None


@pytest.mark.parametrize("path", [INBOX, BELL])
def test_without_sign_in_there_is_no_inbox(client: Client, db: None, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_text_messages_and_mails_are_not_in_the_inbox(signed_in: Client, resident: User, tell: Tell) -> None:
    tell(user=resident)
    assert queries.inbox(resident) == []
    assert queries.unread_count(resident) == 0


def test_a_message_held_back_shows_when_its_time_has_come(resident: User, tell: Tell) -> None:
    later = clock.now() + timedelta(hours=9)
    tell(user=resident, channel="in_app", not_before=later)
    assert queries.unread_count(resident) == 0
    with clock.at(later):
        assert queries.unread_count(resident) == 1
        assert len(queries.inbox(resident)) == 1


def test_opening_a_message_reads_it_and_leads_to_what_it_is_about(signed_in: Client, told: Message) -> None:
    response = signed_in.post(f"{INBOX}{told.pk}/open/")
    assert response["Location"] == "/about/7/"
    told.refresh_from_db()
    first = told.read_at
    assert first is not None
    signed_in.post(f"{INBOX}{told.pk}/open/")
    told.refresh_from_db()
    assert told.read_at == first


def test_a_message_about_nothing_leads_back_to_the_inbox(
    signed_in: Client, resident: User, tell: Tell
) -> None:
    message = tell(user=resident, channel="in_app")
    assert signed_in.post(f"{INBOX}{message.pk}/open/")["Location"] == INBOX


def test_all_are_read_at_once(signed_in: Client, resident: User, tell: Tell) -> None:
    for number in range(3):
        tell(str(number), user=resident, channel="in_app")
    assert signed_in.post(f"{INBOX}read/")["Location"] == INBOX
    assert queries.unread_count(resident) == 0


def test_some_can_be_read_alone(resident: User, tell: Tell) -> None:
    messages = [tell(str(number), user=resident, channel="in_app") for number in range(3)]
    assert actions.mark_read(resident, [messages[0].pk, messages[1].pk]) == 2
    assert [message.pk for message in queries.unread(resident)] == [messages[2].pk]


@pytest.mark.parametrize("path", [f"{INBOX}read/", f"{INBOX}1/open/"])
def test_reading_is_never_a_get(signed_in: Client, path: str) -> None:
    assert signed_in.get(path).status_code == 405


def test_looking_at_the_inbox_reads_nothing(signed_in: Client, resident: User, told: Message) -> None:
    signed_in.get(INBOX)
    assert queries.unread_count(resident) == 1


def test_a_long_inbox_has_pages(signed_in: Client, resident: User, tell: Tell) -> None:
    for number in range(25):
        tell(str(number), user=resident, channel="in_app", params={"who": f"<{number}>", "when": ""})
    first = signed_in.get(INBOX)
    assert first.content.decode().count("<article") == 20
    older = signed_in.get(first.context["next_url"])
    assert older.content.decode().count("<article") == 5
    assert older.context["next_url"] == ""
    assert "&lt;24&gt;" in first.content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "", "٣"])
def test_a_broken_page_number_shows_a_page(signed_in: Client, told: Message, before: str) -> None:
    assert signed_in.get(INBOX, {"before": before}).status_code == 200


def test_a_message_whose_wording_is_gone_still_has_its_place(signed_in: Client, told: Message) -> None:
    Message.objects.update(template="gone")
    assert "这条消息的内容已不再保留" in signed_in.get(INBOX).content.decode()


def test_the_inbox_costs_the_same_for_one_and_for_twenty(
    signed_in: Client,
    resident: User,
    told: Message,
    tell: Tell,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    signed_in.get(INBOX)
    for number in range(19):
        tell(str(number), user=resident, channel="in_app")
    with django_assert_num_queries(4):  # session, user, messages, unread
        signed_in.get(INBOX)


def test_the_bell_counts_and_answers_not_modified_while_nothing_is_new(
    signed_in: Client, resident: User, told: Message, tell: Tell
) -> None:
    first = signed_in.get(BELL)
    assert "1 条未读消息" in first.content.decode()
    again = signed_in.get(BELL, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    tell("more", user=resident, channel="in_app")
    more = signed_in.get(BELL, headers={"if-none-match": first["ETag"]})
    assert more.status_code == 200
    assert "2 条未读消息" in more.content.decode()


def test_the_bell_stops_counting_at_99(signed_in: Client, resident: User, tell: Tell) -> None:
    for number in range(101):
        tell(str(number), user=resident, channel="in_app")
    assert queries.unread_count(resident) == 100
    assert "99+" in signed_in.get(BELL).content.decode()


@pytest.mark.parametrize(
    ("who", "path"), [("resident", "/"), ("resident", "/me/"), ("volunteer", "/v/"), ("dispatcher", "/desk/")]
)
def test_the_bell_hangs_where_people_have_their_menu(
    client: Client, cast: Cast, tell: Tell, who: str, path: str
) -> None:
    person = getattr(cast, who)
    user = getattr(person, "user", person)
    Message.objects.filter(user=user).delete()
    for number in range(101):
        tell(str(number), user=user, channel="in_app")
    client.force_login(user)
    page = client.get(path).content.decode()
    inside = "?in=v" if path == "/v/" else ""  # whoever comes from the volunteer's pages stays there
    assert page.count(f'data-poll="{BELL}{inside}"') == 1
    assert f'href="{INBOX}{inside}"' in page
    assert f'href="{INBOX}{inside}"' in client.get(BELL + inside).content.decode()
    assert ">99+</span>" in page
    assert ">101<" not in page


def test_strangers_have_no_bell(client: Client, db: None) -> None:
    assert BELL not in client.get("/").content.decode()


def test_a_silent_bell_shows_no_number(signed_in: Client) -> None:
    assert 'class="count"' not in signed_in.get(BELL).content.decode()


class TestOutbox:
    """/dev/outbox/"""

    @pytest.fixture(autouse=True)
    def _demo(self, settings: Settings) -> None:
        settings.DEMO = True

    @pytest.mark.parametrize("path", [OUTBOX, LIST])
    def test_is_not_there_outside_demonstrations(
        self, client: Client, db: None, settings: Settings, path: str
    ) -> None:
        settings.DEMO = False
        assert client.get(path).status_code == 404
        assert queries.newest_sent_out() == []

    def test_shows_codes_as_sent_to_anybody(self, client: Client, db: None, tell: Tell) -> None:
        params = {"code": "135790", "minutes": 10}
        tell(phone="+8613800005678", template="sign_in.code", params=params, language="en")
        deliver.sweep()
        page = client.get(OUTBOX).content.decode()
        assert "Your code is 135790, valid for 10 minutes." in page
        assert "data-code>135790<" in page
        assert "13800005678" in page
        assert "已发送" in page

    def test_shows_text_messages_in_the_language_the_gateway_has(
        self, client: Client, foreigner: User, tell: Tell
    ) -> None:
        tell("sms", user=foreigner, subject_id=3)
        tell("mail", user=foreigner, channel="email")
        tell("app", user=foreigner, channel="in_app", subject_id=3)
        page = client.get(OUTBOX).content.decode()
        assert page.count("小王 在 3 点 有消息") == 1
        assert page.count("News of 小王 at 3 点") == 2
        assert "ann@example.org" in page
        assert page.count('href="/about/3/"') == 1
        assert page.count("For 小王") == 2  # a text message has neither title nor link

    @pytest.mark.parametrize("typed", ["13800005678", "+86 138 0000 5678"])
    def test_can_be_narrowed_to_one_phone_with_and_without_account(
        self, client: Client, resident: User, foreigner: User, tell: Tell, typed: str
    ) -> None:
        tell("account", user=resident)
        tell("number", phone="+8613800005678")
        tell("other", user=foreigner)
        found = client.get(OUTBOX, {"phone": typed}).context["items"]
        assert [item.message.dedupe_key for item in found] == ["number", "account"]
        assert client.get(OUTBOX, {"phone": "13800001111"}).context["items"] == []

    def test_says_what_is_wrong_with_a_broken_phone(self, client: Client, resident: User, tell: Tell) -> None:
        tell(user=resident)
        response = client.get(OUTBOX, {"phone": "12"})
        assert 'aria-invalid="true"' in response.content.decode()
        assert response.context["items"] == []

    def test_polls_itself_and_moves_only_for_news(self, client: Client, resident: User, tell: Tell) -> None:
        assert f'data-poll="{LIST}?phone=' in client.get(OUTBOX).content.decode()
        tell(user=resident)
        first = client.get(LIST)
        assert client.get(LIST, headers={"if-none-match": first["ETag"]}).status_code == 304
        deliver.sweep()
        assert client.get(LIST, headers={"if-none-match": first["ETag"]}).status_code == 200

    def test_shows_failures_and_unknown_wordings(
        self, client: Client, resident: User, tell: Tell, gateway: Any
    ) -> None:
        message = tell(user=resident, not_before=clock.now() + timedelta(hours=1))
        Message.objects.filter(pk=message.pk).update(template="gone", attempts=3, last_error="503")
        page = client.get(OUTBOX).content.decode()
        assert "尝试 3 次" in page
        assert "503" in page


def test_who_acts_on_a_request_has_read_what_was_told_about_it(cast: Cast) -> None:
    request, other = cast.offered(cast.volunteer, cast.second, headcount=2), cast.offered(cast.volunteer)
    deliver.sweep()
    person = cast.volunteer.user
    told = queries.unread(person).filter(subject_kind="request")
    assert {message.subject_id for message in told} == {request.pk, other.pk}
    act(request, "accept", actor=person)
    assert {message.subject_id for message in told.all()} == {other.pk}
    assert queries.unread(cast.second.user).filter(subject_id=request.pk).exists()


def test_a_volunteer_reads_on_among_the_volunteers_pages(client: Client, cast: Cast, tell: Tell) -> None:
    for number in range(25):
        tell(str(number), user=cast.volunteer.user, channel="in_app")
    client.force_login(cast.volunteer.user)
    page = client.get(f"{INBOX}?in=v").content.decode()
    assert 'class="v-top' in page
    before = queries.inbox(cast.volunteer.user, before=None, limit=20)[-1].pk
    assert f'href="{INBOX}?in=v&amp;before={before}"' in page
    assert client.post(f"{INBOX}read/?in=v").headers["Location"] == f"{INBOX}?in=v"
    assert 'class="v-top' not in client.get(INBOX).content.decode()
    client.force_login(cast.dispatcher)
    assert 'class="v-top' not in client.get(f"{INBOX}?in=v").content.decode()


def test_ones_own_messages_name_the_matter_and_nobody_elses(cast: Cast) -> None:
    request = cast.accepted(title="厨房水管漏水")
    pages = {}
    for user in (cast.resident, cast.volunteer.user, cast.neighbour):
        client = Client()
        client.force_login(user)
        pages[user.pk] = client.get(INBOX).content.decode()
    assert pages[cast.resident.pk].count("<b>厨房水管漏水</b>") == 2  # placed, accepted
    assert not [pk for pk, page in pages.items() if pk != cast.resident.pk and "厨房水管漏水" in page]
    assert not [each for each in Message.objects.all() if "厨房水管漏水" in str(each.params)]
    assert request.code in pages[cast.resident.pk]
