# Part of account_collection. Licence LGPL-3, see the LICENSE file.
{
    "name": "Receivables Collection",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "summary": "Follow up overdue invoices: the right message at the right step, once",
    "author": "account_collection contributors",
    "license": "LGPL-3",
    "depends": ["account", "sale", "sms", "rating"],
    "external_dependencies": {"python": ["pypdf", "qrcode", "reportlab"]},
    "data": [
        # Rights.
        "security/collection_groups.xml",
        "security/collection_security.xml",
        "security/collection_portfolio.xml",
        "security/ir.model.access.csv",
        # Texts and policy.
        "reports/message_views.xml",
        "reports/letter_views.xml",
        "data/mail_template_data.xml",
        "data/mail_template_consumer_data.xml",
        "data/collection_level_data.xml",
        "data/collection_scenario_data.xml",
        "data/ir_cron_data.xml",
        # Screens.
        "wizards/collection_followup_perform_views.xml",
        "wizards/collection_preview_views.xml",
        "wizards/collection_simulation_views.xml",
        "wizards/collection_simulation_entry_views.xml",
        "wizards/collection_startup_views.xml",
        "views/collection_receivable_views.xml",
        "views/collection_followup_views.xml",
        "views/collection_debtor_views.xml",
        "views/collection_capacity_views.xml",
        "views/collection_case_views.xml",
        "views/collection_hold_views.xml",
        "views/collection_policy_views.xml",
        "views/collection_probable_payment_views.xml",
        "views/collection_undeliverable_views.xml",
        "views/account_move_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        "views/collection_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "account_collection/static/src/simulation/progress_field.*",
            "account_collection/static/src/simulation/simulation.scss",
            "account_collection/static/src/simulation/simulation_calendar.js",
        ],
        # Odoo loads graphs when the first one is opened.
        "web.assets_backend_lazy": [
            "account_collection/static/src/simulation/simulation_graph.js",
        ],
        "web.assets_tests": ["account_collection/static/tests/tours/**/*.js"],
    },
    "post_init_hook": "post_init_hook",
    "application": True,
}
