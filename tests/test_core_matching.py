# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from collections import defaultdict
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.matching import Claim, Receipt, names, probable_payments

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
NUMBER = "FAC/2026/00012"
TODAY = datetime.date(2026, 9, 25)
PAID_ON = datetime.date(2026, 9, 24)
#: the receivables of case 7
F1 = Claim(1, Decimal("4000.00"), datetime.date(2026, 9, 10), "F1", ("S00041",))
F2 = Claim(2, Decimal("2500.00"), datetime.date(2026, 9, 30), "F2", ("S00042",))
#: overdue as well
F3 = Claim(3, Decimal("1000.00"), datetime.date(2026, 9, 20), "F3")
ORDERS = ("S00041", "S00042", "S00099")


def receipt(amount, text="VIR SEPA", key=10, day=PAID_ON):
    return Receipt(key, Decimal(amount), day, text)


def explain(receipts, claims=(F1, F2), orders=ORDERS, today=TODAY):
    """Return [(receipt, claim, amount, reason)] with amounts as texts."""
    found = probable_payments(receipts, claims, orders, today)
    return [(one.receipt, one.claim, str(one.amount), one.reason) for one in found]


# === LEDGERS === #

words = st.sampled_from(["VIR SEPA", "merci", "FACTURE", "REGLEMENT DE", "N°"])
separators = st.sampled_from(["", " ", "/", "-", ".", " - ", "_"])
prefixes = st.sampled_from(["FAC", "INV", "F", "AVOIR"])
sequences = st.integers(1, 99_999)
#: few values, so that equal amounts and sums are frequent
amounts = st.sampled_from(["0.01", "50.00", "100.00", "150.00", "250.00"]).map(Decimal)
dates = st.dates(datetime.date(2026, 9, 20), datetime.date(2026, 9, 28))


@st.composite
def claims(draw):
    return [
        Claim(key, draw(amounts), draw(dates), f"FAC/2026/{key}", (f"S{key % 3}",))
        for key in range(1, draw(st.integers(1, 5)) + 1)
    ]


@st.composite
def receipts(draw):
    texts = st.sampled_from(
        ["VIR", "FAC 2026-1", "2026/00002 et 2026/00003", "S00001", "S00077 acompte"]
    )
    return [
        Receipt(key, draw(amounts), draw(dates), draw(texts))
        for key in range(1, draw(st.integers(1, 5)) + 1)
    ]


orders_of_debtor = st.sampled_from([(), ("S0", "S1", "S2", "S77")])
policy_days = st.sampled_from([None, TODAY, datetime.date(2026, 9, 21)])
ledgers = st.tuples(receipts(), claims(), orders_of_debtor, policy_days)


@tagged("post_install", "-at_install")
class TestCoreNames(BaseCase):
    """Which texts name a document."""

    def _assert_names(self, number, texts):
        for text in texts:
            self.assertTrue(names(text, number), text)

    def _assert_does_not_name(self, number, texts):
        for text in texts:
            self.assertFalse(names(text, number), text)

    def test_separators_zeros_case_and_prefix_may_differ(self):
        self._assert_names(
            NUMBER,
            ["FAC/2026/00012", "VIR FAC 2026-12", "2026/00012", "fac 2026 12, merci"]
            + ["FAC202600012", "REF:FAC-2026.012/DUPONT", "FAC/2026/00012FACTURE"]
            + ["FAC/2026/00011 FAC/2026/00012"],
        )

    def test_longer_or_other_numbers_do_not_name_it(self):
        self._assert_does_not_name(
            NUMBER,
            ["FAC/2026/000123", "FAC/2026/00120", "FAC/2026/0001", "FAC/2025/00012"]
            + ["12026/00012", "XFAC/12026/12", "FAC 2026", "00012", ""],
        )

    def test_a_short_number_keeps_its_prefix(self):
        self._assert_names("F1", ["F1", "VIR F1", "f-01.", "F1 ET F2"])
        self._assert_does_not_name("F1", ["F10", "F11", "REF1", "1", "0F1", "F 2"])

    def test_another_kind_of_document_is_not_named(self):
        for text in ("AVO/2026/00012", "ACOMPTE SO/2026/00012", "AVO 2026/00012"):
            self.assertFalse(names(text, "FAC/2026/00012"), text)

    def test_a_date_names_no_document(self):
        for text in (
            "VIR SEPA 2026-12-24 DURAND",
            "FACTURE DU 24/09/2026, 12 ARTICLES",
            "FAC 2026-12-24",
            "12 RUE DES FORGES",
        ):
            self.assertFalse(names(text, "FAC/2026/00012"), text)
        self.assertFalse(names("VIR 267", "INV/26/007"))
        self.assertFalse(names("12 RUE DES FORGES", "0012"))
        self.assertFalse(names("4711AB", "4711A"))

    def test_a_number_alone_needs_four_digits(self):
        self._assert_names("4711", ["VIR 4711", "N°4711.", "004711"])
        self._assert_does_not_name("4711", ["47110", "14711", "A4711", "471"])
        self._assert_does_not_name("123", ["123", "VIR 123"])

    def test_nothing_names_a_document_without_a_number(self):
        self._assert_does_not_name("", ["", "VIR 4711"])
        self._assert_does_not_name("BROUILLON", ["BROUILLON"])

    @PROPERTY
    @given(words, prefixes, separators, separators, sequences, st.integers(0, 6), words)
    def test_a_number_is_found_however_it_is_written(
        self, before, prefix, first, second, number, zeros, after
    ):
        document = f"{prefix}/2026/{number:05}"
        written = f"2026{second}{'0' * zeros}{number}"
        for text in (prefix + first + written, f"{prefix.lower()} {written}"):
            self.assertTrue(names(f"{before} {text} {after}", document), text)

    @PROPERTY
    @given(words, prefixes, st.sampled_from("/-._ "), sequences)
    def test_without_its_prefix_a_number_stands_as_on_the_invoice(
        self, before, prefix, separator, number
    ):
        text = f"{before} 2026{separator}{number:05} merci"
        self.assertTrue(names(text, f"{prefix}/2026/{number:05}"), text)

    @PROPERTY
    @given(words, prefixes, separators, separators, sequences, sequences)
    def test_another_number_is_never_found(
        self, before, prefix, first, second, number, other
    ):
        assume(number != other)
        text = f"{before} {prefix}{first}2026{second}{other:05} merci"
        self.assertFalse(names(text, f"{prefix}/2026/{number:05}"))
        self.assertFalse(names(text, f"{prefix}/2025/{other:05}"))

    @PROPERTY
    @given(prefixes, sequences, st.integers(1, 9))
    def test_a_longer_number_is_never_found(self, prefix, number, digit):
        document = f"{prefix}/2026/{number:05}"
        self.assertFalse(names(f"VIR {document}{digit - 1}", document))
        self.assertFalse(names(f"VIR {digit}2026/{number:05}", document))
        self.assertFalse(names(f"VIR 2026/{digit}{number:05}", document))


@tagged("post_install", "-at_install")
class TestCoreMatching(BaseCase):
    """Which receivables a receipt probably pays, by worked examples."""

    def test_case_7_the_named_invoice_is_paid(self):
        self.assertEqual(
            explain([receipt("4000.00", "F1")]), [(10, 1, "4000.00", "document")]
        )

    def test_case_7b_a_gap_of_100_stays_open(self):
        for paid in ("3900.00", "0.01"):
            found = explain([receipt(paid, "F1")])
            self.assertEqual(found, [(10, 1, paid, "document")])

    def test_a_named_invoice_takes_no_more_than_it_owes(self):
        self.assertEqual(
            explain([receipt("9000.00", "F1")]), [(10, 1, "4000.00", "document")]
        )

    def test_several_named_invoices_are_filled_from_the_oldest(self):
        self.assertEqual(
            explain([receipt("5000.00", "F2 ET F1")]),
            [(10, 1, "4000.00", "document"), (10, 2, "1000.00", "document")],
        )

    def test_instalments_of_one_document_are_filled_from_the_oldest(self):
        late = Claim(5, Decimal(300), datetime.date(2026, 10, 30), "F9")
        early = Claim(6, Decimal(300), datetime.date(2026, 8, 30), "F9")
        self.assertEqual(
            explain([receipt("450", "F9")], [late, early]),
            [(10, 6, "300", "document"), (10, 5, "150", "document")],
        )

    def test_a_name_counts_more_than_an_equal_amount(self):
        self.assertEqual(
            explain([receipt("2500.00", "F1")]), [(10, 1, "2500.00", "document")]
        )

    def test_an_equal_amount_pays_also_what_is_not_due_yet(self):
        self.assertEqual(explain([receipt("2500.00")]), [(10, 2, "2500.00", "amount")])

    def test_an_equal_amount_pays_the_oldest(self):
        same = Claim(9, F2.amount, datetime.date(2026, 9, 1), "F9")
        self.assertEqual(
            explain([receipt("2500.00")], [F2, same]), [(10, 9, "2500.00", "amount")]
        )

    def test_one_cent_of_difference_pays_nothing(self):
        self.assertEqual(explain([receipt("2499.99")]), [])
        self.assertEqual(explain([receipt("3999.99")]), [])

    def test_the_overdue_total_to_the_cent_pays_all_that_is_overdue(self):
        self.assertEqual(
            explain([receipt("5000.00")], [F1, F2, F3]),
            [(10, 1, "4000.00", "total"), (10, 3, "1000.00", "total")],
        )

    def test_more_than_the_overdue_total_covers_it_and_leaves_a_rest(self):
        self.assertEqual(
            explain([receipt("6000.00")], [F1, F2, F3]),
            [(10, 1, "4000.00", "cover"), (10, 3, "1000.00", "cover")],
        )

    def test_any_other_credit_holds_nothing(self):
        self.assertEqual(explain([receipt("1500.00")], [F1, F2, F3]), [])

    def test_what_falls_due_today_is_not_overdue(self):
        on_due = Claim(7, Decimal("0.80"), TODAY, "F7")
        self.assertEqual(explain([receipt("0.90")], [on_due]), [])
        found = explain([receipt("0.90")], [on_due], today=None)
        self.assertEqual(found, [(10, 7, "0.80", "cover")])

    def test_a_deposit_for_another_order_pays_nothing(self):
        for amount in ("4000.00", "2500.00", "6500.00", "9000.00"):
            self.assertEqual(explain([receipt(amount, "ACOMPTE S00099")]), [])

    def test_a_named_order_pays_its_own_invoices_alone(self):
        same = Claim(9, F1.amount, datetime.date(2026, 8, 1), "F9", ("S00050",))
        self.assertEqual(
            explain([receipt("4000.00", "CDE S41")], [F1, same]),
            [(10, 1, "4000.00", "amount")],
        )
        self.assertEqual(
            explain([receipt("4500.00", "CDE S41")], [F1, same]),
            [(10, 1, "4000.00", "cover")],
        )

    def test_a_named_invoice_counts_more_than_a_named_order(self):
        self.assertEqual(
            explain([receipt("4000.00", "F1 CDE S00099")]),
            [(10, 1, "4000.00", "document")],
        )

    def test_two_equal_receipts_pay_an_invoice_once(self):
        first, second = receipt("4000.00", "F1"), receipt("4000.00", "F1", key=11)
        self.assertEqual(explain([second, first]), [(10, 1, "4000.00", "document")])

    def test_the_earlier_receipt_explains_first(self):
        late = receipt("3000.00", "F1", key=10)
        early = receipt("3000.00", "F1", key=11, day=datetime.date(2026, 9, 22))
        self.assertEqual(
            explain([late, early]),
            [(11, 1, "3000.00", "document"), (10, 1, "1000.00", "document")],
        )


@tagged("post_install", "-at_install")
class TestCoreMatchingProperties(BaseCase):
    """What holds for every debtor's ledger."""

    @PROPERTY
    @given(ledgers)
    def test_nothing_is_explained_twice(self, ledger):
        received, owed, orders, today = ledger
        by_receipt, by_claim = defaultdict(Decimal), defaultdict(Decimal)
        for one in probable_payments(received, owed, orders, today):
            self.assertGreater(one.amount, 0)
            by_receipt[one.receipt] += one.amount
            by_claim[one.claim] += one.amount
        for one in received:
            self.assertLessEqual(by_receipt[one.key], one.amount)
        for one in owed:
            self.assertLessEqual(by_claim[one.key], one.amount)

    @PROPERTY
    @given(ledgers, st.randoms(use_true_random=False))
    def test_the_order_of_reading_changes_nothing(self, ledger, random):
        received, owed, orders, today = ledger
        found = probable_payments(received, owed, orders, today)
        mixed = [random.sample(many, len(many)) for many in (received, owed, orders)]
        self.assertEqual(probable_payments(*mixed, today), found)

    @PROPERTY
    @given(ledgers)
    def test_every_reason_is_borne_out_by_the_facts(self, ledger):
        received, owed, orders, today = ledger
        owed_by_key = {claim.key: claim for claim in owed}
        groups = defaultdict(list)
        for one in probable_payments(received, owed, orders, today):
            groups[one.receipt].append(one)
        for one in received:
            reasons = {found.reason for found in groups[one.key]}
            paid = [owed_by_key[found.claim] for found in groups[one.key]]
            total = sum(found.amount for found in groups[one.key])
            ordered = {order for order in orders if names(one.text, order)}
            if any(names(one.text, claim.document) for claim in owed):
                self.assertLessEqual(reasons, {"document"})
                ordered = set()
            self.assertLessEqual(len(reasons), 1)
            for claim in paid:
                if reasons == {"document"}:
                    self.assertTrue(names(one.text, claim.document))
                if reasons & {"total", "cover"} and today:
                    self.assertLess(claim.due_date, today)
                self.assertTrue(not ordered or ordered & set(claim.orders))
            if reasons & {"amount", "total"}:
                self.assertEqual(total, one.amount)
            if reasons == {"cover"}:
                self.assertLess(total, one.amount)
