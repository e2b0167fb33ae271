from . import documents, post, statements
