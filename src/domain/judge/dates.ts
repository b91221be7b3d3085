/** Between which instants a date is a date of ours, and no clock's mistake. */

/** A date before this instant (2000-01-01 UTC) is a broken clock, not an interaction. */
export const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** A date after this instant (2100-01-01 UTC) is no clock that runs ahead. */
export const LATEST_MS = Date.UTC(2100, 0, 1);
/** A desk's clock may run so far ahead of ours, or ours so far behind, before it is noticed. */
export const NOTICED_AHEAD_MS = 300_000;
/** Ahead by more than this, the date is no mistake of a clock. */
export const MAX_AHEAD_MS = 86_400_000;

/** True for a date that Telegram's own clock may have written. It is trusted above ours, whose receipt time may be wrong. */
export const isPlausible = (occurredAt: number): boolean => occurredAt >= EARLIEST_MS && occurredAt < LATEST_MS;
