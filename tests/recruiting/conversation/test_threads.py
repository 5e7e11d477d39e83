from recruiting.conversation.writing import threads
from recruiting.models import Application


def test_the_key_is_found_in_message_ids_and_plus_addresses() -> None:
    key = threads.key(Application(pk=7))
    message_id = threads.make_message_id(key)
    tagged = threads.tagged("acme-jobs@in.posthorn.example", key)
    assert threads.keys_in(message_ids=[message_id], addresses=[]) == [key]
    assert threads.keys_in(message_ids=[], addresses=[tagged.upper()]) == [key]


def test_two_applications_never_share_a_key_and_no_id_shows_in_it() -> None:
    keys = {threads.key(Application(pk=pk)) for pk in range(1, 200)}
    assert len(keys) == 199
    assert {len(key) for key in keys} == {threads.LENGTH}


def test_an_ordinary_plus_tag_is_not_taken_for_a_key() -> None:
    assert threads.keys_in(message_ids=["<a@b>"], addresses=["acme-jobs+linkedin@in.example"]) == []


def test_message_ids_are_never_the_same_twice() -> None:
    key = threads.key(Application(pk=1))
    assert threads.make_message_id(key) != threads.make_message_id(key)
