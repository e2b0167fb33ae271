from . import documents, post
