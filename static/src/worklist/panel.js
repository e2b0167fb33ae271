import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import {
    deserializeDate,
    deserializeDateTime,
    formatDate,
    toLocaleDateTimeString,
} from "@web/core/l10n/dates";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { CallBox } from "./call_box";
import { HoldBox, NoteBox, PostponeBox, WordsBox } from "./boxes";

/** Everything about a debtor, and what a collector does about it without leaving it. */
export class WorklistPanel extends Component {
    static template = "account_collection.WorklistPanel";
    static components = { CallBox, HoldBox, NoteBox, PostponeBox, WordsBox };
    static props = {
        fileId: Number,
        version: Number,
        isOpen: Boolean,
        onActed: Function,
        onReload: Function,
        onClose: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ data: null, box: "", ticked: {} });
        onWillStart(() => this.load(this.props.fileId));
        onWillUpdateProps((next) => {
            if (next.fileId !== this.props.fileId) {
                this.state.box = "";
                this.state.ticked = {};
            }
            if (next.fileId !== this.props.fileId || next.version !== this.props.version) {
                this.load(next.fileId);
            }
        });
        const boxes = { c: "call", r: "postpone", l: "dispute", h: "hold", t: "note" };
        for (const [key, box] of Object.entries(boxes)) {
            useHotkey(key, () => this.open(box), {
                isAvailable: () => this.isCollector && !this.state.box,
            });
        }
        useHotkey("s", () => this.sendDocuments(), { isAvailable: () => this.isFree });
        useHotkey("m", () => this.orderNotice(), { isAvailable: () => this.isFree });
        useHotkey("enter", () => this.doNext(), {
            isAvailable: (target) => this.isFree && !target.closest("button, a, input"),
        });
        useHotkey("escape", () => this.close(), {
            isAvailable: () => Boolean(this.state.box),
        });
    }

    async load(fileId) {
        const data = await this.keepLast.add(
            this.orm.call("collection.panel", "get_panel", [fileId])
        );
        this.state.data = data.id ? data : null;
    }

    // --- what is shown ---

    get data() {
        return this.state.data;
    }

    get isCollector() {
        return Boolean(this.data?.rights.collector);
    }

    get isFree() {
        return this.isCollector && !this.state.box;
    }

    get tickedIds() {
        return Object.keys(this.state.ticked)
            .filter((id) => this.state.ticked[id])
            .map(Number);
    }

    get tickedItems() {
        return this.data.items.filter((item) => this.state.ticked[item.id]);
    }

    money(amount, currencyId = this.data.head.currency_id) {
        return formatCurrency(amount, currencyId);
    }

    day(text) {
        return text ? formatDate(deserializeDate(text)) : "";
    }

    moment(text) {
        if (text.endsWith("00:00:00")) {
            return this.day(text.slice(0, 10));
        }
        return toLocaleDateTimeString(deserializeDateTime(text));
    }

    statusClass(status) {
        const classes = {
            held: "text-bg-warning",
            failed: "text-bg-danger",
            due: "text-bg-info",
            in_progress: "text-bg-info",
        };
        return classes[status] || "text-bg-light";
    }

    // --- what is done ---

    open(box) {
        this.state.box = box;
    }

    close() {
        this.state.box = "";
    }

    toggle(id) {
        this.state.ticked[id] = !this.state.ticked[id];
    }

    /**
     * Do something about the debtor on the server.
     *
     * @param {string} method of collection.debtor
     * @param {Object} values keyword arguments
     * @param {boolean} advance go on to the next debtor afterwards
     */
    async act(method, values = {}, advance = false) {
        const answer = await this.orm.call(
            "collection.debtor",
            method,
            [[this.props.fileId]],
            values
        );
        this.close();
        await this.props.onActed(answer, advance);
    }

    /** Press a button of the next follow-up. */
    async followup(method, args = [], advance = false) {
        const ids = [this.data.next.followup_id];
        const action = await this.orm.call("collection.followup", method, [ids, ...args]);
        this.close();
        if (action?.type) {
            await this.action.doAction(action, { onClose: () => this.props.onReload() });
        }
        const answer = await this.orm.call("collection.act", "get_last", []);
        await this.props.onActed(answer, advance && !action?.type);
    }

    /** What Enter does: the obvious next thing. */
    doNext() {
        const next = this.data.next;
        if (!next.followup_id || next.kind === "answer") {
            return this.openFile();
        }
        if (next.channel === "call") {
            return this.open("call");
        }
        if (next.state === "to_confirm") {
            return this.followup("action_confirm", [], true);
        }
        if (next.state === "failed") {
            return this.openRecord("collection.followup", next.followup_id);
        }
        return this.followup("action_perform");
    }

    async sendDocuments() {
        const action = await this.orm.call("collection.debtor", "action_send_documents", [
            [this.props.fileId],
            this.tickedIds,
        ]);
        await this.doDialog(action);
    }

    async orderNotice() {
        const action = await this.orm.call("collection.debtor", "action_order_notice", [
            [this.props.fileId],
            this.tickedIds,
        ]);
        await this.doDialog(action);
    }

    async doDialog(action) {
        await this.action.doAction(action, {
            onClose: async (infos) => {
                if (infos?.dismiss || infos?.special) {
                    return;
                }
                const answer = await this.orm.call("collection.act", "get_last", []);
                await this.props.onActed(answer, false);
            },
        });
    }

    async openDialog(name) {
        await this.doDialog(
            await this.orm.call("collection.debtor", name, [[this.props.fileId]])
        );
    }

    openFile() {
        return this.openRecord("collection.debtor", this.props.fileId);
    }

    openRecord(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    showMessage() {
        const url = `/collection/followup/${this.data.next.followup_id}/document`;
        window.open(url, "_blank", "noopener");
    }

    take() {
        return this.act("act_assign", { user_id: true });
    }
}
