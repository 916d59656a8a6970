"""Her addresses up to the examination. Ids only: a month or a question is asked for, not named."""

from django.urls import path

from patency.doors.web.patient import (
    calendar,
    exam_day,
    home,
    my_dates,
    my_offer,
    my_wishes,
    number,
    papers,
    period,
    questions,
    waiting,
)

urlpatterns = [
    path("my/", home.mine, name="mine"),
    path("my/timeline/", home.timeline, name="my-timeline"),
    path("my/calendar/", calendar.my_calendar, name="my-calendar"),
    path("my/answers/", questions.my_answers, name="my-answers"),
    path("my/answers/sent/", questions.answers_sent, name="my-answers-sent"),
    path("my/period/", period.my_period, name="my-period"),
    path("my/period/told/", period.period_told, name="my-period-told"),
    path("my/period/undo/", period.undo_period, name="my-period-undo"),
    path("my/dates/", my_dates.my_dates, name="my-dates"),
    path("my/dates/<uuid:slot_id>/", my_dates.date_check, name="my-date-check"),
    path("my/date/", my_dates.my_date, name="my-date"),
    path("my/date/<uuid:booking_id>/give-up/", my_dates.date_cancel, name="my-date-cancel"),
    path("my/waiting/", waiting.my_waiting, name="my-waiting"),
    path("my/wishes/", my_wishes.my_wishes, name="my-wishes"),
    path("my/offers/<uuid:offer_id>/", my_offer.my_offer, name="my-offer"),
    path("my/numbers/", number.my_numbers, name="my-numbers"),
    path("my/numbers/<uuid:claim_id>/return/", number.return_number, name="number-return"),
    path("my/preparation/", exam_day.preparation, name="my-preparation"),
    path("my/day/", exam_day.my_day, name="my-day"),
    path("my/consent/", papers.my_consent, name="my-consent"),
    path("my/cost/", papers.my_cost, name="my-cost"),
    path("my/receipts/<uuid:payment_id>/", papers.my_receipt, name="my-receipt"),
]
