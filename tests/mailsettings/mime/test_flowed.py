from hypothesis import given, settings
from hypothesis import strategies as st

from mailsettings.mime import flowed

LINE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200),
    st.from_regex(r"(> ?){0,4}( {0,3}(-- |From |>|ab|\u00fc){0,40}){0,3}", fullmatch=True),
)


@given(st.lists(LINE, max_size=6).map("\n".join))
@settings(max_examples=300, deadline=None)
def test_what_flows_is_read_back_to_the_letter(text: str) -> None:
    broken = flowed.flow(text)
    assert flowed.unflow(broken, delete_space=False) == flowed.tidy(text)
    for line in broken.split("\n"):
        words = line.lstrip("> ").split(" ")
        assert len(line.lstrip(">")) <= flowed.WIDTH + 5 or len([one for one in words if one]) <= 2


def test_marks_that_would_be_mistaken_are_stuffed() -> None:
    text = "From here on\n  indented\n> quoted\n> > twice\n-- \nErika"
    assert flowed.flow(text) == (" From here on\n   indented\n> quoted\n>> twice\n-- \nErika")


def test_long_lines_break_softly_and_stay_in_their_quote() -> None:
    words = " ".join(["word"] * 30)
    assert flowed.flow(f"> {words}").split("\n") == [
        "> " + "word " * 14,
        "> " + "word " * 14,
        "> word word",
    ]


def test_flowed_lines_are_joined_per_quote_level() -> None:
    broken = "One \ntwo\n> three \n> four\n-- \nErika"
    assert flowed.unflow(broken, delete_space=False) == "One two\n> three four\n-- \nErika"
    assert flowed.unflow("a \nb", delete_space=True) == "ab"
