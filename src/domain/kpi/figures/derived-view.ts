/** What a view made of others is. */

export interface DerivedView {
  readonly name: string;
  readonly about: string;
  /** What it is made of: tables, or views before it; it is empty where one of them is not kept. Whose rows decide when it changes is the first. */
  readonly needs: readonly [string, ...string[]];
  /**
   * A column of the view, never null, and how it is made of a current row of its first need. Rows with one value of it are made of current
   * rows with that value alone, so they can be made anew without the others.
   */
  readonly by: { readonly column: string; readonly of: string };
  /** `of` says where current rows come from: all of them, or those of some values of `by`. */
  readonly sql: (of: (relation: string) => string) => string;
  /** The same columns without a row. */
  readonly empty: string;
}
