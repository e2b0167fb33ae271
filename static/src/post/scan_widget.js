import { Component, onWillStart, onWillUpdateProps, useRef, useState } from "@odoo/owl";
import { useExternalListener } from "@odoo/owl";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { registry } from "@web/core/registry";
import { KeepLast, Mutex } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { play } from "./sounds";

/** scans that can be taken back */
const KEPT = 50;
const GOOD = ["numbered", "known", "chosen", "undone"];

/**
 * Numbers registered letters: a scanner types a barcode and Enter. The letter's own
 * barcode chooses it, a number of the post is given to the current one, and the next
 * in the printed pile becomes current. Works with a keyboard alone, and on a phone with
 * its camera.
 */
export class ScanWidget extends Component {
    static template = "account_collection.ScanWidget";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.input = useRef("input");
        this.mutex = new Mutex();
        this.keepLast = new KeepLast();
        this.state = useState({
            scan: null,
            feedback: null,
            done: [],
            hasCamera: isBarcodeScannerSupported(),
        });
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps((next) => this.load(next.record.resId));
        // What a scanner types while the focus is nowhere comes into the field too.
        useExternalListener(window, "keydown", (event) => this.catchKey(event), {
            capture: true,
        });
    }

    async load(id) {
        const current = this.state.scan?.current?.id;
        this.state.scan = await this.keepLast.add(
            this.orm.call("collection.mailing", "get_scan_state", [id], { current_id: current })
        );
    }

    get percent() {
        const { done, total } = this.state.scan;
        return total ? Math.round((100 * done) / total) : 0;
    }

    get isGood() {
        return GOOD.includes(this.state.feedback?.kind);
    }

    catchKey(event) {
        const target = event.target;
        const isFree = !target.closest?.("input, textarea, select, [contenteditable], .modal");
        const isTyped = event.key?.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
        if (isFree && isTyped && event.key !== " " && this.input.el) {
            this.input.el.focus();
        }
    }

    onKeydown(event) {
        if (event.key === "Enter" || event.key === "Tab") {
            const text = event.target.value;
            if (event.key === "Tab" && !text) {
                return;
            }
            // Tab too: some scanners end with it.
            event.preventDefault();
            event.stopPropagation();
            event.target.value = "";
            this.take(text);
        } else if (event.key === "z" && event.ctrlKey && !event.target.value) {
            event.preventDefault();
            this.undo();
        }
    }

    submit() {
        const text = this.input.el.value;
        this.input.el.value = "";
        this.take(text);
        this.input.el.focus();
    }

    /** A fast hand scans the next one before the answer to the last has come. */
    take(text) {
        if (text.trim()) {
            return this.mutex.exec(() => this.send(text));
        }
    }

    async send(text) {
        const answer = await this.orm.call("collection.mailing", "scan", [
            [this.props.record.resId],
            text,
            this.state.scan.current?.id || false,
        ]);
        if (answer.kind === "numbered") {
            const { done_id, number, before, message } = answer;
            this.state.done.unshift({ done_id, number, before, message });
            this.state.done.splice(KEPT);
        }
        await this.show(answer);
    }

    undo() {
        return this.mutex.exec(async () => {
            const last = this.state.done.shift();
            if (last) {
                const answer = await this.orm.call("collection.mailing", "undo_scan", [
                    [this.props.record.resId],
                    last.done_id,
                    last.number,
                    last.before,
                ]);
                await this.show(answer);
            }
            this.input.el?.focus();
        });
    }

    async show(answer) {
        this.state.scan = answer;
        // A new object each time, so that the same colour flashes again.
        this.state.feedback = { kind: answer.kind, message: answer.message, time: Date.now() };
        const isComplete = answer.kind === "numbered" && answer.done === answer.total;
        play(isComplete ? "end" : this.isGood ? "good" : "bad");
        if (answer.kind !== "refused" && answer.kind !== "chosen") {
            await this.props.record.load();
        }
    }

    async useCamera() {
        const text = await scanBarcode(this.env);
        if (text) {
            await this.take(text);
        }
    }
}

registry.category("view_widgets").add("collection_scan", { component: ScanWidget });
