"""Providers and hosters in Germany, Austria and Switzerland."""

from django.utils.translation import gettext_lazy as _

from mailsettings.providers.shape import (
    MX_HOST,
    SSL,
    STARTTLS,
    Password,
    Provider,
    Server,
    Username,
    ssl,
    starttls,
)

ENABLE_GMX = _(
    "Sign in on the web page and switch on “Allow access to this account via POP3 and IMAP” "
    "(Settings, POP3/IMAP access)."
)

GERMAN = (
    Provider(
        "GMX",
        **starttls("mail.gmx.net", "imap.gmx.net"),
        domains=("gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.org", "gmx.eu", "gmx.info"),
        mx=("gmx.net",),
        password=Password.APP_WITH_2FA,
        imap_is_off=True,
        advice=ENABLE_GMX,
    ),
    Provider(
        "GMX.com",
        **starttls("mail.gmx.com", "imap.gmx.com"),
        domains=("gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr"),
        password=Password.APP_WITH_2FA,
        imap_is_off=True,
        advice=ENABLE_GMX,
    ),
    Provider(
        "WEB.DE",
        Server("smtp.web.de", 587, STARTTLS, Username.LOCAL_PART),
        Server("imap.web.de", 993, SSL, Username.LOCAL_PART),
        domains=("web.de", "email.de"),
        mx=("web.de",),
        password=Password.APP_WITH_2FA,
        imap_is_off=True,
        advice=ENABLE_GMX,
    ),
    Provider(
        "Telekom (T-Online)",
        **ssl("securesmtp.t-online.de", "secureimap.t-online.de"),
        domains=("t-online.de", "magenta.de"),
        mx=("t-online.de",),
        password=Password.SEPARATE,
        advice=_(
            "Telekom asks for the e-mail password that you set in the customer centre, not for the "
            "password of your Telekom login."
        ),
    ),
    Provider(
        "IONOS (1&1)",
        **ssl("smtp.ionos.de", "imap.ionos.de"),
        domains=("online.de", "onlinehome.de", "1und1.de"),
        mx=("ionos.de", "kundenserver.de", "1and1.com", "ionos.com"),
        advice=_("Use the password of the mailbox, not the one of the IONOS customer account."),
    ),
    Provider("STRATO", **ssl("smtp.strato.de", "imap.strato.de"), mx=("rzone.de", "strato.de")),
    Provider(
        "mailbox.org",
        **ssl("smtp.mailbox.org", "imap.mailbox.org"),
        domains=("mailbox.org",),
        mx=("mailbox.org",),
        password=Password.APP_WITH_2FA,
        advice=_("To write from another address, first add it there as an alias."),
    ),
    Provider(
        "Posteo",
        **ssl("posteo.de", "posteo.de"),
        domains=("posteo.de", "posteo.net", "posteo.org", "posteo.eu", "posteo.at", "posteo.ch"),
        mx=("posteo.de",),
    ),
    Provider(
        "freenet Mail",
        **starttls("mx.freenet.de", "mx.freenet.de"),
        domains=("freenet.de", "freenetmail.de", "ok.de", "justmail.de"),
        mx=("freenet.de",),
        imap_is_off=True,
        advice=_("Sign in to freenet Mail and allow external programs in the settings."),
    ),
    Provider(
        "mail.de",
        **ssl("smtp.mail.de", "imap.mail.de"),
        domains=("mail.de",),
        mx=("mail.de",),
        password=Password.APP_WITH_2FA,
    ),
    Provider(
        "Hetzner", **ssl("mail.your-server.de", "mail.your-server.de"), mx=("your-server.de",)
    ),
    Provider(
        "ALL-INKL.COM",
        **ssl(MX_HOST, MX_HOST),
        mx=("kasserver.com",),
        advice=_("The account is the mail login shown in KAS, or the whole address."),
    ),
    Provider("netcup", **ssl(MX_HOST, MX_HOST), mx=("netcup.net",)),
    Provider(
        "domainFACTORY",
        **ssl("smtprelaypool.ispgateway.de", "sslmailpool.ispgateway.de"),
        mx=("ispgateway.de",),
    ),
    Provider("united-domains", **starttls("smtps.udag.de", "imaps.udag.de"), mx=("udag.de",)),
    Provider(
        "Mittwald",
        **ssl("mail.agenturserver.de", "mail.agenturserver.de"),
        mx=("agenturserver.de",),
    ),
    Provider("goneo", **ssl("smtp.goneo.de", "imap.goneo.de"), mx=("goneo.de",)),
    Provider("1blu", **ssl("smtp.1blu.de", "imap.1blu.de"), mx=("1blu.de",)),
    Provider(
        "Vodafone",
        **ssl("smtp.vodafonemail.de", "imap.vodafonemail.de"),
        domains=("vodafonemail.de", "arcor.de", "vodafone.de"),
        mx=("vodafonemail.de",),
    ),
    Provider(
        "NetCologne",
        **starttls("smtp.netcologne.de", "imap.netcologne.de"),
        domains=("netcologne.de",),
        mx=("netcologne.de",),
    ),
    Provider("easyname", **ssl("smtp.easyname.com", "imap.easyname.com"), mx=("easyname.com",)),
    Provider(
        "World4You", **starttls("smtp.world4you.com", "imap.world4you.com"), mx=("world4you.com",)
    ),
    Provider(
        "Hostpoint",
        **ssl("asmtp.mail.hostpoint.ch", "imap.mail.hostpoint.ch"),
        mx=("hostpoint.ch",),
    ),
    Provider(
        "Infomaniak",
        **ssl("mail.infomaniak.com", "mail.infomaniak.com"),
        domains=("ik.me", "ikmail.com", "etik.com"),
        mx=("infomaniak.ch", "infomaniak.com"),
        password=Password.APP_WITH_2FA,
    ),
    Provider(
        "Bluewin (Swisscom)",
        **ssl("smtpauths.bluewin.ch", "imaps.bluewin.ch"),
        domains=("bluewin.ch", "bluemail.ch"),
        mx=("bluewin.ch",),
        password=Password.SEPARATE,
        advice=_("Use the e-mail password from the Swisscom customer centre."),
    ),
)
