"""Who is in the story: the staff of the clinic with their sign-ins, and invented women."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from patency.core.access import Actor, Role
from patency.service import sign_ins
from patency.service.house import House

SITE = "demo-west"
CAMPUS = "west"
PASSWORD = "only-for-the-demo"
"""Of every sign-in of a demo; production refuses to serve a demo's database."""


@dataclass(frozen=True, slots=True)
class Person:
    """One member of staff: the sign-in, the name shown, the roles."""

    name: str
    shown: str
    roles: frozenset[Role]


def _person(name: str, shown: str, *roles: Role) -> Person:
    return Person(name, shown, frozenset(roles))


STAFF = (
    _person("registration", "Chen Jing, registration", Role.REGISTRATION),
    _person("nurse", "Zhao Lan, nurse", Role.NURSE),
    _person("radiographer", "Liu Bo, radiographer", Role.RADIOGRAPHER),
    _person("radiologist", "Dr Sun Yue, radiologist", Role.RADIOLOGIST),
    _person("gynaecologist", "Dr Lin Mei, gynaecologist", Role.GYNAECOLOGIST),
    _person("consultant", "Dr Guo Hua, consultant", Role.CONSULTANT, Role.GYNAECOLOGIST),
    _person("cashier", "Ma Li, cashier", Role.CASHIER),
    _person("manager", "Tang Rui, clinic manager", Role.MANAGER),
    _person("administrator", "He Ping, administrator", Role.ADMINISTRATOR),
    _person("kiosk", "The pick-up machine, at /kiosk/", Role.KIOSK),
)
SHOWN: Mapping[str, str] = MappingProxyType(
    {person.name: person.shown for person in STAFF} | {"alarm": "The alarm clock"}
)
# Who sets the demo up, and the jobs that ring alarms and look for silence: nobody signs in as them.
SET_UP = Actor("demo-set-up", SITE, frozenset({Role.ADMINISTRATOR}))
JOB = Actor("alarm", SITE, frozenset({Role.SYSTEM}))

# What a healthy woman answers; each in the story changes what differs.
HER_ANSWERS: Mapping[str, object] = MappingProxyType(
    {
        "period_kind": "natural",
        "usual_bleeding_days": 4,
        "shortest_cycle_days": 27,
        "longest_cycle_days": 29,
        "possible_pregnancy": False,
        "unexplained_bleeding": False,
        "past_pelvic_infection": False,
        "immunosuppressed": False,
        "recent_delivery_or_curettage": False,
        "methotrexate_in_last_3_months": False,
        "contrast_reaction": "none",
        "asthma_or_treated_allergy": False,
        "shellfish_or_iodine_allergy": False,
        "kidney_disease_or_metformin": False,
        "blood_thinners_or_bleeding_disorder": False,
        "interpreter_needed": False,
        "antibiotic_allergy": False,
        "irregular_periods": False,
        "wants_fertile_days": True,
    }
)
STAFF_ANSWERS: Mapping[str, object] = MappingProxyType(
    {
        "indication": "infertility",
        "identity_confirmed": True,
        "contact_and_language_known": True,
        "suspicious_bleeding": False,
        "severe_illness": False,
        "bmi_kg_m2": 22.0,
        "weight_kg": 56.0,
        "hormone_problem": False,
        "semen_abnormal": False,
    }
)
# What is asked and measured at the clinic visit; true of that day only.
VISIT_ANSWERS: Mapping[str, object] = MappingProxyType(
    {
        "temperature_c": 36.6,
        "respiratory_illness": "none",
        "lower_abdominal_pain": False,
        "discharge_symptoms": False,
        "vaginitis_or_cervicitis": False,
        "active_pelvic_infection": False,
        "unprotected_intercourse_since_period": False,
        "protected_intercourse_since_period": False,
        "specimen_spoiled": False,
        "bleeding_today": False,
        "possible_pregnancy": False,
        "genital_tuberculosis_suspected": False,
        "genital_infection_treated": False,
        "medium_wanted": "water",
        "chaperone_wish_met": True,
    }
)
NORMAL_TEST: Mapping[str, object] = MappingProxyType(
    {
        "leucorrhoea_cleanliness": "II",
        "leucorrhoea_trichomonas": False,
        "leucorrhoea_yeast": False,
        "leucorrhoea_clue_cells": False,
        "leucorrhoea_amine": False,
        "leucorrhoea_ph": 4.2,
        "leucorrhoea_white_cells": "few",
    }
)


@dataclass(frozen=True, slots=True)
class Invented:
    """An invented woman, as she gives her details."""

    family_name: str
    given_name: str
    spelled: str
    """Her name in letters, as the story calls her."""
    born: date
    phone: str
    language: str = "en"

    @property
    def shown(self) -> str:
        """Return her name as the story and as the pages write it."""
        return f"{self.spelled} ({self.family_name}{self.given_name})"


WANG = Invented("王", "秀英", "Wang Xiuying", date(1993, 4, 18), "010-0000-7301")


def sign_in_staff(house: House) -> Mapping[str, Actor]:
    """Return who can act in the story, by sign-in name, everyone admitted to the clinic."""
    people = {"alarm": JOB}
    for person in STAFF:
        row = sign_ins.admit_staff(
            house,
            name=person.name,
            password=PASSWORD,
            display_name=person.shown,
            roles=person.roles,
            by=SET_UP,
            now=house.now(),
        )
        people[person.name] = row.as_actor()
    return people
