import { registry } from "@web/core/registry";

/**
 * Open the letters of batches as PDFs, tell what dropped out, and go on to the batch.
 */
async function printMailing(env, action) {
    const { urls, warning, next } = action.params;
    for (const url of urls) {
        await env.services.action.doAction({ type: "ir.actions.act_url", url, target: "new" });
    }
    if (warning) {
        env.services.notification.add(warning, { type: "warning", sticky: true });
    }
    return next;
}

registry.category("actions").add("account_collection.print_mailing", printMailing);
