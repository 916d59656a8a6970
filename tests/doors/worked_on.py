"""The database that another process works on while a test looks at it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection


class WorkedOn:
    """This PostgreSQL, or a file that this SQLite in memory is copied into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "clinic.sqlite3"
        self.is_sqlite = connection.vendor == "sqlite"
        if self.is_sqlite:
            with closing(sqlite3.connect(self.file)) as there:
                connection.connection.backup(there)

    def address(self) -> str:
        if self.is_sqlite:
            return f"sqlite:///{self.file}"
        its = connection.settings_dict
        where = f"{its['HOST']}:{its['PORT']}/{its['NAME']}"
        return f"postgresql://{its['USER']}:{its['PASSWORD']}@{where}"
