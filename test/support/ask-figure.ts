/** Asks figures of a lake by `query`, as pages, terminal and files do. */
import { query } from '../../src/cli/query.ts';
import { type Asked, type Cells, figureRows } from '../../src/domain/kpi/figures/figure.ts';
import { FIGURES } from '../../src/domain/kpi/figures/index.ts';
import type { Readers } from '../../src/wiring/ports.ts';

/** The rows of a figure. */
export async function askFigure(ports: Readers, id: string, asked: Asked): Promise<readonly Cells[]> {
  const figure = FIGURES.get(id);
  if (figure === undefined) throw new Error(`there is no figure ${id}`);
  return figureRows(figure, await query(ports, figure.sql(asked), {}, () => undefined));
}
