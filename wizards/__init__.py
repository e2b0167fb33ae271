from . import (
    collection_digest_preview,
    collection_followup_perform,
    collection_preview,
    collection_sales_note_report,
    collection_startup,
)
