"""Codes of ours as a person reads them: answers to choose from, kinds, reasons, names of values."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patency.doors.web.languages import Words, spoken
from patency.records.facts_on import from_json

CODES: Mapping[str, Words] = {
    "no_preference": _("no preference"),
    "water": _("water-soluble"),
    "oil": _("oil-based"),
    "leucorrhoea": _("Leucorrhoea test"),
    "chlamydia": _("Chlamydia test"),
    "pregnancy_urine": _("Pregnancy test (urine)"),
    "hcg_serum": _("hCG in blood"),
    "sms": _("SMS"),
    "tsh": _("TSH"),
    "ft4": _("Free T4"),
    "clinic_visit": _("Clinic visit"),
    "exam": _("Examination"),
    "non_diagnostic": _("no clear pictures"),
    "universal_3_5d": _("antibiotics for all, 3 to 5 days"),
    "targeted": _("antibiotics where there is a reason"),
    "cleanliness_iii": _("cleanliness grade III"),
    "flag": _("a clinician looks at it"),
    "hold": _("she is put on hold"),
    "pads_soaked": _("pads soaked through"),
    "pads_over_hours": _("over hours"),
    "temperature_today_c": _("temperature"),
    "temperature_c": _("temperature"),
    "pain_score": _("pain"),
    "bleeding_amount": _("bleeding"),
    "as_period": _("like a period"),
    "more_than_period": _("more than a period"),
    "spreading_or_face": _("spreading or on the face"),
    "unable_to_stand": _("cannot stand up straight"),
    "bleeding_less_than_yesterday": _("bleeding less than yesterday"),
    "bleeding_returned_after_dry_day": _("bleeding came back after a dry day"),
    "pain_worse_after_24h": _("pain worse since the day after"),
    "chest_pain": _("chest pain, coughing"),
    "vision_or_nerve_symptoms": _("sees or speaks differently, weak, numb, or a fit"),
    "infertility": _("infertility"),
    "recurrent_loss": _("recurrent loss"),
    "before_treatment": _("before treatment"),
    "after_sterilisation": _("after sterilisation"),
    "other": _("other"),
    "natural": _("natural"),
    "withdrawal": _("withdrawal"),
    "none": _("none"),
    "now": _("now"),
    "recently": _("recently"),
    "mild": _("mild"),
    "moderate": _("moderate"),
    "severe": _("severe"),
    "low": _("low"),
    "normal": _("normal"),
    "high": _("high"),
    "I": _("I"),
    "II": _("II"),
    "III": _("III"),
    "IV": _("IV"),
    "few": _("few"),
    "many": _("many"),
    "negative": _("negative"),
    "positive": _("positive"),
    "pending": _("pending"),
    "not_done": _("not done"),
    "faint": _("faint"),
    "skin": _("skin"),
    "one_side": _("one side"),
    "both_sides": _("both sides"),
    "spotting": _("spotting"),
    "light": _("light"),
    "both": _("both"),
    "one": _("one"),
    "cannot_tell": _("cannot tell"),
    "not_known": _("not known"),
    "womb": _("in the womb"),
    "outside_the_womb": _("outside the womb"),
    "ended": _("ended"),
    "lost_contact": _("lost contact"),
    "email": _("e-mail"),
    "post": _("post"),
    "phone": _("phone"),
    "held": _("held"),
    "firm": _("firm"),
    "attended": _("attended"),
    "cancelled": _("cancelled"),
    "missed": _("missed"),
    "bumped": _("no room that day"),
    "completed": _("completed"),
    "abandoned": _("stopped early"),
    "open": _("open"),
    "closed": _("closed"),
    "lost": _("lost"),
    "new": _("new"),
    "move": _("move"),
    "accepted": _("accepted"),
    "declined": _("declined"),
    "expired": _("expired"),
    "withdrawn": _("withdrawn"),
    "rather": _("rather"),
    "must": _("must"),
    "cash": _("cash"),
    "card": _("card"),
    "mobile": _("mobile payment"),
    "transfer": _("bank transfer"),
    "hsg": _("HSG"),
    "ssg": _("SSG"),
    "hydrotubation": _("hydrotubation"),
    "hysteroscopy": _("hysteroscopy"),
    "biopsy": _("biopsy"),
    "morning": _("morning"),
    "afternoon": _("afternoon"),
    "day": _("day"),
    "bleeding-expected": _("bleeding expected to end"),
    "bleeding-ended": _("bleeding ended"),
    "test-passed": _("test passed"),
    "no-place": _("no place"),
    "no-plan": _("no plan"),
    "number-not-drawn": _("number not drawn"),
    "decide-antibiotics": _("decide on antibiotics"),
    "refer-specialist": _("refer to a specialist"),
    "look-at-what-was-done": _("look at what was done"),
    "bleeding-in-pregnancy": _("bleeding in pregnancy"),
    "check-identity": _("check who she is"),
    "code-not-sent": _("code not sent"),
    "printer-trouble": _("printer trouble"),
    "sign-in-locked": _("sign-in locked"),
    "night-planned": _("night planned"),
    "oil-volume-over-maximum": _("more oil than the maximum"),
    "second-intervention-in-cycle": _("second intervention in one cycle"),
    "her-wish": _("her wish"),
    "no-slot": _("no free time"),
    "triage": _("triage"),
    "call-day-1": _("call, day 1"),
    "call-day-2": _("call, day 2"),
    "call-day-3": _("call, day 3"),
    "call-day-7": _("call, day 7"),
    "call-day-14": _("call, day 14"),
    "silence": _("no word from her"),
    "draft": _("draft"),
    "signed": _("signed"),
    "amended": _("amended"),
    "interest": _("interest"),
    "number": _("number"),
    "waiting": _("waiting"),
    "sold-out": _("sold out"),
    "returned": _("given back"),
    "used": _("used"),
    "lapsed": _("lapsed"),
    "draw": _("draw"),
    "arrival": _("in order of arrival"),
}

# Short names of facts and of a site's own values, where no question asks for them.
VALUES: Mapping[str, Words] = {
    "cycle_day": _("cycle day"),
    "days_after_bleeding": _("days after bleeding"),
    "visit_days_after_bleeding": _("days after bleeding at the clinic visit"),
    "bleeding_days": _("days of bleeding"),
    "cycle_variation_days": _("variation of her cycles"),
    "last_cycle_day_before_ovulation": _("last cycle day before ovulation"),
    "window_opens": _("window opens"),
    "window_closes": _("window closes"),
    "visit_opens": _("first day for the clinic visit"),
    "visit_closes": _("last day for the clinic visit"),
    "days_since_test_passed": _("days since the test was passed"),
    "test_result_expires": _("test result counts until"),
    "days_since_delivery_or_curettage": _("days since a birth or curettage"),
    "days_since_pelvic_infection": _("days since a pelvic infection"),
    "days_since_respiratory_symptoms": _("days since a cold"),
    "days_since_exam": _("days since the examination"),
    "days_from_exam_to_positive_test": _("days from the examination to the positive test"),
    "pads_per_hour": _("pads per hour"),
    "abstain_until": _("no intercourse until"),
    "exam_lead_days": _("days until the examination"),
    "hcg_hours_apart": _("hours between the hCG tests"),
    "hcg_change_percent": _("change of hCG"),
    "hcg_drop_percent": _("drop of hCG"),
    "usual_window_opens": _("usual window opens"),
    "last_day_within_cap": _("last day within the cap"),
    "last_day_within_extended_cap": _("last day within the wider cap"),
    "exam_possible_from": _("examination possible from"),
    "exam_promised_by": _("examination promised by"),
    "respiratory_wait_ends": _("wait after a cold ends"),
    "delivery_wait_ends": _("wait after a birth or curettage ends"),
    "pelvic_infection_wait_ends": _("wait after a pelvic infection ends"),
    "bath_from": _("bath from"),
    "intercourse_from": _("intercourse from"),
    "days_from_exam_to_advice": _("days from the examination to the advice"),
    "bleeding_expected_until": _("bleeding expected until"),
    "diary_until": _("diary until"),
    "thyroid_test_due": _("thyroid test due"),
    "repeat_exam_from": _("repeat examination from"),
    "scan_from": _("scan from"),
    "scan_until": _("scan until"),
    "antibiotic_policy_here": _("antibiotic policy here"),
    "cleanliness_iii_here": _("cleanliness grade III here"),
    "conception_delay_here": _("wait before trying here"),
    "days_past_ovulation_bound": _("days past the bound of ovulation"),
    "last_day_before_ovulation": _("last day before ovulation"),
    "usual_days_after_bleeding": _("usual days after bleeding"),
    "first_free_cycle_day": _("first free cycle day"),
    "days_free_after_latest_ovulation": _("days free after the latest ovulation"),
    "cycle_day_cap": _("latest cycle day"),
    "weight_limit_kg": _("weight limit"),
    "oil_max_ml": _("most oil"),
    "dap_reference_gy_cm2": _("reference dose-area product"),
    "report_working_days": _("working days until the report"),
    "age_priority": _("priority by age"),
    "antibiotic_policy": _("antibiotic policy"),
    "abstinence_days_after": _("days without intercourse afterwards"),
    "bath_days_after": _("days without a bath afterwards"),
    "conception_delay_months": _("months before trying"),
    "diary_date": _("day of the diary"),
    "large_clots": _("large clots"),
    "dizzy": _("dizzy"),
    "fainted": _("fainted"),
    "chills_or_vomiting": _("chills or vomiting"),
    "foul_discharge": _("foul discharge"),
    "breathing_difficulty": _("difficulty breathing"),
    "rash": _("rash"),
    "thyroid_symptoms": _("signs of the thyroid"),
    "pregnancy_test_positive": _("pregnancy test positive"),
    "shoulder_tip_pain": _("pain at the tip of the shoulder"),
    "tubal_disease_found": _("disease of a tube found"),
    "free_text_given": _("wrote something in her own words"),
}

# The units of the facts; a count of one is said alone.
UNITS: Mapping[str, Words] = {
    "days": _("days"),
    "grade": _("grade"),
    "hours": _("hours"),
    "images": _("images"),
    "interventions": _("interventions"),
    "minutes": _("minutes"),
    "months": _("months"),
    "pads": _("pads"),
    "pads an hour": _("pads an hour"),
    "points of 10": _("points of 10"),
    "working days": _("working days"),
}
ONE: Mapping[str, Words] = {
    "days": _("day"),
    "hours": _("hour"),
    "images": _("image"),
    "interventions": _("intervention"),
    "minutes": _("minute"),
    "months": _("month"),
    "pads": _("pad"),
    "pads an hour": _("pad an hour"),
    "points of 10": _("point of 10"),
    "working days": _("working day"),
}


def unit_words(unit: str, value: object = None) -> str:
    """Return a unit as it goes with a value: "1 pad", "1 point of 10"; what is known worldwide as
    it is."""
    return str((ONE.get(unit) if value == 1 else None) or UNITS.get(unit, unit))


def with_unit(value: object, unit: str) -> str:
    """Return a value of a fact with its unit, as a person reads it."""
    said = value_in_words(value)
    if not unit:
        return said
    return gettext("{value} {unit}").format(value=said, unit=unit_words(unit, value))


def value_in_words(value: object) -> str:
    """Return a value as a person reads it: no code, no long fraction, a day with its weekday."""
    if isinstance(value, bool):
        return spoken().yes if value else spoken().no
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    known = from_json(value)
    if isinstance(known, datetime):
        return spoken().moment(known, with_year=True)
    if isinstance(known, date):
        return spoken().day(known)
    return in_words(value) if isinstance(value, str) else str(value)


def in_words(code: str) -> str:
    """Return a code of ours as a person reads it."""
    known = CODES.get(code) or VALUES.get(code)
    return str(known or code.replace("_", " ").replace("-", " "))


def capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]
