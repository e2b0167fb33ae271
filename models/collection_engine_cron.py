# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models

from .res_config_settings import SHARDS_PARAMETER


class CollectionEngine(models.AbstractModel):
    """The scheduled actions, one for each share of the debtors."""

    _inherit = "collection.engine"

    @api.model
    def _sync_crons(self):
        """Have as many scheduled actions as the settings ask for.

        One record never runs on two workers: shards need a record each.
        """
        first = self.env.ref("account_collection.ir_cron_run")
        shards = int(self.env["ir.config_parameter"].get_param(SHARDS_PARAMETER) or 1)
        shards = min(max(shards, 1), 16)
        crons = self.env["ir.cron"].with_context(active_test=False)
        own = crons.search(
            [("ir_actions_server_id.code", "like", "model._cron_run(")], order="id"
        )
        others = own - first
        for shard in range(1, shards):
            if shard > len(others):
                others += first.copy({"name": f"{first.name} ({shard + 1})"})
        for shard, cron in enumerate(first + others):
            values = {
                "code": f"model._cron_run({shard}, {shards})",
                "active": first.active and shard < shards,
            }
            # Odoo refuses to write one that runs: leave alone what is right
            changed = {key: new for key, new in values.items() if cron[key] != new}
            if changed:
                cron.write(changed)

    @api.model
    def _cron_run(self, shard: int = 0, shards: int = 1):
        """Run the day for every company, committing after each batch."""
        cron = self.env["ir.cron"]
        companies = self.env["res.company"].sudo()
        companies = companies.search([("collection_scenario_id", "!=", False)])

        def commit(done, remaining):
            # One more remains until the end: Odoo calls again when the time is over
            return cron._commit_progress(done, remaining=(remaining or 0) + 1)

        result = self._run(
            companies=companies,
            shard=(shard, shards) if shards > 1 else None,
            commit=commit,
        )
        if result.is_complete:
            cron._commit_progress(remaining=0)
