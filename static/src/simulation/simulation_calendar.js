import { CalendarCommonRenderer } from "@web/views/calendar/calendar_common/calendar_common_renderer";
import { CalendarRenderer } from "@web/views/calendar/calendar_renderer";
import { calendarView } from "@web/views/calendar/calendar_view";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** A click opens the debtors of the entry; a day that is too full is shown as such. */
class SimulationCommonRenderer extends CalendarCommonRenderer {
    setup() {
        super.setup();
        this.actionService = useService("action");
    }

    onEventClick(info) {
        this.actionService.doActionButton({
            type: "object",
            name: "action_open_lines",
            resModel: this.props.model.resModel,
            resId: parseInt(info.event.id, 10),
        });
    }

    /** Today's work lies ahead: Odoo greys what ended before now. */
    eventClassNames(info) {
        return super.eventClassNames(info).filter((name) => name !== "o_past_event");
    }

    getDayCellClassNames(info) {
        const classes = super.getDayCellClassNames(info);
        const date = luxon.DateTime.fromJSDate(info.date).toISODate();
        const isOver = Object.values(this.props.model.records).some(
            (record) => record.rawRecord.is_over && record.start.toISODate() === date
        );
        return isOver ? [...classes, "o_collection_day_over"] : classes;
    }
}

class SimulationRenderer extends CalendarRenderer {
    static components = {
        ...CalendarRenderer.components,
        day: SimulationCommonRenderer,
        week: SimulationCommonRenderer,
        month: SimulationCommonRenderer,
    };
}

registry.category("views").add("collection_simulation_calendar", {
    ...calendarView,
    Renderer: SimulationRenderer,
});
