"""Every address of this installation, and the house handed to the pages."""

from django.urls import URLPattern, URLResolver, include, path

from patency.config.wiring import house
from patency.doors.web.house import provide

provide(house)

urlpatterns: list[URLPattern | URLResolver] = [path("", include("patency.doors.web.urls"))]
