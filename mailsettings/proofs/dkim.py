"""The DKIM records each provider asks its customers to publish, as far as they follow from the domain.

What only the provider's own console tells stands in angle brackets.
"""

Record = dict[str, str]

# By the end of the SMTP server's name: name before "._domainkey", type, value; "{domain}" and "{dashed}"
# are the customer's domain.
GOOGLE = (("google", "TXT", "v=DKIM1; k=rsa; p=<Admin console: Apps, Gmail, Authenticate email>"),)
MICROSOFT = tuple(
    (one, "CNAME", f"{one}-{{dashed}}._domainkey.<tenant>.onmicrosoft.com")
    for one in ("selector1", "selector2")
)
IONOS = (
    ("s1-ionos", "CNAME", "s1.dkim.ionos.com"),
    ("s2-ionos", "CNAME", "s2.dkim.ionos.com"),
)
FASTMAIL = tuple(
    (one, "CNAME", f"{one}.{{domain}}.dkim.fmhosted.com") for one in ("fm1", "fm2", "fm3")
)
MAILBOX_ORG = tuple(
    (one, "CNAME", f"{one}._domainkey.mailbox.org")
    for one in ("MBO0001", "MBO0002", "MBO0003", "MBO0004")
)
BREVO = tuple((f"brevo{n}", "CNAME", f"b{n}.{{dashed}}.dkim.brevo.com") for n in (1, 2))
KEYS = {
    "gmail.com": GOOGLE,
    "google.com": GOOGLE,
    "office365.com": MICROSOFT,
    "outlook.com": MICROSOFT,
    "ionos.de": IONOS,
    "ionos.com": IONOS,
    "fastmail.com": FASTMAIL,
    "messagingengine.com": FASTMAIL,
    "mailbox.org": MAILBOX_ORG,
    "brevo.com": BREVO,
}
ANY = (("<selector>", "TXT", "v=DKIM1; k=rsa; p=<public key that your mail server shows>"),)


def records(domain: str, server: str) -> list[Record]:
    """Return what is to be published for ``domain`` so that mail by ``server`` is signed."""
    host = f".{server.lower().rstrip('.')}"
    keys = next((KEYS[end] for end in KEYS if host.endswith(f".{end}")), ANY)
    dashed = domain.replace(".", "-")
    return [
        {
            "name": f"{name}._domainkey.{domain}",
            "type": kind,
            "value": value.replace("{domain}", domain).replace("{dashed}", dashed),
        }
        for name, kind, value in keys
    ]
