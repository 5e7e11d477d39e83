"""Files of a candidate. Always served as downloads from a permission-checked view."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership, StoredFile
from recruiting.choices import DocumentCategory
from recruiting.models.applications import Application, RefusedApplication
from recruiting.models.candidates import Candidate, make_code


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, member: Membership) -> "DocumentQuerySet":
        """Documents of the applications the member sees."""
        return self.filter(application__in=Application.objects.visible_to(member).values("pk"))


class Document(models.Model):
    application = models.ForeignKey(Application, models.CASCADE, related_name="documents")
    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="documents")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    code = models.CharField(max_length=24, unique=True, default=make_code, editable=False)
    name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=127)
    category = models.CharField(
        _("category"), max_length=25, choices=DocumentCategory, default=DocumentCategory.OTHER
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.name


class RefusedDocument(models.Model):
    """A file that came with an application that was not taken."""

    refused = models.ForeignKey(RefusedApplication, models.CASCADE, related_name="documents")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=127)
    category = models.CharField(
        _("category"), max_length=25, choices=DocumentCategory, default=DocumentCategory.OTHER
    )

    class Meta:
        verbose_name = _("refused document")
        verbose_name_plural = _("refused documents")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class UploadedDocumentQuerySet(models.QuerySet["UploadedDocument"]):
    def waiting(self) -> "UploadedDocumentQuerySet":
        """Those an application may still name."""
        return self.filter(created_at__gt=timezone.now() - UploadedDocument.LIFETIME)


class UploadedDocument(models.Model):
    """A file that a client sent ahead of the applications which will name its ``uuid``.

    It is good for any number of applications of the company within ``LIFETIME``; each has a document
    of its own, so forgetting this row takes nothing from them.
    """

    LIFETIME = timedelta(hours=24)

    company = models.ForeignKey(Company, models.CASCADE, related_name="uploaded_documents")
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=127)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = UploadedDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("uploaded document")
        verbose_name_plural = _("uploaded documents")
        ordering = ["created_at"]
        indexes = [models.Index(fields=["created_at"], name="recruiting_upload_age")]

    def __str__(self) -> str:
        return self.name
