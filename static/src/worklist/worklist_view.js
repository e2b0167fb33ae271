import { reactive, useEffect, useState, useSubEnv } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";
import { WorklistPanel } from "./panel";

/**
 * The collector's list: debtors on the left, everything about the chosen one on the
 * right. A row is chosen, never opened: the list stays where it is.
 */
export class WorklistController extends ListController {
    static template = "account_collection.WorklistView";
    static components = { ...ListController.components, WorklistPanel };

    setup() {
        // What is chosen is shared with the renderer, which marks the row.
        this.chosen = useState(reactive({ id: false, version: 0, isOpen: false }));
        useSubEnv({ collectionChosen: this.chosen });
        super.setup();
        this.notification = useService("notification");
        useEffect(
            () => this.keepChosen(),
            () => [this.records.map((record) => record.resId).join()]
        );
        useHotkey("n", () => this.move(1), { allowRepeat: true });
        useHotkey("arrowdown", () => this.move(1), { allowRepeat: true });
        useHotkey("arrowup", () => this.move(-1), { allowRepeat: true });
        useHotkey("u", () => this.undo());
    }

    /** The rows that are shown, also those inside groups. */
    get records() {
        if (!this.model.isReady) {
            return [];
        }
        const flatten = (list) =>
            list.isGrouped ? list.groups.flatMap((group) => flatten(group.list)) : list.records;
        return flatten(this.model.root);
    }

    /** Choose the first row when there is none, or when the chosen one has gone. */
    keepChosen() {
        const ids = this.records.map((record) => record.resId);
        if (!ids.includes(this.chosen.id)) {
            this.chosen.id = ids[Math.min(this.place || 0, ids.length - 1)] || false;
        }
        this.place = Math.max(ids.indexOf(this.chosen.id), 0);
    }

    /** @override a click on a row chooses it */
    async openRecord(record) {
        this.choose(record.resId);
        this.chosen.isOpen = true;
    }

    choose(id) {
        this.chosen.id = id;
        this.place = this.records.findIndex((record) => record.resId === id);
    }

    move(step) {
        const records = this.records;
        if (!records.length) {
            return;
        }
        const place = records.findIndex((record) => record.resId === this.chosen.id) + step;
        this.choose(records[Math.min(Math.max(place, 0), records.length - 1)].resId);
        this.showRow();
    }

    showRow() {
        requestAnimationFrame(() => {
            const row = this.rootRef.el?.querySelector(".o_collection_chosen");
            row?.scrollIntoView({ block: "nearest" });
        });
    }

    /**
     * Called by the panel after an act: read the list again, offer to take it back.
     *
     * @param {Object} answer of the server: batch, label, count, seconds
     * @param {boolean} advance go on to the next debtor
     */
    async onActed(answer, advance) {
        if (advance) {
            const ids = this.records.map((record) => record.resId);
            const following = ids[ids.indexOf(this.chosen.id) + 1];
            if (following) {
                this.choose(following);
            }
        }
        this.offerUndo(answer);
        await this.reload();
    }

    async reload() {
        await this.model.root.load();
        this.chosen.version++;
    }

    offerUndo(answer) {
        if (!answer?.label) {
            return;
        }
        this.closeOffer?.();
        const options = { type: "success" };
        if (answer.batch) {
            options.autocloseDelay = Math.min(answer.seconds, 30) * 1000;
            options.buttons = [
                { name: _t("Take back (U)"), onClick: () => this.undo(answer.batch) },
            ];
        }
        this.closeOffer = this.notification.add(answer.label, options);
    }

    /** Take back the last act of this user, or the acts of one click. */
    async undo(batch) {
        this.closeOffer?.();
        const [method, args] = batch ? ["undo", [batch]] : ["undo_last", []];
        const undone = await this.orm.call("collection.act", method, args);
        this.notification.add(_t("Taken back: %s", undone.label), { type: "info" });
        if (undone.files.length === 1 && this.records.some((r) => r.resId === undone.files[0])) {
            this.choose(undone.files[0]);
        }
        await this.reload();
    }

    closePanel() {
        this.chosen.isOpen = false;
    }
}

export class WorklistRenderer extends ListRenderer {
    setup() {
        super.setup();
        this.chosen = useState(this.env.collectionChosen);
    }

    getRowClass(record) {
        const words = super.getRowClass(record);
        const isChosen = record.resId === this.chosen.id;
        return isChosen ? `${words} o_collection_chosen` : words;
    }
}

registry.category("views").add("collection_worklist", {
    ...listView,
    Controller: WorklistController,
    Renderer: WorklistRenderer,
});
