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
