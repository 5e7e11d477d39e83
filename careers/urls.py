"""Addresses of the public doors. No redirects: a post that is sent elsewhere loses its body."""

from django.urls import re_path

from careers import api

app_name = "careers"

urlpatterns = [
    re_path(r"^recruiting/applicant/?$", api.apply, name="applicant"),
]
