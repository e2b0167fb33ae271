# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import contextlib
import datetime

from odoo import api, models
from odoo.tools import SQL

from ..core.legal import MissingValueError
from ..core.limitation import (
    CAP_KEY,
    CLAIM_KEYS,
    CONSUMER,
    EFFECTS,
    GOODS_SERVICES,
    MEDIATION,
    MEDIATION_KEY,
    POSSIBLE,
    PUBLIC_KEY,
    RESTART,
    SUSPEND,
    TITLE,
    TITLE_KEY,
    WRITTEN,
    Claim,
    Event,
    add_years,
    find_limit,
    find_start,
    period_key,
)

#: kinds that never move the worst-case date, whatever the class of the debtor
IDLE = tuple(
    kind
    for kind, effect in EFFECTS.items()
    if effect not in (RESTART, SUSPEND) and kind not in WRITTEN
)
RESTARTS = tuple(kind for kind, effect in EFFECTS.items() if effect == RESTART)
CLASSES = ("trader", "professional", CONSUMER, "public", "foreign")
KINDS = (GOODS_SERVICES, *CLAIM_KEYS)
#: what the expressions join beside the journal item ``l`` and its partner ``p``
JOINS = SQL(
    """
      LEFT JOIN account_move m ON m.id = l.move_id
      LEFT JOIN res_company c ON c.id = l.company_id
      LEFT JOIN collection_debtor f
             ON f.company_id = l.company_id AND f.debtor_id = p.commercial_partner_id
      LEFT JOIN res_partner cp ON cp.id = p.commercial_partner_id
      LEFT JOIN res_partner home ON home.id = c.partner_id"""
)


class CollectionLimitationQuery(models.AbstractModel):
    """The rules of core/limitation.py as SQL, and the facts for them.

    The expressions use ``l`` (account_move_line), ``m`` (account_move), ``f``
    (collection_debtor), ``cp`` (commercial partner) and ``home`` (partner of the
    company). The legal values are literals: without one the date is NULL.
    """

    _name = "collection.limitation.query"
    _description = "Limitation query"

    # === EXPRESSIONS === #

    @api.model
    def _sql_start(self) -> SQL:
        """Return the first day of the period, as ``find_start``."""
        due = SQL("COALESCE(l.date_maturity, l.date)")
        return SQL(
            """CASE WHEN m.delivery_date IS NULL THEN %(due)s
                    ELSE LEAST(%(due)s, l.invoice_date, m.delivery_date) END""",
            due=due,
        )

    @api.model
    def _sql_key(self, debtor_class: str | None = None) -> SQL:
        """Return the key of the period, as ``period_key``.

        :param debtor_class: the only one that matters, None = the debtor's
        """
        whens = [
            SQL("WHEN %s THEN %s", kind, self._sql_class_key(kind, debtor_class))
            for kind in CLAIM_KEYS
        ]
        return SQL(
            "CASE m.collection_claim_kind %s ELSE %s END",
            SQL(" ").join(whens),
            self._sql_class_key(GOODS_SERVICES, debtor_class),
        )

    @api.model
    def _sql_class_key(self, kind: str, debtor_class: str | None) -> SQL:
        """Return the key of the period of a kind of claim."""
        general = period_key("trader", kind)
        keys = {one: period_key(one, kind) for one in CLASSES}
        if debtor_class:
            return SQL("%s", keys[debtor_class])
        special = {one: key for one, key in keys.items() if key != general}
        if not special:
            return SQL("%s", general)
        return SQL(
            "CASE %s %s ELSE %s END",
            self.env["collection.debtor"]._sql_debtor_class(),
            SQL(" ").join(SQL("WHEN %s THEN %s", *pair) for pair in special.items()),
            general,
        )

    @api.model
    def _sql_value(self, key: str, day: SQL) -> SQL:
        """Return the legal value of a key on a day, a whole number; NULL = missing."""
        rows = self.env["collection.parameter"]._get_table().rows(key)
        whens = SQL(" ").join(
            SQL("WHEN %s >= %s::date THEN %s", day, first, int(value))
            for first, value in reversed(rows)
        )
        return SQL("CASE %s END", whens) if rows else SQL("NULL::int")

    @api.model
    def _sql_end(self, key: SQL, day: SQL, keys=None) -> SQL:
        """Return the last day of a full period from a day, as ``end_of_period``.

        :param keys: those that the key may be
        """
        keys = keys or sorted({period_key(*pair) for pair in self._get_pairs()})
        whens = []
        for one in keys:
            years = self._sql_value(one, day)
            if one == PUBLIC_KEY:
                end = SQL(
                    "make_date(extract(year FROM %s)::int + %s, 12, 31)", day, years
                )
            else:
                end = SQL("(%s + make_interval(years => %s))::date", day, years)
            whens.append(SQL("WHEN %s THEN %s", one, end))
        return SQL("CASE %s %s END", key, SQL(" ").join(whens))

    @api.model
    def _get_pairs(self) -> list[tuple[str, str]]:
        """Return every class of debtors with every kind of claim."""
        return [(one, kind) for one in CLASSES for kind in KINDS]

    @api.model
    def _sql_limitation(self) -> SQL:
        """Return the worst-case date; ``lim`` is the sub-select of the events."""
        return SQL(
            """CASE WHEN l.amount_residual <= 0 THEN NULL
                    WHEN lim.move_line_id IS NOT NULL THEN lim.ends_on
                    ELSE %s END""",
            self._sql_end(self._sql_key(), self._sql_start()),
        )

    @api.model
    def _sql_barred_consumer(self, today: datetime.date) -> SQL | None:
        """Return the condition of a consumer's claim being time-barred.

        The age is looked at first: of most claims nothing else is computed.
        """
        keys = sorted({period_key(CONSUMER, kind) for kind in KINDS})
        table = self.env["collection.parameter"]._get_table()
        years = [int(value) for key in keys for _day, value in table.rows(key)]
        if not years:
            return None
        start, key = self._sql_start(), self._sql_key(CONSUMER)
        return SQL(
            """(%(start)s < %(cutoff)s::date AND %(class)s = 'consumer'
                AND CASE WHEN lim.move_line_id IS NOT NULL THEN lim.ends_on
                         ELSE %(end)s END < %(today)s::date)""",
            **{"class": self.env["collection.debtor"]._sql_debtor_class()},
            start=start,
            cutoff=add_years(today, -min(years)) + datetime.timedelta(days=1),
            end=self._sql_end(key, start, keys),
            today=today,
        )

    # === EVENTS === #

    @api.model
    def _sql_events(self) -> SQL:
        """Return the worst-case date of each receivable that has events.

        One row for each: events are taken one after the other, as ``find_limit`` does.
        Without any event the sub-select is a constant: PostgreSQL reads nothing.
        """
        if not self.env["collection.limitation.event"]._has_any():
            return SQL(
                """SELECT NULL::int AS move_line_id, NULL::date AS ends_on
                    WHERE FALSE GROUP BY 1"""
            )
        accounts = self.env["account.account"]._get_collection_accounts()
        first = SQL("GREATEST(t.date, z.starts_on)")
        key = SQL(
            "CASE WHEN (z.titled OR t.kind = %s) AND z.period <> %s THEN %s"
            " ELSE z.period END",
            TITLE,
            PUBLIC_KEY,
            TITLE_KEY,
        )
        months = self._sql_value(MEDIATION_KEY, SQL("t.date_end"))
        keys = sorted({TITLE_KEY, *(period_key(*pair) for pair in self._get_pairs())})
        return SQL(
            """
            WITH RECURSIVE found AS (
                SELECT l.id, %(start)s AS starts_on, %(key)s AS period,
                       e.kind, e.date, e.date_end,
                       row_number() OVER own AS n, row_number() OVER own = 1 AS is_first
                  FROM collection_limitation_event e
                  JOIN collection_limitation_event_move_rel x ON x.event_id = e.id
                  JOIN account_move_line l ON l.move_id = x.move_id
                  JOIN res_partner p ON p.id = l.partner_id
                  %(joins)s
                 WHERE e.is_void IS NOT TRUE AND e.kind NOT IN %(idle)s
                   -- CASE, and is_first below: from an equality PostgreSQL would expect
                   -- a row or two, and go through all of them for each receivable
                   AND CASE WHEN p.commercial_partner_id = e.debtor_id THEN TRUE END
                   AND l.account_id IN %(accounts)s AND l.reconciled IS NOT TRUE
                   AND l.parent_state = 'posted'
                WINDOW own AS (PARTITION BY l.id ORDER BY e.date, e.id)
            ), z AS (
                SELECT id, starts_on, period, 0::bigint AS n, FALSE AS titled,
                       %(end)s AS ends_on,
                       (starts_on + make_interval(years => %(cap)s))::date AS cap
                  FROM found WHERE is_first
                UNION ALL
                SELECT z.id, z.starts_on, z.period, t.n,
                       z.titled OR (t.kind = %(title)s AND t.date <= z.ends_on),
                       CASE WHEN z.ends_on IS NULL THEN NULL
                            WHEN t.date > z.ends_on OR NOT v.acts THEN z.ends_on
                            WHEN v.moved IS NULL OR z.cap IS NULL THEN NULL
                            ELSE LEAST(GREATEST(z.ends_on, v.moved),
                                       GREATEST(z.cap, z.ends_on)) END,
                       z.cap
                  FROM z
                  JOIN found t ON t.id = z.id AND t.n = z.n + 1
                 CROSS JOIN LATERAL (
                    SELECT CASE WHEN t.kind = %(mediation)s
                                THEN t.date_end IS NOT NULL
                                ELSE t.kind IN %(restarts)s OR z.period = %(public)s
                           END AS acts,
                           CASE WHEN t.kind <> %(mediation)s THEN %(restarted)s
                                WHEN t.date_end < %(first)s THEN z.ends_on
                                WHEN %(months)s IS NOT NULL
                                THEN GREATEST(
                                    z.ends_on + (t.date_end - %(first)s),
                                    (t.date_end
                                     + make_interval(months => %(months)s))::date)
                           END AS moved) v
            )
            SELECT DISTINCT ON (id) id AS move_line_id, ends_on
              FROM z ORDER BY id, n DESC""",
            start=self._sql_start(),
            key=self._sql_key(),
            joins=JOINS,
            idle=IDLE,
            accounts=tuple(sum(accounts.values(), ())) or (0,),
            end=self._sql_end(SQL("period"), SQL("starts_on"), keys),
            cap=self._sql_value(CAP_KEY, SQL("starts_on")),
            title=TITLE,
            mediation=MEDIATION,
            restarts=RESTARTS,
            public=PUBLIC_KEY,
            restarted=self._sql_end(key, first, keys),
            months=months,
            first=first,
        )

    # === FACTS FOR THE CORE === #

    @api.model
    def _get_claims(self, lines) -> dict[int, Claim]:
        """Return journal item -> what its period depends on."""
        files = self.env["collection.debtor"].sudo()
        found = {}
        for company, group in lines.grouped("company_id").items():
            classes = files._get_classes(
                company, group.partner_id.commercial_partner_id
            )
            for line in group:
                move = line.move_id
                start = find_start(
                    line.date_maturity or line.date,
                    line.invoice_date,
                    move.delivery_date or None,
                )
                debtor = line.partner_id.commercial_partner_id
                key = period_key(
                    classes.get(debtor.id, CONSUMER),
                    move.collection_claim_kind or GOODS_SERVICES,
                )
                found[line.id] = Claim(start, key)
        return found

    @api.model
    def _get_events(self, lines) -> dict[int, list[Event]]:
        """Return journal item -> its events that are not void, in their order."""
        events = self.env["collection.limitation.event"].sudo()
        events = events.search(
            [("move_ids", "in", lines.move_id.ids), ("is_void", "=", False)],
            order="date, id",
        )
        found = {}
        for event in events:
            concerned = lines.filtered(
                lambda line, event=event: (
                    line.move_id in event.move_ids
                    and line.partner_id.commercial_partner_id == event.debtor_id
                )
            )
            for line in concerned:
                found.setdefault(line.id, []).append(event._as_event())
        return found

    @api.model
    def _get_later_dates(self, lines) -> dict[int, datetime.date]:
        """Return journal item -> its last day if a possible acknowledgement is one.

        Only of items that have such an event, and whose legal values are known.
        """
        lines = lines.sudo()
        events = self._get_events(lines) if lines else {}
        lines = lines.filtered(
            lambda line: any(
                EFFECTS[event.kind] == POSSIBLE for event in events.get(line.id, ())
            )
        )
        table = self.env["collection.parameter"]._get_table()
        found = {}
        for line_id, claim in self._get_claims(lines).items():
            with contextlib.suppress(MissingValueError):
                found[line_id] = find_limit(table, claim, events[line_id], True)
        return found
