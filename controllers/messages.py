# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from markupsafe import Markup

from odoo import http
from odoo.http import request

from ..models.collection_followup_link import PATH

#: nobody indexes the page, keeps a copy of it, or learns its address from a link on it
HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("X-Robots-Tag", "noindex, nofollow, noarchive"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store, private"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
]


class CollectionMessages(http.Controller):
    """The page that a text message leads to, for whoever has its link."""

    @http.route(
        ["/collection/s/<string:token>", f"{PATH}<string:token>"],
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        save_session=False,
    )
    def message(self, token: str):
        """Show the message with the balances of the moment.

        An unknown link and one whose time is over get the same friendly answer.
        """
        followup = request.env["collection.followup"].sudo()._find_by_link(token)
        if not followup:
            lang = (request.env.lang or "en").partition("_")[0]
            return self._show(request.env, "page_unknown", {"html_lang": lang}, 404)
        followup = followup.with_context(
            allowed_company_ids=followup.company_id.ids,
            lang=followup.lang or followup.company_id.partner_id.lang,
        )
        if (
            request.httprequest.method == "GET"
            and not request.env["ir.http"].is_a_bot()
        ):
            # Whoever only draws a picture of the link is not the debtor.
            followup._mark_seen()
        return self._show(followup.env, "page_message", followup._get_page_values())

    @staticmethod
    def _show(env, template: str, values: dict, status: int = 200):
        html = env["ir.qweb"]._render(f"account_collection.{template}", values)
        page = Markup("<!DOCTYPE html>") + html
        return request.make_response(page, HEADERS, status=status)
