from . import answer, documents, messages, post, statements
