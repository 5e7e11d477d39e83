"""App configuration."""

from django.apps import AppConfig


class RecruitingConfig(AppConfig):
    name = "recruiting"
    label = "recruiting"
