"""Addresses of the pages for those who publish, behind the login."""

from django.urls import path

from careers.publishing import career_page, promotion, trial

app_name = "publishing"

urlpatterns = [
    path("settings/recruiting/career-page/", career_page.activations, name="career-page"),
    path("positions/<int:pk>/promotion/", promotion.show, name="promotion"),
    path(
        "positions/<int:pk>/on-the-career-page/",
        promotion.on_career_page,
        name="on-career-page",
    ),
    path("settings/api-credentials/try/", trial.show, name="trial"),
]
