# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from .common import CollectionCommon, day

NOTICE_DAY = day("2026-09-30")


class PostCommon(CollectionCommon):
    """Letters that wait to be posted, with PDFs that cost nothing to make."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "post_collector", "account_collection.group_collection_all"
        )
        cls.letters = cls.env["collection.followup"]
        cls.mailings = cls.env["collection.mailing"]

    @classmethod
    def _attach(cls, letters):
        for letter in letters.sudo():
            letter.attachment_id = cls.env["ir.attachment"].create(
                {"name": "letter.pdf", "raw": b"%PDF-1.4"}
            )

    @classmethod
    def _create_debtors(cls, *names, **values):
        return cls.env["res.partner"].union(
            *[cls._create_debtor(name, **values) for name in names]
        )

    @classmethod
    def _make_letters(cls, partners=None, date="2026-09-15", channel="letter"):
        """Return letters of a day that wait to be posted, in the order of debtors."""
        partners = partners or cls.debtor
        cls._start_at("firm").channel = channel
        for partner in partners:
            cls._create_invoice(1000, partner=partner)
        cls.engine.run(date=date, debtors=partners)
        letters = cls.letters.search(
            [("debtor_id", "in", partners.ids), ("date", "=", date)], order="id"
        )
        cls._attach(letters)
        return letters

    @classmethod
    def _make_notices(cls, partners=None, date=NOTICE_DAY, channel="registered"):
        """Return formal notices of a day that wait to be posted.

        The step that comes before a notice is performed a fortnight earlier.
        """
        partners = partners or cls.debtor
        steps = cls.rapp.step_ids
        cls._perform(cls._make_letters(partners), day("2026-09-15"))
        steps.filtered(lambda step: step.level_id.code == "notice").channel = channel
        cls.engine.run(date=date, debtors=partners)
        notices = cls.letters.search(
            [("debtor_id", "in", partners.ids), ("level_id.code", "=", "notice")],
            order="id",
        )
        notices.action_confirm()
        cls._attach(notices)
        return notices

    @classmethod
    def _start_at(cls, level):
        """Let debtors enter the ladder at a level; return its step."""
        steps = cls.rapp.step_ids
        steps.is_entry = False
        step = steps.filtered(lambda step: step.level_id.code == level)
        step.is_entry = True
        return step

    def _record(self, letter, code, date, **values):
        row = {"followup_id": letter.id, "code": code, "date": date, **values}
        return self.letters._record_postal_events([row])

    def _post(self, letter, date=NOTICE_DAY):
        number = f"2C{letter.id:011d}"
        return self._record(letter, "posted", date, tracking_number=number)

    def _print(self, letters):
        """Print letters that need no PDF as a batch; return it."""
        batch = self.mailings._create_for(letters.sudo())
        batch._print()
        return batch.with_user(self.collector)
