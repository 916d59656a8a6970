"""The addresses of the clinic's pages of the day."""

from django.urls import path

from patency.doors.web.staff import approval, arrivals, exam, exam_after, tasks, times, waits

urlpatterns = [
    path("tasks/", tasks.tasks_page, name="tasks"),
    path("waiting/", waits.waits, name="waiting"),
    path("times/", times.times, name="times"),
    path("times/close/", times.close, name="times-close"),
    path("visits/<uuid:visit_id>/approval/", approval.approve, name="approval"),
    path("visits/<uuid:visit_id>/urgency/", approval.urgency, name="urgency"),
    path("bookings/<uuid:booking_id>/missed/", arrivals.missed, name="missed"),
    path("bookings/<uuid:booking_id>/no-room/", arrivals.no_room, name="no-room"),
    path("visits/<uuid:visit_id>/examination/", exam.exam, name="exam"),
    path("visits/<uuid:visit_id>/examination/step/", exam.exam_step, name="exam-step"),
    path("visits/<uuid:visit_id>/examination/undo/", exam.exam_undo, name="exam-undo"),
    path("visits/<uuid:visit_id>/examination/record/", exam_after.exam_record, name="exam-record"),
    path("visits/<uuid:visit_id>/examination/after/", exam_after.exam_after, name="exam-after"),
]
