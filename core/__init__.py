"""Pure rules, without Odoo: importable and testable alone."""
