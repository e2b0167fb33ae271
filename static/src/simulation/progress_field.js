import { Component, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const INTERVAL = 2000;
const GOING = ["queued", "running"];

/** How far a background run is; the record is read again until the run is over. */
export class CollectionProgressField extends Component {
    static template = "account_collection.ProgressField";
    static props = { ...standardFieldProps };

    setup() {
        this.timer = setInterval(() => this.refresh(), INTERVAL);
        onWillUnmount(() => clearInterval(this.timer));
    }

    get isGoing() {
        return GOING.includes(this.props.record.data.state);
    }

    get percentage() {
        return Math.round(this.props.record.data[this.props.name] || 0);
    }

    async refresh() {
        if (this.isGoing && !this.isLoading) {
            this.isLoading = true;
            try {
                await this.props.record.load();
            } finally {
                this.isLoading = false;
            }
        }
    }
}

registry.category("fields").add("collection_progress", {
    component: CollectionProgressField,
    supportedTypes: ["float"],
});
