"""Small programs behind the Makefile: set-up, tests, demo, replay, lint.

They run with the machine's own Python (3.10 or later, standard library only)
and start Odoo in a virtual environment that they prepare.
"""
