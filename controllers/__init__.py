from . import documents, messages, post, statements
