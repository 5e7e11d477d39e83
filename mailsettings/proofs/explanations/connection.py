"""Failures on the way to the server: name, connection, greeting, encryption."""

from django.utils.translation import gettext_lazy as _

from mailsettings.proofs.explanations.words import (
    AGAIN,
    ALLOW_US,
    FIREWALL,
    LATER,
    PORTS,
    SEND_TO_IT,
    Explanation,
    Task,
)

BY_CODE: dict[str, Explanation] = {
    "not_configured": Explanation(
        _("No server has been entered yet."),
        "host",
        (_("Enter the name your provider or IT gave you, such as smtp.example.com."),),
    ),
    "dns_nxdomain": Explanation(
        _("There is no server of this name."),
        "host",
        (_("Compare the name letter by letter with what your provider or IT gave you."),),
    ),
    "dns_no_address": Explanation(
        _("The name exists, but no server stands behind it."),
        "host",
        (_("Enter the server's whole name, such as smtp.example.com instead of example.com."),),
    ),
    "dns_failed": Explanation(
        _("The name could not be looked up at the moment."),
        "host",
        (_("Test again in a minute."),),
        Task.US,
    ),
    "blocked_private_address": Explanation(
        _("This name leads to an address that is not a public mail server."),
        "host",
        (
            _("Enter the name under which the server can be reached from the internet."),
            _("If the server stands in your own network, ask IT to publish it."),
            _("Or whoever runs this installation allows that network (MAIL_ALLOWED_NETWORKS)."),
        ),
    ),
    "blocked_port": Explanation(_("This port is not one of mail servers."), "port", (PORTS,)),
    "refused": Explanation(
        _("The server is there, but nothing accepts connections at this port."), "port", (PORTS,)
    ),
    "timeout_connect": Explanation(
        _("The server did not answer in time; a firewall usually is the reason."),
        "port",
        (PORTS, FIREWALL),
        Task.IT,
        names_addresses=True,
    ),
    "unreachable": Explanation(
        _("There is no way to this server."), "host", (FIREWALL,), Task.IT, names_addresses=True
    ),
    "timeout_banner": Explanation(
        _("The server accepted the connection but said nothing."), "encryption", (PORTS,)
    ),
    "wrong_protocol": Explanation(
        _("Something else answers at this port, or the encryption does not fit it."),
        "port",
        (PORTS,),
    ),
    "port_is_imap": Explanation(
        _("This is the port of an IMAP server, which reads mail. Mail is sent by SMTP."),
        "port",
        (_("Use port 587 with TLS (STARTTLS), or 465 with SSL."),),
    ),
    "port_is_pop": Explanation(
        _("This is the port of a POP server, which hands out mail. It is not what is needed here."),
        "port",
        (PORTS,),
    ),
    "port_is_smtp": Explanation(
        _("This is the port of an SMTP server, which sends mail. Mail is read by IMAP."),
        "port",
        (_("Use port 993 with SSL, or 143 with TLS (STARTTLS)."),),
    ),
    "port_is_no_mail": Explanation(
        _("Something answers at this port, but it is no mail server."), "port", (PORTS,)
    ),
    "tls_on_plain_port": Explanation(
        _("SSL is chosen, but at this port the server begins without encryption."),
        "encryption",
        (_("Choose TLS (STARTTLS) for this port."),),
    ),
    "plain_on_tls_port": Explanation(
        _("At this port the server expects SSL from the first byte."),
        "encryption",
        (_("Choose SSL for this port."),),
    ),
    "greeting_refused": Explanation(
        _("The server does not want to talk to us."),
        "",
        (ALLOW_US, SEND_TO_IT),
        Task.IT,
        names_addresses=True,
    ),
    "ip_not_allowed": Explanation(
        _("The server does not take mail from the address of our server."),
        "",
        (ALLOW_US,),
        Task.IT,
        names_addresses=True,
    ),
    "starttls_not_offered": Explanation(
        _("The server does not offer TLS at this port."), "encryption", (PORTS,)
    ),
    "starttls_stripped": Explanation(
        _("A device on the way removes the server's offer of encryption."),
        "encryption",
        (
            _("Use port 465 with SSL, which such devices cannot change."),
            _("Ask IT to switch off SMTP inspection (on Cisco firewalls: fixup or ESMTP inspect)."),
        ),
        Task.IT,
    ),
    "starttls_refused": Explanation(
        _("The server refused to start TLS."), "encryption", (PORTS, SEND_TO_IT), Task.IT
    ),
    "timeout_tls": Explanation(
        _("The server did not finish the TLS handshake."), "encryption", (PORTS,)
    ),
    "tls_failed": Explanation(
        _("The server broke off while encryption was being set up."),
        "encryption",
        (PORTS, SEND_TO_IT),
        Task.IT,
    ),
    "tls_cert_name": Explanation(
        _("The server's certificate is for another name."),
        "host",
        (_("Enter the name that stands in the certificate, or ask IT to renew it with this one."),),
    ),
    "tls_cert_expired": Explanation(
        _("The server's certificate is not valid today."), "", (_("Ask IT to renew it."),), Task.IT
    ),
    "tls_cert_untrusted": Explanation(
        _("The server's certificate is not from a known issuer."),
        "",
        (_("Ask IT for a certificate of a public issuer, with its intermediate certificates."),),
        Task.IT,
    ),
    "tls_version": Explanation(
        _("The server offers only outdated versions of TLS."),
        "",
        (_("Ask IT to switch on TLS 1.2 or newer."),),
        Task.IT,
    ),
    "timeout": Explanation(_("The server stopped answering."), "", (AGAIN,), Task.US),
    "connection_lost": Explanation(
        _("The server closed the connection."), "", (AGAIN, ALLOW_US), Task.US, names_addresses=True
    ),
    "protocol_error": Explanation(
        _("The server's answer was not understood."), "", (SEND_TO_IT,), Task.IT
    ),
    "too_many_connections": Explanation(
        _("The server has too many connections open."),
        "",
        (LATER, _("Ask whether other programs use the same account at the same time.")),
        Task.PROVIDER,
    ),
}
