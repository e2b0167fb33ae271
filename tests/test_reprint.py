# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CollectionCommon

DAY = "2026-09-15"
NEXT = "2026-09-16"


@tagged("post_install", "-at_install")
class TestReprint(CollectionCommon):
    """A letter that waits to be printed follows the ledger; a printed one is proof."""

    def _make_letter(self):
        """Return the letter of D+15 of an invoice, its PDF made."""
        step = self.rapp.step_ids.filtered(lambda step: step.level_id.code == "firm")
        step.is_entry = True
        invoice = self._create_invoice(1000)
        self.engine.run(date=DAY, debtors=self.debtor)
        letter = self._followups(DAY)
        letter.action_make_letters()
        return invoice, letter

    def test_paid_before_it_is_printed(self):
        invoice, letter = self._make_letter()
        self._pay(invoice, date=DAY)
        with self.assertRaisesRegex(UserError, "No PDF is ready"):
            letter.action_print()
        self.assertEqual(letter.state, "cancelled")
        self.assertIn("Paid", letter.reason)

    def test_paid_overnight_leaves_the_worklist(self):
        invoice, letter = self._make_letter()
        self._pay(invoice, date=NEXT)
        self.engine.run(date=NEXT, debtors=self.debtor)
        self.assertEqual(letter.state, "cancelled")

    def test_partly_paid_is_made_again(self):
        invoice, letter = self._make_letter()
        before = letter.sha256
        self._pay(invoice, amount=400, date=DAY)
        letter.action_print()
        self.assertEqual(letter.state, "queued")
        self.assertEqual(letter.amount, 600.0)
        self.assertNotEqual(letter.sha256, before)
        self.assertTrue(letter.printed_at)

    def test_unchanged_is_printed_as_it_is(self):
        _invoice, letter = self._make_letter()
        before = letter.attachment_id
        letter.action_print()
        self.assertEqual(letter.attachment_id, before)

    def test_printed_stays_as_it_was_put_into_the_envelope(self):
        invoice, letter = self._make_letter()
        letter.action_print()
        before = letter.sha256
        self._pay(invoice, date=NEXT)
        self.engine.run(date=NEXT, debtors=self.debtor)
        self.assertEqual((letter.state, letter.sha256), ("queued", before))
