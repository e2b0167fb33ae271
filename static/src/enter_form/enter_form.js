/** @odoo-module **/
// A form in a dialog whose main button Enter presses, wherever the cursor is: except in
// a field that takes Enter itself (several lines, a list that is open).
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";

export class EnterFormController extends formView.Controller {
    setup() {
        super.setup();
        useHotkey("enter", () => this.pressMain(), {
            bypassEditableProtection: true,
            isAvailable: (target) => this.isEnterFree(target),
        });
    }

    get mainButton() {
        const buttons = document.querySelectorAll(
            ".o_dialog:not(.o_inactive_modal) .modal-footer button.o_collection_enter"
        );
        return [...buttons].find((button) => button.offsetParent);
    }

    isEnterFree(target) {
        const isBusy = target?.closest("textarea, a, button, .o-autocomplete, .o_data_row");
        return Boolean(this.mainButton) && !isBusy;
    }

    pressMain() {
        this.mainButton.click();
    }
}

registry.category("views").add("collection_enter_form", {
    ...formView,
    Controller: EnterFormController,
});
