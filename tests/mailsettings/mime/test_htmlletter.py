import base64
import email
import email.policy
from dataclasses import replace

from mailsettings.mime import compose, htmlletter, images, text
from mailsettings.mime.parse import parse
from tests.mailsettings.mime.test_compose import DRAFT

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAZAAAADICAYAAADGFbfiAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
LETTER = (
    "Liebe Mia,\n\nbitte wählen Sie <einen> Termin:\n- Montag\n- Dienstag\n"
    "  siehe https://acme.example/a?b=1&c=2.\n\n"
    "-- \nBen\nAcme GmbH\n\nMia schrieb am 3.3.:\n> Hallo\n>> Frage?\n> Mia\n"
)


def test_a_text_becomes_paragraphs_links_a_signature_and_a_quotation() -> None:
    page = htmlletter.from_text(LETTER, hidden="posthorn:abc")
    body = page[page.index("<body>") :]
    assert (
        "wählen Sie &lt;einen&gt; Termin:<br>\n- Montag<br>\n- Dienstag<br>\n&nbsp; siehe " in body
    )
    assert '<a href="https://acme.example/a?b=1&amp;c=2">' in body
    signature = body[body.index("font-size:13px") : body.index("Mia schrieb")]
    assert "Ben<br>\nAcme GmbH</p>\n</div>" in signature
    assert body.count("<blockquote") == 2
    assert "Mia schrieb am 3.3.:</p>\n<blockquote" in body
    assert "--" not in body
    assert 'style="display:none' in body


def test_the_page_says_what_the_text_says_and_an_answer_that_quotes_it_is_trimmed() -> None:
    page = htmlletter.from_text(LETTER)
    written = LETTER.partition("\n\n-- ")[0]
    read = text.from_html(page)
    assert text.trim_quotes(read).new_text.split() == [*written.split(), "Ben", "Acme", "GmbH"]
    body = page[page.index("<div") : page.index("</body>")]
    answers = {
        "gmail": '<div dir="ltr">Ja, gern.</div><br><div class="gmail_quote"><div dir="ltr">Am Di., 3. März'
        " 2026 um 10:15 Uhr schrieb Acme &lt;<a href='mailto:jobs@kunde.example'>jobs@kunde.example</a>&gt;:"
        f'<br></div><blockquote class="gmail_quote">{body}</blockquote></div>',
        "outlook": "<div><p>Ja, gern.</p></div><div><b>Von:</b> Acme &lt;jobs@kunde.example&gt;<br>"
        "<b>Gesendet:</b> Dienstag, 3. März 2026 10:15<br><b>An:</b> Mia<br><b>Betreff:</b> Ihre Bewerbung"
        f"</div>{body}",
        "apple": 'Ja, gern.<br><div><br><blockquote type="cite"><div>Am 03.03.2026 um 10:15 schrieb Acme '
        f"&lt;jobs@kunde.example&gt;:</div><br>{body}</blockquote></div>",
    }
    for client, answer in answers.items():
        assert text.trim_quotes(text.from_html(answer)).new_text.strip() == "Ja, gern.", client


def test_a_logo_is_shown_by_the_page_and_travels_inside_the_mail() -> None:
    logo = htmlletter.logo_for(PNG, "logo.1@recruiting.example", 'Acme "GmbH"')
    assert logo is not None
    assert (logo.width, logo.height) == (144, 72), "as large as it may be, in its own proportions"
    page = htmlletter.from_text("Hallo\n\n-- \nBen", logo=logo)
    image = compose.Image(logo.content_id, "logo.png", "image/png", PNG)
    file = compose.Attachment("Plan.pdf", "application/pdf", b"%PDF")
    raw = compose.compose(
        replace(DRAFT, text="Hallo", html=page, images=(image,), attachments=(file,))
    )
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message.defects == []
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    read = parse(raw)
    assert read.text == "Hallo"
    assert 'src="cid:logo.1@recruiting.example" alt="Acme &quot;GmbH&quot;"' in read.html
    assert (read.attachments[0].content_id, read.attachments[0].content) == (logo.content_id, PNG)


def test_the_size_of_a_picture_is_read_from_its_bytes() -> None:
    jpeg = bytes.fromhex(
        "ffd8ffe000104a46494600010100000100010000ffc0001108004000800301220002110103110)"[:-1] + "0"
    )
    assert images.size(PNG) == (400, 200)
    assert images.size(jpeg) == (128, 64)
    assert images.size(b"GIF89a" + (30).to_bytes(2, "little") + (20).to_bytes(2, "little")) == (
        30,
        20,
    )
    for broken in (b"", PNG[:18], jpeg[:22], b"RIFF0000WEBP", b"GIF89a\0\0\0\0"):
        assert images.size(broken) is None
