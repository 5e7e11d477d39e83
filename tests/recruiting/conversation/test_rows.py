"""Rows that become mails one by one."""

from recruiting.conversation.writing import rows


def test_a_row_that_breaks_says_why_and_holds_up_nobody() -> None:
    written: list[int] = []
    given_up: dict[int, str] = {}

    def write(pk: int) -> bool:
        if pk == 1:
            raise ValueError("a header that no mail can have")
        if pk == 2:
            raise OSError("the disk is away")
        written.append(pk)
        return True

    assert rows.write_each([1, 2, 3], write, given_up.__setitem__) == 1
    assert written == [3]
    assert given_up == {1: "ValueError: a header that no mail can have"}
