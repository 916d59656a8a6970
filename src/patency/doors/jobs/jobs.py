"""What a worker can be asked to do about an event. Each may be run again: it claims beforehand."""

from uuid import UUID

from django_tasks import task

from patency.doors.jobs.at_work import house_at_work, worker_at
from patency.doors.jobs.filling import fill
from patency.doors.jobs.numbers import note_not_drawn
from patency.service import (
    booking,
    comparison,
    erased_files,
    papers,
    printing,
    signed_report,
    suggesting,
)
from patency.service import messages as service


@task()
def tell_her(event_id: int, site: str, message: str) -> str:
    """Send a woman a neutral word that something waits for her."""
    house = house_at_work()
    return service.tell_her(house, event_id, message, by=worker_at(site), now=house.now())


@task(priority=50)
def call_duty(event_id: int, site: str) -> str:
    """Call the duty contact of a site to the task list."""
    house = house_at_work()
    return service.call_duty(house, event_id, by=worker_at(site), now=house.now())


@task(priority=20)
def print_report(event_id: int, site: str, report_id: str) -> str:
    """Print the report a woman has asked for with her code."""
    house, by = house_at_work(), worker_at(site)
    values = papers.report_values(house, UUID(report_id), by=by, now=house.now())
    pdf = house.gateways.pdf("report", values)
    return printing.print_page(house, event_id, pdf, by=by, now=house.now())


@task(priority=30)
def judge_date(site: str, booking_id: str) -> str:
    """Judge again whether a woman's date fits, after her window has changed."""
    house = house_at_work()
    try:
        judged = booking.still_fits(house, UUID(booking_id), by=worker_at(site), now=house.now())
    except booking.NothingBooked:
        return "the date was given up meanwhile"
    return str(judged.state)


@task(priority=40)
def refill(event_id: int, site: str) -> str:
    """Offer the places that have come free to the next in line."""
    house = house_at_work()
    given = fill(house, worker_at(site), house.now())
    return f"{given} offered after event {event_id}"


@task()
def tell_drawn(site: str, release_id: str) -> str:
    """Write down whom the draw of a release gave no number, so that each of them is told."""
    house = house_at_work()
    told = note_not_drawn(UUID(release_id), worker_at(site), house.now())
    return f"{told} women are told"


@task(priority=-10)
def work_out_comparison(site: str, comparison_id: str) -> str:
    """Decide what was decided again, by another version of the protocol."""
    house = house_at_work()
    row = comparison.work_out(house, UUID(comparison_id), by=worker_at(site), now=house.now())
    return f"{row.decided} decided again"


@task(priority=-20)
def read_images(site: str, reading_id: str) -> str:
    """Read the images of a visit, so that a draft stands beside the report."""
    house = house_at_work()
    row = suggesting.read_images(house, UUID(reading_id), by=worker_at(site), now=house.now())
    return f"{row.state} {row.reason}".strip()


@task(priority=20)
def forget_files(event_id: int, site: str) -> str:
    """Take the files of an erased record from the image store."""
    house = house_at_work()
    gone = erased_files.forget_files(house, event_id, by=worker_at(site), now=house.now())
    return f"{gone} files taken away"


@task(priority=10)
def file_signed_report(site: str, report_id: str) -> str:
    """File what was signed with her images, for machines that ask for it."""
    house = house_at_work()
    row = signed_report.file_signed(house, UUID(report_id), by=worker_at(site), now=house.now())
    return "no images to file it with" if row is None else f"filed as {row.image_uid}"
