# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models

#: kinds of portals: each has its own statuses
PORTAL_KINDS = [("chorus", "Chorus Pro"), ("supplier", "Supplier portal")]
#: what a status means for the collection of the invoice
MEANINGS = [
    ("progress", "Under way"),
    ("approved", "Approved for payment"),
    ("announced", "Payment announced"),
    ("paid", "Shown as paid"),
    ("blocked", "Blocked"),
    ("rejected", "Rejected"),
    ("not_found", "Not received"),
]
#: the debtor waits for us: a reason and a task are needed
STOPPED = ("blocked", "rejected")
#: nothing is paid before somebody has acted
UNPAYABLE = (*STOPPED, "not_found")


class CollectionPortalState(models.Model):
    """A status that a portal shows for an invoice, in the portal's own words.

    Code never compares the words: ``meaning`` says what follows. Statuses can be added
    for a portal that uses others.
    """

    _name = "collection.portal.state"
    _description = "Status on customers' portals"
    _order = "kind, sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stable key, used by exports.")
    kind = fields.Selection(PORTAL_KINDS, required=True, default="supplier")
    meaning = fields.Selection(MEANINGS, required=True, default="progress")
    can_announce = fields.Boolean(compute="_compute_can_announce")
    makes_available = fields.Boolean(
        "Starts the public delay",
        help="The invoice was made available to a public body: the payment period runs "
        "from that day (articles R2192-12 and R2192-15 of the French Public "
        "Procurement Code).",
    )
    advice = fields.Char(
        "What to do", translate=True, help="Shown in the task that the status gives."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Another status has this code.")

    @api.depends("meaning")
    def _compute_can_announce(self):
        """Tell whether a day of payment may stand beside the status."""
        for state in self:
            state.can_announce = state.meaning and state.meaning not in UNPAYABLE
