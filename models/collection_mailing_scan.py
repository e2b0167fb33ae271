# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import re

from odoo import models

from ..core.tracking import unscramble
from .postal_rows import name_letter

#: how a letter's own reference reads, see ``_get_letter_reference``
REFERENCE = re.compile(r"(?:REC\d{6,}|REL)-0*(\d{1,18})")


class ScanRefused(Exception):
    """A scan cannot be; the message says why."""


class CollectionMailing(models.Model):
    """Barcodes: a letter's own chooses it, a number of the post is given to it."""

    _inherit = "collection.mailing"

    def get_scan_state(self, current_id=None) -> dict:
        """Return what the scanning field shows.

        :param current_id: letter that is to be numbered; else the next without a number
        :return: total, done, current letter (None when all have their number)
        """
        self.ensure_one()
        self.check_access("read")
        letters = self._get_scannable()
        done = letters.filtered("tracking_number")
        current = letters.filtered(lambda one: one.id == current_id)
        current = current or (letters - done)[:1]
        return {
            "total": len(letters),
            "done": len(done),
            "current": self._describe_letter(current, letters),
        }

    def scan(self, text: str, current_id=None) -> dict:
        """Take a scan: a letter's reference, or the number of the current letter.

        :param current_id: letter that the screen shows as the current one
        :return: the state, with ``kind`` (``chosen numbered known refused``),
            ``message`` and, for a number, ``done_id``, ``number`` and ``before``
        """
        self.ensure_one()
        self._assert_collector()
        text = unscramble((text or "").strip())
        try:
            found = REFERENCE.fullmatch(text.upper())
            if found:
                return self._choose(int(found[1]), text.upper())
            return self._number(text, current_id)
        except ScanRefused as error:
            return {
                **self.get_scan_state(current_id),
                "kind": "refused",
                "message": str(error),
            }

    def undo_scan(self, letter_id: int, number: str, before: str = "") -> dict:
        """Take a number back from a letter; the letter is the current one again.

        :param number: what was scanned; another that came since stays
        :param before: the number that the letter had
        """
        self.ensure_one()
        self._assert_collector()
        letter = self._get_scannable().filtered(lambda one: one.id == letter_id)
        if letter.tracking_number == number and not letter.posted_on:
            letter.tracking_number = before or False
        return {
            **self.get_scan_state(letter_id),
            "kind": "undone",
            "message": self.env._("Taken back: %s", number),
        }

    # === THE TWO KINDS OF SCANS === #

    def _choose(self, letter_id: int, text: str) -> dict:
        """Make a letter the current one.

        :raise ScanRefused: it is not to be numbered here
        """
        letter = self.sudo().followup_ids.filtered(lambda one: one.id == letter_id)
        if not letter or letter._get_letter_reference() != text:
            raise ScanRefused(self._explain_stranger(letter_id, text))
        name = letter.debtor_id.display_name
        if letter not in self._get_scannable():
            raise ScanRefused(self._explain_unscannable(letter, name))
        message = name
        if letter.tracking_number:
            message = self.env._(
                "%(debtor)s has the number %(number)s: scan another to replace it.",
                debtor=name,
                number=letter.tracking_number,
            )
        return {
            **self.get_scan_state(letter.id),
            "kind": "chosen",
            "message": message,
        }

    def _explain_stranger(self, letter_id: int, text: str) -> str:
        letter = self.env["collection.followup"].search([("id", "=", letter_id)])
        if letter.mailing_id and letter._get_letter_reference() == text:
            return self.env._(
                "%(letter)s is not in this batch, but in %(batch)s.",
                letter=text,
                batch=letter.mailing_id.display_name,
            )
        return self.env._("%s is not in this batch.", text)

    def _explain_unscannable(self, letter, name: str) -> str:
        if letter.channel != "registered":
            return self.env._("%s: a simple letter has no number.", name)
        if letter.posted_on:
            return self.env._("%s: this letter was posted.", name)
        return self.env._(
            "%(debtor)s: take it out of the pile. %(reason)s",
            debtor=name,
            reason=letter.reason or "",
        )

    def _number(self, text: str, current_id) -> dict:
        """Give the current letter a number.

        :raise ScanRefused: the number is malformed or used, or no letter waits
        """
        letters = self._get_scannable()
        letter = letters.filtered(lambda one: one.id == current_id)
        letter = letter or letters._filter_unnumbered()[:1]
        if not letter:
            raise ScanRefused(self.env._("Every registered letter has its number."))
        before = letter.tracking_number or ""
        row = {"followup_id": letter.id, "tracking_number": text, "source": "scan"}
        letter.tracking_number = False
        found = self.env["collection.followup"]._record_postal_events([row])
        if found.errors:
            letter.tracking_number = before or False
            error = found.errors[0].removeprefix(f"{name_letter(letter)}: ")
            raise ScanRefused(error[:1].upper() + error[1:])
        return {
            **self.get_scan_state(self._get_next(letters, letter).id),
            "kind": "known" if letter.tracking_number == before else "numbered",
            "message": self.env._(
                "%(number)s: %(debtor)s",
                number=letter.tracking_number,
                debtor=letter.debtor_id.display_name,
            ),
            "done_id": letter.id,
            "number": letter.tracking_number,
            "before": before,
        }

    @staticmethod
    def _get_next(letters, letter):
        """Return the next letter without a number, in printed order, round the pile."""
        open_ones = letters._filter_unnumbered()
        place = letter.mailing_sequence
        later = open_ones.filtered(lambda one: one.mailing_sequence > place)
        return (later or open_ones)[:1]

    def _get_scannable(self):
        """Return the registered letters that may get a number, in printed order."""
        return self._get_printed().filtered(
            lambda one: one.channel == "registered" and one.state == "queued"
        )

    def _describe_letter(self, letter, letters) -> dict | None:
        """Return what tells a letter from its neighbours."""
        if not letter:
            return None
        place = self.env["collection.recipient"]._get_place(letter.recipient_id)
        return {
            "id": letter.id,
            "sequence": letter.mailing_sequence,
            "debtor": letter.debtor_id.display_name,
            "place": " ".join(filter(None, [place.zip, place.city])),
            "reference": letter._get_letter_reference(),
            "number": letter.tracking_number or "",
        }
