from . import documents, messages
