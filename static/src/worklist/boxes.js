import { Component, onMounted, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";

/** A small form inside the panel: Enter records, Escape closes. */
class Box extends Component {
    setup() {
        this.first = useRef("first");
        this.state = useState(this.initial());
        onMounted(() => this.first.el?.focus());
    }

    initial() {
        return {};
    }
}

export class PostponeBox extends Box {
    static template = "account_collection.PostponeBox";
    static props = { onRecord: Function, onClose: Function, until: String };

    setup() {
        super.setup();
        for (const days of [1, 3, 7]) {
            useHotkey(String(days), () => this.record({ days }));
        }
    }

    initial() {
        return { until: "" };
    }

    record(values) {
        return this.props.onRecord(values);
    }

    recordDate() {
        if (this.state.until) {
            this.record({ until: this.state.until });
        }
    }
}

export class HoldBox extends Box {
    static template = "account_collection.HoldBox";
    static props = {
        isDispute: Boolean,
        items: Array,
        money: Function,
        onRecord: Function,
        onClose: Function,
    };

    initial() {
        return { reason: this.props.isDispute ? "dispute" : "", amount: "", until: "", note: "" };
    }

    get reasons() {
        const reasons = [
            ["dispute", _t("Dispute")],
            ["agreement", _t("Agreement with the debtor")],
            ["check", _t("To be checked by us")],
            ["commercial", _t("Commercial decision")],
            ["legal", _t("Legal reason")],
            ["other", _t("Other")],
        ];
        return reasons;
    }

    /** Part of an invoice can be disputed, not of several at once. */
    get hasAmount() {
        return this.state.reason === "dispute" && this.props.items.length === 1;
    }

    record() {
        if (!this.state.reason) {
            return;
        }
        const values = {
            reason: this.state.reason,
            note: this.state.note,
            date_end: this.state.until,
            move_line_ids: this.props.items.map((item) => item.id),
        };
        if (this.hasAmount && this.state.amount) {
            values.amount = Number(this.state.amount);
        }
        return this.props.onRecord(values);
    }
}

export class NoteBox extends Box {
    static template = "account_collection.NoteBox";
    static props = { onRecord: Function, onClose: Function };

    initial() {
        return { note: "" };
    }

    record() {
        if (this.state.note.trim()) {
            return this.props.onRecord({ note: this.state.note });
        }
    }
}

/** Asks why a step is skipped or repeated. */
export class WordsBox extends NoteBox {
    static template = "account_collection.WordsBox";
    static props = { title: String, onRecord: Function, onClose: Function, words: String };

    initial() {
        return { note: this.props.words };
    }
}
