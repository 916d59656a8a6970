"""Her addresses from the examination on, and of what is kept of her. Ids only."""

from django.urls import path

from patency.doors.web.patient import after, diary, expecting, feed, my_data, my_report, trying

urlpatterns = [
    path("my/after/", after.after, name="my-after"),
    path("my/after/plan/", after.plan_file, name="my-plan-file"),
    path("my/report/", my_report.my_report, name="my-report"),
    path("my/report/file/", my_report.report_file, name="my-report-file"),
    path("my/diary/", diary.diary, name="my-diary"),
    path("my/diary/write/", diary.write, name="my-diary-write"),
    path("my/diary/<uuid:entry_id>/", diary.care_card, name="my-care-card"),
    path("my/trying/", trying.trying, name="my-trying"),
    path("my/fertile-days/", trying.fertile, name="my-fertile-days"),
    path("my/positive-test/", expecting.positive_test, name="my-positive-test"),
    path("my/pregnancy/", expecting.my_pregnancy, name="my-pregnancy"),
    path("my/calendar-address/", feed.my_feed, name="my-feed"),
    path("calendar/<uuid:token>/dates.ics", feed.calendar_file, name="calendar-file"),
    path("my/data/", my_data.my_data, name="my-data"),
    path("my/data/copy/", my_data.copy, name="my-data-copy"),
    path("my/data/end/", my_data.end, name="my-data-end"),
]
