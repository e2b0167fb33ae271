# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models

from .collection_followup import CALL_RESULTS

#: nobody was reached: another attempt of the same follow-up
UNANSWERED = [
    ("no_answer", "No answer"),
    ("absent", "Contact absent"),
    ("wrong_number", "Wrong number"),
]
#: unanswered calls after which another way is proposed
ATTEMPTS_BEFORE_ANOTHER_WAY = 3


class CollectionCall(models.Model):
    """One attempt to call a debtor, with what came of it.

    A follow-up of the channel "call" has one for each attempt; the one that was
    answered performs it.
    """

    _name = "collection.call"
    _description = "Phone call"
    _order = "date desc, id desc"
    _rec_name = "result"

    followup_id = fields.Many2one(
        "collection.followup", required=True, ondelete="cascade", index=True
    )
    file_id = fields.Many2one(
        "collection.debtor",
        "Debtor file",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Caller", required=True, ondelete="restrict")
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    seconds = fields.Integer("Duration", help="In seconds; 0 = not measured.")
    partner_id = fields.Many2one("res.partner", "Contact", ondelete="set null")
    number = fields.Char("Called number")
    person = fields.Char("Who answered")
    result = fields.Selection(CALL_RESULTS + UNANSWERED, required=True)
    note = fields.Text()
    next_try_at = fields.Datetime("Next try")
    promised_on = fields.Date("Announced for")
    amount = fields.Monetary("Announced amount")
    currency_id = fields.Many2one(related="company_id.currency_id")
