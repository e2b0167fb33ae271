from . import controllers, models, reports, wizards


def post_init_hook(env):
    """Give the default scenario to the companies that exist already."""
    scenario = env.ref("account_collection.collection_scenario_rapp")
    companies = env["res.company"].with_context(active_test=False).search([])
    missing = companies.filtered(lambda company: not company.collection_scenario_id)
    missing.collection_scenario_id = scenario
