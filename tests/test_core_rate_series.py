# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.legal import next_semester, semester_name, semester_start
from ..core.rate_series import (
    LEGAL_PRO_SERIES,
    REFI_SERIES,
    RateError,
    SemesterRate,
    check_unit,
    parse_ecb,
    parse_webstat,
)
from .rate_answers import ecb, webstat

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
LATEST = datetime.date(2027, 1, 1)


def day(text):
    return datetime.date.fromisoformat(text)


def rates(*pairs):
    return [SemesterRate(day(start), Decimal(value)) for start, value in pairs]


class SeriesCase(BaseCase):
    def assert_refused(self, key, detail, function, *arguments):
        with self.assertRaises(RateError) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.key, key)
        self.assertIn(detail, caught.exception.detail)


@tagged("post_install", "-at_install")
class TestWebstat(SeriesCase):
    """The documented JSON of the Banque de France, right and wrong."""

    def _parse(self, content):
        return parse_webstat(content, LEGAL_PRO_SERIES, LATEST)

    def test_recorded_answer(self):
        content = webstat(("2026-S2", 2.75), ("2026-S1", 2.62), ("2025-S2", 2.76))
        self.assertEqual(
            self._parse(content),
            rates(
                ("2025-07-01", "2.76"), ("2026-01-01", "2.62"), ("2026-07-01", "2.75")
            ),
        )

    def test_what_is_left_aside(self):
        """One column before 2015; a period that has no value yet."""
        content = webstat(("2014-S2", 0.04), ("2015-S1", 0.93), ("2027-S1", None))
        self.assertEqual(self._parse(content), rates(("2015-01-01", "0.93")))

    def test_bare_and_dressed_rows(self):
        bare = json.dumps([{"time_period": "2026-S2", "obs_value": "2.75"}]).encode()
        self.assertEqual(self._parse(bare), rates(("2026-07-01", "2.75")))
        self.assertEqual(
            self._parse(b"\xef\xbb\xbf" + bare), rates(("2026-07-01", "2.75"))
        )
        dressed = webstat(
            ("2026-S2", 3), time_period_start="2026-07-01T00:00:00+00:00", title_fr="x"
        )
        self.assertEqual(self._parse(dressed), rates(("2026-07-01", "3")))

    def test_wrong_answers(self):
        one = ("2026-S2", 2.75)
        for content, key, detail in (
            (b"", "empty", ""),
            (b" \n", "empty", ""),
            (b"[]", "empty", ""),
            (webstat(("2026-S2", None)), "empty", ""),
            (webstat(("2014-S1", 0.04)), "empty", ""),
            (b"<!DOCTYPE html><html>maintenance</html>", "html", "DOCTYPE"),
            (b"{ not json", "content", "{ not json"),
            (b"\xff\xfe[]", "content", "UTF-8"),
            (b"[" * 100_000, "content", "[["),
            (b'{"error_code": "x"}', "content", "list"),
            (b"[1]", "content", "list"),
            (b'[{"time_period": "2026-S2", "obs_value": NaN}]', "content", "time"),
            (b'[{"time_period": "2026-S2", "obs_value": 1e999999999}]', "range", "S2"),
            (webstat(one, series_key="FM.OTHER"), "series", "FM.OTHER"),
            (webstat(("2026-S3", 2.75)), "period", "2026-S3"),
            (webstat(("2026", 2.75)), "period", "2026"),
            (webstat((None, 2.75)), "period", "time_period"),
            (webstat(("2027-S2", 2.75)), "period", "2027-S2"),
            (webstat(one, time_period_start="2026-01-01"), "period", "2026-01-01"),
            (webstat(one, time_period_end="2026-06-30"), "period", "2026-06-30"),
            (webstat(one, one), "duplicate", "2026-S2"),
            (webstat(one, ("2026-S2", None)), "duplicate", "2026-S2"),
            (webstat(("2026-S2", "2,75")), "value", "2,75"),
            (webstat(("2026-S2", True)), "value", "True"),
            (webstat(("2026-S2", [2.75])), "value", "2.75"),
            (webstat(("2026-S2", 275)), "range", "2026-S2: 275"),
            (webstat(("2026-S2", -0.01)), "range", "-0.01"),
            (webstat(("2026-S2", 30.01)), "range", "30.01"),
        ):
            with self.subTest(content=content[:60]):
                self.assert_refused(key, detail, self._parse, content)

    def test_bounds_are_rates(self):
        content = webstat(("2026-S1", 0), ("2026-S2", 30))
        self.assertEqual(
            self._parse(content), rates(("2026-01-01", "0"), ("2026-07-01", "30"))
        )

    @PROPERTY
    @given(
        st.dictionaries(
            st.tuples(st.integers(2015, 2026), st.sampled_from("12")),
            st.decimals(0, 30, places=4),
            min_size=1,
        )
    )
    def test_what_is_written_is_read(self, values):
        pairs = [(f"{year}-S{half}", str(one)) for (year, half), one in values.items()]
        read = self._parse(webstat(*pairs))
        self.assertEqual(
            {semester_name(rate.start): rate.value for rate in read},
            {name: Decimal(value) for name, value in pairs},
        )
        self.assertEqual(read, sorted(read, key=lambda rate: rate.start))

    @PROPERTY
    @given(st.binary(max_size=60))
    def test_noise_is_refused_with_our_error(self, noise):
        for function, argument in ((parse_webstat, LATEST), (parse_ecb, [LATEST])):
            with self.assertRaises(RateError):
                function(noise, "X", argument)


@tagged("post_install", "-at_install")
class TestEcb(SeriesCase):
    """The documented SDMX-CSV of the ECB data portal, right and wrong."""

    STARTS = [day("2026-01-01"), day("2026-07-01"), day("2027-01-01")]

    def _parse(self, content):
        return parse_ecb(content, REFI_SERIES, self.STARTS)

    def test_the_rate_of_the_first_day_counts(self):
        content = ecb(
            ("2026-06-30", "2.15"), ("2026-07-01", "2.40"), ("2026-07-02", "2.65")
        )
        self.assertEqual(self._parse(content), rates(("2026-07-01", "2.4")))

    def test_a_holiday_has_the_rate_of_the_day_before(self):
        content = ecb(
            ("2025-12-31", "2.15"), ("2026-01-01", ""), ("2026-01-02", "2.65")
        )
        self.assertEqual(self._parse(content), rates(("2026-01-01", "2.15")))
        content = ecb(("2025-12-30", "2.15"), ("2026-01-05", "2.65"))
        self.assertEqual(self._parse(content), rates(("2026-01-01", "2.15")))

    def test_a_semester_that_the_series_has_not_reached_has_no_rate(self):
        content = ecb(("2026-06-29", "2.15"), ("2026-06-30", "2.15"))
        self.assert_refused("empty", "", self._parse, content)
        content = ecb(("2026-01-01", "2.15"), ("2026-06-30", "2.15"))
        self.assertEqual(self._parse(content), rates(("2026-01-01", "2.15")))

    def test_columns_may_stand_anywhere(self):
        content = (
            f"OBS_VALUE,TITLE,KEY,TIME_PERIOD\n"
            f'2.40,"Rate, level",{REFI_SERIES},2026-07-01\n'
        ).encode()
        self.assertEqual(self._parse(content), rates(("2026-07-01", "2.40")))

    def test_wrong_answers(self):
        one = ("2026-07-01", "2.40")
        for content, key, detail in (
            (b"", "empty", ""),
            (ecb(), "empty", ""),
            (ecb(("2026-07-01", "NaN")), "empty", ""),
            (b"<html>maintenance</html>", "html", "maintenance"),
            (b'{"title": "Not Found"}', "columns", "KEY, OBS_VALUE"),
            (b"TIME_PERIOD,OBS_VALUE\n2026-07-01,2.4\n", "columns", "KEY"),
            (ecb(one, series="FM.D.U2.EUR.4F.KR.DFR.LEV"), "series", "DFR"),
            (ecb(one, unit="EUR"), "unit", "EUR"),
            (ecb(one, mult="-2"), "unit", "UNIT_MULT -2"),
            (ecb(one, one), "duplicate", "2026-07-01"),
            (ecb(one, ("2026-07-01", "")), "duplicate", "2026-07-01"),
            (ecb(("2026-07", "2.40")), "period", "2026-07"),
            (ecb(("20260701", "2.40")), "period", "20260701"),
            (ecb(("2026-07-32", "2.40")), "period", "2026-07-32"),
            (ecb(("", "2.40")), "period", "TIME_PERIOD"),
            (ecb(("2026-07-01", "n/a")), "value", "n/a"),
            (ecb(("2026-07-01", "240")), "range", "240"),
            (ecb(("2026-07-01", "-0.5")), "range", "-0.5"),
            (ecb(("2026-06-01", "2"), ("2026-07-02", "2")), "gap", "2026-06-01"),
            (ecb(one, ("2026-07-02", "2.40"))[:-9], "columns", "2026-07-02"),
            (ecb(one, ("2026-07-02", "2,40")), "columns", "2026-07-02"),
        ):
            with self.subTest(content=content[-60:]):
                self.assert_refused(key, detail, self._parse, content)

    @PROPERTY
    @given(
        st.dates(day("2016-01-01"), day("2026-12-31")),
        st.lists(st.decimals(0, 30, places=2), min_size=1, max_size=400),
    )
    def test_each_semester_has_the_rate_of_its_first_day(self, first, values):
        """Compared with the plain reading of a complete daily series."""
        days = {
            first + datetime.timedelta(days=number): value
            for number, value in enumerate(values)
        }
        content = ecb(*((str(one), str(value)) for one, value in days.items()))
        starts = [semester_start(first)]
        while starts[-1] < max(days):
            starts.append(next_semester(starts[-1]))
        expected = {start: days[start] for start in starts if start in days}
        if expected:
            read = parse_ecb(content, REFI_SERIES, starts)
            self.assertEqual({one.start: one.value for one in read}, expected)
        else:
            self.assert_refused("empty", "", parse_ecb, content, REFI_SERIES, starts)


@tagged("post_install", "-at_install")
class TestUnit(SeriesCase):
    """Fractions and basis points, told by what the table holds already."""

    def test_figures_of_another_unit(self):
        known = {day("2026-07-01"): Decimal("2.75"), day("2026-01-01"): Decimal("0.2")}
        check_unit(rates(("2026-07-01", "2.75"), ("2026-01-01", "2")), known)
        check_unit(rates(("2025-01-01", "0.0275")), known)
        for value in (("2026-07-01", "0.0275"), ("2026-01-01", "20")):
            self.assert_refused("unit", value[1], check_unit, rates(value), known)

    def test_zero_is_no_unit(self):
        check_unit(rates(("2026-07-01", "0")), {day("2026-07-01"): Decimal(0)})
