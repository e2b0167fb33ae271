# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import re

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext

from .common import CollectionCommon, day

DAY = day("2026-09-01")
SUNDAY = day("2026-09-06")
MONDAY = day("2026-09-07")
#: what neither a preview nor the look at a message may leave behind
TABLES = (
    "collection.followup",
    "collection.followup.line",
    "collection.case",
    "collection.debtor",
    "collection.hold",
    "collection.probable.payment",
    "mail.mail",
    "mail.message",
    "mail.activity",
    "ir.attachment",
    "ir.cron.trigger",
)


class PreviewCase(CollectionCommon):
    """The preview's form, as its users open it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "preview_collector", "account_collection.group_collection_user"
        )
        cls.reader = cls._create_user(
            "preview_reader", "account_collection.group_collection_readonly"
        )

    def _preview(self, date=DAY, user=None, debtors=(), today=None):
        """Fill the form in and press Preview.

        :param today: the policy's day, which "Run today's collection" works
        """
        previews = self.env["collection.preview"].with_user(user or self.collector)
        form = Form(previews.with_context(collection_date=today or date))
        form.date = date
        for debtor in debtors:
            form.debtor_ids.add(debtor)
        preview = form.save()
        preview.action_preview()
        return preview

    def _count_rows(self):
        self.env.flush_all()
        counts = {model: self.env[model].search_count([]) for model in TABLES}
        files = self.env["collection.debtor"].search([])
        return {**counts, "versions": sum(files.mapped("version"))}

    @staticmethod
    def _text(preview):
        """Return the summary as it is read, without its marks."""
        return re.sub(r"[*\s]+", " ", html2plaintext(preview.summary))

    @staticmethod
    def _outcomes(preview):
        return [(line.outcome, line.code) for line in preview.line_ids]


@tagged("post_install", "-at_install")
class TestPreviewFigures(PreviewCase):
    """A debtor for each thing that can happen on the day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.post = cls._create_debtor("Post", email=False)
        cls.called = cls._create_debtor("Called")
        cls.nobody = cls._create_debtor("Nobody", email=False, street=False, city=False)
        cls.small = cls._create_debtor("Small")
        cls._create_invoice(1000)
        cls._create_invoice(200)
        for partner in (cls.post, cls.called, cls.nobody):
            cls._create_invoice(300, partner=partner)
        cls._create_invoice(4.5, partner=cls.small)
        cls.disputed = cls._create_invoice(77.77)
        cls.env["collection.hold"].create(
            {"move_id": cls.disputed.id, "reason": "dispute"}
        )
        calls = cls.rapp.copy({"name": "Calls first"})
        calls.step_ids.filtered(lambda step: step.delay_days == 1).channel = "call"
        files = cls.env["collection.debtor"]
        files._get_file(cls.company, cls.called).scenario_id = calls

    def test_who_gets_what_and_why_the_others_do_not(self):
        preview = self._preview()
        found = {
            (line.debtor_id, line.outcome, line.channel, line.code, line.amount)
            for line in preview.line_ids
        }
        expected = {
            (self.debtor, "queued", "email", False, 1200.0),
            (self.post, "queued", "letter", False, 300.0),
            (self.called, "planned", "call", False, 300.0),
            (self.debtor, "withheld", False, "dispute", 77.77),
            (self.nobody, "withheld", False, "no_address", 300.0),
            (self.small, "withheld", False, "minimum", 4.5),
        }
        self.assertEqual(found, expected)
        self.assertEqual(len(preview.line_ids), 6)
        disputed = preview.line_ids.filtered(lambda line: line.code == "dispute")
        self.assertEqual(disputed.documents, self.disputed.name)

    def test_summary_counts_what_the_lines_show(self):
        text = self._text(self._preview())
        # 3 follow-ups, 3 left alone, 5 debtors, 7 receivables due; in any order
        self.assertEqual(sorted(re.findall(r"\d+", text)[:4]), ["3", "3", "5", "7"])
        for label in (
            "E-mail: 1",
            "Letter: 1",
            "Phone call: 1",
            "Dispute: 1",
            "No usable address: 1",
            "Below the minimum: 1",
        ):
            self.assertIn(label, text)

    def test_run_makes_exactly_what_was_shown(self):
        preview = self._preview()
        shown = {
            (
                line.debtor_id,
                line.step_id,
                line.outcome,
                line.channel,
                line.level_id,
                line.recipient_id,
                line.address,
                line.amount,
            )
            for line in preview.line_ids
            if line.outcome != "withheld"
        }
        said = self._text(preview)
        preview.action_run()
        made = {
            (
                one.debtor_id,
                one.step_id,
                one.state,
                one.channel,
                one.level_id,
                one.recipient_id,
                one.recipient_address,
                one.amount,
            )
            for one in self.env["collection.followup"].search([])
        }
        self.assertEqual(len(made), 3)
        self.assertEqual(made, shown)
        self.assertEqual(self._text(preview), said)
        self.assertTrue(preview.is_done)
        self.assertFalse(preview.line_ids)

    def test_preview_writes_nothing(self):
        self._create_bank_line(300, "2026-09-01", "VIR")
        before = self._count_rows()
        self._preview()
        self._preview("2026-09-15")
        self.assertEqual(self._count_rows(), before)


@tagged("post_install", "-at_install")
class TestPreview(PreviewCase):
    """What the preview shows is what the run then does."""

    def test_amount_is_what_the_message_claims_net_of_credits(self):
        self._create_invoice(500)
        self._create_credit_note(120, "2026-07-01")
        preview = self._preview()
        amount = preview.line_ids.amount
        preview.action_run()
        self.assertEqual(self._followups(DAY).amount, 380)
        self.assertEqual(amount, 380)

    def test_amount_includes_what_was_reminded_before(self):
        """The message lists everything overdue, not only what has a step today."""
        self._create_invoice(500)
        self._live(DAY, DAY)
        self._create_invoice(300, due="2026-09-01")
        tomorrow = day("2026-09-02")
        preview = self._preview(tomorrow)
        amount = preview.line_ids.amount
        preview.action_run()
        self.assertEqual(self._followups(tomorrow).amount, 800)
        self.assertEqual(amount, 800)

    def test_not_live_everything_is_to_confirm(self):
        self.company.collection_live = False
        self._create_invoice(1000)
        preview = self._preview()
        self.assertEqual(self._outcomes(preview), [("to_confirm", False)])
        self.assertIn("Not live yet", self._text(preview))
        preview.action_run()
        self.assertEqual(self._followups(DAY).state, "to_confirm")

    def test_stale_bank_is_named_with_its_day(self):
        self._create_invoice(1000)
        self.assertIn("never had a bank line", self._text(self._preview()))
        self._create_bank_line(1, "2026-08-26")
        preview = self._preview()
        self.assertEqual(self._outcomes(preview), [("withheld", "bank_stale")])
        self.assertIn("The last bank line is of 2026-08-26", self._text(preview))

    def test_many_documents_are_shortened(self):
        moves = [self._create_invoice(100 + number) for number in range(7)]
        names = ", ".join(move.name for move in moves[:5])
        self.assertEqual(self._preview().line_ids.documents, f"{names} (+2)")

    def test_second_preview_replaces_the_first(self):
        invoice = self._create_invoice(1000)
        preview = self._preview()
        self._pay(invoice, 400, DAY)
        preview.action_preview()
        self.assertEqual(preview.line_ids.mapped("amount"), [600.0])

    # === DAYS === #

    def test_sunday_is_no_working_day(self):
        self._create_invoice(1000, due="2026-09-04")
        preview = self._preview(SUNDAY)
        self.assertEqual(self._outcomes(preview), [("withheld", "calendar")])
        self.assertIn("not a working day", self._text(preview))
        self.assertEqual(self._outcomes(self._preview(MONDAY)), [("queued", False)])

    def test_run_works_today_whatever_day_was_looked_at(self):
        self._create_invoice(1000, due="2026-09-04")
        preview = self._preview(SUNDAY, today=MONDAY)
        preview.action_run()
        self.assertEqual(self._followups().mapped("date"), [MONDAY])
        self.assertNotIn("not a working day", self._text(preview))

    def test_a_later_day_shows_the_step_of_that_day(self):
        self._create_invoice(1000)
        self._live(DAY, DAY)
        line = self._preview("2026-09-07").line_ids
        self.assertEqual((line.channel, line.step_id.delay_days), ("call", 7))

    # === CHOSEN DEBTORS === #

    def test_only_the_chosen_debtors(self):
        chosen, other = self._create_debtor("Chosen"), self._create_debtor("Other")
        for partner in (chosen, other):
            self._create_invoice(1000, partner=partner)
        preview = self._preview(debtors=[chosen])
        self.assertEqual(preview.line_ids.debtor_id, chosen)
        preview.action_run()
        self.assertTrue(self._followups(DAY, chosen))
        self.assertFalse(self._followups(DAY, other))

    # === RIGHTS === #

    def test_reader_previews_and_does_not_run(self):
        self._create_invoice(1000)
        preview = self._preview(user=self.reader)
        self.assertEqual(self._outcomes(preview), [("queued", False)])
        before = self._count_rows()
        with self.assertRaises(AccessError):
            preview.action_run()
        self.assertEqual(self._count_rows(), before)

    def test_only_who_may_run_sees_the_button(self):
        for user, shown in ((self.reader, False), (self.collector, True)):
            model = self.env["collection.preview"].with_user(user)
            arch = model.get_view(view_type="form")["arch"]
            self.assertEqual('"action_run"' in arch, shown)
            self.assertIn('"action_preview"', arch)

    def test_who_only_invoices_is_refused(self):
        accountant = self._create_user(
            "preview_accountant", "account.group_account_invoice"
        )
        with self.assertRaises(AccessError):
            self._preview(user=accountant)


@tagged("post_install", "-at_install")
class TestMessagePreview(PreviewCase):
    """The text of a message that does not exist yet; nothing remains of it."""

    def _show(self, preview):
        """Press the envelope on the only line, return the message with plain spaces."""
        line = preview.line_ids.filtered(lambda one: one.outcome != "withheld")
        line.ensure_one()
        action = line.action_show_message()
        self.assertEqual((action["res_id"], action["target"]), (line.id, "new"))
        return re.sub(r"[\xa0\u202f]", " ", line.message or "")

    def test_message_is_the_one_that_leaves(self):
        first, second = self._create_invoice(1000), self._create_invoice(234.56)
        preview = self._preview()
        before = self._count_rows()
        message = self._show(preview)
        self.assertEqual(self._count_rows(), before)
        for words in (first.name, second.name, "1 000,00", "234,56", "1 234,56"):
            self.assertIn(words, message)
        self.assertIn("durand@debtor.example", message)
        preview.action_run()
        body = self._followups(DAY).mail_id.body_html
        self.assertIn(re.sub(r"[\xa0\u202f]", " ", body), message)

    def test_letter_is_shown_without_making_it(self):
        self.debtor.email = False
        invoice = self._create_invoice(1000)
        preview = self._preview()
        before = self._count_rows()
        message = self._show(preview)
        self.assertEqual(self._count_rows(), before)
        for words in (invoice.name, "1 000,00", "3 quai Perrache, 69002, Lyon, FR"):
            self.assertIn(words, message)

    def test_message_of_a_company_that_is_not_live(self):
        self.company.collection_live = False
        invoice = self._create_invoice(1000)
        self.assertIn(invoice.name, self._show(self._preview()))

    def test_message_of_a_later_day(self):
        self._create_invoice(1000, due="2026-09-15")
        preview = self._preview("2026-09-16", today=DAY)
        before = self._count_rows()
        self.assertIn("15 septembre 2026", self._show(preview))
        self.assertEqual(self._count_rows(), before)

    def test_message_after_the_run_is_the_one_that_was_made(self):
        invoice = self._create_invoice(1000)
        preview = self._preview()
        self.engine.run(date=DAY)
        self.assertIn(invoice.name, self._show(preview))
        self.assertEqual(len(self._followups()), 1)

    def test_reader_looks_at_the_message(self):
        invoice = self._create_invoice(1000)
        preview = self._preview(user=self.reader)
        before = self._count_rows()
        self.assertIn(invoice.name, self._show(preview))
        self.assertEqual(self._count_rows(), before)

    def test_paid_since_the_preview_there_is_no_message(self):
        invoice = self._create_invoice(1000)
        preview = self._preview()
        self._pay(invoice, date=DAY)
        self.assertFalse(self._show(preview))
        self.assertFalse(self._followups())


@tagged("post_install", "-at_install")
class TestPreviewOfAnotherCompany(PreviewCase):
    """Wizards keep names and amounts: those of other companies stay closed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        second = cls.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        cls.stranger = cls._create_user(
            "preview_stranger",
            "account_collection.group_collection_user",
            company=second,
        )

    def _create_line(self):
        """Make a line about our debtor by hand, as any client may."""
        previews = self.env["collection.preview"].with_user(self.stranger)
        preview = previews.create({"company_id": self.company.id, "date": DAY})
        step = self.rapp.step_ids.filtered(lambda step: step.delay_days == 1)
        return (
            self.env["collection.preview.line"]
            .with_user(self.stranger)
            .create(
                {
                    "preview_id": preview.id,
                    "debtor_id": self.debtor.id,
                    "step_id": step.id,
                }
            )
        )

    def test_stranger_gets_no_message(self):
        self._create_invoice(1000)
        with self.assertRaises(AccessError):
            self._create_line().action_show_message()

    def test_stranger_reads_no_preview_of_ours(self):
        self._create_invoice(1000)
        lines = self._preview().line_ids
        lines.invalidate_recordset()
        with self.assertRaises(AccessError):
            lines.with_user(self.stranger).read(["debtor_id", "amount"])
