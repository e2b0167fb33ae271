# Each target calls a small program in devtools/.
PYTHON ?= python3
RUN = PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m
.DEFAULT_GOAL := help
.PHONY: help demo serve shell test lint clean replay translations

help: ## Show the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: ## Create the demo database, live 90 days, run today, save the letters
	@$(RUN) devtools.demo

serve: ## Open the demo database in the browser
	@$(RUN) devtools.serve

shell: ## Odoo's shell on the demo database (reads a script from standard input)
	@$(RUN) devtools.shell

test: ## Run all the tests; ARGS="-k ladder" chooses some
	@$(RUN) devtools.run_tests $(ARGS)

replay: ## Live through a ledger: CSV=file [GUARDS=off] [SKIP_BAD=1] [FROM=] [TO=]
	@$(RUN) devtools.replay "$(CSV)" --guards "$(GUARDS)" --skip-bad "$(SKIP_BAD)" --from "$(FROM)" --to "$(TO)"

lint: ## Check style, views and translations
	@$(RUN) devtools.lint

translations: ## Write the translation files anew from the sources
	@$(RUN) devtools.translations

clean: ## Remove the demo and replay databases of this checkout (ALL=1: the whole cache)
	@$(RUN) devtools.clean $(if $(ALL),--all)
