from . import collection_followup_perform, collection_preview, collection_startup
