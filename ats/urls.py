"""The URL map. What is public says so; everything else asks for a login."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
]
__all__ = ["include", "urlpatterns"]
