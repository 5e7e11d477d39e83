"""What to do about a redirect test that came back, or that was forwarded; by the code of its step."""

from django.utils.translation import gettext_lazy as _

from mailsettings.proofs.explanations import Explanation, Task
from mailsettings.proofs.explanations.words import SEND_THE_ANSWER

_BY_CODE = {
    "bounced_forwarding": Explanation(
        _("Microsoft 365 forbids redirecting to addresses outside your company."),
        advice=(
            _(
                "Ask IT to allow it for this mailbox: Microsoft Defender, Policies, Anti-spam, outbound "
                "policy, “Automatic forwarding rules: On”."
            ),
            _("The refusal is 550 5.7.520; IT finds the policy by this code."),
        ),
        task=Task.IT,
    ),
    "bounced_loop": Explanation(
        _("The mail went round in circles: two servers redirect to each other."),
        advice=(
            _("Redirect in one place only: this mailbox, to the company recruiting email address."),
            _("Look whether another mailbox redirects back to this one."),
        ),
        task=Task.MAILBOX,
    ),
    "bounced_full": Explanation(
        _("The mailbox is full."),
        advice=(_("Empty the mailbox or raise its quota; until then applications are refused."),),
        task=Task.MAILBOX,
    ),
    "bounced_unknown": Explanation(
        _("A server on the way does not know an address."),
        "address",
        (
            _("Compare the address in the server's answer with the custom email address above."),
            _("If it is the recruiting address, correct the target of the redirect."),
        ),
    ),
    "bounced_policy": Explanation(
        _("A server on the way refuses the mail for its rules."),
        advice=(_("Send IT the server's answer below; it names the rule."),),
        task=Task.IT,
    ),
    "bounced": Explanation(
        _("The mail came back undelivered."),
        advice=(SEND_THE_ANSWER,),
        task=Task.IT,
    ),
}


def explain(code: str) -> Explanation | None:
    """Return the explanation of a redirect's failure, None for a code that is not one."""
    return _BY_CODE.get(code)
