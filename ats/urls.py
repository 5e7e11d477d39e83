"""The URL map. What is public says so; everything else asks for a login."""

from allauth.account.views import logout
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from ats import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("anymail/", include("anymail.urls")),
    # A login's address is the company's to change: an unproven one would be somebody else's.
    path(
        "accounts/email/",
        RedirectView.as_view(pattern_name="companies:profile"),
        name="account_email",
    ),
    path("accounts/", include("allauth.urls")),
    # After allauth's own, so that these addresses are the ones links lead to.
    re_path(r"^login/?$", views.login, name="account_login"),
    re_path(r"^logout/?$", logout, name="account_logout"),
    path("", include("careers.urls")),
    path("", include("careers.publishing.urls")),
    path("", include("companies.urls")),
    path("", include("mailsettings.urls")),
    path("", include("recruiting.urls")),
    path("sandbox/", include("ats.sandbox.urls")),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/errors/<str:name>/", views.styleguide_error, name="styleguide-error"),
]
