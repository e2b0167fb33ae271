# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import random

from odoo import Command
from odoo.tests import tagged

from ..core.legal import MissingValueError
from ..core.limitation import CLAIM_KEYS, EFFECTS, MEDIATION, find_limit
from .common import day
from .limitation_case import TODAY, LimitationCase

CLASSES = ("trader", "professional", "consumer", "public", "foreign")
KINDS = ("goods_services", *CLAIM_KEYS)


@tagged("post_install", "-at_install")
class TestLimitationAgreement(LimitationCase):
    """The query and the core say the same day, whatever happened."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(20261122)
        cls.env["collection.parameter"].create(
            {
                "key": "limitation_trade",
                "value": 4,
                "unit": "years",
                "valid_from": "2019-03-01",
                "source": "For the test: a value that changes",
            }
        )
        cls.table = cls.env["collection.parameter"]._get_table()
        cls.moves = cls.env["account.move"]
        for number, debtor_class in enumerate(CLASSES + (None,) * 3):
            debtor = cls._create_debtor(
                f"Agreement {number}",
                is_company=number != 5,
                country_id=cls.env.ref("base.de" if number == 6 else "base.fr").id,
            )
            if debtor_class:
                cls._qualify(debtor, debtor_class)
            for kind in KINDS:
                cls.moves += cls._create_claim(debtor, kind)
        cls.moves.action_post()

    @classmethod
    def _create_claim(cls, debtor, kind):
        """Return a draft invoice with a random due day and day of delivery."""
        due = cls._draw(day("2008-08-01"), TODAY)
        delivered = cls.random.choice([None, -40, -10, 0, 25])
        return cls._create_invoice(
            due=due,
            partner=debtor,
            post=False,
            collection_claim_kind=kind,
            delivery_date=delivered is not None
            and due + datetime.timedelta(days=delivered),
        )

    @classmethod
    def _draw(cls, first, last):
        days = cls.random.randint(0, (last - first).days)
        return first + datetime.timedelta(days=days)

    def _record_at_random(self, most):
        values = []
        for move in self.moves:
            for _number in range(self.random.randint(0, most)):
                kind = self.random.choice(list(EFFECTS))
                first = self._draw(move.invoice_date, TODAY)
                last = self.random.choice([None, self._draw(first, TODAY)])
                values.append(
                    {
                        "move_ids": [Command.set(move.ids)],
                        "kind": kind,
                        "date": first,
                        "date_end": last if kind == MEDIATION else None,
                        "is_void": self.random.random() < 0.1,
                        "void_reason": "Wrong file",
                    }
                )
        return self.events.create(values)

    def _assert_agree(self):
        rows = self._receivables(self.moves, TODAY)
        lines = rows.move_line_id
        self.assertEqual(len(rows), len(self.moves))
        claims = self.query._get_claims(lines)
        events = self.query._get_events(lines)
        for row in rows:
            line = row.move_line_id
            try:
                expected = find_limit(
                    self.table, claims[line.id], events.get(line.id, [])
                )
            except MissingValueError:
                expected = False
            about = (row.document, claims[line.id], events.get(line.id))
            self.assertEqual(row.limitation_date, expected, about)
            is_barred = expected and expected < TODAY
            debtor_class = row.file_id.debtor_class or "none"
            if debtor_class == "none":
                partner = row.debtor_id
                files = self.env["collection.debtor"]
                debtor_class = files._guess_class(self.company, partner)[0]
            is_held = bool(is_barred and debtor_class == "consumer")
            self.assertEqual(row.hold_reason == "limitation", is_held, about)
        return rows

    def test_without_events(self):
        self.assertFalse(self.events._has_any())
        rows = self._assert_agree()
        self.assertGreater(len(rows.filtered("hold_reason")), 5)
        self.assertGreater(len(set(rows.mapped("limitation_date"))), 50)

    def test_with_random_events(self):
        before = {
            row.id: row.limitation_date for row in self._receivables(self.moves, TODAY)
        }
        events = self._record_at_random(5)
        self.assertGreater(len(events), 100)
        rows = self._assert_agree()
        moved = [row for row in rows if row.limitation_date != before[row.id]]
        self.assertGreater(len(moved), 10)
        for row in moved:
            self.assertGreater(row.limitation_date, before[row.id])

    def test_without_a_legal_value(self):
        self._record_at_random(3)
        values = self.env["collection.parameter"].search(
            [("key", "in", ("limitation_cap", "limitation_transport"))]
        )
        values.unlink()
        self.table = self.env["collection.parameter"]._get_table()
        rows = self._assert_agree()
        self.assertTrue(rows.filtered(lambda row: not row.limitation_date))
        self.assertTrue(rows.filtered("limitation_date"))

    def test_number_of_queries_is_constant(self):
        self._record_at_random(3)
        rows = self._receivables(self.moves, TODAY)
        names = ["limitation_date", "limitation_state", "limitation_later_date"]
        rows.read(names)
        counts = []
        for part in (rows.filtered("limitation_later_date")[:2], rows):
            self.assertGreater(len(part), 1)
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            part.read(names)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1], counts)
