import { registry } from "@web/core/registry";

// The selectors are names and figures, never words: English and French share the tour.
registry.category("web_tour.tours").add("account_collection_late_fees", {
    steps: () => [
        {
            content: "From the debtor's file",
            trigger: ".o_form_view button[name=action_claim_late_fees]",
            run: "click",
        },
        {
            content: "Calculated, nothing is claimed yet",
            trigger: ".o_form_view .o_field_widget[name=indemnity]:contains(40)",
        },
        { content: "The calculation", trigger: "a[name=calculation]", run: "click" },
        {
            content: "Each segment with its rate",
            trigger: ".o_field_widget[name=calculation_html] .fee-sheet:contains(TOUR)",
        },
        { content: "Claim", trigger: "button[name=action_claim]", run: "click" },
        { content: "It has a number", trigger: "h1:contains(PEN/)" },
        { content: "Waive", trigger: "button[name=action_waive]", run: "click" },
        {
            content: "The indemnity alone",
            trigger: ".modal .o_field_widget[name=waives_interest] input",
            run: "click",
        },
        {
            content: "With a reason",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit First delay",
        },
        { content: "Do it", trigger: ".modal button[name=action_waive]", run: "click" },
        {
            content: "What is left to pay is the interest",
            trigger: ".o_form_view .o_field_widget[name=amount_waived]:contains(40)",
        },
    ],
});
