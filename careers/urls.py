"""Addresses of the public doors. No redirects: a post that is sent elsewhere loses its body."""

from django.urls import include, path, re_path

from careers.applicant import api
from careers.site import crawlers, pages
from careers.v1 import openapi
from careers.v1 import views as v1

app_name = "careers"

urlpatterns = [
    re_path(r"^recruiting/applicant/?$", api.apply, name="applicant"),
    re_path(r"^v1/recruiting/applications/documents/?$", v1.documents, name="v1-documents"),
    re_path(r"^v1/recruiting/applications/?$", v1.applications, name="v1-applications"),
    re_path(r"^v1/?$", openapi.page, name="api"),
    re_path(r"^v1/openapi\.json$", openapi.description, name="openapi"),
    path("robots.txt", crawlers.platform_robots, name="platform-robots"),
    re_path(r"^careers/(?P<account>[A-Za-z0-9-]+)$", pages.openings),
    re_path(r"^careers/(?P<account>[A-Za-z0-9-]+)/", include("careers.site.urls")),
]
