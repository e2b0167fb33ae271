# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.tests import tagged

from .common import CollectionCommon, day

DAY = day("2026-09-01")


@tagged("post_install", "-at_install")
class TestSimulationEngine(CollectionCommon):
    def test_thirty_days(self):
        self._create_invoice(1000)
        print(self.engine._split_debtors(self.company, None))
        result = self.engine.simulate(date=DAY)
        for one in result["companies"][0]["days"]:
            for entry in one["entries"]:
                print(one["date"], entry)
        print(result)
        print(self._live(DAY, "2026-09-30"))
