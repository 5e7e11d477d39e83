"""URLs of the sandbox's page; every one answers 404 while DEBUG is off."""

from django.urls import path

from ats.sandbox import views

app_name = "sandbox"

urlpatterns = [
    path("", views.show, name="home"),
    path("write/", views.write, name="write"),
    path("<str:name>/", views.show, name="mailbox"),
    path("<str:name>/write/", views.write, name="write-from"),
    path("<str:name>/<str:key>/", views.show, name="mail"),
    path("<str:name>/<str:key>/reply/", views.write, name="reply"),
]
