"""Sealed columns and keyed hashes."""

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from civic.lib import checks, crypto
from civic.lib.fields import EncryptedTextField

OLD, NEW = "old-key-" + "o" * 32, "new-key-" + "n" * 32


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_is_sealed_opens_again(plain):
    assert crypto.decrypt(crypto.encrypt(plain)) == plain


def test_the_same_text_is_sealed_differently_each_time_and_shows_nothing():
    first, second = crypto.encrypt("13800005678"), crypto.encrypt("13800005678")
    assert first != second
    assert "13800005678" not in first


def test_nothing_stays_nothing():
    assert crypto.encrypt("") == crypto.decrypt("") == ""
    assert not crypto.needs_rotation("")


def test_keys_rotate(settings):
    settings.FIELD_KEYS = [OLD]
    stored = crypto.encrypt("张三")
    settings.FIELD_KEYS = [NEW, OLD]
    assert crypto.decrypt(stored) == "张三"
    assert crypto.needs_rotation(stored)
    assert not crypto.needs_rotation(crypto.encrypt("张三"))
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(crypto.Undecryptable, match="no key"):
        crypto.decrypt(stored)


def test_what_was_written_before_keys_were_set_stays_readable(settings):
    settings.FIELD_KEYS = []
    stored = crypto.encrypt("李四")
    settings.FIELD_KEYS = [NEW]
    assert crypto.decrypt(stored) == "李四"
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert crypto.decrypt(stored) == "李四"


@pytest.mark.parametrize(
    "damage", [lambda s: s[:-6], lambda s: s[:-6] + "AAAAA=", lambda s: s + "!", lambda s: s[:13]]
)
def test_a_changed_text_is_noticed(damage):
    with pytest.raises(crypto.Undecryptable):
        crypto.decrypt(damage(crypto.encrypt("王五王五王五")))


def test_plain_text_in_a_sealed_column_is_noticed():
    with pytest.raises(crypto.Undecryptable, match="no key"):
        crypto.decrypt("13800005678")


def test_a_keyed_hash_is_stable_and_depends_on_the_key(settings):
    settings.HASH_KEY = ""
    derived = crypto.keyed_hash("+8613800005678")
    assert derived == crypto.keyed_hash("+8613800005678") != crypto.keyed_hash("+8613800005679")
    settings.HASH_KEY = NEW
    assert crypto.keyed_hash("+8613800005678") != derived
    assert len(derived) == 64


class Sealed(models.Model):
    """A table with one sealed column, for these tests only."""

    note = EncryptedTextField(null=True)

    class Meta:
        app_label = "lib_tests"


@pytest.fixture
def sealed_table(db):
    with connection.schema_editor() as editor:
        editor.create_model(Sealed)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Sealed)


def stored_notes():
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM lib_tests_sealed ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_a_sealed_column_is_plain_in_python_and_sealed_in_the_table(sealed_table):
    row = Sealed.objects.create(note="门牌 3-201")
    Sealed.objects.bulk_create([Sealed(note=""), Sealed(note=None)])
    sealed, empty, none = stored_notes()
    assert sealed.startswith("e1.") and (empty, none) == ("", None)
    assert Sealed.objects.get(pk=row.pk).note == "门牌 3-201"
    assert list(Sealed.objects.order_by("id").values_list("note", flat=True)) == ["门牌 3-201", "", None]
    Sealed.objects.filter(pk=row.pk).update(note="3-202")
    row.refresh_from_db()
    assert row.note == "3-202"
    row.note = "3-203"
    Sealed.objects.bulk_update([row], ["note"])
    assert stored_notes()[0].startswith("e1.")
    assert Sealed.objects.get(pk=row.pk).note == "3-203"


def test_a_sealed_column_can_be_asked_only_whether_it_is_empty(sealed_table):
    Sealed.objects.bulk_create([Sealed(note="x"), Sealed(note=""), Sealed(note=None)])
    assert Sealed.objects.filter(note="").count() == 1
    assert Sealed.objects.filter(note__isnull=True).count() == 1
    for lookup in ({"note": "x"}, {"note__contains": "x"}, {"note__in": ["x"]}, {"note__startswith": "x"}):
        with pytest.raises(FieldError):
            Sealed.objects.filter(**lookup).exists()


def test_an_installation_without_keys_does_not_start_in_production(settings):
    settings.DEMO = settings.DEBUG = False
    settings.FIELD_KEYS, settings.HASH_KEY = [], ""
    assert [found.id for found in checks.keys_are_set()] == ["civic.E101", "civic.E102"]
    settings.FIELD_KEYS, settings.HASH_KEY = ["short"], NEW
    assert [found.id for found in checks.keys_are_set()] == ["civic.E103"]
    settings.FIELD_KEYS = [NEW, OLD]
    assert checks.keys_are_set() == []


def test_a_demo_may_live_on_derived_keys(settings):
    settings.DEMO = True
    settings.FIELD_KEYS, settings.HASH_KEY = [], ""
    assert checks.keys_are_set() == []
