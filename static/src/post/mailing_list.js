import { onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";

/** Batches of letters, headed by what waits to be printed. */
const withWaiting = (Controller, template) =>
    class extends Controller {
        static template = template;

        setup() {
            super.setup();
            this.waiting = useState({ count: 0, is_collector: false, isBusy: false });
            onWillStart(() => this.loadWaiting());
        }

        async loadWaiting() {
            Object.assign(
                this.waiting,
                await this.model.orm.call("collection.mailing", "get_waiting", [])
            );
        }

        async printWaiting() {
            this.waiting.isBusy = true;
            try {
                const action = await this.model.orm.call(
                    "collection.followup",
                    "action_print_waiting",
                    []
                );
                await this.actionService.doAction(action);
            } finally {
                this.waiting.isBusy = false;
                await this.loadWaiting();
            }
        }

        async importFile() {
            await this.actionService.doAction(
                "account_collection.collection_mailing_import_action",
                { onClose: () => this.model.root.load() }
            );
        }
    };

registry.category("views").add("collection_mailing_list", {
    ...listView,
    Controller: withWaiting(ListController, "account_collection.MailingListView"),
});
registry.category("views").add("collection_mailing_kanban", {
    ...kanbanView,
    Controller: withWaiting(KanbanController, "account_collection.MailingKanbanView"),
});
