"""The addresses of what is sent, and of the ways to stop it. Ids and keys only."""

from django.urls import path

from patency.doors.web.reaching import sent, stop

urlpatterns = [
    path("messages/", sent.sent, name="messages"),
    path("patients/<uuid:patient_id>/messages/", sent.sent_to, name="messages-to"),
    path("messages/<uuid:message_id>/again/", sent.again, name="message-again"),
    path("my/channels/", stop.my_channels, name="my-channels"),
    path("channels/<uuid:key>/", stop.channels_of_link, name="channels"),
    path("answers/sms/", stop.answer, name="sms-answer"),
]
