/** All figures, in the order in which they are described. */
import { DESK_FIGURES } from './desk.ts';
import { MENU_FIGURES } from './desk-menu.ts';
import { SERVICE_FIGURES } from './desk-service.ts';
import type { Figure } from './figure.ts';
import { HEALTH_FIGURES } from './health.ts';
import { LAKE_FIGURES } from './lake.ts';
import { TELEGRAM_FIGURES } from './telegram.ts';
import { TELEGRAM_PEOPLE_FIGURES } from './telegram-people.ts';

export const FIGURES: ReadonlyMap<string, Figure> = new Map(
  [
    ...LAKE_FIGURES,
    ...DESK_FIGURES,
    ...SERVICE_FIGURES,
    ...MENU_FIGURES,
    ...HEALTH_FIGURES,
    ...TELEGRAM_FIGURES,
    ...TELEGRAM_PEOPLE_FIGURES,
  ].map((figure) => [figure.id, figure]),
);
