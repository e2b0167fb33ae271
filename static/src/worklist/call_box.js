import { Component, markup, onWillDestroy, onWillStart, useRef, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { useService } from "@web/core/utils/hooks";

const DAYS_OF_GRACE = 3;

/** The call: number, time, script with its figures, and what came of it. */
export class CallBox extends Component {
    static template = "account_collection.CallBox";
    static props = { fileId: Number, onRecord: Function, onClose: Function };

    setup() {
        this.orm = useService("orm");
        this.note = useRef("note");
        this.state = useState({
            call: null,
            seconds: 0,
            result: "",
            date: "",
            amount: "",
            person: "",
            note: "",
            isHeld: true,
        });
        onWillStart(async () => {
            const call = await this.orm.call("collection.panel", "get_call", [
                this.props.fileId,
            ]);
            this.state.call = { ...call, script: markup(call.script) };
            this.state.date = call.date;
            this.state.amount = call.amount;
        });
        const timer = setInterval(() => this.state.seconds++, 1000);
        onWillDestroy(() => clearInterval(timer));
        const keys = { a: "no_answer", p: "promised", v: "paid", m: "message" };
        for (const [key, code] of Object.entries(keys)) {
            useHotkey(key, () => this.choose(code));
        }
        useHotkey("enter", () => this.record(), {
            isAvailable: (target) => this.state.result && !target.closest("button, a, textarea"),
            bypassEditableProtection: true,
        });
    }

    get clock() {
        const minutes = Math.floor(this.state.seconds / 60);
        return `${minutes}:${String(this.state.seconds % 60).padStart(2, "0")}`;
    }

    get chosen() {
        return this.state.call.results.find((one) => one.code === this.state.result);
    }

    get attempt() {
        return this.state.call.attempts + 1;
    }

    get isOutOfReach() {
        return this.state.call.attempts >= this.state.call.limit;
    }

    money(amount) {
        return formatCurrency(amount, this.state.call.currency_id);
    }

    moment(text) {
        return toLocaleDateTimeString(deserializeDateTime(text));
    }

    /** An unanswered call is recorded at once; an answer wants its details. */
    choose(code) {
        const result = this.state.call.results.find((one) => one.code === code);
        this.state.result = code;
        if (!result.is_answered) {
            return this.record();
        }
        this.note.el?.focus();
    }

    record() {
        const { state } = this;
        const values = {
            result: state.result,
            followup_id: state.call.followup_id || null,
            seconds: state.seconds,
            person: state.person,
            note: state.note,
        };
        if (!this.chosen.is_answered) {
            values.next_try_at = state.call.hours.again;
        } else if (this.chosen.announces && state.date) {
            values.promised_on = state.date;
            values.amount = Number(state.amount) || 0;
            if (state.isHeld) {
                values.hold_until = this.graceEnd;
            }
        }
        return this.props.onRecord(values, true);
    }

    /** The day through which the debtor is left alone: the announced one and three more. */
    get graceEnd() {
        const end = luxon.DateTime.fromISO(this.state.date).plus({ days: DAYS_OF_GRACE });
        return end.toISODate();
    }
}
