# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CollectionCommon

NOTICE_DAY, NEXT = "2026-09-30", "2026-10-01"


@tagged("post_install", "-at_install")
class TestReturned(CollectionCommon):
    """A letter that comes back as unknown at the address was not received."""

    def _post_notice(self):
        """Return a posted formal notice and its invoice."""
        invoice = self._create_invoice(1000)
        self._live("2026-09-01", NOTICE_DAY)
        return invoice, self._followups(NOTICE_DAY)

    def _level(self, invoice):
        return self._receivables(invoice, NEXT).level_id.code

    def test_returned_notice_counts_no_more(self):
        invoice, notice = self._post_notice()
        self.assertEqual((notice.state, self._level(invoice)), ("performed", "notice"))
        notice.action_mark_returned()
        self.assertEqual((notice.state, notice.failure_code), ("failed", "bounced"))
        self.assertEqual(self._level(invoice), "firm")
        returned = self.env["collection.undeliverable"].search(
            [("partner_id", "=", self.debtor.id)]
        )
        self.assertEqual(
            (returned.kind, returned.value), ("postal", notice.recipient_address)
        )

    def test_never_to_the_same_address_again(self):
        _invoice, notice = self._post_notice()
        notice.action_mark_returned()
        result = self.engine.run(date=NEXT, debtors=self.debtor)
        self.assertEqual(result["held"], {"no_address": 1})

    def test_corrected_address_gets_the_notice(self):
        _invoice, notice = self._post_notice()
        notice.action_mark_returned()
        self.debtor.street = "8 rue de la République"
        result = self.engine.run(date=NEXT, debtors=self.debtor)
        self.assertEqual(result["by_level"], {"notice": 1})
        again = self._followups(NEXT)
        self.assertIn("8 rue de la République", again.recipient_address)
        self.assertEqual((again.state, notice.state), ("to_confirm", "cancelled"))

    def test_another_contact_gets_the_notice(self):
        _invoice, notice = self._post_notice()
        notice.action_mark_returned()
        head = self.env["res.partner"].create(
            {
                "name": "Head office",
                "type": "invoice",
                "parent_id": self.debtor.id,
                "street": "1 place Bellecour",
                "zip": "69002",
                "city": "Lyon",
            }
        )
        self.engine.run(date=NEXT, debtors=self.debtor)
        self.assertEqual(self._followups(NEXT).recipient_id, head)

    def test_only_a_posted_letter_comes_back(self):
        self._create_invoice(1000)
        self.engine.run(date="2026-09-01", debtors=self.debtor)
        with self.assertRaisesRegex(UserError, "Only a letter"):
            self._followups("2026-09-01").action_mark_returned()
