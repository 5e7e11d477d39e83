"""Secrets at rest: sealed, rotated by a key list, and never destroyed by a wrong key."""

import io
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection
from django.template import Context, Template

from mailsettings import checks, encryption
from mailsettings.encryption import DecryptionError, Sealed
from mailsettings.models import EncryptionKey, Mailbox
from tests import factories

SECRET = "Pässwort 4 Ada"


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.MAIL_ENCRYPTION_KEYS = ["first key"]


@pytest.fixture
def mailbox(db: None) -> Mailbox:
    mailbox = factories.MailboxFactory(smtp_password=SECRET)
    mailbox.refresh_from_db()
    return mailbox


def stored(mailbox: Mailbox) -> str:
    """Return what really stands in the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT smtp_password FROM mailsettings_mailbox WHERE id = %s", [mailbox.pk])
        return str(cursor.fetchone()[0])


def reveal(mailbox: Mailbox) -> str:
    mailbox.refresh_from_db()
    assert isinstance(mailbox.smtp_password, Sealed)
    return mailbox.smtp_password.reveal()


def test_table_holds_a_token_and_the_model_the_secret(mailbox: Mailbox) -> None:
    assert stored(mailbox).startswith(f"s1:{encryption.key_id('first key')}:")
    assert SECRET not in stored(mailbox)
    assert reveal(mailbox) == SECRET


def test_empty_secret_stays_empty(db: None) -> None:
    mailbox = factories.MailboxFactory(smtp_password="")
    mailbox.refresh_from_db()
    assert (stored(mailbox), mailbox.smtp_password) == ("", "")


def test_secret_prints_as_dots_everywhere(mailbox: Mailbox) -> None:
    template = Template("{{ mailbox.smtp_password }}").render(Context({"mailbox": mailbox}))
    shown = f"{mailbox.smtp_password} {mailbox.smtp_password!r} {template} {mailbox.__dict__}"
    assert "••••" in shown
    assert SECRET not in shown
    assert stored(mailbox) not in shown


def test_equal_secrets_do_not_look_equal(mailbox: Mailbox) -> None:
    assert stored(factories.MailboxFactory(smtp_password=SECRET)) != stored(mailbox)


def test_wrong_key_breaks_the_secret_and_not_the_row(mailbox: Mailbox, settings: Any) -> None:
    settings.MAIL_ENCRYPTION_KEYS = ["another key"]
    with pytest.raises(DecryptionError, match="is not among MAIL_ENCRYPTION_KEYS"):
        reveal(mailbox)
    assert mailbox.smtp_host == "127.0.0.1"


def test_damaged_token_is_an_error_and_no_password(mailbox: Mailbox) -> None:
    for token in (stored(mailbox)[:-4] + "AAA=", "s1:only", SECRET):
        with pytest.raises(DecryptionError):
            Sealed(token).reveal()


def test_saving_under_a_wrong_key_leaves_the_bytes_alone(mailbox: Mailbox, settings: Any) -> None:
    before = stored(mailbox)
    settings.MAIL_ENCRYPTION_KEYS = ["another key"]
    mailbox.refresh_from_db()
    mailbox.smtp_host = "mail.example.com"
    mailbox.save()
    assert stored(mailbox) == before


def test_older_key_opens_and_the_newest_seals(mailbox: Mailbox, settings: Any) -> None:
    settings.MAIL_ENCRYPTION_KEYS = ["second key", "first key"]
    assert reveal(mailbox) == SECRET
    mailbox.smtp_password = "changed"
    mailbox.save()
    assert stored(mailbox).startswith(f"s1:{encryption.key_id('second key')}:")


def test_password_that_looks_like_a_token_is_sealed_all_the_same(db: None) -> None:
    mailbox = factories.MailboxFactory(smtp_password="s1:looks:like")
    assert reveal(mailbox) == "s1:looks:like"


def test_dump_prints_the_token_and_loading_keeps_it(mailbox: Mailbox) -> None:
    before = stored(mailbox)
    dump = serializers.serialize("json", Mailbox.objects.all())
    assert before in dump
    assert SECRET not in dump
    Mailbox.objects.all().delete()
    for restored in serializers.deserialize("json", dump):
        restored.save()
    assert stored(mailbox) == before
    assert reveal(Mailbox.objects.get()) == SECRET


@pytest.mark.parametrize("lookup", ["contains", "startswith", "in", "gt", "iexact", "regex"])
def test_secrets_cannot_be_searched(db: None, lookup: str) -> None:
    value = ["s"] if lookup == "in" else "s"
    with pytest.raises(FieldError):
        Mailbox.objects.filter(**{f"smtp_password__{lookup}": value}).exists()


# ---- rotation


def rotate(**options: Any) -> str:
    out = io.StringIO()
    call_command("rotate_mail_keys", stdout=out, **options)
    return out.getvalue().strip()


def test_rotation_lets_the_old_key_go(mailbox: Mailbox, settings: Any) -> None:
    settings.MAIL_ENCRYPTION_KEYS = ["second key", "first key"]
    assert rotate() == "1 of 1 secrets with older keys sealed anew."
    settings.MAIL_ENCRYPTION_KEYS = ["second key"]
    assert reveal(mailbox) == SECRET
    assert rotate() == "0 of 0 secrets with older keys sealed anew."


def test_dry_run_changes_nothing(mailbox: Mailbox, settings: Any) -> None:
    before = stored(mailbox)
    settings.MAIL_ENCRYPTION_KEYS = ["second key", "first key"]
    assert rotate(dry_run=True) == "1 of 1 secrets with older keys would be sealed anew."
    assert stored(mailbox) == before


def test_rotation_names_what_it_cannot_open_and_does_the_rest(
    mailbox: Mailbox, settings: Any
) -> None:
    settings.MAIL_ENCRYPTION_KEYS = ["lost key"]
    lost = factories.MailboxFactory(smtp_password="gone")
    settings.MAIL_ENCRYPTION_KEYS = ["second key", "first key"]
    with pytest.raises(CommandError, match=f"Mailbox {lost.pk}, smtp_password"):
        rotate()
    assert reveal(mailbox) == SECRET


def test_a_key_in_use_is_not_dropped(mailbox: Mailbox, settings: Any) -> None:
    first = encryption.key_id("first key")
    with pytest.raises(CommandError, match="is the newest"):
        rotate(drop=first)
    settings.MAIL_ENCRYPTION_KEYS = ["second key", "first key"]
    with pytest.raises(CommandError, match=f"{first} is in use: 1 secrets"):
        rotate(drop=first, dry_run=True)
    assert "leave it out of MAIL_ENCRYPTION_KEYS" in rotate(drop=first)
    assert not EncryptionKey.objects.filter(key_id=first).exists()
    settings.MAIL_ENCRYPTION_KEYS = ["second key"]
    with pytest.raises(CommandError, match="never knew a key"):
        rotate(drop=first)


# ---- checks


def test_configured_keys_are_remembered_once(db: None, settings: Any) -> None:
    settings.MAIL_ENCRYPTION_KEYS = ["second key", "first key"]
    EncryptionKey.objects.all().delete()
    for _ in range(2):
        EncryptionKey.objects.remember_configured()
    ids = {encryption.key_id("first key"), encryption.key_id("second key")}
    assert set(EncryptionKey.objects.values_list("key_id", flat=True)) == ids
    for key in EncryptionKey.objects.all():
        assert encryption.unseal(key.check_value) == key.key_id


def test_check_names_a_key_that_is_needed_and_missing(mailbox: Mailbox, settings: Any) -> None:
    assert checks.check_keys(None, databases=["default"]) == []
    settings.MAIL_ENCRYPTION_KEYS = ["mistyped key"]
    (error,) = checks.check_keys(None, databases=["default"])
    assert (error.id, encryption.key_id("first key") in error.msg) == ("mailsettings.E002", True)
    assert checks.check_keys(None) == []  # nobody allowed the database to be asked


def test_key_without_secrets_is_not_missed(db: None, settings: Any) -> None:
    EncryptionKey.objects.remember_configured()
    settings.MAIL_ENCRYPTION_KEYS = ["second key"]
    assert checks.check_keys(None, databases=["default"]) == []
