"""Every address of the site: the API, the pages, accounts, the admin."""

from django.contrib import admin
from django.urls import include, path

from laotie.api.assembly import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("laotie.web.urls")),
]
