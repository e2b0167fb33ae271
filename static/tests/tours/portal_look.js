import { registry } from "@web/core/registry";

// One invoice on a portal: the task, the status, "Record". Each step that runs is a click,
// and the test counts them.
registry.category("web_tour.tours").add("account_collection_portal_look", {
    url: "/odoo/collection-portals",
    steps: () => [
        {
            content: "The task of the portal",
            trigger:
                ".o_data_row:has(td:contains(Mairie du Tour)) button[name=action_perform]",
            run: "click",
        },
        {
            content: "The account with what is copied stands there",
            trigger: ".modal div[name=identifier_ids] td:contains(SERV-TOUR)",
        },
        {
            content: "What the portal shows",
            trigger: ".modal .o_selection_badge:contains(Mandatée)",
            run: "click",
        },
        {
            content: "The line has it",
            trigger: ".modal .o_data_row td[name=state_id]:contains(Mandatée)",
        },
        {
            content: "Record",
            trigger: ".modal footer button[name=action_record]",
            run: "click",
        },
        {
            content: "Nothing is left to visit",
            trigger: "body:not(:has(.modal)):not(:has(.o_data_row)) .o_view_nocontent",
        },
    ],
});

// A round: two debtors of a portal, entered line by line with the keyboard.
registry.category("web_tour.tours").add("account_collection_portal_round", {
    url: "/odoo/collection-portals",
    steps: () => [
        {
            content: "Start the round of the portal",
            trigger: ".o_group_header:contains(Chorus Pro) button",
            run: "click",
        },
        {
            content: "The status of the second line",
            trigger: ".o_data_row:contains(Mairie du Retour) td[name=state_id]",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Mairie du Retour) td[name=state_id] input",
            run: "edit Suspendue",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Suspendue)",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Mairie du Retour) td[name=reason] input",
            run: "edit Bon de livraison manquant",
        },
        {
            trigger: ".o_form_statusbar button[name=action_record], .o_control_panel button[name=action_record]",
            run: "click",
        },
        {
            content: "The other one is still to be visited",
            trigger: ".o_list_view .o_data_row:contains(Mairie du Tour)",
        },
        {
            trigger: "body:not(:has(.o_data_row:contains(Mairie du Retour)))",
        },
    ],
});
