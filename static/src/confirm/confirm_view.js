import { useEffect, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/**
 * What waits for a confirmation: everything is ticked, a person unticks what may wait,
 * looks at the sum and confirms; then the letters are printed.
 */
export class ConfirmController extends ListController {
    static template = "account_collection.ConfirmView";

    setup() {
        super.setup();
        this.notification = useService("notification");
        this.summary = useState({ data: null, isBusy: false });
        this.unticked = new Set();
        useEffect(
            () => {
                this.tickAll();
            },
            () => [this.rowIds.join()]
        );
        useHotkey("u", () => this.takeBack());
    }

    get rows() {
        return this.model.isReady && !this.model.root.isGrouped ? this.model.root.records : [];
    }

    get rowIds() {
        return this.rows.map((row) => row.resId);
    }

    get tickedIds() {
        return this.model.root.selection.map((row) => row.resId);
    }

    tickAll() {
        for (const row of this.rows) {
            if (!row.selected && !this.unticked.has(row.resId)) {
                row.toggleSelection(true);
            }
        }
        return this.loadSummary();
    }

    /** @override the sum follows what is ticked */
    async onSelectionChanged() {
        await super.onSelectionChanged();
        if (this.rows.length) {
            const ticked = new Set(this.tickedIds);
            this.unticked = new Set(this.rowIds.filter((id) => !ticked.has(id)));
        }
        await this.loadSummary();
    }

    async loadSummary() {
        if (!this.model.isReady) {
            return;
        }
        this.summary.data = await this.orm.call("collection.followup", "get_confirm_summary", [
            this.tickedIds,
        ]);
    }

    money(total) {
        return formatCurrency(total.amount, total.currency_id);
    }

    day(text) {
        return formatDate(deserializeDate(text));
    }

    async confirm() {
        if (this.summary.isBusy) {
            return;
        }
        this.summary.isBusy = true;
        try {
            const ids = this.tickedIds;
            const action = await this.orm.call("collection.followup", "action_confirm", [ids]);
            if (action) {
                await this.actionService.doAction(action);
            }
            await this.offerUndo();
        } finally {
            this.summary.isBusy = false;
            await this.reload();
        }
    }

    async offerUndo() {
        const answer = await this.orm.call("collection.act", "get_last", []);
        if (answer.batch) {
            const message = _t("%s confirmed: e-mails leave in a moment", answer.count);
            this.closeOffer = this.notification.add(message, {
                type: "success",
                autocloseDelay: answer.seconds * 1000,
                buttons: [{ name: _t("Take back (U)"), onClick: () => this.takeBack(answer.batch) }],
            });
        }
    }

    async takeBack(batch) {
        this.closeOffer?.();
        const [method, args] = batch ? ["undo", [batch]] : ["undo_last", []];
        const undone = await this.orm.call("collection.act", method, args);
        this.notification.add(_t("Taken back: %s", undone.label), { type: "info" });
        await this.reload();
    }

    async reload() {
        await this.model.root.load();
        await this.loadSummary();
    }

    async print() {
        const action = await this.orm.call("collection.followup", "action_print_waiting", []);
        if (action) {
            // It goes on to the batch, where the numbers are scanned.
            return this.actionService.doAction(action, { onClose: () => this.reload() });
        }
        await this.loadSummary();
    }
}

registry.category("views").add("collection_confirm", {
    ...listView,
    Controller: ConfirmController,
});
