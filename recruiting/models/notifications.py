"""What people are told: one row for each of them, and how each wants to be told."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership
from mailsettings.models import Mailbox
from recruiting.models.applications import Application
from recruiting.models.messages import Message


class NewsKind(models.TextChoices):
    NEW_APPLICATION = "new_application", _("New application")
    NEW_MESSAGE = "new_message", _("New message")
    MENTION = "mention", _("Somebody mentions you")
    ASSIGNED = "assigned", _("A conversation is given to you")
    INTERVIEW_CHOSEN = "interview_chosen", _("A candidate chose the time of an interview")
    INTERVIEW_DECLINED = "interview_declined", _("A candidate declines an interview")
    EVALUATION = "evaluation", _("You are asked for an evaluation")
    MAIL_FAILED = "mail_failed", _("A mail did not arrive")
    CONNECTION = "connection", _("A mail connection is broken")


class ByMail(models.TextChoices):
    OFF = "off", _("No mail")
    NOW = "now", _("At once")
    DAILY = "daily", _("Once a day")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Could not be sent")


WISHES = [(each.value, each.label) for each in (ByMail.OFF, ByMail.NOW, ByMail.DAILY)]


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, member: Membership) -> "NotificationQuerySet":
        """A member's own, as far as they are shown in the product."""
        return self.filter(company_id=member.company_id, member_id=member.pk, in_app=True)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)

    def untold(self) -> "NotificationQuerySet":
        """What happened, before it is known whom it concerns."""
        return self.filter(is_told=False)


class Notification(models.Model):
    """One thing that happened, for one member or for a shared ``address``.

    What happens writes a row for nobody (``is_told`` is false; a ``member`` in it is meant alone). A sweep
    makes of it the rows of those it concerns.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=20, choices=NewsKind)
    is_told = models.BooleanField(default=False)
    member = models.ForeignKey(Membership, models.CASCADE, null=True, blank=True, related_name="+")
    address = models.EmailField(_("shared address"), blank=True)
    actor = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    application = models.ForeignKey(
        Application, models.CASCADE, null=True, blank=True, related_name="+"
    )
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="notifications"
    )
    mailbox = models.ForeignKey(Mailbox, models.CASCADE, null=True, blank=True, related_name="+")
    in_app = models.BooleanField(default=True)
    mail = models.CharField(_("by mail"), max_length=6, choices=ByMail, default=ByMail.OFF)
    at = models.DateTimeField(_("at"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["member", "-at"], name="recruiting_news_of"),
            models.Index(
                fields=["member"],
                name="recruiting_news_unread",
                condition=Q(read_at=None, in_app=True, is_told=True),
            ),
            models.Index(fields=["id"], name="recruiting_news_untold", condition=Q(is_told=False)),
            models.Index(
                fields=["mail"], name="recruiting_news_mail", condition=Q(mail__in=["now", "daily"])
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    def sentence(self, *, with_names: bool = True) -> str:
        """What happened, in words; ``with_names`` false leaves the candidate's out."""
        application, message = self.application, self.message
        name = _now("a candidate")
        if with_names and application:
            name = str(application.candidate)
        elif with_names and message:
            name = message.from_name or message.from_address or name
        known: dict[str, Any] = {
            "name": name,
            "position": application.position if application else "",
            "actor": self.actor.user if self.actor else _now("Somebody"),
            "mailbox": self.mailbox or "",
        }
        return capfirst(self._words() % known)

    def _words(self) -> str:
        kind = self.kind
        if kind == NewsKind.NEW_APPLICATION:
            return _now("%(name)s has applied: %(position)s")
        if kind == NewsKind.MENTION:
            return _now("%(actor)s mentions you in a note about %(name)s")
        if kind == NewsKind.ASSIGNED:
            return _now("%(actor)s gave you the conversation with %(name)s")
        if kind == NewsKind.INTERVIEW_CHOSEN:
            return _now("%(name)s chose the time of an interview: %(position)s")
        if kind == NewsKind.INTERVIEW_DECLINED:
            return _now("%(name)s declines an interview: %(position)s")
        if kind == NewsKind.EVALUATION:
            return _now("%(actor)s asks what you think of %(name)s")
        if kind == NewsKind.MAIL_FAILED:
            return _now("A mail to %(name)s did not arrive")
        if kind == NewsKind.CONNECTION:
            return _now("%(mailbox)s cannot send")
        if self.application_id:
            return _now("%(name)s has written: %(position)s")
        return _now("A mail of %(name)s waits to be sorted")

    def path(self) -> str:
        """The page it is about."""
        if self.kind == NewsKind.EVALUATION and self.application_id:
            return reverse("recruiting:evaluations", args=[self.application_id])
        if self.application_id:
            end = f"#message-{self.message_id}" if self.message_id else ""
            return reverse("recruiting:application", args=[self.application_id]) + end
        if self.message_id:
            return reverse("recruiting:unassigned-message", args=[self.message_id])
        if self.mailbox and self.mailbox.user_id:
            return reverse("mailsettings:personal")
        return reverse("mailsettings:email-settings")


class NotificationChoice(models.Model):
    """How a member wants to be told of one kind; without a row ``notify.DEFAULTS`` hold."""

    member = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=20, choices=NewsKind)
    in_app = models.BooleanField(_("in Posthorn"), default=True)
    mail = models.CharField(_("by mail"), max_length=6, choices=WISHES, default=ByMail.OFF)

    class Meta:
        verbose_name = _("choice of notifications")
        verbose_name_plural = _("choices of notifications")
        constraints = [
            models.UniqueConstraint(fields=["member", "kind"], name="recruiting_choice_once")
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.get_kind_display()}"


class TeamNotifications(models.Model):
    """What of a company is told to a shared address, and whether mails name candidates."""

    company = models.OneToOneField(Company, models.CASCADE, related_name="+")
    address = models.EmailField(_("shared address"), blank=True)
    kinds = models.JSONField(_("what is told"), default=list, blank=True)
    mail = models.CharField(_("by mail"), max_length=6, choices=WISHES, default=ByMail.NOW)
    with_names = models.BooleanField(_("mails name candidates"), default=True)

    class Meta:
        verbose_name = _("notifications of a team")
        verbose_name_plural = _("notifications of teams")

    def __str__(self) -> str:
        return self.address
