# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.tests import tagged

from .test_tour_acts import ONE_DAY, ActsCase


@tagged("post_install", "-at_install")
class TestTourBatch(ActsCase):
    """A document that the debtor asked for, and the batch of the morning."""

    # === 4. SEND A DOCUMENT === #

    def _check_act_4(self, lang):
        alpha = self._prepare_calls()[0]
        with self.allow_pdf_render():
            self._tour(4, lang)
        dispatch = self.env["collection.dispatch"].search(
            [("debtor_id", "=", alpha.id)]
        )
        self.assertRecordValues(
            dispatch,
            [
                {
                    "kind": "statement",
                    "channel": "email",
                    "state": "queued",
                    "user_id": self.users[lang].id,
                }
            ],
        )
        self.assertEqual(len(dispatch.document_ids), 1)
        self.assertEqual(dispatch.move_line_ids.move_id.amount_total, 75000)
        act = self.env["collection.act"].search([("file_id.debtor_id", "=", alpha.id)])
        self.assertEqual(act.kind, "document")
        # It was asked for: the call of the day still stands.
        self.assertEqual(self._followups(self.today, alpha).state, "planned")

    def test_act_4_in_english(self):
        self._check_act_4("en")

    def test_act_4_in_french(self):
        self._check_act_4("fr")

    # === 6. MORNING BATCH === #

    def _prepare_morning(self):
        """Return follow-ups to confirm: two e-mails, a letter, a registered letter."""
        self._create_bank_line(1.0, self.today - ONE_DAY)
        self.company.collection_live = False
        step = self.rapp.step_ids.filtered(lambda step: step.level_id.code == "firm")
        self.rapp.step_ids.is_entry = False
        step.is_entry = True
        day_due = self.today - step.delay_days * ONE_DAY
        found = self.env["collection.followup"]
        for name, channel in (
            ("Alpha", "email"),
            ("Beta", "letter"),
            ("Gamma", "registered"),
            ("Delta", "email"),
        ):
            step.channel = channel
            debtor = self._create_debtor(f"Tour {name}")
            self._create_invoice(1000, day_due, debtor)
            self.engine.run(date=self.today, debtors=debtor)
            found += self._followups(self.today, debtor)
        return found

    def _check_act_6(self, lang):
        alpha, beta, gamma, delta = self._prepare_morning()
        with self.allow_pdf_render():
            self._tour(6, lang)
        self.assertEqual(delta.state, "to_confirm")
        self.assertEqual((alpha + beta + gamma).mapped("state"), ["queued"] * 3)
        batch = (beta + gamma).mailing_id
        self.assertEqual(batch.state, "printed")
        self.assertEqual(gamma.tracking_number, "RR123456785FR")
        self.assertFalse(beta.tracking_number)

    def test_act_6_in_english(self):
        self._check_act_6("en")

    def test_act_6_in_french(self):
        self._check_act_6("fr")
