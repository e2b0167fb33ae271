import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { assertCount, startCounting } from "@account_collection/../tests/tours/count";

const tours = registry.category("web_tour.tours");
const HEAD = ".o_collection_head h2";
const begin = (trigger) => ({
    content: "The hand is counted from here",
    trigger,
    timeout: 60000,
    run: startCounting,
});
const end = (act, trigger, most) => ({
    content: `${act} is done`,
    trigger,
    run: () => assertCount(act, most),
});

// The selectors are names and figures, never words: the same tours run in English and in
// French. Debtors rank by amount: Tour Alpha, Tour Beta, Tour Gamma.

tours.add("account_collection_act_1", {
    url: "/odoo/collection-work",
    steps: () => [
        { ...begin(`${HEAD}:contains(Tour Alpha)`), content: "The first case is chosen" },
        { content: "Next", trigger: ".o_collection_worklist", run: "press n" },
        { trigger: `${HEAD}:contains(Tour Beta)` },
        end("Next case", ".o_collection_chosen:contains(Tour Beta)", { clicks: 0, keys: 1 }),
        begin(`${HEAD}:contains(Tour Beta)`),
        { content: "Postpone", trigger: ".o_collection_worklist", run: "press r" },
        { trigger: ".o_collection_box button[name=days_1]" },
        { content: "Until tomorrow", trigger: ".o_collection_worklist", run: "press 1" },
        { content: "It is gone, the next one is there", trigger: `${HEAD}:contains(Tour Gamma)` },
        end("Postpone", ".o_list_view:not(:contains(Tour Beta))", { clicks: 0, keys: 2 }),
        { content: "Take it back", trigger: ".o_collection_worklist", run: "press u" },
        { content: "It is there again", trigger: `${HEAD}:contains(Tour Beta)` },
    ],
});

tours.add("account_collection_act_3", {
    url: "/odoo/collection-work",
    steps: () => [
        begin(`${HEAD}:contains(Tour Alpha)`),
        { content: "The phone number", trigger: "button.o_collection_phone", run: "click" },
        {
            content: "The script names the invoice's amount",
            trigger: ".o_collection_script:contains(000)",
        },
        { content: "Nobody answers", trigger: ".o_collection_call", run: "press a" },
        { content: "The next case is there", trigger: `${HEAD}:contains(Tour Beta)` },
        end("Call, no answer", ".o_notification", { clicks: 2, keys: 1 }),
    ],
});

tours.add("account_collection_act_10", {
    url: "/odoo/collection-work",
    steps: () => [
        begin(`${HEAD}:contains(Tour Alpha)`),
        { content: "Formal notice", trigger: "button[name=notice]", run: "click" },
        {
            content: "What is due and undisputed is ticked",
            trigger: ".modal .o_data_row:has(td[name=is_chosen] input:checked)",
        },
        { content: "The pieces are checked", trigger: ".modal .fa-check" },
        { content: "The letter", trigger: ".modal button[name=action_order]", run: "click" },
        {
            content: "It is on its way: nothing is left to do about the debtor today",
            trigger: "body:not(:has(.modal)) .o_list_view:not(:contains(Tour Alpha))",
        },
        end("Formal notice", ".o_notification", { clicks: 2, keys: 0 }),
    ],
});

tours.add("account_collection_act_4", {
    url: "/odoo/collection-work",
    steps: () => [
        begin(`${HEAD}:contains(Tour Alpha)`),
        {
            content: "The item",
            trigger: ".o_collection_items tbody tr:first input[type=checkbox]",
            run: "click",
        },
        { content: "Send", trigger: ".o_collection_panel button[name=send]", run: "click" },
        {
            content: "The invoice that is sent",
            trigger: ".modal .o_field_widget[name=line_ids] .o_data_row",
        },
        {
            content: "The statement instead",
            trigger: ".modal .o_field_widget[name=kind] input[data-value=statement]",
            run: "click",
        },
        {
            content: "Its PDF is ready to be looked at",
            trigger: ".modal .o_field_widget[name=line_ids] .o_data_row a[href*=statement]",
        },
        { content: "Enter", trigger: ".modal .o_form_view", run: "press Enter" },
        {
            content: "It is on its way",
            trigger: `body:not(:has(.modal)) ${HEAD}:contains(Tour Alpha)`,
        },
        end("Send a document", ".o_notification", { clicks: 3, keys: 1 }),
    ],
});

// The browser of a tour opens no second window for the PDF: what would open is kept.
let opened = [];

tours.add("account_collection_act_6", {
    url: "/odoo/collection-confirm",
    steps: () => [
        {
            ...begin(".o_collection_confirm button[name=confirm_batch]:contains(4)"),
            run: () => {
                opened = [];
                browser.open = (url) => {
                    opened.push(url);
                    return { focus() {}, closed: false };
                };
                startCounting();
            },
        },
        {
            content: "One of them waits",
            trigger: ".o_data_row:contains(Tour Delta) .o_list_record_selector input",
            run: "click",
        },
        {
            content: "The total follows",
            trigger: "button[name=confirm_batch]:contains(3)",
            run: "click",
        },
        {
            content: "What was not ticked is still there",
            trigger: ".o_data_row:only-child:contains(Tour Delta)",
        },
        {
            content: "The letters",
            trigger: "button[name=print_batch]:enabled:contains(2)",
            run: "click",
        },
        {
            content: "The batch, ready for its numbers",
            trigger: ".o_collection_scan_count:contains(0 / 1)",
            timeout: 60000,
            run: () => {
                if (!opened.length) {
                    throw new Error("No PDF was opened");
                }
            },
        },
        {
            content: "The barcode of the registered letter",
            trigger: ".o_collection_scan_input",
            run: () => {
                const input = document.querySelector(".o_collection_scan_input");
                if (document.activeElement !== input) {
                    throw new Error("A scan must not need a click");
                }
                // A scanner types the number and Enter; its keys are not the hand's.
                input.value = "RR123456785FR";
                input.dispatchEvent(new Event("input", { bubbles: true }));
            },
        },
        end("Morning batch", ".o_collection_scan_input", { clicks: 3, keys: 0 }),
        { content: "Enter of the scanner", trigger: ".o_collection_scan_input", run: "press Enter" },
        { content: "It has its number", trigger: ".o_collection_scan_count:contains(1 / 1)" },
    ],
});

const press = (key, shown) => [
    { trigger: ".o_collection_worklist", run: `press ${key}` },
    { content: `${key} opens its box`, trigger: shown },
    { trigger: ".o_collection_worklist", run: "press Escape" },
    { content: "Escape closes it", trigger: ".o_collection_panel:not(:has(.o_collection_box))" },
];
const pressForDialog = (key, shown) => [
    { trigger: ".o_collection_worklist", run: `press ${key}` },
    { content: `${key} opens its dialog`, trigger: shown },
    { trigger: ".modal button[special=cancel], .modal .btn-close", run: "click" },
    { trigger: "body:not(:has(.modal))" },
];

tours.add("account_collection_keys", {
    url: "/odoo/collection-work",
    steps: () => [
        { trigger: `${HEAD}:contains(Tour Alpha)`, timeout: 60000 },
        { trigger: ".o_collection_worklist", run: "press ArrowDown" },
        { trigger: `${HEAD}:contains(Tour Beta)` },
        { trigger: ".o_collection_worklist", run: "press ArrowUp" },
        { trigger: `${HEAD}:contains(Tour Alpha)` },
        ...press("c", ".o_collection_call .o_collection_script"),
        ...press("l", ".o_collection_box input[name=until]"),
        ...press("h", ".o_collection_box input[name=reason]"),
        ...press("r", ".o_collection_box button[name=days_1]"),
        ...pressForDialog("s", ".modal .o_field_widget[name=kind]"),
        ...pressForDialog("m", ".modal button[name=action_order]"),
        { trigger: ".o_collection_worklist", run: "press t" },
        { trigger: ".o_collection_box input[name=note]", run: "edit Asked for the order" },
        { trigger: ".o_collection_box input[name=note]", run: "press Enter" },
        {
            content: "The note is in the timeline",
            trigger: ".o_collection_panel:not(:has(.o_collection_box)):contains(Asked for the order)",
        },
        { trigger: ".o_collection_worklist", run: "press Enter" },
        { content: "Enter does what is proposed: the call", trigger: ".o_collection_call" },
    ],
});
