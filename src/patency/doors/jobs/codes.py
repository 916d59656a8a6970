"""The job that makes and sends a one-time code, so that a page never waits for a provider."""

from uuid import UUID

from django_tasks import task

from patency.doors.jobs.at_work import house_at_work, worker_at
from patency.doors.jobs.words import messages
from patency.service import entrance


@task(priority=90)
def send_code(site: str, code_id: str) -> str:
    """Make and send one code, if it was asked for a contact that may get one."""
    house = house_at_work()
    words = {
        language: (said.subject, said.text)
        for language, said in messages()["one-time-code"].items()
    }
    sent = entrance.send_code(house, UUID(code_id), words, by=worker_at(site), now=house.now())
    return "sent" if sent else "nothing to send"
