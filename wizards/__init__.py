from . import (
    collection_followup_perform,
    collection_portal_look,
    collection_preview,
    collection_startup,
)
