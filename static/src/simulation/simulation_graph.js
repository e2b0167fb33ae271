import { _t } from "@web/core/l10n/translation";
import { GraphModel } from "@web/views/graph/graph_model";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";
import { registry } from "@web/core/registry";

const MEASURE = "minutes";
const OVER_COLOR = "#a4161a";

/** Beside the minutes of work: what the persons shown can work, whose day is too full. */
class SimulationGraphModel extends GraphModel {
    setup() {
        super.setup(...arguments);
        this.capacity = 0;
        this.overDomains = new Set();
    }

    async _loadDataPoints(metaData) {
        const { domain, groupBy, measure, resModel } = metaData;
        const points = await super._loadDataPoints(metaData);
        this.capacity = 0;
        this.overDomains = new Set();
        if (measure !== MEASURE) {
            return points;
        }
        const specs = groupBy.map((one) => one.spec);
        const [persons, groups] = await Promise.all([
            this.orm.formattedReadGroup(
                resModel,
                domain,
                ["collector_id"],
                ["capacity:max"]
            ),
            this.orm.formattedReadGroup(
                resModel,
                [...domain, ["is_over", "=", true]],
                specs,
                ["__count"]
            ),
        ]);
        this.capacity = persons.reduce((sum, one) => sum + (one["capacity:max"] || 0), 0);
        const values = (group) => JSON.stringify(specs.map((spec) => group[spec]));
        const over = new Set(groups.map(values));
        for (const point of points[0]) {
            const raw = JSON.parse(point.identifier).map((one) => Object.values(one)[0]);
            if (over.has(JSON.stringify(raw))) {
                this.overDomains.add(point.domain);
            }
        }
        return points;
    }

    /** Replace the sum by the line that the sum should stay under. */
    _getLineOverlayDataset() {
        const { groupBy, measure, stacked } = this.metaData;
        const datasets = this.data.datasets;
        const isPerDay = groupBy[0]?.spec === "date:day";
        if (!this.capacity || !stacked || !isPerDay || measure !== MEASURE) {
            return super._getLineOverlayDataset();
        }
        const trueLabels = datasets[0]?.trueLabels || [];
        return {
            label: _t("Working time"),
            data: trueLabels.map(() => this.capacity),
            currencyIds: [],
            trueLabels,
        };
    }
}

/** Frame the bars of persons whose day is too full. */
class SimulationGraphRenderer extends GraphRenderer {
    getBarChartData() {
        const data = super.getBarChartData();
        if (this.model.lineOverlayDataset && this.model.capacity) {
            Object.assign(this.model.lineOverlayDataset, {
                backgroundColor: OVER_COLOR,
                borderColor: OVER_COLOR,
                borderDash: [6, 4],
                pointRadius: 0,
            });
        }
        return data;
    }

    getChartConfig() {
        const config = super.getChartConfig();
        if (this.model.metaData.mode === "bar") {
            config.plugins = [
                ...(config.plugins || []),
                { id: "collectionOver", afterDatasetsDraw: this.frameOver.bind(this) },
            ];
        }
        return config;
    }

    frameOver(chart) {
        const { ctx } = chart;
        ctx.save();
        ctx.strokeStyle = OVER_COLOR;
        ctx.lineWidth = 2.5;
        chart.data.datasets.forEach((dataset, number) => {
            if (!dataset.domains || !chart.isDatasetVisible(number)) {
                return;
            }
            chart.getDatasetMeta(number).data.forEach((bar, index) => {
                if (this.model.overDomains.has(dataset.domains[index])) {
                    const { x, y, base, width } = bar.getProps(["x", "y", "base", "width"]);
                    ctx.strokeRect(x - width / 2, y, width, base - y);
                }
            });
        });
        ctx.restore();
    }
}

registry.category("views").add("collection_simulation_graph", {
    ...graphView,
    Model: SimulationGraphModel,
    Renderer: SimulationGraphRenderer,
});
