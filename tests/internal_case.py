# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import Command

from .common import day
from .sales_common import SalesCommon

TOLD = day("2026-10-12")


class InternalCase(SalesCommon):
    """A debtor whose scenario tells a colleague before a formal notice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._off_calendar()
        cls.strategic = cls.env.ref("account_collection.collection_scenario_strategic")
        cls.file.segment_id = cls.env.ref(
            "account_collection.collection_segment_strategic"
        )

    @classmethod
    def _create_scenario(cls, *steps):
        """Create a scenario of steps (delay, level, channel, recipient)."""
        return cls.env["collection.scenario"].create(
            {
                "name": "Test",
                "contact_budget": 9,
                "step_ids": [
                    Command.create(
                        {
                            "delay_days": delay,
                            "level_id": cls.env.ref(
                                f"account_collection.collection_level_{level}"
                            ).id,
                            "channel": channel,
                            "recipient_role": role,
                        }
                    )
                    for delay, level, channel, role in steps
                ],
            }
        )

    def _tell(self, *moves, until="2026-10-12"):
        """Live until the salesperson is told; return the internal follow-ups."""
        self._live("2026-08-26", day(until) - datetime.timedelta(days=1))
        self.engine.run(date=until, debtors=self.debtor)
        return self._followups(until)
