# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models


class CollectionWords(models.AbstractModel):
    """Words that the texts of a record may use: fields that ``_compute_texts`` fills.

    A model has ``_get_reading``, which reads for all its records at once, and
    ``_set_texts``, which writes the words from that.
    """

    _name = "collection.words"
    _description = "Words of a text"

    @api.model
    def _get_text_fields(self) -> list[str]:
        """Return the fields that a text may use."""
        return [
            name
            for name, field in self._fields.items()
            if field.compute == "_compute_texts"
        ]

    def mail_allowed_qweb_expressions(self):
        """Allow our words to everyone who may edit a text."""
        words = tuple(f"object.{name}" for name in self._get_text_fields())
        return super().mail_allowed_qweb_expressions() + words

    def _compute_texts(self):
        """Compute the words of stored records; a form's copies show the same."""
        stored = self._origin
        if stored:
            stored._set_texts(stored._get_reading())
        for record in self - stored:
            for name in self._get_text_fields():
                record[name] = record._origin[name] if record._origin else False
