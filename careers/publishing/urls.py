"""Addresses of the pages for those who publish, behind the login."""

from django.urls import path

from careers.publishing import career_page, trial

app_name = "publishing"

urlpatterns = [
    path("settings/recruiting/career-page/", career_page.activations, name="career-page"),
    path("settings/api-credentials/try/", trial.show, name="trial"),
]
