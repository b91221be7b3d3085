/** What is made of the desk's interactions. */
import type { DerivedView } from './derived-view.ts';

const INTERACTIONS = 'desk_interactions_current';
const BY_DAY = { column: 'event_date', of: 'event_date' } as const;

/** Each identified interaction between the person's one before and the next, in the order of their time and entity. */
export const VISITS: DerivedView = {
  name: 'desk_visits',
  about:
    'interactions of known people, each with the day of the same person’s first one ever (begun), of the one before (before; before_in_channel) and the time of the next one (next_at); null: none',
  needs: ['desk_interactions'],
  by: { column: 'person', of: 'person' },
  sql: (of) => `SELECT person, channel, event_date, occurred_at, coalesce(len(services) > 0, false) AS has_menu,
  coalesce(list_contains(services, 'solicitar atendimento'), false) AS asked_attendant, lead(occurred_at) OVER q AS next_at,
  first_value(event_date) OVER q AS begun, lag(event_date) OVER q AS before,
  lag(event_date) OVER (PARTITION BY person, channel ORDER BY event_date) AS before_in_channel
FROM ${of(INTERACTIONS)} WHERE person IS NOT NULL WINDOW q AS (PARTITION BY person ORDER BY event_date, occurred_at, hash(entity))`,
  empty: `SELECT NULL::VARCHAR AS person, NULL::VARCHAR AS channel, NULL::DATE AS event_date, NULL::TIMESTAMPTZ AS occurred_at, NULL::BOOLEAN AS has_menu,
  NULL::BOOLEAN AS asked_attendant, NULL::TIMESTAMPTZ AS next_at, NULL::DATE AS begun, NULL::DATE AS before, NULL::DATE AS before_in_channel WHERE false`,
};

export const WAYS: DerivedView = {
  name: 'desk_ways',
  about: 'ways through the menu by day and channel: how many interactions took each, and how they ended',
  needs: ['desk_interactions'],
  by: BY_DAY,
  sql: (
    of,
  ) => `SELECT event_date, channel, services, count(*)::INTEGER AS n, count(*) FILTER (WHERE solved)::INTEGER AS solved, count(solved)::INTEGER AS solved_known,
  count(*) FILTER (WHERE service_score >= 8)::INTEGER AS good, count(service_score)::INTEGER AS scored
FROM ${of(INTERACTIONS)} WHERE len(services) > 0 GROUP BY event_date, channel, services`,
  empty: `SELECT NULL::DATE AS event_date, NULL::VARCHAR AS channel, NULL::VARCHAR[] AS services, NULL::INTEGER AS n, NULL::INTEGER AS solved, NULL::INTEGER AS solved_known,
  NULL::INTEGER AS good, NULL::INTEGER AS scored WHERE false`,
};

export const ISSUES: DerivedView = {
  name: 'desk_issues',
  about: 'interactions with an issue, by day, channel, field and issue',
  needs: ['desk_interactions'],
  by: BY_DAY,
  sql: (
    of,
  ) => `WITH noticed AS (SELECT event_date, channel, issues, count(*) AS n FROM ${of(INTERACTIONS)} WHERE len(issues) > 0 GROUP BY ALL),
  each AS (SELECT event_date, channel, n, unnest(list_distinct(list_transform(issues, issue -> {field: issue.field, code: issue.code}))) AS issue FROM noticed)
SELECT event_date, channel, issue.field AS field, issue.code AS code, sum(n)::INTEGER AS n FROM each GROUP BY ALL`,
  empty: `SELECT NULL::DATE AS event_date, NULL::VARCHAR AS channel, NULL::VARCHAR AS field, NULL::VARCHAR AS code, NULL::INTEGER AS n WHERE false`,
};
