"""Every address of the pages. Ids only: no name and no number of a woman stands in an address."""

from django.urls import include, path

from patency.doors.web import decision, languages
from patency.doors.web.patient import diary
from patency.doors.web.public import urls as public
from patency.doors.web.staff import (
    advice,
    arrivals,
    cycles,
    dates,
    find,
    journey,
    money,
    papers,
    planner,
    register,
    release,
    screening,
    tasks,
    today,
    treatment,
    wishes,
)

urlpatterns = [
    *public.urlpatterns,
    path("", include("patency.doors.web.accounts.urls")),
    path("language/", languages.choose, name="language"),
    # staff
    path("today/", today.today, name="today"),
    path("", include("patency.doors.web.staff.urls")),
    path("planner/", planner.planner, name="planner"),
    path("planner/again/", planner.plan_again, name="plan-again"),
    path("offers/<uuid:offer_id>/answer/", planner.answer_offer, name="answer-offer"),
    path("advice/", advice.advice, name="advice"),
    path("numbers/", release.releases, name="releases"),
    path("numbers/announce/", release.announce, name="release-announce"),
    path("find/", find.find, name="find"),
    path("register/", register.register, name="register"),
    path("patients/<uuid:patient_id>/", journey.journey, name="journey"),
    path("patients/<uuid:patient_id>/period/", cycles.period, name="period"),
    path("patients/<uuid:patient_id>/visits/<uuid:visit_id>/", journey.journey, name="visit"),
    path("visits/<uuid:visit_id>/answers/", screening.answers, name="answers"),
    path("visits/<uuid:visit_id>/results/", screening.results, name="results"),
    path("visits/<uuid:visit_id>/papers/", papers.papers, name="papers"),
    path("visits/<uuid:visit_id>/money/", money.money, name="money"),
    path("visits/<uuid:visit_id>/dates/", dates.dates, name="dates"),
    path("visits/<uuid:visit_id>/wishes/", wishes.wishes, name="wishes"),
    path("visits/<uuid:visit_id>/treatment/", treatment.treatment, name="treatment"),
    path("visits/<uuid:visit_id>/release/", screening.release, name="release-hold"),
    path("bookings/<uuid:booking_id>/check-in/", arrivals.check_in, name="check-in"),
    path("tasks/<uuid:task_id>/acknowledge/", tasks.acknowledge, name="task-acknowledge"),
    path("tasks/<uuid:task_id>/close/", tasks.close, name="task-close"),
    path("", include("patency.doors.web.manage.urls")),
    # both
    path("decisions/<uuid:decision_id>/", decision.decision, name="decision"),
    path("decisions/<uuid:decision_id>/override/", decision.override, name="override"),
    # she herself
    path("", include("patency.doors.web.patient.urls_before")),
    path("my/diary/", diary.diary, name="my-diary"),
    path("my/diary/<uuid:entry_id>/", diary.care_card, name="my-care-card"),
]
