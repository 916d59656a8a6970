"""Tells Django where the tables are, and guards those that only grow."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from patency.records import guards

SUBJECTS = (
    "people",
    "entrance",
    "visit",
    "paperwork",
    "money",
    "booking",
    "release",
    "waiting",
    "exam",
    "report",
    "followup",
    "hers",
    "message",
    "advice",
    "comparison",
    "quality",
    "images",
    "machines",
    "suggested",
    "ledger",
)


class RecordsConfig(AppConfig):
    name = "patency.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        for subject in SUBJECTS:
            import_module(f"patency.records.models.{subject}")
        super().import_models()

    def ready(self) -> None:
        post_migrate.connect(_guard, sender=self)


def _guard(*, using: str, plan: Any = (), **_: Any) -> None:
    guards.install(connections[using])
