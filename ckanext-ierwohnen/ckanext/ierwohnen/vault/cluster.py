"""What the database server's administrator runs once: roles, the database, who may connect, what is never logged.

`python -m ckanext.ierwohnen.vault roles` prints it for psql, as CKAN does for the DataStore. Pure text, no secrets.
"""

from __future__ import annotations

import re

OWNER, APPLICATION, ENGINE = "vault_owner", "vault_app", "vault_engine"
ROLES = (OWNER, APPLICATION, ENGINE)
# Statements, their parameters and errors quote values: nothing of them may reach the server's log, the list of
# activities or the statistics of use. Only an administrator can set these, and the roles cannot take them back.
SILENT = {
    "track_activities": "off",
    "track_counts": "off",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_duration": "off",
    "log_min_duration_statement": "-1",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_lock_waits": "off",
    "log_temp_files": "-1",
}
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def set_up_sql(database: str) -> str:
    """The script for psql, as superuser; safe to run again. Passwords are set apart from it.

    :raises ValueError: if the name is no plain name
    """
    if not _NAME.fullmatch(database):
        raise ValueError(f"not a plain name of a database: {database!r}")
    lines = []
    for role in ROLES:
        lines += [
            f"SELECT 'CREATE ROLE {role} LOGIN' WHERE NOT EXISTS "
            f"(SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec",
            f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;",
            *(f"ALTER ROLE {role} SET {setting} = '{value}';" for setting, value in SILENT.items()),
        ]
    lines += [
        f"SELECT 'CREATE DATABASE {database} OWNER {OWNER} TEMPLATE template0 ENCODING ''UTF8''' WHERE NOT EXISTS "
        f"(SELECT FROM pg_database WHERE datname = '{database}') \\gexec",
        f"ALTER DATABASE {database} OWNER TO {OWNER};",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;",
        f"GRANT CONNECT ON DATABASE {database} TO {APPLICATION}, {ENGINE};",
        # Locks of others tell whose tables are read together, and when. Each database of the server shows those of all,
        # so a second psql shuts each; the template's ones are shut in what is made of it later.
        *(f"\\setenv PG{name} :{name}" for name in ("HOST", "PORT", "USER")),
        r"\pset format unaligned",
        r"\pset tuples_only on",
        r"SELECT format(E'\\connect %I\n', datname) || "
        r"'REVOKE EXECUTE ON FUNCTION pg_catalog.pg_lock_status() FROM PUBLIC; "
        r"GRANT EXECUTE ON FUNCTION pg_catalog.pg_lock_status() TO pg_monitor;' "
        r"FROM pg_database WHERE datallowconn ORDER BY datname \g | psql -X -q -v ON_ERROR_STOP=1 -d postgres",
    ]
    return "\n".join(lines) + "\n"
