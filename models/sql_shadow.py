# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Private copies of tables under their own names, for work that leaves no trace.

A temporary table hides the table of the same name from the statements of its session
alone. What is written there locks no row that others use, leaves no dead rows behind,
and vanishes with the savepoint.
"""

from contextlib import contextmanager

from odoo.tools import SQL


@contextmanager
def shadowed(env, copies: dict[str, list[SQL]]):
    """Enter a savepoint in which tables are private copies; undo everything at its end.

    Constraints between tables are not copied, unique indexes are.

    :param copies: table -> conditions, ``t`` = the table: rows that meet one of them
        are copied; a condition may read the copies of the tables before it
    """
    savepoint = env.cr.savepoint()
    try:
        schema = SQL.identifier(env.execute_query(SQL("SELECT current_schema()"))[0][0])
        columns = {table: _read_columns(env, table) for table in copies}
        for table in copies:
            _create(env, table, schema)
        for table, conditions in copies.items():
            for condition in conditions:
                _fill(env, table, schema, columns[table], condition)
            refresh_statistics(env, table)
        env.invalidate_all(flush=False)
        yield
    finally:
        savepoint.close(rollback=True)
        env.invalidate_all(flush=False)


def refresh_statistics(env, table: str) -> None:
    """Tell the planner what a private copy holds: nothing else does."""
    env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))


def _read_columns(env, table: str) -> SQL:
    """Return the columns that can be written, as a list for a statement."""
    rows = env.execute_query(
        SQL(
            """SELECT attname FROM pg_attribute
                WHERE attrelid = to_regclass(%s) AND attnum > 0
                  AND NOT attisdropped AND attgenerated = ''
                ORDER BY attnum""",
            table,
        )
    )
    return SQL(", ").join(SQL.identifier(row[0]) for row in rows)


def _create(env, table: str, schema: SQL) -> None:
    env.cr.execute(
        SQL(
            """CREATE TEMP TABLE %(table)s (LIKE %(schema)s.%(table)s
                   INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING INDEXES)
               ON COMMIT DROP""",
            table=SQL.identifier(table),
            schema=schema,
        )
    )


def _fill(env, table: str, schema: SQL, columns: SQL, condition: SQL) -> None:
    """Copy the rows that meet a condition and are not there yet."""
    env.cr.execute(
        SQL(
            """INSERT INTO %(table)s (%(columns)s)
               SELECT %(columns)s FROM %(schema)s.%(table)s t
                WHERE %(condition)s
                  AND NOT EXISTS (SELECT 1 FROM %(table)s c WHERE c.id = t.id)""",
            table=SQL.identifier(table),
            schema=schema,
            columns=columns,
            condition=condition,
        )
    )
