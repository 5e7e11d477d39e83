"""Addresses of the public doors. No redirects: a post that is sent elsewhere loses its body."""

from django.urls import include, path, re_path

from careers import api, crawlers, pages

app_name = "careers"

urlpatterns = [
    re_path(r"^recruiting/applicant/?$", api.apply, name="applicant"),
    path("robots.txt", crawlers.platform_robots, name="platform-robots"),
    re_path(r"^careers/(?P<account>[A-Za-z0-9-]+)$", pages.openings),
    re_path(r"^careers/(?P<account>[A-Za-z0-9-]+)/", include("careers.site")),
]
