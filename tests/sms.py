# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""What tests about text messages share: a scenario, a clock, an operator."""

import contextlib
import datetime
from unittest.mock import patch

from odoo import Command
from odoo.tests import freeze_time

from odoo.addons.sms.tools.sms_api import SmsApi

from .common import CollectionCommon, day

#: D+3 of an invoice due on Monday 31 August, a Thursday
DAY = day("2026-09-03")
#: in the hours of everybody, company time (Paris, UTC+2)
OPEN = "2026-09-03 10:30"
MOBILE = "+33612345678"
QUEUE = "sms.ir_cron_sms_scheduler_action"


class Operator:
    """Odoo's SMS service as its client sees it: keeps what it gets, answers as told.

    :param answer: state for every number, or number -> state
    """

    def __init__(self, answer="success"):
        self.answer = answer
        self.clock = None
        self.calls: list[dict] = []
        self.sent: list[tuple[str, str]] = []

    def contact(self, endpoint, params, timeout=15):
        if isinstance(self.answer, Exception):
            raise self.answer
        self.calls.append({"endpoint": endpoint, **params})
        return [
            self.take(number, message["content"])
            for message in params["messages"]
            for number in message["numbers"]
        ]

    def take(self, number: dict, content: str) -> dict:
        state = self.answer
        if isinstance(state, dict):
            state = state.get(number["number"], "success")
        if state in ("success", "processing"):
            self.sent.append((number["number"], content))
        return {"uuid": number["uuid"], "state": state, "credit": 1}


class SmsCommon(CollectionCommon):
    """A debtor with a mobile number, followed up by SMS three days after the date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Europe/Paris"
        cls.env["ir.config_parameter"].set_param(
            "web.base.url", "https://vauban.example"
        )
        cls.scenario = cls._create_sms_scenario()
        cls.company.collection_scenario_id = cls.scenario
        cls.step = cls.scenario.step_ids
        cls.debtor.write({"phone": "06 12 34 56 78", "lang": "en_US"})

    @classmethod
    def _create_sms_scenario(cls, **values):
        level = cls.env.ref("account_collection.collection_level_friendly")
        return cls.env["collection.scenario"].create(
            {
                "name": "By text message",
                "step_ids": [
                    Command.create(
                        {
                            "delay_days": 3,
                            "level_id": level.id,
                            "channel": "sms",
                            "mode": "automatic",
                            **values,
                        }
                    )
                ],
            }
        )

    @classmethod
    def _plan(cls, date=DAY, partner=None):
        cls.engine.run(date=date, debtors=partner or cls.debtor)
        return cls._followups(date, partner)

    @contextlib.contextmanager
    def _at(self, moment: str, zone_offset=2):
        """Stand at a local moment of the company."""
        local = datetime.datetime.fromisoformat(moment)
        with freeze_time(local - datetime.timedelta(hours=zone_offset)) as clock:
            yield clock

    def _process(self, moment=OPEN, answer="success", zone_offset=2):
        """Let Odoo's SMS queue work at a local moment; return the operator."""
        operator = answer if isinstance(answer, Operator) else Operator(answer)
        with (
            self._at(moment, zone_offset) as operator.clock,
            patch.object(SmsApi, "_contact_iap", operator.contact),
            self.enter_registry_test_mode(),
        ):
            self.env.ref(QUEUE).method_direct_trigger()
        return operator

    def _message(self, followup):
        return self.env["sms.sms"].search([("uuid", "=", followup.sms_uuid)])

    def _report(self, followup, status):
        """Say what the operator reports later, as Odoo's route does."""
        trackers = self.env["sms.tracker"].sudo()
        tracker = trackers.search([("sms_uuid", "=", followup.sms_uuid)])
        state = self.env["sms.sms"].IAP_TO_SMS_STATE_SUCCESS.get(status)
        if state:
            tracker._action_update_from_sms_state(state)
        else:
            tracker._action_update_from_provider_error(status)


class SendingCase(SmsCommon):
    """One message that waits in the queue."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._create_invoice(1000)
        cls.followup = cls._plan()

    def _assert_cancelled(self, operator, word):
        self.assertFalse(operator.sent)
        self.assertEqual(self.followup.state, "cancelled")
        self.assertIn(word, self.followup.reason)
        self.assertFalse(self.followup.line_ids.counted)
        self.assertEqual(self._message(self.followup).state, "canceled")

    def _tasks(self, record):
        activities = self.env["mail.activity"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )
        return activities.mapped("summary")
