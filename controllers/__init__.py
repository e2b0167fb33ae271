from . import answer, documents
