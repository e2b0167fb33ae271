# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Insert many rows in one statement: Odoo's ``create`` needs one for each hundred."""

from odoo.tools import SQL


def insert_rows(model, rows: list[dict]) -> list[int]:
    """Insert rows into a model's table, return their ids in order.

    For our own plain tables only: no computed field, no override of ``create``.

    :param model: an empty recordset
    :param rows: values of stored columns, the same keys in each
    """
    if not rows:
        return []
    model.env.flush_all()
    fields = [model._fields[name] for name in rows[0]]
    arrays = SQL(", ").join(
        SQL(
            f"%s::{field.column_type[0]}[]",
            [None if row[field.name] is False else row[field.name] for row in rows]
            if field.type != "boolean"
            else [bool(row[field.name]) for row in rows],
        )
        for field in fields
    )
    columns = SQL(", ").join(SQL.identifier(field.name) for field in fields)
    model.env.cr.execute(
        SQL(
            """INSERT INTO %s (%s, create_uid, write_uid, create_date, write_date)
               SELECT %s, %s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                 FROM unnest(%s) WITH ORDINALITY x(%s, ordinality)
                ORDER BY ordinality
            RETURNING id""",
            SQL.identifier(model._table),
            columns,
            columns,
            model.env.uid,
            model.env.uid,
            arrays,
            columns,
        )
    )
    ids = sorted(row[0] for row in model.env.cr.fetchall())
    model.invalidate_model()
    return ids
