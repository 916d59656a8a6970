"""Triggers that keep, in the database itself, what the models promise.

Set again after every migration: on SQLite a changed table is a new table, without its triggers.
"""

from collections.abc import Sequence

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

DIFFERS = {"sqlite": "IS NOT", "postgresql": "IS DISTINCT FROM"}
EMPTIED_BY = {"sqlite": "DELETE", "postgresql": "TRUNCATE"}


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers of these tables, replacing those there are: what only grows or is signed
    stays as it is, and places of a release stay apart from planned ones."""
    if connection.vendor not in DIFFERS:
        return
    audit, event, report = (apps.get_model("records", m) for m in ("Audit", "Event", "Report"))
    tables = set(connection.introspection.table_names())
    if not {m._meta.db_table for m in (audit, event, report)} <= tables:
        return  # migrating backwards, before there were tables
    for model in (audit, event):
        says = f"{model.__name__} rows are never changed or deleted"
        changed = _any_differs(connection, model, model.MAY_CHANGE)
        _trigger(connection, model, "UPDATE", changed, says)
        _trigger(connection, model, "DELETE", "1 = 1", says)
    says = "A signed report is never edited or deleted; amend it by a new version"
    signed = "OLD.status <> 'draft'"
    _trigger(connection, report, "UPDATE", f"{signed} AND ({_report_edited(connection)})", says)
    _trigger(connection, report, "DELETE", signed, says)
    _keep_places_apart(connection)
    for model in (audit, event, report):
        if settings.TABLES_MAY_BE_EMPTIED:
            _drop(connection, model, EMPTIED_BY[connection.vendor])
        elif connection.vendor == "postgresql":
            _trigger(connection, model, "TRUNCATE", "", f"{model.__name__} is never emptied")


# A claim's slot is a place of that release, and a booking there is of the woman whose number it is.
# On PostgreSQL the slot is held while that is asked, so that a release announced at the same moment
# is seen.
_NOT_OF_THE_RELEASE = (
    "NEW.slot_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM records_slot s "
    "WHERE s.id = NEW.slot_id AND s.release_id = NEW.release_id)"
)
_NOT_HER_NUMBER = (
    "EXISTS (SELECT 1 FROM records_slot s WHERE s.id = NEW.slot_id AND s.release_id IS NOT NULL) "
    "AND NOT EXISTS (SELECT 1 FROM records_claim c WHERE c.slot_id = NEW.slot_id "
    "AND c.visit_id = NEW.visit_id)"
)
_HOLD_THE_SLOT = "PERFORM 1 FROM records_slot WHERE id = NEW.slot_id FOR SHARE;"


def _keep_places_apart(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers of ``Claim`` and ``Booking``, once there are releases."""
    claim, booking = (apps.get_model("records", name) for name in ("Claim", "Booking"))
    if claim._meta.db_table not in connection.introspection.table_names():
        return  # migrating backwards, before there were releases
    says = "A number is a place of its own release"
    for verb in ("INSERT", "UPDATE OF slot_id"):
        _asking_trigger(connection, claim, verb, _NOT_OF_THE_RELEASE, says)
    says = "A place of a release is booked for the woman whose number it is"
    _asking_trigger(connection, booking, "INSERT", _NOT_HER_NUMBER, says, first=_HOLD_THE_SLOT)


def _asking_trigger(
    connection: BaseDatabaseWrapper,
    model: type[models.Model],
    verb: str,
    wrong: str,
    says: str,
    *,
    first: str = "",
) -> None:
    """Make a trigger whose condition asks other tables: on PostgreSQL that stands in its body."""
    name, table = _name(model, verb.split()[0]), model._meta.db_table
    _drop(connection, model, verb.split()[0])
    if connection.vendor == "sqlite":
        _run(
            connection,
            [
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN {wrong} "
                f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
            ],
        )
        return
    _run(
        connection,
        [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{first} IF {wrong} THEN RAISE EXCEPTION '{says}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()",
        ],
    )


def _report_edited(connection: BaseDatabaseWrapper) -> str:
    """Return when a signed row is more than marked as amended, or erased."""
    differs = DIFFERS[connection.vendor]
    erasable = [
        f"(NEW.{column} IS NOT NULL AND NEW.{column} {differs} OLD.{column})"
        for column in ("sections", "plain")
    ]
    return " OR ".join(
        [
            _any_differs(
                connection,
                apps.get_model("records", "Report"),
                frozenset({"status", "sections", "plain"}),
            ),
            f"(NEW.status {differs} OLD.status AND NOT (OLD.status = 'signed' "
            "AND NEW.status = 'amended'))",
            *erasable,
        ]
    )


def _any_differs(
    connection: BaseDatabaseWrapper, model: type[models.Model], but: frozenset[str]
) -> str:
    columns = [connection.ops.quote_name(f.column) for f in model._meta.fields if f.name not in but]
    return " OR ".join(f"NEW.{c} {DIFFERS[connection.vendor]} OLD.{c}" for c in columns)


def _name(model: type[models.Model], verb: str) -> str:
    return f"{model._meta.db_table}_keeps_its_rows_on_{verb.lower()}"


def _drop(connection: BaseDatabaseWrapper, model: type[models.Model], verb: str) -> None:
    on = f" ON {model._meta.db_table}" if connection.vendor == "postgresql" else ""
    _run(connection, [f"DROP TRIGGER IF EXISTS {_name(model, verb)}{on}"])


def _trigger(
    connection: BaseDatabaseWrapper, model: type[models.Model], verb: str, when: str, says: str
) -> None:
    name, table = _name(model, verb), model._meta.db_table
    _drop(connection, model, verb)
    if connection.vendor == "sqlite":
        _run(
            connection,
            [
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
            ],
        )
        return
    _run(
        connection,
        [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
            + (f"FOR EACH ROW WHEN ({when}) " if when else "FOR EACH STATEMENT ")
            + f"EXECUTE FUNCTION {name}()",
        ],
    )


def _run(connection: BaseDatabaseWrapper, statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
