"""What DNS says about a domain, told apart with records of a made-up world."""

from dataclasses import dataclass, field

import pytest

from mailsettings.proofs import dnsadvice, spf
from mailsettings.proofs.dnsadvice import Subject
from mailsettings.wire.dns import DnsError

KEY = "v=DKIM1; k=rsa; p=MIGf"
GMAIL = Subject("acme.example", "smtp.gmail.com")


@dataclass
class World:
    """A resolver that knows what a test tells it; ``silent`` names get no answer at all."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    exchangers: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)

    def txt(self, name: str) -> list[str]:
        if name in self.silent:
            raise DnsError(name)
        return self.texts.get(name, [])

    def mx(self, name: str) -> list[tuple[int, str]]:
        return self.exchangers.get(name, [])

    def cname(self, name: str) -> str:
        if name in self.silent:
            raise DnsError(name)
        return self.aliases.get(name, "")


def google(**texts: list[str]) -> World:
    """A domain at Google that does everything right, unless a test says otherwise."""
    return World(
        {
            "acme.example": ["v=spf1 include:_spf.google.com ~all", "google-site-verification=x"],
            "_spf.google.com": ["v=spf1 ip4:192.0.2.0/24 ~all"],
            "google._domainkey.acme.example": [KEY],
            "_dmarc.acme.example": ["v=DMARC1; p=reject"],
        }
        | texts,
        {"acme.example": [(1, "aspmx.l.google.com")]},
    )


def codes(subject: Subject, world: World) -> dict[str, str]:
    return {finding["topic"]: finding["code"] for finding in dnsadvice.check(subject, world)}


def test_a_domain_that_does_everything_right_is_all_green() -> None:
    found = dnsadvice.check(GMAIL, google())
    assert [finding["tone"] for finding in found] == ["ok"] * 4
    assert found[1]["values"]["found"] == "google"


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([], "spf_missing"),
        (["v=spf1 -all", "v=spf1 ~all"], "spf_several"),
        (["v=spf1 include:nowhere.example -all"], "spf_include_missing"),
        (["v=spf1 ip4;192.0.2.1 -all"], "spf_syntax"),
        (["v=spf1 +all"], "spf_open"),
        (["v=spf1 mx -all"], "spf_other_server"),
    ],
)
def test_each_way_spf_can_be_wrong_has_its_name(records: list[str], code: str) -> None:
    assert codes(GMAIL, google(**{"acme.example": records}))["spf"] == code


def test_the_record_to_publish_keeps_what_stood_there() -> None:
    world = google(**{"acme.example": ["v=spf1 mx ip4:192.0.2.7 -all"]})
    assert dnsadvice.check(GMAIL, world)[0]["records"] == [
        {
            "name": "acme.example",
            "type": "TXT",
            "value": "v=spf1 mx ip4:192.0.2.7 include:_spf.google.com -all",
        }
    ]


def test_through_the_platform_spf_should_name_our_addresses() -> None:
    ours = Subject("acme.example", is_verified=True, addresses=("198.51.100.7", "2001:db8::7"))
    records = dnsadvice.check(ours, google())[0]["records"]
    value = "v=spf1 include:_spf.google.com ip4:198.51.100.7 ip6:2001:db8::7 ~all"
    assert [record["value"] for record in records] == [value]
    found = dnsadvice.check(ours, google(**{"acme.example": [value]}))[0]
    assert (found["code"], found["tone"], found["records"]) == ("spf_platform", "ok", [])
    network = google(**{"acme.example": ["v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/32 -all"]})
    assert codes(ours, network)["spf"] == "spf_platform"
    assert codes(ours, google(**{"acme.example": []}))["spf"] == "spf_addresses"


@pytest.mark.parametrize(
    ("server", "name", "value"),
    [
        ("smtp.office365.com", "selector1", "selector1-acme-example._domainkey.<tenant>."),
        ("smtp.ionos.de", "s1-ionos", "s1.dkim.ionos.com"),
        ("smtp.fastmail.com", "fm1", "fm1.acme.example.dkim.fmhosted.com"),
        ("mail.acme.example", "<selector>", "v=DKIM1; k=rsa; p=<"),
    ],
)
def test_without_a_key_the_record_of_the_provider_is_named(
    server: str, name: str, value: str
) -> None:
    world = google(**{"google._domainkey.acme.example": []})
    found = dnsadvice.check(Subject("acme.example", server), world)[1]
    first = found["records"][0]
    assert (found["code"], first["name"]) == ("dkim_missing", f"{name}._domainkey.acme.example")
    assert first["value"].startswith(value)


def test_ten_lookups_are_counted_through_all_includes() -> None:
    chain = {f"s{n}.example": [f"v=spf1 include:s{n + 1}.example a -all"] for n in range(12)}
    assert spf.read("s7.example", World(chain | {"s10.example": ["v=spf1 mx -all"]})).lookups == 7
    assert spf.read("s0.example", World(chain)).problem == "spf_too_many"


def test_a_policy_that_includes_itself_ends() -> None:
    loop = World({"acme.example": ["v=spf1 include:acme.example -all"]})
    assert spf.read("acme.example", loop).problem == "spf_too_many"


def test_a_redirect_counts_as_the_policy_itself() -> None:
    world = World({"acme.example": ["v=spf1 redirect=all.example"], "all.example": ["v=spf1 ?all"]})
    assert spf.read("acme.example", world).final == "?"


def test_a_selector_seen_in_a_test_mail_is_asked_too() -> None:
    world = google(**{"google._domainkey.acme.example": [], "odd._domainkey.acme.example": [KEY]})
    assert codes(GMAIL, world)["dkim"] == "dkim_missing"
    seen = Subject("acme.example", "smtp.gmail.com", selectors=("odd",))
    assert codes(seen, world)["dkim"] == "dkim_ok"


def test_a_revoked_key_is_no_key() -> None:
    world = google(**{"google._domainkey.acme.example": ["v=DKIM1; p="]})
    assert codes(GMAIL, world)["dkim"] == "dkim_missing"


@pytest.mark.parametrize(("policy", "tone"), [("none", "warn"), ("reject", "bad")])
def test_an_unaligned_way_is_as_bad_as_the_policy_is_strict(policy: str, tone: str) -> None:
    world = google(
        **{
            "acme.example": ["v=spf1 -all"],
            "google._domainkey.acme.example": [],
            "_dmarc.acme.example": [f"v=DMARC1; p={policy}"],
        }
    )
    finding = dnsadvice.check(GMAIL, world)[2]
    assert (finding["code"], finding["tone"]) == ("dmarc_unaligned", tone)


def test_the_policy_of_the_domain_above_counts() -> None:
    world = google(**{"jobs.acme.example": ["v=spf1 include:_spf.google.com -all"]})
    assert codes(Subject("jobs.acme.example", "smtp.gmail.com"), world)["dmarc"] == "dmarc_ok"


def test_mail_that_leaves_from_our_address_does_not_concern_the_policy() -> None:
    assert codes(Subject("acme.example"), google())["dmarc"] == "dmarc_not_concerned"


def test_silence_is_neither_good_nor_bad() -> None:
    world = google()
    world.silent = {"_spf.google.com", "google._domainkey.acme.example"}
    found = {finding["topic"]: finding["tone"] for finding in dnsadvice.check(GMAIL, world)}
    assert found == {"spf": "unknown", "dkim": "unknown", "dmarc": "unknown", "mx": "ok"}


def test_a_domain_nobody_receives_for_is_red() -> None:
    world = google()
    world.exchangers = {"acme.example": [(0, "")]}
    assert codes(GMAIL, world)["mx"] == "mx_missing"
