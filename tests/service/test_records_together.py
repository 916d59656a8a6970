"""Tables that are made in one step may point at one another, and go again in one step."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from patency.records.together import CreateTogether

pytestmark = pytest.mark.django_db(transaction=True)


def table(name: str, points_at: str) -> migrations.CreateModel:
    return migrations.CreateModel(
        name=name,
        fields=[
            ("id", models.AutoField(primary_key=True)),
            ("other", models.ForeignKey(f"records.{points_at}", models.CASCADE, null=True)),
        ],
        options={
            "indexes": [models.Index(fields=["other", "id"], name=f"{name.lower()}_by_other")]
        },
    )


def names() -> set[str]:
    return {each for each in connection.introspection.table_names() if "fork" in each}


def test_tables_that_point_at_one_another_are_made_and_taken_away_together():
    step = CreateTogether([table("ForkOne", "ForkTwo"), table("ForkTwo", "ForkOne")])
    before, after = ProjectState(), ProjectState()
    step.state_forwards("records", after)

    with connection.schema_editor() as editor:
        step.database_forwards("records", editor, before, after)
    made = names()
    with connection.schema_editor() as editor:
        step.database_backwards("records", editor, after, before)

    assert made == {"records_forkone", "records_forktwo"}
    assert names() == set()
