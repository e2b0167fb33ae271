# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import api, fields, models
from odoo.tools.misc import formatLang

from ..core.workload import Workload
from ..models.collection_step import CHANNELS
from ..models.sql_rows import insert_rows

#: debtors that a simulation keeps by name, over all its days
NAMED = 20_000
#: channel -> colour of the calendar
COLORS = {key: number for number, (key, _label) in enumerate(CHANNELS, 1)}


class CollectionSimulationEntry(models.TransientModel):
    """What a person would do on a day through a channel at a level."""

    _name = "collection.simulation.entry"
    _description = "Day of a simulation"
    _transient_max_hours = 24.0
    _order = "date, collector_id, channel, level_id, id"

    simulation_id = fields.Many2one(
        "collection.simulation", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    date = fields.Date("Day")
    collector_id = fields.Many2one("res.users", "By")
    channel = fields.Selection(CHANNELS)
    level_id = fields.Many2one("collection.level")
    is_open = fields.Boolean(
        "Already planned", help="Planned before the first day and not done yet."
    )
    followups = fields.Integer("Follow-ups")
    receivables = fields.Integer()
    to_confirm = fields.Integer("To confirm")
    amount = fields.Monetary(
        "Claimed",
        help="What the messages of the day claim. A debtor that is reminded on two "
        "days "
        "counts on both.",
    )
    minutes = fields.Integer("Minutes of work")
    capacity = fields.Integer(
        "Minutes a day", aggregator="max", help="What the person can work in a day."
    )
    is_over = fields.Boolean(
        "Day too full",
        aggregator="bool_or",
        help="The person's day, all work together.",
    )
    color = fields.Integer(compute="_compute_color")
    line_ids = fields.One2many("collection.simulation.line", "entry_id", "Debtors")

    @api.depends("collector_id", "channel", "followups", "amount", "is_over")
    @api.depends_context("lang")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for entry in self:
            amount = formatLang(self.env, entry.amount, digits=0)
            words = [
                f"{entry.followups} × {channels.get(entry.channel)}",
                f"{amount} {entry.currency_id.symbol or ''}",
                entry.collector_id.name or self.env._("Nobody"),
            ]
            mark = "⚠ " if entry.is_over else ""
            entry.display_name = mark + " · ".join(words)

    @api.depends("channel")
    def _compute_color(self):
        for entry in self:
            entry.color = COLORS.get(entry.channel, 0)

    @api.model
    def get_unusual_days(self, date_from, date_to=None):
        """Return day -> whether it is not worked: the calendar shades it."""
        simulation = self.env["collection.simulation"].browse(
            self.env.context.get("collection_simulation_id")
        )
        company = simulation.exists().company_id or self.env.company
        calendar = self.env["collection.calendar"]._get_calendar(company)
        first = fields.Datetime.to_datetime(date_from).date()
        last = fields.Datetime.to_datetime(date_to or date_from).date()
        days = [
            first + datetime.timedelta(days=number)
            for number in range((last - first).days + 1)
        ]
        return {
            fields.Date.to_string(day): not calendar.is_working(day) for day in days
        }

    def action_open_lines(self):
        """List the debtors of the entry."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_simulation_line_action"
        )
        action["display_name"] = self.display_name
        action["domain"] = [("entry_id", "=", self.id)]
        return action

    # === STORING === #

    @api.model
    def _store(self, simulation, load: Workload) -> int:
        """Keep a result; return how many follow-ups are counted without a name."""
        left_out = load.trim(NAMED)
        company = simulation.company_id.sudo()
        loads = load.loads()
        capacities = company._get_collection_capacities()
        keys = sorted(load.entries)
        base = {
            "simulation_id": simulation.id,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
        }
        rows, lines = [], []
        for key in keys:
            entry = load.entries[key]
            capacity = key.user and capacities.get(key.user, capacities[0])
            rows.append(
                {
                    **base,
                    "date": key.day,
                    "collector_id": key.user,
                    "channel": key.channel,
                    "level_id": key.level,
                    "is_open": key.is_open,
                    "followups": entry.followups,
                    "receivables": entry.receivables,
                    "to_confirm": entry.to_confirm,
                    "amount": float(entry.amount),
                    "minutes": entry.minutes,
                    "capacity": capacity,
                    "is_over": 0 < capacity < loads[key.day, key.user],
                }
            )
        ids = insert_rows(self.sudo(), [self._clean(row) for row in rows])
        for key, row, entry_id in zip(keys, rows, ids, strict=True):
            shared = {name: row[name] for name in (*base, "date", *PLACE)}
            lines += [
                {
                    **shared,
                    "entry_id": entry_id,
                    "debtor_id": debtor,
                    "receivables": count,
                    "amount": float(amount),
                }
                for amount, debtor, count in load.entries[key].details
            ]
        line_model = self.env["collection.simulation.line"].sudo()
        insert_rows(line_model, [self._clean(line) for line in lines])
        return left_out

    @staticmethod
    def _clean(row: dict) -> dict:
        """Return a row in which nobody is nobody, not number 0."""
        return {**row, "collector_id": row["collector_id"] or None}


#: columns of an entry that its debtors repeat, to be grouped by
PLACE = ("collector_id", "channel", "level_id")


class CollectionSimulationLine(models.TransientModel):
    """A debtor of an entry; of large entries the largest debtors alone."""

    _name = "collection.simulation.line"
    _description = "Debtor of a simulated day"
    _transient_max_hours = 24.0
    _order = "amount desc, id"

    simulation_id = fields.Many2one(
        "collection.simulation", required=True, ondelete="cascade", index=True
    )
    entry_id = fields.Many2one(
        "collection.simulation.entry", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    date = fields.Date("Day")
    collector_id = fields.Many2one("res.users", "By")
    channel = fields.Selection(CHANNELS)
    level_id = fields.Many2one("collection.level")
    debtor_id = fields.Many2one("res.partner")
    receivables = fields.Integer()
    amount = fields.Monetary("Claimed")

    def action_open_file(self):
        """Open the debtor's file."""
        self.ensure_one()
        return self.debtor_id.with_company(self.company_id).action_collection_file()
