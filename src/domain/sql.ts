/** Writing SQL: texts, names and lists as literals, and the queries that several readers share. */

/** A text as an SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A name as an SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Texts as an SQL list. */
export const list = (texts: readonly string[]): string => `[${texts.map(literal).join(', ')}]`;

/**
 * The rows of a view of ledger files that are verdicts today: of each line the highest revision. Nearly every seal has one revision,
 * so only the lines of the others are compared.
 */
export const currentVerdicts = (view: string): string => {
  const judgedAgain = `(SELECT seal FROM ${view} GROUP BY seal HAVING min(revision) <> max(revision))`;
  return `SELECT * FROM ${view} WHERE seal NOT IN ${judgedAgain}
    UNION ALL SELECT * FROM ${view} WHERE seal IN ${judgedAgain}
    QUALIFY row_number() OVER (PARTITION BY raw_key, line ORDER BY revision DESC) = 1`;
};
