"""``patency sign-in``: gives a member of staff a way in, from the machine the clinic runs on."""

from pathlib import Path
from typing import Annotated

import typer

from patency.core.access import Actor, Role
from patency.doors.cli.program import Refused, program, set_up_django
from patency.doors.cli.running import bring_up_to_date, refuse_a_demos_database

NAME = "command-line"  # who acts, in the audit: whoever may run commands on this machine


def command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What they type to sign in, such as he.ping.")],
    site: Annotated[str, typer.Option(help="Where they work.", metavar="S")],
    role: Annotated[list[str], typer.Option(help="What they are; may be given more than once.")],
    shown: Annotated[str, typer.Option(help="The name others see, such as 'He Ping'.")],
    password_file: Annotated[
        Path | None, typer.Option(help="A file with the password; without it you are asked.")
    ] = None,
) -> None:
    """Give a member of staff a sign-in, with one or more roles at one site.

    The first administrator of a clinic gets in this way. Passwords have 12 characters or more.

    Example: patency sign-in he.ping --site demo-west --role administrator --shown "He Ping"
    """
    house = program(context).house()
    set_up_django()
    refuse_a_demos_database()
    bring_up_to_date()
    from patency.records.models.people import UnknownRole
    from patency.service import sign_ins

    by = Actor(NAME, house.site(site).slug, frozenset({Role.ADMINISTRATOR}))
    try:
        row = sign_ins.admit_staff(
            house,
            name=name,
            password=_password(password_file),
            display_name=shown,
            roles=_roles(role),
            by=by,
            now=house.now(),
        )
    except (sign_ins.SignInRefused, UnknownRole) as refusal:
        raise Refused(str(refusal)) from refusal
    print(f"{name} may sign in at {row.site} as {', '.join(row.roles)}.")


def _roles(named: list[str]) -> frozenset[Role]:
    unknown = sorted(set(named) - set(Role))
    if unknown:
        raise Refused(
            f"There is no role {', '.join(unknown)}; there are {', '.join(sorted(Role))}. Name one "
            "of these with --role."
        )
    return frozenset(Role(each) for each in named)


def _password(file: Path | None) -> str:
    if file is None:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Refused(
            f"{file}: cannot be read ({error.strerror}). Name a file that holds the password, or "
            "leave --password-file out and type it."
        ) from error
