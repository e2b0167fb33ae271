# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, http
from odoo.exceptions import ValidationError
from odoo.http import request

from ..models.collection_sales_note import KINDS
from ..models.collection_sales_note_record import COMMENT_LENGTH

#: the answer says nothing to search engines, other sites or caches
HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("X-Frame-Options", "DENY"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'",
    ),
]


class CollectionAnswer(http.Controller):
    """The page behind the links of the mails to colleagues: no login, no right."""

    @http.route(
        "/collection/answer/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def form(self, token: str):
        """Show one line and ask for an answer; opening it changes nothing."""
        link = self._read(token)
        return self._show_form(link, token) if link else self._show_gone()

    @http.route(
        "/collection/answer/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def answer(self, token: str, **typed):
        """Keep an answer; one that cannot be kept comes back as it was typed."""
        link = self._read(token)
        if not link:
            return self._show_gone()
        facts = self._get_facts(link)
        if not facts:
            return self._show_form(link, token)
        try:
            values = self._get_values(typed)
            request.env["collection.sales.note"].sudo()._record(
                link.user,
                link.line.company_id,
                link.line.partner_id,
                "mail",
                move_id=link.line.move_id.id,
                move_line_id=link.line.id,
                **values,
            )
        except ValidationError as error:
            return self._show_form(link, token, typed, error.args[0])
        return request.redirect(f"/collection/answer/{token}/thanks", 303)

    @http.route(
        "/collection/answer/<string:token>/thanks",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def thanks(self, token: str):
        """Thank, and lead to the next line of the same mail."""
        link = self._read(token)
        if not link:
            return self._show_gone()
        next_url = request.env["collection.answer.link"].sudo()._get_next_url(link)
        return self._render(
            "answer_thanks",
            document=link.line.move_name,
            debtor=link.line.partner_id.commercial_partner_id.name,
            url=f"/collection/answer/{token}",
            next_url=next_url,
        )

    # === PIECES === #

    @staticmethod
    def _read(token: str):
        """Return the link of a token, and speak its user's language from now on."""
        link = request.env["collection.answer.link"].sudo()._read_token(token)
        if link:
            request.update_context(lang=link.user.lang or request.env.lang)
        return link

    @staticmethod
    def _get_facts(link) -> dict | None:
        """Return what the page says of the line, None when it is settled."""
        company = link.line.company_id
        today = company._get_collection_today()
        overdue = request.env["collection.sales.overdue"].sudo()
        rows = overdue._read_lines(company, today, link.line.ids)
        if not rows:
            return None
        outlook = overdue._get_outlook(company, today, rows)
        facts = overdue._describe(rows, outlook)[0]
        return {**facts, "history": overdue._get_history(link.line, today)}

    @staticmethod
    def _get_values(typed: dict) -> dict:
        """Return kind, date and comment of what was typed.

        :raise ValidationError: the day cannot be read
        """
        try:
            date = fields.Date.to_date(typed.get("date") or False) or False
        except ValueError:
            raise ValidationError(
                request.env._("The day cannot be read: choose it in the calendar.")
            ) from None
        comment = (typed.get("comment") or "").replace("\x00", "")
        return {"kind": typed.get("kind"), "date": date, "comment": comment}

    def _show_form(self, link, token: str, typed=None, error=None):
        facts = self._get_facts(link)
        if not facts:
            next_url = request.env["collection.answer.link"].sudo()._get_next_url(link)
            return self._render(
                "answer_settled", document=link.line.move_name, next_url=next_url
            )
        note = request.env["collection.sales.note"]
        labels = dict(note._fields["kind"]._description_selection(note.env))
        return self._render(
            "answer_form",
            status=422 if error else 200,
            line=facts,
            name=link.user.name,
            kinds=[(key, labels[key]) for key, _label in KINDS],
            typed=typed or {},
            error=error,
            comment_length=COMMENT_LENGTH,
            today=fields.Date.to_string(link.line.company_id._get_collection_today()),
            csrf_token=request.csrf_token(),
        )

    def _show_gone(self):
        """The same for whatever is not a valid link: it tells nothing."""
        return self._render("answer_gone", status=404)

    @staticmethod
    def _render(view: str, status: int = 200, **values):
        env = request.env
        lang = (env.lang or "en").replace("_", "-")
        html = env["ir.qweb"]._render(
            f"account_collection.{view}", {"lang_code": lang, **values}
        )
        return request.make_response(
            f"<!DOCTYPE html>\n{html}", headers=HEADERS, status=status
        )
