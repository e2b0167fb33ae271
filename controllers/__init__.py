from . import documents, statements
