"""The mark of a demo's database, which production refuses to work on."""

# Written into the head of the SQLite file (PRAGMA application_id), where no copy can lose it.
DEMO_MARK = int.from_bytes(b"PtDm", "big")
MARKED_TABLE = "records_patient"
"""The table whose comment carries the mark on PostgreSQL."""
