"""Celery tasks of the mail engine: ids in, one call. The rows are the queue, tasks are the doorbell."""

from celery import shared_task

from mailsettings.inbound import completeness, polling, routing
from mailsettings.outbound import copies, looking, outbox, reports, webhooks
from mailsettings.proofs import breakers, domainproofs, domains, rechecks, returning
from mailsettings.proofs import probe as probing


@shared_task(name="mailsettings.deliver", ignore_result=True)
def deliver(mail_id: int) -> None:
    outbox.deliver(mail_id)


# A tick that found no free worker is dropped: the next one does the same work.
@shared_task(name="mailsettings.deliver_due", ignore_result=True, expires=15)
def deliver_due() -> None:
    outbox.deliver_due()


@shared_task(name="mailsettings.poll", ignore_result=True)
def poll(folder_id: int) -> None:
    if polling.poll(folder_id):
        routing.route_received()


@shared_task(name="mailsettings.poll_due", ignore_result=True, expires=15)
def poll_due() -> None:
    polling.poll_due(wake=lambda folder_id: poll.apply_async([folder_id], retry=False))


@shared_task(name="mailsettings.compare_folders", ignore_result=True)
def compare_folders() -> None:
    completeness.compare_all()


@shared_task(name="mailsettings.route_received", ignore_result=True, expires=15)
def route_received() -> None:
    routing.route_received()


@shared_task(name="mailsettings.probe", ignore_result=True, expires=120)
def probe(run_id: int) -> None:
    probing.perform(run_id)
    rechecks.settle_and_repeat(wake=_wake)


@shared_task(name="mailsettings.file_sent_copies", ignore_result=True, expires=30)
def file_sent_copies() -> None:
    copies.file_due()


@shared_task(name="mailsettings.deliver_webhooks", ignore_result=True)
def deliver_webhooks(endpoint_id: int) -> None:
    webhooks.deliver(endpoint_id)


@shared_task(name="mailsettings.deliver_webhooks_due", ignore_result=True, expires=15)
def deliver_webhooks_due() -> None:
    webhooks.deliver_due()


@shared_task(name="mailsettings.forget_webhooks", ignore_result=True)
def forget_webhooks() -> None:
    webhooks.forget_old()


@shared_task(name="mailsettings.recheck_due", ignore_result=True, expires=50)
def recheck_due() -> None:
    breakers.tell_due()
    rechecks.run_due(wake=_wake)


def _wake(run_id: int) -> None:
    probe.apply_async([run_id], retry=False)


@shared_task(name="mailsettings.look_for_test_mails", ignore_result=True, expires=5)
def look_for_test_mails() -> None:
    returning.look_for_awaited()
    rechecks.settle_and_repeat(wake=_wake)


@shared_task(name="mailsettings.check_domains", ignore_result=True, expires=50)
def check_domains() -> None:
    domains.run_due()


@shared_task(name="mailsettings.prove_domains", ignore_result=True, expires=50)
def prove_domains() -> None:
    domainproofs.run_due()


@shared_task(name="mailsettings.look_in_sent", ignore_result=True, expires=30)
def look_in_sent() -> None:
    looking.look_for_asked()


@shared_task(name="mailsettings.read_reports", ignore_result=True, expires=15)
def read_reports() -> None:
    reports.process_waiting()
