import { parentPort } from 'node:worker_threads';
import type { ChartModel } from '../draw/chart-model.ts';
import { drawModel } from '../draw/draw-chart.ts';
import { PLAIN } from '../draw/paint.ts';
import { type Coverage, paintCoverage } from '../draw/paint-coverage.ts';
import { connectRpc } from '../storage/thread-rpc.ts';

// Laying a chart out takes a third of a second, in which no frame of any call would be sent.

export type DrawingThread = {
  draw(model: ChartModel, coverage: Coverage | null): Promise<string>;
};

const methods: DrawingThread = {
  async draw(model, coverage) {
    const { svg } = await drawModel(model, coverage ? paintCoverage(model, coverage) : PLAIN);
    return svg;
  },
};

connectRpc(parentPort!, methods);
