from recruiting.conversation.writing import placeholders

KNOWN = {"first_name": "Mia", "position_name": "Engineer", "last_name": ""}


def test_placeholders_are_filled_with_and_without_blanks() -> None:
    rendered = placeholders.render("Dear {{first_name}}, {{ position_name }}", KNOWN)
    assert rendered == placeholders.Rendered("Dear Mia, Engineer", ())


def test_an_unknown_or_empty_placeholder_stays_and_is_told_once() -> None:
    rendered = placeholders.render("{{ last_name }} {{ salary }} {{ salary }}", KNOWN)
    assert rendered.text == "{{ last_name }} {{ salary }} {{ salary }}"
    assert rendered.unresolved == ("last_name", "salary")


def test_user_text_cannot_reach_objects() -> None:
    rendered = placeholders.render("{{ first_name.__class__ }} {% load x %}", KNOWN)
    assert rendered.text == "{{ first_name.__class__ }} {% load x %}"


def test_unknown_lists_what_no_mail_can_fill_in() -> None:
    assert placeholders.unknown("{{ first_name }} {{ shoe_size }}") == ["shoe_size"]


def test_a_fallback_stands_where_nothing_is_known() -> None:
    rendered = placeholders.render("Hi {{ last_name | there }} {{ first_name|you }}", KNOWN)
    assert rendered == placeholders.Rendered("Hi there Mia", ())


def test_words_are_chosen_by_gender() -> None:
    text = "{{ by_gender|Herr|Frau|Guten Tag }}"
    chosen = [placeholders.render(text, {"gender": one}).text for one in ("male", "female", "")]
    assert chosen == ["Herr", "Frau", "Guten Tag"]
