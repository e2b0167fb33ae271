# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import SUPERUSER_ID, fields, models


class SmsTracker(models.Model):
    """Carries what providers say of our text messages to their follow-ups.

    At the sending and by later delivery reports: Odoo calls the same methods.
    """

    _inherit = "sms.tracker"

    collection_followup_id = fields.Many2one(
        "collection.followup", readonly=True, ondelete="cascade", index="btree_not_null"
    )

    def _action_update_from_sms_state(
        self, sms_state, failure_type=False, failure_reason=False
    ):
        result = super()._action_update_from_sms_state(
            sms_state, failure_type=failure_type, failure_reason=failure_reason
        )
        followups = self._get_collection_followups()
        if not followups:
            return result
        if sms_state in ("process", "pending", "sent"):
            followups._set_sms_accepted(sms_state)
        elif sms_state == "error":
            if failure_type == "sms_server" and self.env.context.get(
                "collection_unsure"
            ):
                followups._set_unknown_fate()
            else:
                followups._set_sms_failed(failure_type or "unknown", failure_reason)
        elif sms_state == "canceled":
            followups.filtered(
                lambda one: one.state == "queued" and not one.claimed_at
            )._cancel(self.env._("The text message was cancelled."))
        return result

    def _action_update_from_provider_error(self, provider_error):
        result = super()._action_update_from_provider_error(provider_error)
        reason = self.env.context.get("sms_known_failure_reason")
        followups = self._get_collection_followups()
        followups._set_sms_failed(f"sms_{provider_error}", reason)
        return result

    def _get_collection_followups(self):
        """Return the follow-ups whose current message this is, for the machine.

        A report on an earlier attempt says nothing of the later one.
        """
        ours = self.sudo().filtered(
            lambda one: one.collection_followup_id.sms_uuid == one.sms_uuid
        )
        return ours.collection_followup_id.with_user(SUPERUSER_ID)
