"""The large providers and those of other countries."""

from django.utils.translation import gettext_lazy as _

from mailsettings.providers.shape import (
    SSL,
    STARTTLS,
    Password,
    Provider,
    Server,
    Username,
    ssl,
    starttls,
)

GOOGLE = _(
    "Google takes no account passwords any more. Switch on 2-Step Verification, make an app password "
    "at myaccount.google.com/apppasswords and enter its 16 letters here, or connect with Google."
)
MICROSOFT_365 = _(
    "Microsoft 365 reads mailboxes by OAuth 2.0 only, and it is switching off passwords for SMTP: for "
    "existing organisations at the end of December 2026 unless an administrator allows them again. "
    "App passwords do not help. Connect with Microsoft instead."
)
OUTLOOK = _(
    "Outlook.com, Hotmail, Live and MSN have taken neither passwords nor app passwords since "
    "September 2024. Connect with Microsoft instead."
)
YAHOO = _("Make an app password in the account's security settings and enter it here.")
YANDEX = _("Allow IMAP in the mail settings (Email clients) and make an app password for mail.")

WORLDWIDE = (
    Provider(
        "Google",
        **ssl("smtp.gmail.com", "imap.gmail.com"),
        domains=("gmail.com", "googlemail.com"),
        mx=("google.com", "googlemail.com"),
        password=Password.APP,
        files_sent=True,
        oauth="google",
        connections=15,
        per_day=500,
        advice=GOOGLE,
    ),
    Provider(
        "Outlook.com",
        **starttls("smtp-mail.outlook.com", "outlook.office365.com"),
        domains=(
            *("outlook.com", "outlook.de", "outlook.at", "outlook.fr", "hotmail.com", "hotmail.de"),
            *("hotmail.co.uk", "hotmail.fr", "live.com", "live.de", "live.at", "msn.com"),
        ),
        mx=("olc.protection.outlook.com",),
        password=Password.RETIRED,
        imap_is_off=True,
        files_sent=True,
        oauth="microsoft",
        connections=3,
        per_minute=30,
        per_day=300,
        advice=OUTLOOK,
    ),
    Provider(
        "Microsoft 365",
        **starttls("smtp.office365.com", "outlook.office365.com"),
        mx=("mail.protection.outlook.com", "mx.microsoft"),
        password=Password.RETIRED,
        files_sent=True,
        oauth="microsoft",
        connections=3,
        per_minute=30,
        per_day=10_000,
        advice=MICROSOFT_365,
    ),
    Provider(
        "Yahoo",
        **ssl("smtp.mail.yahoo.com", "imap.mail.yahoo.com"),
        domains=("yahoo.com", "yahoo.de", "yahoo.co.uk", "yahoo.fr", "ymail.com", "rocketmail.com"),
        mx=("yahoodns.net",),
        password=Password.APP,
        advice=YAHOO,
    ),
    Provider(
        "AOL",
        **ssl("smtp.aol.com", "imap.aol.com"),
        domains=("aol.com", "aol.de", "aim.com", "verizon.net"),
        password=Password.APP,
        advice=YAHOO,
    ),
    Provider(
        "iCloud",
        Server("smtp.mail.me.com", 587, STARTTLS),
        Server("imap.mail.me.com", 993, SSL, Username.LOCAL_PART),
        domains=("icloud.com", "me.com", "mac.com"),
        mx=("mail.icloud.com",),
        password=Password.APP,
        per_day=1000,
        advice=_("Make an app-specific password at account.apple.com and enter it here."),
    ),
    Provider(
        "Zoho (Europe)",
        **ssl("smtp.zoho.eu", "imap.zoho.eu"),
        domains=("zohomail.eu",),
        mx=("zoho.eu",),
        password=Password.APP_WITH_2FA,
        imap_is_off=True,
        advice=_("Switch on IMAP access in the settings of Zoho Mail (Mail Accounts, IMAP)."),
    ),
    Provider(
        "Zoho",
        **ssl("smtp.zoho.com", "imap.zoho.com"),
        domains=("zoho.com", "zohomail.com"),
        mx=("zoho.com", "zohomail.com"),
        password=Password.APP_WITH_2FA,
        imap_is_off=True,
        advice=_(
            "Switch on IMAP access in the settings of Zoho Mail. Paid accounts with an own domain use "
            "smtppro.zoho.com and imappro.zoho.com."
        ),
    ),
    Provider(
        "Fastmail",
        **ssl("smtp.fastmail.com", "imap.fastmail.com"),
        domains=("fastmail.com", "fastmail.fm", "fastmail.de", "messagingengine.com"),
        mx=("messagingengine.com",),
        password=Password.APP,
        advice=_("Make an app password in Settings, Privacy & Security. The Basic plan has none."),
    ),
    Provider(
        "Proton",
        Server("smtp.protonmail.ch", 587, STARTTLS),
        None,
        domains=("proton.me", "protonmail.com", "pm.me", "protonmail.ch"),
        mx=("protonmail.ch",),
        password=Password.SEPARATE,
        advice=_(
            "Proton Mail Bridge runs on your own computer and cannot be reached from here. Addresses with "
            "an own domain can send with an SMTP token (Settings, IMAP/SMTP); reading is not possible."
        ),
    ),
    Provider(
        "Tuta",
        None,
        None,
        domains=(
            "tuta.com",
            "tutanota.com",
            "tutanota.de",
            "tutamail.com",
            "tuta.io",
            "keemail.me",
        ),
        mx=("tutanota.de",),
        password=Password.NONE,
        advice=_("Tuta offers neither SMTP nor IMAP, so it cannot be connected."),
    ),
    Provider(
        "Yandex",
        **ssl("smtp.yandex.com", "imap.yandex.com"),
        domains=("yandex.com", "yandex.ru", "ya.ru"),
        mx=("yandex.net", "yandex.ru"),
        password=Password.APP,
        imap_is_off=True,
        advice=YANDEX,
    ),
    Provider(
        "Mail.ru",
        **ssl("smtp.mail.ru", "imap.mail.ru"),
        domains=("mail.ru", "inbox.ru", "list.ru", "bk.ru"),
        mx=("mail.ru",),
        password=Password.APP,
        advice=YAHOO,
    ),
    Provider("OVHcloud", **ssl("smtp.mail.ovh.net", "imap.mail.ovh.net"), mx=("ovh.net",)),
    Provider("Gandi", **ssl("mail.gandi.net", "mail.gandi.net"), mx=("gandi.net",)),
    Provider(
        "Mailfence",
        **ssl("smtp.mailfence.com", "imap.mailfence.com"),
        domains=("mailfence.com",),
        mx=("mailfence.com",),
    ),
    Provider(
        "Runbox",
        **ssl("mail.runbox.com", "mail.runbox.com"),
        domains=("runbox.com",),
        mx=("runbox.com",),
        password=Password.APP_WITH_2FA,
    ),
    Provider("Migadu", **ssl("smtp.migadu.com", "imap.migadu.com"), mx=("migadu.com",)),
    Provider(
        "Rackspace", **ssl("secure.emailsrvr.com", "secure.emailsrvr.com"), mx=("emailsrvr.com",)
    ),
    Provider(
        "GoDaddy",
        **ssl("smtpout.secureserver.net", "imap.secureserver.net"),
        mx=("secureserver.net",),
    ),
    Provider(
        "Namecheap Private Email",
        **ssl("mail.privateemail.com", "mail.privateemail.com"),
        mx=("privateemail.com",),
    ),
    Provider("Hostinger", **ssl("smtp.hostinger.com", "imap.hostinger.com"), mx=("hostinger.com",)),
    Provider("Titan", **ssl("smtp.titan.email", "imap.titan.email"), mx=("titan.email",)),
    Provider("one.com", **ssl("send.one.com", "imap.one.com"), mx=("one.com",)),
    Provider("TransIP", **ssl("smtp.transip.email", "imap.transip.email"), mx=("transip.email",)),
    Provider("Loopia", **ssl("mailcluster.loopia.se", "mailcluster.loopia.se"), mx=("loopia.se",)),
    Provider("Aruba", **ssl("smtps.aruba.it", "imaps.aruba.it"), mx=("aruba.it",)),
    Provider(
        "Libero",
        **ssl("smtp.libero.it", "imapmail.libero.it"),
        domains=("libero.it", "inwind.it", "iol.it"),
        mx=("libero.it",),
    ),
    Provider(
        "Orange", **ssl("smtp.orange.fr", "imap.orange.fr"), domains=("orange.fr", "wanadoo.fr")
    ),
    Provider("Free", **ssl("smtp.free.fr", "imap.free.fr"), domains=("free.fr",), mx=("free.fr",)),
    Provider("La Poste", **ssl("smtp.laposte.net", "imap.laposte.net"), domains=("laposte.net",)),
    Provider("SFR", **ssl("smtp.sfr.fr", "imap.sfr.fr"), domains=("sfr.fr", "neuf.fr")),
    Provider(
        "Seznam",
        **ssl("smtp.seznam.cz", "imap.seznam.cz"),
        domains=("seznam.cz", "email.cz", "post.cz"),
        mx=("seznam.cz",),
    ),
    Provider("WP", **ssl("smtp.wp.pl", "imap.wp.pl"), domains=("wp.pl",), mx=("wp.pl",)),
    Provider(
        "Onet",
        **ssl("smtp.poczta.onet.pl", "imap.poczta.onet.pl"),
        domains=("onet.pl", "op.pl", "vp.pl"),
        mx=("onet.pl",),
        imap_is_off=True,
    ),
    Provider(
        "BT",
        **ssl("mail.btinternet.com", "mail.btinternet.com"),
        domains=("btinternet.com", "btopenworld.com"),
    ),
    Provider(
        "Riseup",
        **ssl("mail.riseup.net", "mail.riseup.net"),
        domains=("riseup.net",),
        mx=("riseup.net",),
    ),
)
