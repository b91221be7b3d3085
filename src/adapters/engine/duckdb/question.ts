/** Which statements are questions: told by their first word, for DuckDB calls an EXPLAIN ANALYZE that writes an EXPLAIN, and some PRAGMAs a SELECT. */

const COMMENTS = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*(?:(?!\/\*)[^])*?\*\/)+/;
const QUESTION = /^(?:SELECT|WITH|FROM|VALUES|TABLE|PIVOT|UNPIVOT|DESCRIBE|SUMMARIZE|SHOW|\()/i;

/** True for a text that begins as a question does, comments aside (one inside another is none of ours). */
export const isQuestion = (sql: string): boolean => QUESTION.test(sql.replace(COMMENTS, ''));
