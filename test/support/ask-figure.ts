/** Asks figures of a lake as `chatlake query @figure` does. */
import { askFigure as ask } from '../../src/cli/query.ts';
import type { Asked, Cells } from '../../src/domain/kpi/figures/figure.ts';
import { FIGURES } from '../../src/domain/kpi/figures/index.ts';
import type { Readers } from '../../src/wiring/ports.ts';

/** The rows of a figure. */
export async function askFigure(ports: Readers, id: string, asked: Asked): Promise<readonly Cells[]> {
  const figure = FIGURES.get(id);
  if (figure === undefined) throw new Error(`there is no figure ${id}`);
  const { columns, rows } = await ask(ports, figure, asked, () => undefined);
  return rows.map((row): Cells => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
}
