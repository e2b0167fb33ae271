from . import (
    collection_bank_approve,
    collection_followup_perform,
    collection_preview,
    collection_simulation,
    collection_simulation_entry,
    collection_startup,
)
