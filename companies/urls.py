"""URLs of a company's settings."""

from django.urls import path

from companies import views

app_name = "companies"

urlpatterns = [
    path("settings/", views.index, name="settings"),
    path("settings/api-credentials/", views.api_credentials, name="credentials"),
    path("settings/api-credentials/<int:pk>/", views.api_credential, name="credential"),
    path(
        "settings/api-credentials/<int:pk>/rotate/",
        views.rotate_credential,
        name="credential-rotate",
    ),
    path(
        "settings/api-credentials/<int:pk>/revoke/",
        views.revoke_credential,
        name="credential-revoke",
    ),
    path("settings/members/", views.member_list, name="members"),
    path("settings/members/<int:pk>/", views.edit_member, name="member"),
    path("settings/members/<int:pk>/invite/", views.send_invitation, name="member-invite"),
    path("settings/support/", views.support_access, name="support"),
    path("settings/support/<int:pk>/end/", views.end_support, name="support-end"),
    path("profile/", views.profile, name="profile"),
]
