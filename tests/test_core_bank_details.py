# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.bank_details import BankDetails, describe_change

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
OLD = BankDetails("FR7630006000011234567890189", "AGRIFRPP", "Ateliers Vauban", "Agri")
numbers = st.sampled_from([OLD.number, "FR1420041010050500013M02606", "12345 6789", ""])
details = st.builds(
    BankDetails,
    numbers,
    st.sampled_from(["", "AGRIFRPP", "AGRIFRPPXXX", "BNPAFRPP"]),
    st.sampled_from(["Ateliers Vauban", "ATELIERS  vauban ", "Vauban Invest"]),
)


@tagged("post_install", "-at_install")
class TestBankDetailsCore(BaseCase):
    def test_writing_is_not_a_change(self):
        for number, bic, holder in (
            ("FR76 3000 6000 0112 3456 7890 189", "AGRIFRPP", "Ateliers Vauban"),
            ("fr76-3000.6000 0112 3456 7890 189", "agri frpp", "ateliers  vauban"),
            (OLD.number, "AGRIFRPPXXX", " ATELIERS VAUBAN "),
            (OLD.number, "", "Ateliers Vauban"),
        ):
            self.assertTrue(OLD.is_same(BankDetails(number, bic, holder)), number)

    def test_another_account_bank_or_holder_is_a_change(self):
        for number, bic, holder in (
            ("FR7630006000011234567890180", "AGRIFRPP", "Ateliers Vauban"),
            (OLD.number, "BNPAFRPP", "Ateliers Vauban"),
            (OLD.number, "AGRIFRPP", "Vauban Invest"),
            (OLD.number, "AGRIFRPP", ""),
        ):
            self.assertFalse(OLD.is_same(BankDetails(number, bic, holder)), number)

    def test_without_an_iban_the_bic_belongs_to_the_account(self):
        account = BankDetails("12345 6789", "CHASUS33", "Vauban")
        self.assertFalse(account.is_same(BankDetails("12345 6789", "", "Vauban")))
        self.assertTrue(account.is_same(BankDetails("123456789", "chasus33", "Vauban")))

    @PROPERTY
    @given(details, details)
    def test_same_is_mutual(self, one, other):
        self.assertTrue(one.is_same(one))
        self.assertEqual(one.is_same(other), other.is_same(one))

    def test_masked_shows_country_bank_and_last_digits(self):
        self.assertEqual(OLD.masked(), "FR••••0189, Agri")
        bare = BankDetails(OLD.number, "AGRIFRPPXXX")
        self.assertEqual(bare.masked(), "FR••••0189, AGRIFRPP")
        self.assertEqual(BankDetails("12345 6789").masked(), "••••6789")

    @PROPERTY
    @given(details, details)
    def test_description_tells_different_ones_apart(self, one, other):
        old, new = describe_change(one, other)
        if not one.is_same(other):
            self.assertNotEqual(old, new)

    def test_description_names_what_changed(self):
        holder = BankDetails(OLD.number, OLD.bic, "Vauban Invest", OLD.bank)
        self.assertEqual(
            describe_change(OLD, holder),
            ("FR••••0189, Agri (Ateliers Vauban)", "FR••••0189, Agri (Vauban Invest)"),
        )
        twin = BankDetails("FR7630006000019999999990189", OLD.bic, OLD.holder, OLD.bank)
        self.assertEqual(describe_change(OLD, twin), (OLD.number, twin.number))
