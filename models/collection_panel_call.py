# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from lxml import html
from markupsafe import Markup

from odoo import api, fields, models

from .collection_call import ATTEMPTS_BEFORE_ANOTHER_WAY, UNANSWERED
from .collection_followup import CALL_RESULTS

#: class of a paragraph of the script that belongs to one result
RESULT_CLASS = "o_call_"
#: keys of the keyboard, by result
HOTKEYS = {"no_answer": "a", "promised": "p", "paid": "v", "message": "m"}
#: results after which the debtor is left alone until the announced day
ANNOUNCING = ("promised", "paid", "approval")


class CollectionPanel(models.AbstractModel):
    """What a collector needs on the phone."""

    _inherit = "collection.panel"

    @api.model
    def get_call(self, file_id: int) -> dict:
        """Return the script with its figures, the results and what they propose.

        A call that no step asked for is made and undone: it needs a follow-up to be
        rendered.

        :raise AccessError: the user may not collect, or not this debtor
        """
        file = self.env["collection.debtor"].browse(file_id)
        file._assert_collector()
        planned = file._get_planned_call()
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            call = planned
            if not call:
                create = self.env["collection.followup"]._create_adhoc_call
                call = create(file, file._get_phone_contact()).with_env(self.env)
            steps, hints = self._split_script(call._get_script_html())
            facts = {
                "followup_id": planned.id,
                "attempts": planned.attempts,
                "script": steps,
                "phone": call.recipient_phone or "",
                "partner_id": call.recipient_id.id,
                "partner": call.recipient_id.display_name or "",
            }
        finally:
            savepoint.close(rollback=not planned)
            if not planned:
                self.env.invalidate_all()
        proposed = file._propose_payment_date(file._get_today())
        return {
            **facts,
            "results": self._get_results(hints),
            "amount": file.amount_overdue,
            "currency_id": file.company_id.currency_id.id,
            "date": fields.Date.to_string(proposed),
            "hours": self._get_hours(file),
            "is_consumer": file._is_consumer(),
            "limit": ATTEMPTS_BEFORE_ANOTHER_WAY,
        }

    @api.model
    def _split_script(self, script: Markup) -> tuple[str, dict[str, str]]:
        """Return the script without the parts of a result, and result -> its part."""
        if not script:
            return "", {}
        known = dict(CALL_RESULTS + UNANSWERED)
        root = html.fragment_fromstring(str(script), create_parent="div")
        hints = {}
        for node in root.xpath(".//*[contains(@class, $name)]", name=RESULT_CLASS):
            names = node.get("class", "").split()
            for name in names:
                code = name.removeprefix(RESULT_CLASS)
                if code != name and code in known:
                    hints[code] = node.text_content().strip()
                    node.drop_tree()
                    break
        return html.tostring(root, encoding="unicode"), hints

    @api.model
    def _get_results(self, hints: dict[str, str]) -> list[dict]:
        """Return the possible results in the order of a talk, unanswered ones first."""
        field = self.env["collection.call"]._fields["result"]
        labels = dict(field._description_selection(self.env))
        unanswered = [code for code, _label in UNANSWERED]
        answered = [code for code, _label in CALL_RESULTS]
        return [
            {
                "code": code,
                "label": labels[code],
                "hint": hints.get(code, ""),
                "key": HOTKEYS.get(code, ""),
                "is_answered": code in answered,
                "announces": code in ANNOUNCING,
            }
            for code in [*unanswered, *answered]
        ]
