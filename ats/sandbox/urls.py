"""URLs of the sandbox's page; every one answers 404 while DEBUG is off."""


from django.urls import URLPattern

app_name = "sandbox"

urlpatterns: list[URLPattern] = []
