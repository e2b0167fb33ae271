from . import (
    collection_bulk_act,
    collection_followup_edit,
    collection_followup_perform,
    collection_followup_reason,
    collection_mailing_import,
    collection_mailing_post,
    collection_notice_order,
    collection_portal_look,
    collection_postal_record,
    collection_preview,
    collection_startup,
)
