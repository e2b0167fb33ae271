from . import (
    collection_dispatch_new,
    collection_followup_perform,
    collection_preview,
    collection_startup,
    collection_statement_preview,
)
