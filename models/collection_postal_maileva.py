# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import models

from ..postal.http_session import HttpSession, Login
from ..postal.maileva import PATHS, TOKEN_PATH, Maileva

HOSTS = {
    "sandbox": (
        "https://api.sandbox.maileva.net",
        "https://connexion.sandbox.maileva.net",
    ),
    "production": ("https://api.maileva.com", "https://connexion.maileva.com"),
}


class CollectionPostalProvider(models.Model):
    _inherit = "collection.postal.provider"

    def _maileva_get_urls(self, environment: str) -> dict[str, str]:
        api_url, auth_url = HOSTS[environment or "sandbox"]
        return {
            "api_url": api_url,
            "auth_url": auth_url,
            "letter_path": PATHS["letter"],
            "registered_path": PATHS["registered"],
        }

    def _maileva_get_missing(self) -> list[str]:
        names = ["client_id", "client_secret", "username", "password"]
        if not self.username and not self.password:
            names = names[:2]
        return [name for name in names if not self[name]]

    def _maileva_connect(self) -> Maileva:
        """Return a client; the mark of our sendings is this database's identity."""
        provider = self.sudo()
        login = Login(
            provider.client_id or "",
            provider.client_secret or "",
            provider.username or "",
            provider.password or "",
        )
        session = HttpSession(
            provider.api_url,
            provider.auth_url.rstrip("/") + TOKEN_PATH,
            login,
        )
        uuid = provider.env["ir.config_parameter"].get_param("database.uuid")
        paths = {
            "letter": provider.letter_path or PATHS["letter"],
            "registered": provider.registered_path or PATHS["registered"],
        }
        return Maileva(session, paths, f"odoo:{uuid}")
