"""What runs inside Odoo's shell: the ledger that is lived, the demo's data."""
