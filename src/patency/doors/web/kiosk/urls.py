"""The addresses of the machine in the corridor; none holds an id."""

from django.urls import path

from patency.doors.web.kiosk import pages

urlpatterns = [
    path("kiosk/", pages.start, name="kiosk"),
    path("kiosk/code/", pages.code, name="kiosk-code"),
    path("kiosk/birth/", pages.birth, name="kiosk-birth"),
    path("kiosk/pages/", pages.pages, name="kiosk-pages"),
    path("kiosk/still-there/", pages.still_there, name="kiosk-still-there"),
    path("kiosk/end/", pages.end, name="kiosk-end"),
]
