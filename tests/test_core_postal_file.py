# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.postal_events import CODES
from ..core.postal_file import NAMES, PostalFileError, read_date, read_file
from ..core.postal_words import simplify

PROPERTY = settings(deadline=None, max_examples=300, derandomize=True)


def on(text):
    return datetime.date.fromisoformat(text)


@tagged("post_install", "-at_install")
class TestPostalFile(BaseCase):
    """Files as the post, a spreadsheet or a person makes them."""

    def _read_one(self, text):
        lines, _unknown = read_file(text)
        self.assertEqual(len(lines), 1)
        return lines[0]

    def test_numbers_and_postings(self):
        line = self._read_one(
            "Référence;Numéro;Déposé le\n"
            "REC000001-000002;2C 123 456 7890 1;15/09/2026\n"
        )
        self.assertEqual(
            (line.line, line.reference, line.number, line.events, line.error),
            (
                2,
                "REC000001-000002",
                "2C 123 456 7890 1",
                [("posted", on("2026-09-15"))],
                "",
            ),
        )

    def test_delimiters_and_encodings(self):
        table = "référence{0}numéro{0}présenté le\nREL-000002{0}2C0000001{0}2026-10-02"
        for delimiter in (";", ",", "\t"):
            text = table.format(delimiter)
            for content in (
                text,
                text.encode(),
                text.encode("utf-8-sig"),
                text.encode("cp1252"),
                text.encode("utf-16"),
                text.replace("\n", "\r\n").encode("cp1252"),
            ):
                line = self._read_one(content)
                self.assertEqual(line.events, [("presented", on("2026-10-02"))])
                self.assertEqual((line.reference, line.error), ("REL-000002", ""))

    def test_lines_are_counted_as_an_editor_shows_them(self):
        text = (
            'number;status;date\n\n"2C0000001";"Distribué\nau gardien";2026-10-02\n'
            ";;\n2C0000002;x;2026-10-02"
        )
        lines, _unknown = read_file(text)
        self.assertEqual([one.line for one in lines], [3, 6])

    def test_statuses_with_their_dates(self):
        head = "number;status;date;reason;retourné le\n2C0000001;"
        for cells, events in (
            ("Distribué;02/10/2026;;", [("delivered", "2026-10-02")]),
            ("avisé;02/10/2026 11:42;;", [("presented", "2026-10-02")]),
            ("Retourné;02/10/2026;NPAI;", [("unknown_address", "2026-10-02")]),
            ("Retourné;;non réclamé;20/10/2026", [("unclaimed", "2026-10-20")]),
            (";;;20/10/2026", [("returned", "2026-10-20")]),
            (";02/10/2026;refusé;", [("refused", "2026-10-02")]),
            ("X42;02/10/2026;pli refusé;", [("refused", "2026-10-02")]),
            ("Déclaratif réceptionné;02/10/2026;;", []),
        ):
            with self.subTest(cells):
                line = self._read_one(head + cells)
                self.assertEqual(line.error, "")
                self.assertEqual(
                    line.events, [(code, on(date)) for code, date in events]
                )

    def test_a_status_without_a_date_needs_none_when_its_column_has_it(self):
        line = self._read_one(
            "number;distribué le;statut\n2C0000001;02/10/2026;Distribué"
        )
        self.assertEqual(
            (line.events, line.error), ([("delivered", on("2026-10-02"))], "")
        )

    def test_what_is_wrong_with_a_line(self):
        head = "reference;number;posted;status;date\n"
        for cells, error, detail in (
            (";;15/09/2026;;", "who", ""),
            ("REL-000001;;31/09/2026;;", "date", "31/09/2026"),
            ("REL-000001;;;mystère;15/09/2026", "status", "mystère"),
            ("REL-000001;;;Distribué;", "undated", "Distribué"),
            ("REL-000001;;;Distribué;demain", "date", "demain"),
            ("REL-000001;;;;", "nothing", ""),
        ):
            with self.subTest(cells):
                line = self._read_one(head + cells)
                self.assertEqual((line.error, line.detail), (error, detail))

    def test_what_is_no_file(self):
        for content, key in (
            ("", "empty"),
            (b" \n", "empty"),
            ("a;b\n1;2", "columns"),
            ("date;statut\n1;2", "columns"),
            (b"PK\x03\x04 a workbook", "binary"),
            (b"%PDF-1.4", "binary"),
        ):
            with self.assertRaises(PostalFileError) as caught:
                read_file(content)
            self.assertEqual(caught.exception.key, key)

    def test_unknown_columns_are_named(self):
        _lines, unknown = read_file("Numéro;Poids;Prix\n2C0000001;20;5,74")
        self.assertEqual(unknown, ["Poids", "Prix"])

    def test_a_spreadsheet_s_quoted_number(self):
        line = self._read_one('number;posted\n"=""12345678901""";15.09.26')
        self.assertEqual(
            (line.number, line.events),
            ("12345678901", [("posted", on("2026-09-15"))]),
        )

    def test_dates(self):
        for text, date in (
            ("2026-09-15", "2026-09-15"),
            ("15/09/2026", "2026-09-15"),
            ("5/9/26", "2026-09-05"),
            ("15-09-2026", "2026-09-15"),
            (" 15.09.2026 ", "2026-09-15"),
            ("2026-09-15T08:30:00+02:00", "2026-09-15"),
            ("15/09/2026 08h30", "2026-09-15"),
        ):
            self.assertEqual(read_date(text), on(date), text)
        for text in ("", None, "2026-13-01", "30/02/2026", "09/15/2026", "1", "demain"):
            self.assertIsNone(read_date(text), text)

    def test_names_of_columns_are_simplified(self):
        self.assertEqual(set(NAMES), {simplify(name) for name in NAMES})

    @PROPERTY
    @given(st.text(max_size=200))
    def test_anything_is_read_or_refused(self, text):
        try:
            lines, _unknown = read_file("reference;number;status;date\n" + text)
        except PostalFileError:
            return
        for line in lines:
            self.assertTrue(line.error or line.events or line.label or line.number)
            self.assertLessEqual({code for code, _day in line.events}, set(CODES))
