"""The addresses anybody may open; nothing in them is about a woman."""

from django.urls import path

from patency.doors.web.public import pages

urlpatterns = [
    path("", pages.start, name="start"),
    path("clinics/<slug:site>/", pages.clinic, name="clinic"),
    path("clinics/<slug:site>/examination/", pages.examination, name="about-examination"),
    path("clinics/<slug:site>/bleeding/", pages.bleeding, name="about-bleeding"),
    path("clinics/<slug:site>/price/", pages.price, name="about-price"),
    path("clinics/<slug:site>/days/", pages.days, name="about-days"),
    path("clinics/<slug:site>/where/", pages.where, name="about-where"),
    path("clinics/<slug:site>/registering/", pages.registering, name="about-registering"),
]
