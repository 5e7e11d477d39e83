"""What servers say, word for word, and what it means for the mail."""

import pytest

from mailsettings.wire.smtp import Reply
from mailsettings.wire.smtp_verdicts import Verdict
from tests.mailservers import SmtpServer
from tests.mailsettings.wire.test_smtp_transmit import outcome, send_in_vain

SAID = {
    "450 4.2.0 Greylisted, see http://postgrey.schweikert.ch/": Verdict.LATER,
    "451 4.7.1 Please try again later": Verdict.LATER,
    "451 Temporary local problem - please try later": Verdict.LATER,
    "452 4.5.3 Too many recipients": Verdict.LATER,
    "452 4.2.2 The email account that you tried to reach is over quota": Verdict.LATER,
    "552 5.2.2 The email account that you tried to reach is over quota": Verdict.LATER,
    "550 Mailbox quota exceeded": Verdict.LATER,
    "554 Greylisting in action, come back later": Verdict.LATER,
    "421 4.3.2 Service shutting down": Verdict.ACCOUNT,
    "432 4.3.2 Concurrent connections limit exceeded": Verdict.ACCOUNT,
    "550 5.4.5 Daily user sending limit exceeded": Verdict.ACCOUNT,
    "550 Domain example.org has exceeded the max emails per hour (100/100)": Verdict.ACCOUNT,
    "530 5.7.57 Client not authenticated to send mail": Verdict.ACCOUNT,
    "554 5.7.60 Client does not have permissions to send as this sender": Verdict.ACCOUNT,
    "535 Authentication credentials invalid": Verdict.ACCOUNT,
    "550 5.1.1 The email account that you tried to reach does not exist": Verdict.NEVER,
    "550 No such user here": Verdict.NEVER,
    "550 5.7.1 Message rejected, try again later": Verdict.NEVER,
    "552 5.3.4 Message size exceeds fixed limit": Verdict.NEVER,
    "554 5.0.0 Rate limit reached": Verdict.ACCOUNT,
}


@pytest.mark.parametrize("line", SAID)
def test_enhanced_status_comes_before_the_code_and_the_code_before_the_words(line: str) -> None:
    code, _, text = line.partition(" ")
    assert Reply(int(code), text).verdict == SAID[line]


def test_recipient_whose_mailbox_is_full_is_tried_again(smtp_server: SmtpServer) -> None:
    smtp_server.rcpt = "552 5.2.2 Over quota"
    assert outcome(send_in_vain(smtp_server)) == "later"


def test_account_that_sent_enough_for_today_is_left_alone(smtp_server: SmtpServer) -> None:
    smtp_server.data = "550 5.4.5 Daily user sending limit exceeded"
    assert outcome(send_in_vain(smtp_server)) == "account"
