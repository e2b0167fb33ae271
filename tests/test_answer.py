# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import base64
import datetime
import re

from freezegun import freeze_time
from lxml import html

from odoo import Command
from odoo.tests import HttpCase, tagged

from ..models.collection_sales_note_record import COMMENT_LENGTH
from .sales_common import SalesCommon

TOKEN_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')


@tagged("post_install", "-at_install")
class TestAnswer(SalesCommon, HttpCase):
    """The page behind a link of a mail, as a browser without login sees it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._get_collection_today()
        due = cls.today - datetime.timedelta(days=40)
        cls.move = cls._sell(cls.anne, 1234.56, due=due)
        cls.second = cls._sell(cls.anne, 500, due=due)
        made = cls.digests._send_week(cls.company, "sales", cls.today, "2026-W43")
        cls.digest = made.filtered(lambda one: one.user_id == cls.anne)
        cls.tomorrow = str(cls.today + datetime.timedelta(days=1))

    def _get_url(self, move=None, user=None, origin=None):
        line = self._get_item(move or self.move)
        token = self.links._get_token(
            (user or self.anne).id, line.id, origin or self.digest
        )
        return f"/collection/answer/{token}"

    def _open(self, url):
        return self.url_open(url, allow_redirects=False)

    def _post(self, url, csrf=None, **typed):
        """Fill the form in as a browser does."""
        if csrf is None:
            page = self._open(url).text
            csrf = TOKEN_FIELD.search(page)[1]
        return self.url_open(
            url, data={"csrf_token": csrf, **typed}, allow_redirects=False
        )

    def _find_notes(self):
        return self.notes.search([("company_id", "=", self.company.id)])

    # === THE PAGE === #

    def test_it_shows_the_line_without_login(self):
        page = self._open(self._get_url())
        self.assertEqual(page.status_code, 200)
        text = page.text.replace("\xa0", " ")
        for words in (
            "Anne Moreau",
            self.move.name,
            "Menuiserie Durand",
            "1,234.56 €",
            "40",
            "days late",
        ):
            self.assertIn(words, text)
        self.assertNotIn(self.second.name, text)

    def test_it_is_for_nobody_else_s_eyes(self):
        page = self._open(self._get_url())
        self.assertEqual(page.headers["X-Robots-Tag"], "noindex, nofollow")
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"])
        self.assertIn('name="robots" content="noindex, nofollow"', page.text)
        self.assertNotIn("<script", page.text)

    def test_keyboard_and_screen_readers(self):
        """Every field has a label, choices stand in a named group."""
        page = html.fromstring(self._open(self._get_url()).text)
        self.assertEqual(page.get("lang"), "en-US")
        labels = {label.get("for") for label in page.iter("label")}
        fields = [one for one in page.xpath("//input|//textarea") if one.get("id")]
        self.assertEqual(labels, {one.get("id") for one in fields})
        self.assertEqual(len(page.xpath("//fieldset/legend")), 1)
        self.assertTrue(page.xpath("//meta[@name='viewport']"))

    def test_opening_it_changes_nothing(self):
        self._open(self._get_url())
        self.assertFalse(self._find_notes())

    def test_a_french_reader_reads_french_figures(self):
        self.anne.lang = "fr_FR"
        page = self._open(self._get_url()).text
        self.assertIn('lang="fr-FR"', page)
        self.assertIn("1\xa0234,56\xa0€", page)

    def test_history_in_two_lines(self):
        start = self.today - datetime.timedelta(days=39)
        for offset in (0, 8, 16):
            date = start + datetime.timedelta(days=offset)
            self.engine.run(date=date, debtors=self.debtor)
            self._perform(self._followups(date), date)
        page = html.fromstring(self._open(self._get_url()).text)
        texts = [one.text_content() for one in page.xpath("//p[@class='small']")]
        done = [text for text in texts if re.search(r"\((E-mail|Phone|Letter)", text)]
        self.assertLessEqual(1, len(done))
        self.assertLessEqual(len(done), 2)

    # === THE ANSWER === #

    def test_an_answer_reaches_the_collector(self):
        response = self._post(
            self._get_url(), kind="will_call", date=self.tomorrow, comment="The boss"
        )
        self.assertEqual(response.status_code, 303)
        note = self._find_notes()
        self.assertRecordValues(
            note,
            [
                {
                    "user_id": self.anne.id,
                    "source": "mail",
                    "kind": "will_call",
                    "comment": "The boss",
                    "move_id": self.move.id,
                    "file_id": self.file.id,
                    "state": "new",
                    "create_uid": self.anne.id,
                }
            ],
        )
        self.assertEqual(str(note.date), self.tomorrow)
        activity = note.activity_id
        self.assertEqual(activity.user_id, self.claire)
        self.assertEqual(str(activity.date_deadline), self.tomorrow)
        self.assertIn("The boss", activity.note)

    def test_thanks_lead_to_the_next_line_of_the_mail(self):
        response = self._post(self._get_url(), kind="comment", comment="Soon")
        page = self._open(response.headers["Location"])
        self.assertEqual(page.status_code, 200)
        links = html.fromstring(page.text).xpath(
            "//a[contains(@class, 'button')]/@href"
        )
        following = self._open(links[0].split("/", 3)[3].join(["/", ""]))
        self.assertIn(self.second.name, following.text)
        response = self._post(self._get_url(self.second), kind="comment", comment="Too")
        page = self._open(response.headers["Location"]).text
        self.assertIn("No other invoice", page)

    def test_what_is_wrong_is_said_and_nothing_is_lost(self):
        far = str(self.today + datetime.timedelta(days=400))
        past = str(self.today - datetime.timedelta(days=1))
        cases = [
            ({"kind": "will_call", "comment": "Kept words"}, "Give the day"),
            ({"kind": "date", "comment": "Kept words"}, "Give the day"),
            ({"kind": "date", "date": past, "comment": "Kept words"}, "is past"),
            ({"kind": "date", "date": far, "comment": "Kept words"}, "a year away"),
            ({"kind": "date", "date": "soon", "comment": "Kept words"}, "be read"),
            ({"kind": "hack", "comment": "Kept words"}, "Choose what"),
            ({"comment": "Kept words"}, "Choose what"),
            ({"kind": "comment", "comment": "  "}, "empty answer"),
            ({"kind": "dispute", "date": self.tomorrow}, "empty answer"),
        ]
        for typed, words in cases:
            with self.subTest(typed):
                response = self._post(self._get_url(), **typed)
                self.assertEqual(response.status_code, 422)
                page = html.fromstring(response.text)
                self.assertIn(words, page.xpath("//div[@role='alert']")[0].text)
                if "Kept" in typed.get("comment", ""):
                    self.assertEqual(page.xpath("//textarea")[0].text, "Kept words")
                if typed.get("date") and typed["date"] != "soon":
                    dates = page.xpath("//input[@type='date']/@value")
                    self.assertEqual(dates, [typed["date"]])
                checked = page.xpath("//input[@type='radio'][@checked]/@value")
                known = [
                    one for one in [typed.get("kind")] if one not in (None, "hack")
                ]
                self.assertEqual(checked, known)
        self.assertFalse(self._find_notes())

    def test_a_comment_that_is_too_long_is_kept_in_the_form(self):
        words = "x" * (COMMENT_LENGTH + 1)
        response = self._post(self._get_url(), kind="comment", comment=words)
        self.assertEqual(response.status_code, 422)
        self.assertIn(words, response.text)

    def test_words_are_never_run(self):
        words = "<script>alert(1)</script> {{ object }}"
        self._post(self._get_url(), kind="comment", comment=words)
        note = self._find_notes()
        self.assertEqual(note.comment, words)
        self.assertNotIn("<script>", note.activity_id.note)
        self.assertNotIn("<script>", self._open(self._get_url()).text)

    def test_the_same_answer_twice_is_one(self):
        for _index in range(2):
            response = self._post(self._get_url(), kind="comment", comment="Soon")
            self.assertEqual(response.status_code, 303)
        self.assertEqual(len(self._find_notes()), 1)
        self._post(self._get_url(), kind="comment", comment="Later")
        self.assertEqual(len(self._find_notes()), 2)

    def test_a_form_of_another_site_is_refused(self):
        response = self._post(
            self._get_url(), csrf="0" * 40, kind="comment", comment="Forged"
        )
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._find_notes())

    def test_it_gives_no_right(self):
        self._post(self._get_url(), kind="comment", comment="Soon")
        self.assertFalse(
            self.anne.has_group("account_collection.group_collection_user")
        )
        page = self.url_open("/odoo", allow_redirects=False)
        self.assertIn("/web/login", page.headers.get("Location", ""))

    def test_settled_meanwhile(self):
        url = self._get_url()
        csrf = TOKEN_FIELD.search(self._open(url).text)[1]
        self._pay(self.move, date=self.today)
        page = self._open(url)
        self.assertIn("settled", page.text)
        self.assertNotIn("1,234.56", page.text)
        self.assertIn("Next invoice", page.text)
        page = self._post(url, csrf=csrf, kind="comment", comment="Too late")
        self.assertIn("settled", page.text)
        self.assertFalse(self._find_notes())

    # === LINKS THAT DO NOT ANSWER === #

    def _assert_gone(self, url):
        """The same page for whatever is wrong: it tells nothing."""
        page = self._open(url)
        self.assertEqual(page.status_code, 404)
        self.assertIn("does not answer any more", page.text)
        for words in (self.move.name, "Durand", "Anne", "1,234"):
            self.assertNotIn(words, page.text)
        self.assertEqual(page.text, self._open("/collection/answer/nothing").text)
        response = self.url_open(
            url,
            data={"csrf_token": self._get_csrf(), "kind": "comment", "comment": "x"},
            allow_redirects=False,
        )
        self.assertEqual(response.status_code, 404)
        self.assertEqual(self._open(f"{url}/thanks").status_code, 404)
        self.assertFalse(self._find_notes())

    def _get_csrf(self):
        page = self._open(self._get_url(self.second, self.manager))
        found = TOKEN_FIELD.search(page.text)
        return found[1] if found else ""

    def test_altered(self):
        url = self._get_url()
        prefix, token = url.rsplit("/", 1)
        middle = len(token) // 2
        raw = base64.urlsafe_b64decode(token + "==")
        altered = raw.replace(
            str(self.anne.id).encode(), str(self.boris.id).encode(), 1
        )
        for wrong in (
            token[:-1] + ("A" if token[-1] != "A" else "B"),
            token[:middle]
            + ("A" if token[middle] != "A" else "B")
            + token[middle + 1 :],
            token[1:],
            token + "A",
            token + "==",
            base64.urlsafe_b64encode(altered).decode().rstrip("="),
            "0",
            "é",
            "A" * 5000,
        ):
            with self.subTest(wrong):
                self._assert_gone(f"{prefix}/{wrong}")

    def test_every_change_of_a_character_is_an_altered_token(self):
        token = self._get_url().rsplit("/", 1)[1]
        for place in range(len(token)):
            for letter in "Aa0-_":
                if token[place] != letter:
                    wrong = token[:place] + letter + token[place + 1 :]
                    self.assertIsNone(self.links._read_token(wrong))
        self.assertTrue(self.links._read_token(token))

    def test_expired(self):
        with freeze_time(datetime.datetime.now() - datetime.timedelta(days=13)):
            alive = self._get_url()
        with freeze_time(datetime.datetime.now() - datetime.timedelta(days=15)):
            dead = self._get_url()
        self.assertEqual(self._open(alive).status_code, 200)
        self._assert_gone(dead)

    def test_who_left_answers_no_more(self):
        url = self._get_url()
        self.anne.active = False
        self._assert_gone(url)

    def test_who_changed_company_answers_no_more(self):
        url = self._get_url()
        other = self.env["res.company"].create({"name": "Vauban Services"})
        self.anne.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self._assert_gone(url)

    def test_a_customer_of_somebody_else(self):
        """A token of a user for a line that is not the user's opens nothing."""
        self._assert_gone(self._get_url(user=self.boris))
        url = self._get_url()
        self.move.invoice_user_id = self.boris
        self._assert_gone(url)

    def test_a_collector_answers_for_its_portfolio_alone(self):
        self.assertEqual(self._open(self._get_url(user=self.claire)).status_code, 200)
        self.file.collector_id = self.manager
        self._assert_gone(self._get_url(user=self.claire))

    def test_another_kind_of_record_is_no_origin(self):
        self._assert_gone(self._get_url(origin=self.debtor))

    def test_a_draft_again_or_deleted(self):
        url = self._get_url()
        self.move.button_draft()
        self._assert_gone(url)
        self.move.with_context(force_delete=True).unlink()
        self.assertEqual(self._open(url).status_code, 404)
