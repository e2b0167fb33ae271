import { registry } from "@web/core/registry";

// A morning: preview, run, read a message, confirm it, record a call. The selectors
// are names and figures, never words: the same tour runs in English and in French.
registry.category("web_tour.tours").add("account_collection_day", {
    url: "/odoo/collection-preview",
    steps: () => [
        {
            content: "Look at the day before anything is written",
            trigger: "button[name=action_preview]",
            run: "click",
        },
        {
            content: "The first message is there: show it",
            trigger:
                ".o_data_row:has(td:contains(Tour Courriel)) button[name=action_show_message]",
            run: "click",
        },
        {
            content: "It names the invoice and claims its amount",
            trigger: ".modal div[name=message] :iframe td:contains(234)",
        },
        {
            trigger: ".modal footer button",
            run: "click",
        },
        {
            content: "Now for good",
            trigger: "body:not(:has(.modal)) button[name=action_run]",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "Done: the lines of the preview are gone",
            trigger: "body:not(:has(.modal)):not(:has(.o_data_row)) button[name=action_open_followups]",
            run: "click",
        },
        {
            content: "The message waits for a confirmation: open it",
            trigger: ".o_list_view .o_data_row td[name=debtor_id]:contains(Tour Courriel)",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name=action_confirm]",
            run: "click",
        },
        {
            content: "It is in the queue, nothing is left to confirm",
            trigger:
                ".o_statusbar_status button.o_arrow_button_current[data-value=queued]",
        },
        {
            trigger: ".o_back_button a",
            run: "click",
        },
        {
            content: "The call of the day",
            trigger: ".o_list_view .o_data_row td[name=debtor_id]:contains(Tour Appel)",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name=action_perform]",
            run: "click",
        },
        {
            content: "The script of the call stands beside its result",
            trigger: ".modal div[name=script]:not(:empty)",
        },
        {
            trigger: ".modal div[name=call_result] .o_select_menu_toggler",
            run: "click",
        },
        {
            trigger: ".o_select_menu_menu .o_select_menu_item:first",
            run: "click",
        },
        {
            trigger: ".modal div[name=note] textarea",
            run: "edit Virement le 30",
        },
        {
            trigger: ".modal footer button[name=action_record]",
            run: "click",
        },
        {
            content: "The call is performed",
            trigger:
                "body:not(:has(.modal)) .o_statusbar_status button.o_arrow_button_current[data-value=performed]",
        },
    ],
});
