from . import letter_pdf
