import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsettings.mime import text
from tests.mailsettings.mime import samples
from tests.mailsettings.mime.quotations import HEADS

NEW_TEXTS = {
    "reply_gmail_german": "Guten Tag,\n\nder Termin am Donnerstag passt mir sehr gut.\n\nViele Grüße\nErika Muster",
    "reply_outlook_german": (
        "Hallo Herr Beispiel,\n\nanbei die fehlenden Zeugnisse.\n\nMit freundlichen Grüßen\nErika Muster"
    ),
    "reply_apple_french": "Bonjour,\n\nje confirme le rendez-vous.",
    "reply_below_the_quote": "Yes, Thursday is fine.",
    "reply_between_the_quotes": (
        "> When could you start?\nOn 1 May.\n> What salary do you expect?\n52,000 euros."
    ),
    "reply_html_only": "Ja, gerne. Mein Profil: hier <https://profil.example/erika>\n\nGrüße\nErika",
    "flowed": "This sentence was wrapped by the mail program.",
}
ATTRIBUTIONS = [
    "On Mon, Feb 1, 2026 at 6:32 PM, Acme <jobs@kunde.example>\nwrote:",
    "On 2 Feb 2026, at 19:04, Acme wrote:",
    "---- On Tue, 22 Dec 2026 14:17:36 +0530 Acme <jobs@kunde.example> wrote ----",
    "Am 03.02.2026 um 3:35 nachm. schrieb Acme <jobs@kunde.example>:",
    "Acme <jobs@kunde.example> schrieb am Fr., 28.\nApr. 2026 um 11:53 Uhr:",
    "Zitat von Acme <jobs@kunde.example>:",
    "Le 2026-11-16 02:22, Acme a écrit :",
    "Il giorno lun 2 feb 2026 alle ore 10:00 Acme <jobs@kunde.example> ha scritto:",
    "El lun, 2 feb 2026 a las 10:00, Acme (<jobs@kunde.example>) escribió:",
    'Op 16 aug. 2026 05:13 schreef "Acme" <jobs@kunde.example> het\nvolgende geschreven:',
    "W dniu 2.02.2026 o 10:00, Acme pisze:",
    'pon., 2 lut 2026 o 10:00 "Acme" <jobs@kunde.example> napisał(a):',
    "2026-10-24 15:36 GMT+02:00 Acme <\njobs@kunde.example>:",
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "---------- Forwarded message ---------",
    "________________________________\nFrom: Acme\nSent: Thursday, 28 January 2026 8:16\nTo: Erika\nSubject: Job",
    "Da: Acme\nInviato: giovedì 8 ottobre 2026 15:26\nA: Erika\nOggetto: Lavoro",
    "Van: Acme\nVerzonden: donderdag 8 oktober 2026 15:26\nAan: Erika\nOnderwerp: Baan",
    "*De :* Acme <jobs@kunde.example>\n*Envoyé :* jeudi 8 octobre 2026\n*À :* Erika\n*Objet :* Poste",
]
FLOODS = [
    "On " + "a " * 500_000 + "wrote:",
    "On\n" * 300_000,
    "On 1:1 wrote x:\n" * 60_000,
    "On 1.1.2026 x wrote:\n> a\nb\n" * 37_000,
    "From: a@b\n" * 100_000,
    "> a\nb\n" * 170_000,
    "x\n--\n" * 200_000,
    "```\nOn\n" * 125_000,
    "-----\n" * 160_000 + "From: a@b\nTo: b\nSubject: c 1.1.2026",
]
PAGES = [
    "<" * 1_000_000,
    "<!--" * 250_000,
    '<a "' * 250_000,
    "<a href='" * 100_000,
    "<blockquote>" * 80_000,
    "<script>" * 120_000,
]


@pytest.mark.parametrize("name", NEW_TEXTS)
def test_the_new_text_of_a_reply_stands_alone(name: str) -> None:
    assert text.trim_quotes(samples.mail(name).text).new_text == NEW_TEXTS[name]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_history_below_an_attribution_is_quoted(attribution: str) -> None:
    trimmed = text.trim_quotes(f"Sounds good.\n\n{attribution}\n\nDear Erika,\n\nwe write to you.")
    assert trimmed.new_text == "Sounds good."
    assert trimmed.quoted_text.endswith("we write to you.")


@pytest.mark.parametrize(
    "kept",
    [
        "On this day\nI wrote something\nwhich was interesting.",
        "I worked from:\n\n2019 to 2021 at Acme\n\nand wrote: three books.",
        "> Only a quote.",
        "Name: Erika Muster\nDate: today\nSubject: Maths",
        "```\n--\n> not a quote\n```\nThat was code.",
        "Am Montag schrieb ich eine Arbeit über folgendes Thema:\nDie Suche.",
        "",
    ],
)
def test_what_only_looks_like_a_quote_stays(kept: str) -> None:
    assert text.trim_quotes(kept) == text.Trimmed(kept, "")


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX iPhone App",
        "Envoyé depuis mon mobile",
        "Inviato da iPad",
        "Enviado desde mi iPhone",
        "Verzonden vanaf mijn telefoon",
        "Wysłane z iPhone'a",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
    ],
)
def test_lines_that_devices_add_are_cut(line: str) -> None:
    assert text.trim_quotes(f"Yes.\n\n{line}\n") == text.Trimmed("Yes.", line)


@given(
    st.lists(
        st.sampled_from(
            ["> q", "text", "", "--", "On 1.1.2026 a@b wrote:", "From: a@b", "To: b", "```"]
        ),
        max_size=25,
    )
)
@settings(deadline=None)
def test_every_line_ends_up_in_one_of_the_two_texts(lines: list[str]) -> None:
    trimmed = text.trim_quotes("\n".join(lines))
    both = f"{trimmed.new_text}\n{trimmed.quoted_text}".split("\n")
    assert Counter(filter(None, both)) == Counter(filter(None, lines))
    assert trimmed.new_text or not any(lines)


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood[:16])
def test_a_megabyte_of_anything_is_trimmed_in_linear_time(flood: str) -> None:
    started = time.process_time()
    text.trim_quotes(flood)
    assert time.process_time() - started < 3  # a quadratic scanner needs minutes


@pytest.mark.parametrize("markup", PAGES, ids=lambda markup: markup[:8])
def test_a_megabyte_of_broken_html_is_read_in_linear_time(markup: str) -> None:
    started = time.process_time()
    text.from_html(markup)
    assert time.process_time() - started < 4


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ("<ul><li>a</li><li>b</li></ul>end", "- a\n- b\n\nend"),
        (
            "<blockquote>old <blockquote>older</blockquote></blockquote>new",
            "> old\n\n> > older\n\nnew",
        ),
        ("<style>p{}</style><script>x<1</script><!-- no -->a&nbsp;&amp;&nbsp;b", "a & b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        (
            '<a href="https://x.example/a?b=1&amp;c=2">here</a>',
            "here <https://x.example/a?b=1&c=2>",
        ),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ('<img alt="a > b" src="x">1 < 2', "1 < 2"),
        ("<pre>a  b\n c</pre>", "a  b\n c"),
        ("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
    ],
)
def test_html_reads_like_text(markup: str, expected: str) -> None:
    assert text.from_html(markup) == expected


@pytest.mark.parametrize("program", HEADS)
@pytest.mark.parametrize("mark", ["> ", ""], ids=["quoted", "bare"])
def test_what_is_quoted_is_told_from_what_is_new_in_many_languages(program: str, mark: str) -> None:
    new = "Ja, gerne.\n\nViele Grüße\nErika"
    old = "Liebe Erika,\n\nwann passt es Ihnen?\n\nIhr Acme-Team"
    if HEADS[program].startswith(">"):
        mark = "> "
    quoted = "\n".join(f"{mark}{line}".rstrip() for line in old.split("\n"))
    whole = f"{new}\n\n{HEADS[program]}\n\n{quoted}\n"
    trimmed = text.trim_quotes(whole)
    assert trimmed.new_text == new
    assert "".join((trimmed.new_text + trimmed.quoted_text).split()) == "".join(whole.split())


def test_a_sentence_with_a_day_a_time_and_an_address_stays() -> None:
    new = "Am 3.3.2026 um 10:15 bin ich unter erika@ziel.example zu erreichen: bitte schreiben Sie."
    assert text.trim_quotes(new + "\nErika").new_text == new + "\nErika"
