# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Answers of the two sources of rates, written by hand after their documented formats.

Webstat: Opendatasoft Explore v2.1, ``exports/json`` of the data set ``observations``.
ECB: ``format=csvdata`` of the SDMX web service, some of its columns.
"""

import datetime
import json

from ..core.legal import next_semester
from ..core.rate_series import LEGAL_PRO_SERIES, REFI_SERIES

ECB_HEAD = (
    "KEY,FREQ,REF_AREA,CURRENCY,PROVIDER_FM,INSTRUMENT_FM,PROVIDER_FM_ID,DATA_TYPE_FM,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS,OBS_CONF,TITLE,TITLE_COMPL,UNIT,UNIT_MULT"
)
ECB_TITLE = '"Main refinancing operations, fixed rate tenders","Euro area, Level"'


def webstat(*pairs, **fields):
    """Return an answer.

    :param pairs: (name of the semester, value)
    :param fields: that replace those of every row
    """
    rows = []
    for name, value in pairs:
        row = {
            "series_key": LEGAL_PRO_SERIES,
            "title_fr": "Taux d'intérêt légal applicable aux autres cas",
            "time_period": name,
            "obs_value": value,
            "obs_status": "A",
        }
        if name and name[5:] in ("S1", "S2"):
            start = datetime.date(int(name[:4]), 1 if name.endswith("1") else 7, 1)
            end = next_semester(start) - datetime.timedelta(days=1)
            row.update(time_period_start=str(start), time_period_end=str(end))
        rows.append({**row, **fields})
    return json.dumps(rows).encode()


def ecb(*pairs, series=REFI_SERIES, unit="PCPA", mult="0"):
    """Return an answer.

    :param pairs: (day, value)
    """
    dimensions = ",".join(series.split(".")[1:])
    lines = [ECB_HEAD]
    for day, value in pairs:
        status = "A,F" if value else "M,F"
        lines.append(
            f"{series},{dimensions},{day},{value},{status},{ECB_TITLE},{unit},{mult}"
        )
    return ("\n".join(lines) + "\n").encode()
