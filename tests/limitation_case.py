# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import Command

from .common import CollectionCommon, day

TODAY = day("2026-11-22")


class LimitationCase(CollectionCommon):
    """A ledger with claims of every class and kind, on a fixed day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, collection_date=TODAY))
        cls.events = cls.env["collection.limitation.event"]
        cls.query = cls.env["collection.limitation.query"]
        cls.table = cls.env["collection.parameter"]._get_table()

    @classmethod
    def _qualify(cls, debtor, debtor_class):
        """Say what the law takes a debtor for."""
        file = cls.env["collection.debtor"]._get_file(cls.company, debtor)
        file.own_class = debtor_class
        return file

    @classmethod
    def _record(cls, moves, kind, date, date_end=None, **values):
        return cls.events.create(
            {
                "move_ids": [Command.set(moves.ids)],
                "kind": kind,
                "date": date,
                "date_end": date_end,
                **values,
            }
        )

    @classmethod
    def _limit(cls, move):
        return cls._receivables(move, TODAY).limitation_date
